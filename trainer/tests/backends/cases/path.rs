//! Whole trainings beside flex with composed kernels: the same start, the same batches, every loss of a hundred steps or so.
//! Nothing is read before the last step.
//!
//! With fusion on, a transformer came to NaN within an epoch or two on wgpu and CUDA (burn#5202). These networks are
//! smaller and train for fewer steps, so that passing here does not exclude it.

use burn::tensor::{Device, Tensor};
use rote::config::Optimizer;
use rote::train::Learner;
use rote_models::{Activation, Kernels, Shape};

use super::optimizers::population_on;
use crate::case::{Bench, Case, Found, Trial, read};
use crate::length::Length;
use crate::tolerance::Class;

/// A training to be compared.
#[derive(Clone)]
struct Training {
    shape: Shape,
    members: usize,
    facts: usize,
    non_facts: usize,
    optimizer: Optimizer,
    rate: f64,
    steps: u64,
    clip: Option<f64>,
}

pub fn cases(length: Length) -> Vec<Case> {
    // Small sets of facts at high rates are chaotic: there rounding alone grows beyond any tolerance in 100 steps.
    let usual = Training {
        shape: Shape { inputs: 20, widths: vec![9, 9], activation: Activation::Tanh },
        members: 2,
        facts: 100,
        non_facts: 128,
        optimizer: Optimizer::AdamW,
        rate: 0.02,
        steps: 100,
        clip: None,
    };
    let wide = Shape { inputs: 40, widths: vec![24, 24], activation: Activation::Tanh };
    let as_configured = Training {
        shape: Shape { inputs: 30, ..wide.clone() },
        members: 1,
        facts: 1000,
        non_facts: 2048,
        rate: 0.05,
        ..usual.clone()
    };
    let trainings = vec![
        usual.clone(),
        as_configured,
        Training { shape: wide, members: 3, ..usual.clone() },
        Training { shape: Shape { widths: vec![16, 8, 4], ..usual.shape.clone() }, ..usual.clone() },
        Training { optimizer: Optimizer::Sgd, rate: 0.1, clip: Some(1.0), ..usual.clone() },
        Training { optimizer: Optimizer::Muon, ..usual.clone() },
    ];
    let long = Training { rate: 0.005, steps: 200, ..usual };
    let case = |name, issues, trainings: Vec<Training>| Case {
        name,
        issues,
        class: Class::Path,
        trials: trainings
            .into_iter()
            .map(|training| Training { steps: length.steps(training.steps), ..training }.trial())
            .collect(),
    };
    vec![
        case("training beside flex", &["burn#5202"], trainings),
        case("slow training beside flex", &["burn#5079"], vec![long]),
    ]
}

impl Training {
    fn trial(self) -> Trial {
        let label = format!(
            "{} steps of {} at {}, E {}, {}",
            self.steps,
            self.optimizer.name(),
            self.rate,
            self.members,
            self.shape
        );
        Trial::new(label, move |bench: &Bench| {
            let reference = self.losses(&Device::flex(), Kernels::Composed)?;
            let kernels =
                if rote_models::kernels::simd::supports(&self.shape) { bench.kernels } else { Kernels::Composed };
            let losses = self.losses(&bench.device, kernels)?;
            let tolerance = if bench.arithmetic.tf32 { 1e-2 } else { 1e-5 };
            let found = reference.iter().zip(&losses).enumerate().map(|(index, (&reference, &loss))| {
                let (step, member) = (index / self.members, index % self.members);
                let place = format!("loss of member {member} at step {step} is {loss:e}, on flex {reference:e}");
                Found::new((loss - reference).abs(), tolerance * reference.abs().max(1.0), place)
            });
            let found = found.reduce(Found::or).unwrap_or_else(Found::nothing);
            let (first, last) = (reference[0], reference[reference.len() - self.members]);
            if last < 0.98 * first { Ok(found) } else { Err(format!("it does not learn: {first} to {last}")) }
        })
    }

    /// The rate of a step: up over the first 30 % of the steps, then half a cosine down.
    fn rate_factor(&self, step: u64) -> f64 {
        let done = (step + 1) as f64 / self.steps as f64;
        let down = 0.5 * (1.0 + (std::f64::consts::PI * (done - 0.3) / 0.7).cos());
        self.rate * if done < 0.3 { done / 0.3 } else { down }
    }

    /// The training losses, step by step, all members of a step together.
    fn losses(&self, device: &Device, kernels: Kernels) -> Result<Vec<f64>, String> {
        let population = population_on(&self.shape, self.members, self.facts, self.non_facts, |_| self.clip)?;
        let parameters = population.initial_parameters();
        let mut learner = Learner::new(&population, parameters, self.optimizer, kernels, device);
        let autodiff = device.clone().autodiff();
        let mut parts: Vec<Tensor<2>> = Vec::new();
        for step in 0..self.steps {
            let factor = self.rate_factor(step);
            // Equal rates for an even number of members, a rate each for others: both ways of stepping.
            let rate = |member: usize| if self.members.is_multiple_of(2) { 1.0 } else { 1.0 / (1.0 + member as f64) };
            let rates: Vec<f64> = (0..self.members).map(|member| factor * rate(member)).collect();
            parts.push(learner.step(population.batch(step, &autodiff), &rates).parts);
        }
        let mut losses = Vec::new();
        for parts in parts {
            let parts = read(parts)?;
            let weights = population.members.iter().map(|member| member.negative_weight);
            losses.extend(
                parts
                    .chunks_exact(2)
                    .zip(weights)
                    .map(|(part, weight)| f64::from(part[0]) + weight * f64::from(part[1])),
            );
        }
        Ok(losses)
    }
}
