//! The comparison at the start of a run on a GPU: losses and gradients of the run's own shapes, on the device and on the
//! CPU. Cheap, and the last thing between a wrong kernel and weeks of wrong results.

mod precision;
mod reference;

use burn::tensor::{Device, Int, Tensor, TensorData};
use rote_models::{Kernels, Layer, Perceptrons, Shape};
use thiserror::Error;

use self::precision::Precision;
pub use self::reference::{Row, row};
use super::failure::{DeviceFailure, guarded, read};
use crate::record::run_json::CheckRecord;

/// What is compared: some members of a population at the start of their training, each with a batch of its own.
pub struct Subject {
    /// The population's id.
    pub population: String,
    /// The shape of its networks.
    pub shape: Shape,
    /// How many rows at the start of each batch are facts.
    pub facts: usize,
    /// λ of every member.
    pub negative_weights: Vec<f32>,
    /// `[E, B, W]`, row-major.
    pub words: Vec<u32>,
    /// `[E, P]`, row-major.
    pub parameters: Vec<f32>,
}

/// Why a device is not trusted.
#[derive(Debug, Error)]
pub enum CheckError {
    /// It failed on the way.
    #[error("while it was compared with the CPU: {0}")]
    Device(#[from] DeviceFailure),
    /// It computes something else.
    #[error("it does not compute what the CPU computes: {0}")]
    Differs(Box<Difference>),
}

/// Where a device and the CPU disagree.
#[derive(Clone, Debug, PartialEq, Error)]
#[error(
    "{what} of member {member} of {population} is {got:e}, expected {expected:e}, tolerance {tolerance:.1e} (matrix \
     products in {precision})"
)]
pub struct Difference {
    /// The population's id.
    pub population: String,
    /// The member, counted in its population.
    pub member: usize,
    /// What was compared.
    pub what: String,
    /// The CPU's number.
    pub expected: f64,
    /// The device's.
    pub got: f64,
    /// How far they may be apart.
    pub tolerance: f64,
    /// How precise the device's matrix products are.
    pub precision: String,
}

/// A device that agrees with the CPU.
pub struct Agreement {
    /// What was compared, and how near it came.
    pub record: CheckRecord,
    /// Bits behind the point that the device's matrix products keep.
    pub bits: u32,
}

impl Agreement {
    /// The precision of matrix products that keep so many bits, as it is recorded.
    pub fn precision(bits: u32) -> String {
        Precision(bits).to_string()
    }
}

/// Losses and gradients of a subject as one device gives them.
struct Answer {
    /// `[E]`.
    training: Vec<f32>,
    /// `[E, 2]`.
    parts: Vec<f32>,
    /// `[E, P]`.
    gradients: Vec<f32>,
}

/// Compares a device with the CPU: losses with those in double precision, gradients with those of the reference kernels.
///
/// # Errors
/// [`CheckError`].
pub fn check(device: &Device, kernels: Kernels, subject: &Subject) -> Result<Agreement, CheckError> {
    let started = std::time::Instant::now();
    let precision = guarded(|| precision::of(device, &subject.shape, subject.members(), subject.rows()))??;
    let got = guarded(|| subject.answer(device, kernels, &subject.negative_weights))??;
    let (expected, scales) = subject.expected()?;
    let comparison = Comparison { subject, precision };
    let loss_difference = comparison.losses(&got)?;
    let gradient_difference = comparison.gradients(&got.gradients, &expected, &scales)?;
    let record = CheckRecord {
        population: subject.population.clone(),
        members: subject.members() as u32,
        rows: subject.rows() as u32,
        loss_difference,
        gradient_difference,
        seconds: started.elapsed().as_secs_f64(),
    };
    Ok(Agreement { record, bits: precision.0 })
}

impl Subject {
    fn members(&self) -> usize {
        self.negative_weights.len()
    }

    fn rows(&self) -> usize {
        self.words.len() / (self.members() * self.shape.inputs.div_ceil(32))
    }

    /// The CPU's gradients `[E, P]`, and for each member and layer the largest that a parameter of it has with the two
    /// kinds of rows pulling in one direction or in opposite ones, `[E, layers]`. What they leave of each other may be
    /// next to nothing, which rounding does not become smaller with.
    fn expected(&self) -> Result<(Vec<f32>, Vec<f64>), DeviceFailure> {
        let opposite: Vec<f32> = self.negative_weights.iter().map(|weight| -weight).collect();
        let [together, apart] = [&self.negative_weights, &opposite]
            .map(|weights| self.answer(&Device::flex(), Kernels::Composed, weights).map(|answer| answer.gradients));
        let (together, apart) = (together?, apart?);
        let largest =
            |gradients: &[f32]| gradients.iter().fold(0.0_f64, |most, value| most.max(f64::from(value.abs())));
        let parameters = self.shape.parameters();
        let layers = self.shape.layers();
        let scales =
            together.chunks_exact(parameters).zip(apart.chunks_exact(parameters)).flat_map(|(together, apart)| {
                let of = |layer: &Layer| layer.weights.start..layer.biases.end;
                layers
                    .iter()
                    .map(of)
                    .map(|range| largest(&together[range.clone()]).max(largest(&apart[range])))
                    .collect::<Vec<_>>()
            });
        let scales = scales.collect();
        Ok((together, scales))
    }

    /// One forward and backward pass, as a training step does it.
    fn answer(&self, device: &Device, kernels: Kernels, negative_weights: &[f32]) -> Result<Answer, DeviceFailure> {
        let device = device.clone().autodiff();
        let words: Vec<i32> = self.words.iter().map(|&word| word.cast_signed()).collect();
        let dims = [self.members(), self.rows(), self.shape.inputs.div_ceil(32)];
        let words = Tensor::<3, Int>::from_data(TensorData::new(words, dims), &device);
        let model = Perceptrons::new(self.shape.clone(), self.members(), self.parameters.clone(), &device);
        let losses = model.loss(words, self.facts, negative_weights, kernels);
        let parameters = model.parameters.val();
        let gradients = parameters.grad(&losses.training.clone().sum().backward());
        let gradients = gradients.map_or_else(|| Ok(Vec::new()), read)?;
        Ok(Answer { training: read(losses.training.inner())?, parts: read(losses.parts)?, gradients })
    }
}

/// Numbers of a subject beside what they should be.
struct Comparison<'a> {
    subject: &'a Subject,
    precision: Precision,
}

impl Comparison<'_> {
    /// The largest relative difference of a loss.
    fn losses(&self, got: &Answer) -> Result<f64, CheckError> {
        let subject = self.subject;
        let (rows, words) = (subject.rows(), subject.words.len() / subject.members());
        let mut worst = 0.0_f64;
        let members =
            subject.words.chunks_exact(words).zip(subject.parameters.chunks_exact(subject.shape.parameters()));
        for (member, (words, parameters)) in members.enumerate() {
            let [fact, non_fact] = reference::losses(&subject.shape, words, rows, subject.facts, parameters);
            let training = fact + f64::from(subject.negative_weights[member]) * non_fact;
            let numbers = [
                ("the loss of facts", fact, got.parts.get(2 * member)),
                ("the loss of non-facts", non_fact, got.parts.get(2 * member + 1)),
                ("the training loss", training, got.training.get(member)),
            ];
            for (what, expected, got) in numbers {
                let got = got.map_or(f64::NAN, |&got| f64::from(got));
                let tolerance = self.precision.loss_tolerance() * expected;
                self.require(member, what, expected, got, tolerance)?;
                worst = worst.max((got - expected).abs() / expected);
            }
        }
        Ok(worst)
    }

    /// The largest difference of a gradient, over the scale of its layer.
    ///
    /// # Shapes
    /// `got` and `expected` `[E, P]`, `scales` `[E, layers]`.
    fn gradients(&self, got: &[f32], expected: &[f32], scales: &[f64]) -> Result<f64, CheckError> {
        let (shape, mut worst) = (&self.subject.shape, 0.0_f64);
        let layers = shape.layers();
        for (member, expected) in expected.chunks_exact(shape.parameters()).enumerate() {
            for (index, layer) in layers.iter().enumerate() {
                let scale = scales[member * layers.len() + index];
                let tolerance = self.precision.gradient_tolerance() * scale;
                for place in layer.weights.start..layer.biases.end {
                    let got = got.get(member * shape.parameters() + place).map_or(f64::NAN, |&got| f64::from(got));
                    let expected = f64::from(expected[place]);
                    let apart = (got - expected).abs();
                    if apart > 0.0 && apart <= tolerance {
                        worst = worst.max(apart / scale);
                    } else if apart != 0.0 {
                        let name = if place < layer.weights.end {
                            format!("weight[{}]", place - layer.weights.start)
                        } else {
                            format!("bias[{}]", place - layer.biases.start)
                        };
                        let what = format!("the gradient of layers.{index}.{name}");
                        self.require(member, &what, expected, got, tolerance)?;
                    }
                }
            }
        }
        Ok(worst)
    }

    fn require(&self, member: usize, what: &str, expected: f64, got: f64, tolerance: f64) -> Result<(), CheckError> {
        // Not a number is within no tolerance.
        if (got - expected).abs() <= tolerance {
            return Ok(());
        }
        Err(CheckError::Differs(Box::new(Difference {
            population: self.subject.population.clone(),
            member,
            what: what.to_owned(),
            expected,
            got,
            tolerance,
            precision: self.precision.to_string(),
        })))
    }
}

#[cfg(test)]
mod tests;
