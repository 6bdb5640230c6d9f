//! The real model: logits, losses and the gradient of the composed loss, against a network worked out by hand.

use burn::tensor::{Device, Int, Tensor, TensorData};
use rote_models::kernels::simd;
use rote_models::{Activation, Kernels, Perceptrons, Shape, initial_parameters};

use crate::case::{Bench, Case, Expected, Found, Launch, Trial, flat, tensor};
use crate::reference::network::{Member, Numbers};
use crate::sample::Sample;
use crate::tolerance::{Arithmetic, Class};

/// A population with a batch.
#[derive(Clone, Debug)]
pub struct Population {
    pub shape: Shape,
    pub members: usize,
    pub rows: usize,
    pub facts: usize,
    pub seed: u64,
}

/// What the process computes first: burn#5162 then gave parameters no gradient, or none that was a number.
pub fn first() -> Vec<Case> {
    let population =
        Population { shape: uniform(32, &[24, 24], Activation::Tanh), members: 3, rows: 228, facts: 100, seed: 1 };
    vec![Case {
        name: "first backward pass of the process",
        issues: &["burn#5162"],
        class: Class::Network,
        trials: vec![population.trial()],
    }]
}

pub fn cases() -> Vec<Case> {
    vec![
        Case { name: "loss and gradient, by activation", issues: &[], class: Class::Network, trials: by_activation() },
        Case { name: "loss and gradient, random shapes", issues: &[], class: Class::Network, trials: at_random() },
        Case { name: "loss and gradient, as configured", issues: &[], class: Class::Network, trials: as_configured() },
    ]
}

fn uniform(inputs: usize, widths: &[usize], activation: Activation) -> Shape {
    Shape { inputs, widths: widths.to_vec(), activation }
}

fn by_activation() -> Vec<Trial> {
    let population = |(index, activation): (usize, Activation)| {
        let shape = uniform(32, &[9, 7], activation);
        Population { shape, members: 2, rows: 37, facts: 11, seed: 50 + index as u64 }.trial()
    };
    Activation::ALL.into_iter().enumerate().map(population).collect()
}

/// Depths 1 to 4, every activation, odd sizes.
fn at_random() -> Vec<Trial> {
    let population = |index: usize| {
        let mut sample = Sample::new(1000 + index as u64);
        let widths = (0..=index % 4).map(|_| 1 + sample.below(40)).collect();
        let activation = Activation::ALL[index % 5];
        let shape = Shape { inputs: 1 + sample.below(70), widths, activation };
        let rows = 2 + sample.below(300);
        let population = Population {
            shape,
            members: 1 + sample.below(4),
            rows,
            facts: 1 + sample.below(rows - 1),
            seed: sample.next(),
        };
        population.trial()
    };
    (0..12).map(population).collect()
}

/// The shapes of the shipped configurations.
fn as_configured() -> Vec<Trial> {
    let tanh = Activation::Tanh;
    [
        Population { shape: uniform(32, &[8, 8], tanh), members: 10, rows: 3048, facts: 1000, seed: 2 },
        Population { shape: uniform(32, &[24, 24], tanh), members: 1, rows: 3048, facts: 1000, seed: 3 },
        Population { shape: uniform(64, &[96, 96], tanh), members: 1, rows: 192, facts: 64, seed: 4 },
    ]
    .iter()
    .map(Population::trial)
    .collect()
}

impl Population {
    fn width(&self) -> usize {
        self.shape.inputs.div_ceil(32)
    }

    pub fn words(&self) -> Vec<i32> {
        Sample::new(self.seed).words(self.members * self.rows, self.shape.inputs)
    }

    /// Initial weights, with biases that are not 0: a gradient that ignored them would not show.
    pub fn parameters(&self) -> Vec<f32> {
        let key = |member: usize| {
            let mut key = [member as u8; 32];
            key[..8].copy_from_slice(&self.seed.to_le_bytes());
            key
        };
        let parameters = (0..self.members).flat_map(|member| initial_parameters(&self.shape, key(member)));
        let moves = Sample::new(self.seed ^ 1).numbers(self.members * self.shape.parameters(), 0.1);
        parameters.zip(moves).map(|(parameter, moved)| parameter + moved).collect()
    }

    fn negative_weights(&self) -> Vec<f32> {
        (0..self.members).map(|member| 0.5 + member as f32).collect()
    }

    fn label(&self) -> String {
        format!("E {}, B {} with {} facts, {}", self.members, self.rows, self.facts, self.shape)
    }

    pub fn trial(&self) -> Trial {
        let population = self.clone();
        Trial::new(self.label(), move |bench: &Bench| {
            let kernels = if simd::supports(&population.shape) { bench.kernels } else { Kernels::Composed };
            population.run(bench, kernels)
        })
    }

    fn run(&self, bench: &Bench, kernels: Kernels) -> Result<Found, String> {
        let (launched, expected) = (self.clone(), self.clone());
        let operation = Trial::operation(
            "",
            move |device| launched.launch(device, kernels),
            move |arithmetic| expected.expected(arithmetic),
        );
        (operation.run)(bench)
    }

    fn launch(&self, device: &Device, kernels: Kernels) -> Launch {
        let device = device.clone().autodiff();
        let model = Perceptrons::new(self.shape.clone(), self.members, self.parameters(), &device);
        let words = TensorData::new(self.words(), [self.members, self.rows, self.width()]);
        let words = Tensor::<3, Int>::from_data(words, &device);
        let upstream: Vec<f32> = (0..self.members).map(upstream).collect();
        let upstream = tensor(&upstream, [self.members], &device);
        let (weights, facts) = (self.negative_weights(), self.facts);
        Box::new(move || {
            let losses = model.loss(words.clone(), facts, &weights, kernels);
            let gradients = (losses.training.clone() * upstream.clone()).sum().backward();
            let slope = model.parameters.val().grad(&gradients).expect("the loss depends on the parameters");
            let logits = model.logits(words.clone(), kernels);
            vec![flat(logits.inner()), flat(losses.parts.inner()), flat(losses.training.inner()), flat(slope)]
        })
    }

    fn expected(&self, arithmetic: Arithmetic) -> Vec<Expected> {
        let (words, parameters, weights) = (self.words(), self.parameters(), self.negative_weights());
        let mut all: [Numbers; 4] = std::array::from_fn(|_| Numbers::default());
        for member in 0..self.members {
            let block = self.shape.parameters();
            let outcome = Member {
                shape: &self.shape,
                parameters: &parameters[member * block..][..block],
                words: &words[member * self.rows * self.width()..][..self.rows * self.width()],
                facts: self.facts,
                negative_weight: weights[member],
            }
            .outcome(arithmetic);
            let mut gradient = outcome.gradient;
            let scale = f64::from(upstream(member));
            gradient.values.iter_mut().chain(&mut gradient.errors).for_each(|value| *value *= scale);
            let [logits, parts, losses, gradients] = &mut all;
            logits.append(outcome.logits);
            parts.append(outcome.parts);
            losses.append(outcome.loss);
            gradients.append(gradient);
        }
        let named = ["logit", "part of the loss", "loss", "gradient"].into_iter().zip(all);
        named.map(|(what, Numbers { values, errors })| Expected { what, values, bounds: errors }).collect()
    }
}

/// Unequal gradients from above show whether each member's own is applied.
fn upstream(member: usize) -> f32 {
    1.0 + 2.0 * member as f32
}
