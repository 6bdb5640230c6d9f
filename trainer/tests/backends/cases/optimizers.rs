//! Steps of the optimisers on given gradients, through the learner that training uses.

use std::sync::Arc;

use rote::config::Optimizer;
use rote::facts::{BatchStream, EncodingSpec, FactSet, Universe};
use rote::train::{Learner, Member, Population};
use rote_models::{Activation, Kernels, Shape};

use crate::case::{Bench, Case, Expected, Found, Trial};
use crate::reference::optimizer::{AdamW, Direction, Momentum, Muon};
use crate::sample::Sample;
use crate::tolerance::{Class, ROUNDING};

/// Steps of each trial: the first ones correct the moments' bias most.
const STEPS: u64 = 5;

pub fn cases() -> Vec<Case> {
    let case = |name, kind| Case { name, issues: &[], class: Class::Steps, trials: trials(kind) };
    vec![case("AdamW step", Optimizer::AdamW), case("SGD step", Optimizer::Sgd), case("Muon step", Optimizer::Muon)]
}

fn trials(kind: Optimizer) -> Vec<Trial> {
    let shapes = [(1, 7, vec![3]), (3, 32, vec![24, 24]), (2, 33, vec![9, 20, 4])];
    let shapes = shapes
        .into_iter()
        .map(|(members, inputs, widths)| (members, Shape { inputs, widths, activation: Activation::Tanh }));
    let rates = [("one rate", false), ("a rate each", true)];
    let clips = [("", None), (", clipped", Some(0.7))];
    let mut trials = Vec::new();
    for (members, shape) in shapes {
        for (rates, rates_differ) in rates {
            for (clipped, clip) in clips {
                let steps = Steps { kind, members, shape: shape.clone(), rates_differ, clip };
                trials
                    .push(Trial::new(format!("[{members},{}], {rates}{clipped}", shape.parameters()), move |bench| {
                        steps.run(bench)
                    }));
            }
        }
    }
    trials
}

/// A few steps on gradients that do not depend on the parameters.
struct Steps {
    kind: Optimizer,
    members: usize,
    shape: Shape,
    rates_differ: bool,
    clip: Option<f64>,
}

impl Steps {
    fn rate(&self, member: usize) -> f64 {
        if self.rates_differ { 0.05 / (1.0 + member as f64) } else { 0.05 }
    }

    fn run(&self, bench: &Bench) -> Result<Found, String> {
        let count = self.members * self.shape.parameters();
        let parameters = Sample::new(5).numbers(count, 1.0);
        let population = population(&self.shape, self.members, self.clip)?;
        let mut learner = Learner::new(&population, parameters.clone(), self.kind, Kernels::Composed, &bench.device);
        let rates: Vec<f64> = (0..self.members).map(|member| self.rate(member)).collect();
        for step in 0..STEPS {
            let gradients =
                crate::case::tensor(&gradients(step, count), [self.members, count / self.members], &bench.device);
            learner.descend(gradients, &rates);
        }
        let got = learner.parameters().map_err(|error| error.to_string())?;
        self.expected(&parameters, bench.arithmetic.tf32).compare(&got)
    }

    fn expected(&self, parameters: &[f32], tf32: bool) -> Expected {
        let block = self.shape.parameters();
        let mut expected = Expected { what: "parameter", values: Vec::new(), bounds: Vec::new() };
        for (member, parameters) in parameters.chunks_exact(block).enumerate() {
            let (mut adamw, mut muon) = (AdamW::new(block), Muon::new(&self.shape));
            let mut momentum = Momentum::new(0.9, block);
            let mut values: Vec<f64> = parameters.iter().map(|&value| f64::from(value)).collect();
            let mut bounds = vec![0.0; block];
            for step in 0..STEPS {
                let gradient = &gradients(step, self.members * block)[member * block..][..block];
                let gradient = clipped(gradient, self.clip);
                let Direction { values: direction, errors } = match self.kind {
                    Optimizer::AdamW => adamw.direction(&gradient),
                    Optimizer::Sgd => momentum.direction(&gradient),
                    Optimizer::Muon => muon.direction(&gradient, tf32),
                };
                let rate = self.rate(member);
                for index in 0..block {
                    values[index] += rate * direction[index];
                    bounds[index] += rate * (errors[index] + 4.0 * ROUNDING * direction[index].abs())
                        + ROUNDING * (values[index].abs() + rate * direction[index].abs());
                }
            }
            expected.values.extend(values);
            expected.bounds.extend(bounds);
        }
        expected
    }
}

/// Gradients of all sizes, exact zeros among them, whose signs change from step to step.
fn gradients(step: u64, count: usize) -> Vec<f32> {
    let mut sample = Sample::new(100 + step);
    let sizes = [1.0, 1e-2, 1e-4, 1e-7, 1e-12, 0.0];
    sample.numbers(count, 1.0).into_iter().map(|number| number * sizes[sample.below(sizes.len())]).collect()
}

fn clipped(gradient: &[f32], clip: Option<f64>) -> Vec<f64> {
    let gradient: Vec<f64> = gradient.iter().map(|&value| f64::from(value)).collect();
    let norm = gradient.iter().map(|value| value * value).sum::<f64>().sqrt();
    let scale = clip.map_or(1.0, |clip| clip / norm.max(clip));
    gradient.into_iter().map(|value| scale * value).collect()
}

/// A population of that many seeds; its facts do not matter to given gradients.
fn population(shape: &Shape, members: usize, clip: Option<f64>) -> Result<Population, String> {
    population_on(shape, members, 50, 50, |_| clip)
}

/// A population of seeds 0, 1, ...: `facts` random facts, all of them and `non_facts` others a step.
pub fn population_on(
    shape: &Shape,
    members: usize,
    facts: usize,
    non_facts: usize,
    clip: impl Fn(usize) -> Option<f64>,
) -> Result<Population, String> {
    let member = |number: usize| {
        let universe = Universe::power_of_two(shape.inputs.min(30) as u32)?;
        let encoding = match shape.inputs {
            0..=30 => EncodingSpec::Bits,
            inputs => EncodingSpec::Code { inputs },
        };
        let set = FactSet::random(universe, facts as u64, 0, number as u64)?;
        Ok(Member {
            number: number as u32,
            seed: number as u64,
            learning_rate: 0.05,
            negative_weight: 1.0 + number as f64,
            clip: clip(number),
            batches: BatchStream::new(Arc::new(set), encoding, facts, non_facts)?,
        })
    };
    let members = (0..members).map(member).collect::<Result<_, rote::facts::FactsError>>();
    let members = members.map_err(|error| error.to_string())?;
    Ok(Population { id: "tested".to_owned(), shape: shape.clone(), members })
}
