//! What can be wrong with an argument, and the checks that every public function makes first.

use thiserror::Error;

use crate::units::Bits;

/// An argument outside the domain of the function that was called.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum DomainError {
    /// A number outside its range; NaN is outside every range.
    #[error("{name} = {value}: must {allowed}")]
    OutOfRange {
        /// The argument, as the function's signature names it.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The range, as a phrase that follows "must".
        allowed: &'static str,
    },
    /// Two laws over different bins.
    #[error("{facts} bins of facts but {non_facts} of non-facts: must be the same bins")]
    UnequalBins {
        /// Number of fact bins.
        facts: usize,
        /// Number of non-fact bins.
        non_facts: usize,
    },
    /// Two halves of the counts over different bins.
    #[error("{test} bins in the test half but {calibration} in the calibration half: must be the same bins")]
    UnequalHalves {
        /// Number of bins of the calibration half.
        calibration: usize,
        /// Number of bins of the test half.
        test: usize,
    },
    /// Bins that hold nothing.
    #[error("{name} has no weight in any bin: must sum to a positive number")]
    NoWeight {
        /// The argument, as the function's signature names it.
        name: &'static str,
    },
}

/// Fails with [`DomainError::OutOfRange`] unless `valid`.
pub(crate) fn require(valid: bool, name: &'static str, value: f64, allowed: &'static str) -> Result<(), DomainError> {
    if valid { Ok(()) } else { Err(DomainError::OutOfRange { name, value, allowed }) }
}

pub(crate) fn require_sparsity(sparsity: f64) -> Result<(), DomainError> {
    require((0.0..1.0).contains(&sparsity), "sparsity", sparsity, "lie in [0, 1)")
}

pub(crate) fn require_rate(name: &'static str, rate: f64) -> Result<(), DomainError> {
    require((0.0..=1.0).contains(&rate), name, rate, "lie in [0, 1]")
}

pub(crate) fn require_loss(name: &'static str, loss: f64) -> Result<(), DomainError> {
    require(loss >= 0.0, name, loss, "be at least 0 (infinity included)")
}

pub(crate) fn require_budget(budget: Bits) -> Result<(), DomainError> {
    require(budget.0 >= 0.0, "budget", budget.0, "be at least 0 bits (infinity included)")
}

pub(crate) fn require_finite_budget(budget: Bits) -> Result<(), DomainError> {
    require(budget.0 >= 0.0 && budget.0.is_finite(), "budget", budget.0, "be at least 0 bits and finite")
}

pub(crate) fn require_negative_weight(weight: f64) -> Result<(), DomainError> {
    require(weight > 0.0 && weight.is_finite(), "negative_weight", weight, "be positive and finite")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_the_argument_its_value_and_its_range() {
        let error = require_sparsity(1.5).unwrap_err();
        assert_eq!(error.to_string(), "sparsity = 1.5: must lie in [0, 1)");
    }

    #[test]
    fn nan_is_outside_every_range() {
        assert!(require_sparsity(f64::NAN).is_err());
        assert!(require_rate("rate", f64::NAN).is_err());
        assert!(require_loss("loss", f64::NAN).is_err());
        assert!(require_budget(Bits(f64::NAN)).is_err());
        assert!(require_finite_budget(Bits(f64::NAN)).is_err());
        assert!(require_negative_weight(f64::NAN).is_err());
    }
}
