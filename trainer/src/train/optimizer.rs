//! Optimisers over a population: Burn's own give each member's direction, and every member steps at a rate of its own.
//!
//! Letters behind tensor names: E members, P parameters, I and O a layer's inputs and outputs.

use std::collections::BTreeMap;

use burn::optim::momentum::{Momentum, MomentumConfig, MomentumState};
use burn::optim::{AdamW, AdamWConfig, Optimizer, RecordState, Sgd, SgdConfig, StateSink, StateSource};
use burn::tensor::{Device, Tensor, TensorData};
use rote_models::{Layer, Shape};

use super::TrainError;
use crate::config;
use crate::record::NamedTensor;

/// First and second moment decay, and the guard against division by zero, of AdamW.
const ADAMW_BETAS: (f32, f32) = (0.9, 0.99);
const ADAMW_EPSILON: f32 = 1e-8;
/// Momentum of stochastic gradient descent and of Muon.
const SGD_MOMENTUM: f64 = 0.9;
const MUON_MOMENTUM: f64 = 0.95;
/// The quintic Newton-Schulz iteration that drives singular values towards 1 (Jordan 2024), and how often it is applied.
const NEWTON_SCHULZ: (f32, f32, f32) = (3.4445, -4.775, 2.0315);
const NEWTON_SCHULZ_STEPS: usize = 5;

/// The scalars of an optimiser's state, by name, as JSON.
pub(crate) type Scalars = BTreeMap<String, serde_json::Value>;

/// The optimiser of one population, with its state.
pub(crate) enum PopulationOptimizer {
    AdamW(Box<Stateful<AdamW>>),
    Sgd(Box<Stateful<Sgd>>),
    Muon(Box<Muon>),
}

/// An optimiser of Burn's with its state for the one tensor of parameters.
pub(crate) struct Stateful<O: Optimizer> {
    optimizer: O,
    state: Option<O::State<2>>,
}

/// Muon for the matrices of the hidden layers, AdamW for biases and the output unit, as is usual.
pub(crate) struct Muon {
    layers: Vec<Layer>,
    momentum: Momentum,
    velocity: Option<MomentumState<2>>,
    others: Stateful<AdamW>,
}

/// The rate of each member in one step.
pub(crate) enum Rates {
    /// The same for all.
    Equal(f64),
    /// `[E]`.
    Each(Vec<f32>),
}

impl Rates {
    /// The rates of all members.
    pub(crate) fn of(rates: &[f64]) -> Self {
        match rates.split_first() {
            Some((first, others)) if others.iter().all(|rate| rate.to_bits() == first.to_bits()) => Self::Equal(*first),
            _ => Self::Each(rates.iter().map(|&rate| rate as f32).collect()),
        }
    }
}

impl PopulationOptimizer {
    pub(crate) fn new(kind: config::Optimizer, shape: &Shape) -> Self {
        match kind {
            config::Optimizer::AdamW => Self::AdamW(Box::new(Stateful::adamw())),
            config::Optimizer::Sgd => {
                let momentum =
                    MomentumConfig::new().with_momentum(SGD_MOMENTUM).with_dampening(0.0).with_nesterov(true);
                let optimizer = SgdConfig::new().with_momentum(Some(momentum)).build();
                Self::Sgd(Box::new(Stateful { optimizer, state: None }))
            }
            config::Optimizer::Muon => Self::Muon(Box::new(Muon {
                layers: shape.layers(),
                momentum: Momentum::new(
                    &MomentumConfig::new().with_momentum(MUON_MOMENTUM).with_dampening(0.0).with_nesterov(true),
                ),
                velocity: None,
                others: Stateful::adamw(),
            })),
        }
    }

    /// The parameters after one step.
    ///
    /// # Shapes
    /// `parameters` and `gradients` `[E, P]`.
    pub(crate) fn step(&mut self, parameters: Tensor<2>, gradients: Tensor<2>, rates: &Rates) -> Tensor<2> {
        match self {
            Self::AdamW(optimizer) => optimizer.step(parameters, gradients, rates),
            Self::Sgd(optimizer) => optimizer.step(parameters, gradients, rates),
            Self::Muon(optimizer) => {
                let direction = optimizer.direction(gradients);
                moved(parameters, direction, rates)
            }
        }
    }

    /// The state for a checkpoint: tensors and scalars by name; empty before the first step.
    pub(crate) fn save(&self) -> Result<(Vec<NamedTensor>, Scalars), TrainError> {
        let mut sink = StateSink::default();
        match self {
            Self::AdamW(optimizer) => optimizer.flatten("adamw", &mut sink),
            Self::Sgd(optimizer) => optimizer.flatten("sgd", &mut sink),
            Self::Muon(muon) => {
                muon.others.flatten("adamw", &mut sink);
                if let Some(velocity) = &muon.velocity {
                    velocity.state_flatten("muon", &mut sink);
                }
            }
        }
        let tensors = sink.tensors.into_iter().map(|(name, data)| named(name, &data)).collect::<Result<_, _>>()?;
        let scalar = |(name, value)| Ok((name, serde_json::to_value(value).map_err(TrainError::state)?));
        Ok((tensors, sink.scalars.into_iter().map(scalar).collect::<Result<_, TrainError>>()?))
    }

    /// Takes the state of a checkpoint over.
    pub(crate) fn restore(
        &mut self,
        tensors: Vec<NamedTensor>,
        scalars: &Scalars,
        device: &Device,
    ) -> Result<(), TrainError> {
        if tensors.is_empty() {
            return Ok(());
        }
        let values = serde_json::Value::Object(scalars.clone().into_iter().collect());
        let mut source = StateSource::new(serde_json::from_value(values).map_err(TrainError::state)?);
        for tensor in tensors {
            source.insert_tensor(tensor.name, TensorData::new(tensor.data, tensor.shape));
        }
        match self {
            Self::AdamW(optimizer) => optimizer.unflatten("adamw", &mut source, device),
            Self::Sgd(optimizer) => optimizer.unflatten("sgd", &mut source, device),
            Self::Muon(muon) => {
                muon.velocity = MomentumState::state_unflatten("muon", &mut source, device);
                muon.others.unflatten("adamw", &mut source, device)
            }
        }
    }
}

fn named(name: String, data: &TensorData) -> Result<NamedTensor, TrainError> {
    let shape = data.shape().to_vec();
    let data = data.try_to_vec::<f32>().map_err(|error| TrainError::State(format!("{error:?}")))?;
    Ok(NamedTensor { name, shape, data })
}

/// `parameters + rate · direction`, at every member's own rate.
fn moved(parameters: Tensor<2>, direction: Tensor<2>, rates: &Rates) -> Tensor<2> {
    match rates {
        Rates::Equal(rate) => parameters + direction.mul_scalar(*rate),
        Rates::Each(rates) => {
            let rates_e1 = Tensor::<1>::from_data(rates.as_slice(), &parameters.device()).reshape([rates.len(), 1]);
            parameters + direction * rates_e1
        }
    }
}

impl Stateful<AdamW> {
    fn adamw() -> Self {
        let (first, second) = ADAMW_BETAS;
        let config = AdamWConfig::new().with_beta_1(first).with_beta_2(second);
        Self { optimizer: config.with_epsilon(ADAMW_EPSILON).with_weight_decay(0.0).build(), state: None }
    }
}

impl<O: Optimizer> Stateful<O> {
    fn step(&mut self, parameters: Tensor<2>, gradients: Tensor<2>, rates: &Rates) -> Tensor<2> {
        if let Rates::Equal(rate) = rates {
            let (parameters, state) = self.optimizer.step(*rate, parameters, gradients, self.state.take());
            self.state = state;
            return parameters;
        }
        let direction = self.direction(gradients);
        moved(parameters, direction, rates)
    }

    /// The step at rate 1: what Burn's optimiser would add to parameters of 0. Without weight decay a step does not
    /// depend on the parameters, so scaling it afterwards is the step at another rate.
    fn direction(&mut self, gradients: Tensor<2>) -> Tensor<2> {
        let origin = gradients.zeros_like();
        let (direction, state) = self.optimizer.step(1.0, origin, gradients, self.state.take());
        self.state = state;
        direction
    }

    fn flatten(&self, prefix: &str, sink: &mut StateSink) {
        if let Some(state) = &self.state {
            state.state_flatten(prefix, sink);
        }
    }

    fn unflatten(&mut self, prefix: &str, source: &mut StateSource, device: &Device) -> Result<(), TrainError> {
        self.state = O::State::state_unflatten(prefix, source, device);
        let missing = || TrainError::State(format!("the checkpoint holds no state of {prefix}"));
        if self.state.is_some() { Ok(()) } else { Err(missing()) }
    }
}

impl Muon {
    fn direction(&mut self, gradients: Tensor<2>) -> Tensor<2> {
        let [members, _] = gradients.dims();
        let others = self.others.direction(gradients.clone());
        let (update, velocity) = self.momentum.transform(gradients, self.velocity.take());
        self.velocity = Some(velocity);
        let hidden = self.layers.len() - 1;
        let mut parts = Vec::with_capacity(2 * self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let weights = [0..members, layer.weights.clone()];
            parts.push(if index < hidden {
                let matrices = update.clone().slice(weights).reshape([members, layer.inputs, layer.outputs]);
                let tall = (layer.inputs as f32 / layer.outputs as f32).max(1.0).sqrt();
                orthogonal(matrices).mul_scalar(-tall).reshape([members, layer.inputs * layer.outputs])
            } else {
                others.clone().slice(weights)
            });
            parts.push(others.clone().slice([0..members, layer.biases.clone()]));
        }
        Tensor::cat(parts, 1)
    }
}

/// Each member's matrix with its singular values driven towards 1.
///
/// # Shapes
/// `[E, I, O]`.
fn orthogonal(matrices: Tensor<3>) -> Tensor<3> {
    let [members, inputs, outputs] = matrices.dims();
    let transpose = inputs > outputs;
    let mut x = if transpose { matrices.swap_dims(1, 2) } else { matrices };
    let norm = x.clone().square().reshape([members, inputs * outputs]).sum_dim(1).sqrt().clamp_min(1e-7);
    x = x / norm.reshape([members, 1, 1]);
    let (a, b, c) = NEWTON_SCHULZ;
    for _ in 0..NEWTON_SCHULZ_STEPS {
        let gram = x.clone().matmul(x.clone().swap_dims(1, 2));
        let polynomial = gram.clone().mul_scalar(b) + gram.clone().matmul(gram).mul_scalar(c);
        x = x.clone().mul_scalar(a) + polynomial.matmul(x);
    }
    if transpose { x.swap_dims(1, 2) } else { x }
}

/// Scales each member's gradient down to its largest norm.
///
/// # Shapes
/// `gradients` `[E, P]`, `largest` `[E]`, infinite where a member is not clipped.
pub(crate) fn clip(gradients: Tensor<2>, largest: &[f32]) -> Tensor<2> {
    let largest_e1 = Tensor::<1>::from_data(largest, &gradients.device()).reshape([largest.len(), 1]);
    let norms_e1 = gradients.clone().square().sum_dim(1).sqrt();
    gradients * (largest_e1.clone() / norms_e1.max_pair(largest_e1))
}
