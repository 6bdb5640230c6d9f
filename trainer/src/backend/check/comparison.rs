//! A device's numbers beside what they should be.

use thiserror::Error;

use super::precision::Precision;
use super::reference::Expected;
use super::{Answer, CheckError, Subject};

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

/// Numbers of a subject beside what they should be.
pub(super) struct Comparison<'a> {
    pub(super) subject: &'a Subject,
    /// Of every distinct member.
    pub(super) expected: &'a [Expected],
    pub(super) precision: Precision,
}

impl Comparison<'_> {
    /// The largest relative difference of a loss.
    pub(super) fn losses(&self, got: &Answer) -> Result<f64, CheckError> {
        let mut worst = 0.0_f64;
        let relative = self.precision.loss_tolerance(self.subject.extent.rows());
        for (member, expected) in self.members() {
            let [fact, non_fact] = expected.losses;
            let training = fact + self.subject.negative_weight(member) * non_fact;
            let numbers = [
                ("the loss of facts", fact, got.parts.get(2 * member)),
                ("the loss of non-facts", non_fact, got.parts.get(2 * member + 1)),
                ("the training loss", training, got.training.get(member)),
            ];
            for (what, expected, got) in numbers {
                let got = number(got);
                self.require(member, || what.to_owned(), [expected, got, relative * expected])?;
                worst = worst.max((got - expected).abs() / expected);
            }
        }
        Ok(worst)
    }

    /// The largest difference of a gradient, over the scale of its layer.
    ///
    /// # Shapes
    /// `got` `[E, P]`.
    pub(super) fn gradients(&self, got: &[f32]) -> Result<f64, CheckError> {
        let (shape, mut worst) = (&self.subject.shape, 0.0_f64);
        let relative = self.precision.gradient_tolerance(self.subject.extent.rows());
        for (member, expected) in self.members() {
            for (index, (layer, scale)) in shape.layers().iter().zip(&expected.scales).enumerate() {
                for place in layer.weights.start..layer.biases.end {
                    let (got, expected) =
                        (number(got.get(member * shape.parameters() + place)), expected.gradients[place]);
                    let what = || {
                        let (kind, start) = if place < layer.weights.end {
                            ("weight", layer.weights.start)
                        } else {
                            ("bias", layer.biases.start)
                        };
                        format!("the gradient of layers.{index}.{kind}[{}]", place - start)
                    };
                    self.require(member, what, [expected, got, relative * scale])?;
                    if got.to_bits() != expected.to_bits() {
                        worst = worst.max((got - expected).abs() / scale);
                    }
                }
            }
        }
        Ok(worst)
    }

    /// The largest difference of a logit of the first member, over the sizes of its summands.
    ///
    /// # Shapes
    /// `got` `[chunk]`.
    pub(super) fn logits(&self, got: &[f32]) -> Result<f64, CheckError> {
        let relative = self.precision.loss_tolerance(1);
        let mut worst = 0.0_f64;
        for (index, row) in self.expected[0].rows.iter().cycle().take(self.subject.extent.scored).enumerate() {
            let got = number(got.get(index));
            self.require(0, || format!("the logit of row {index}"), [row.logit, got, relative * row.size])?;
            if row.size > 0.0 {
                worst = worst.max((got - row.logit).abs() / row.size);
            }
        }
        Ok(worst)
    }

    /// Every member of the device's answer with what it should be.
    fn members(&self) -> impl Iterator<Item = (usize, &Expected)> {
        (0..self.subject.extent.members).zip(self.expected.iter().cycle())
    }

    fn require(
        &self,
        member: usize,
        what: impl Fn() -> String,
        [expected, got, tolerance]: [f64; 3],
    ) -> Result<(), CheckError> {
        // Not a number is within no tolerance.
        if (got - expected).abs() <= tolerance {
            return Ok(());
        }
        Err(CheckError::Differs(Box::new(Difference {
            population: self.subject.population.clone(),
            member,
            what: what(),
            expected,
            got,
            tolerance,
            precision: self.precision.to_string(),
        })))
    }
}

/// What is missing is no number.
fn number(value: Option<&f32>) -> f64 {
    value.map_or(f64::NAN, |&value| f64::from(value))
}
