//! A population that learns: one step at a time, on whatever batch it is given. Knows neither files nor schedules.

use burn::module::Param;
use burn::tensor::{Device, Int, Tensor};
use rote_models::{Kernels, Losses, Perceptrons};

use super::error::TrainError;
use super::optimizer::{PopulationOptimizer, Rates, Scalars, clip};
use super::population::Population;
use crate::config;
use crate::record::NamedTensor;

/// The networks of a population with their optimiser, on a device.
pub struct Learner {
    model: Perceptrons,
    optimizer: PopulationOptimizer,
    kernels: Kernels,
    facts_per_step: usize,
    negative_weights: Vec<f32>,
    /// Largest gradient norms, where any member is clipped.
    clips: Option<Vec<f32>>,
}

impl Learner {
    /// # Shapes
    /// `parameters` `[E, P]`, row-major.
    pub fn new(
        population: &Population,
        parameters: Vec<f32>,
        optimizer: config::Optimizer,
        kernels: Kernels,
        device: &Device,
    ) -> Self {
        let members = &population.members;
        let limit = |clip: Option<f64>| clip.map_or(f32::INFINITY, |clip| clip as f32);
        let clipped = members.iter().any(|member| member.clip.is_some());
        let device = device.clone().autodiff();
        Self {
            model: Perceptrons::new(population.shape.clone(), members.len(), parameters, &device),
            optimizer: PopulationOptimizer::new(optimizer, &population.shape),
            kernels,
            facts_per_step: population.facts_per_step(),
            negative_weights: members.iter().map(|member| member.negative_weight as f32).collect(),
            clips: clipped.then(|| members.iter().map(|member| limit(member.clip)).collect()),
        }
    }

    /// One step of every member at its own rate. The losses are those of the batch before the step; they stay on the
    /// device.
    ///
    /// # Shapes
    /// `words` `[E, B, W]`, the facts first; `rates` `[E]`.
    pub fn step(&mut self, words: Tensor<3, Int>, rates: &[f64]) -> Losses {
        let losses = self.model.loss(words, self.facts_per_step, &self.negative_weights, self.kernels);
        let gradients = self.model.parameters.val().grad(&losses.training.clone().sum().backward());
        self.descend(gradients.expect("the loss depends on the parameters"), rates);
        losses
    }

    /// The second half of a step: moves the parameters of every member by these gradients, clipped, at its own rate.
    ///
    /// # Shapes
    /// `gradients` `[E, P]`, `rates` `[E]`.
    pub fn descend(&mut self, gradients: Tensor<2>, rates: &[f64]) {
        let gradients = match &self.clips {
            Some(clips) => clip(gradients, clips),
            None => gradients,
        };
        let parameters = self.model.parameters.val().inner();
        let updated = self.optimizer.step(parameters, gradients, &Rates::of(rates));
        self.model.parameters = Param::from_tensor(Tensor::from_inner(updated).require_grad());
    }

    /// The parameters of all members, read from the device.
    ///
    /// # Shapes
    /// `[E, P]`, row-major.
    ///
    /// # Errors
    /// [`TrainError::Device`].
    pub fn parameters(&self) -> Result<Vec<f32>, TrainError> {
        read(self.model.parameters.val().inner(), "parameters")
    }

    pub(super) fn optimizer_state(&self) -> Result<(Vec<NamedTensor>, Scalars), TrainError> {
        self.optimizer.save()
    }

    pub(super) fn restore_optimizer(
        &mut self,
        tensors: Vec<NamedTensor>,
        scalars: &Scalars,
        device: &Device,
    ) -> Result<(), TrainError> {
        self.optimizer.restore(tensors, scalars, device)
    }
}

/// A tensor's numbers, read from the device.
pub(super) fn read<const D: usize>(tensor: Tensor<D>, what: &'static str) -> Result<Vec<f32>, TrainError> {
    let data = tensor.try_into_data().map_err(|error| TrainError::Device { what, reason: format!("{error:?}") })?;
    data.try_to_vec().map_err(|error| TrainError::Device { what, reason: format!("{error:?}") })
}
