//! The exact interval of a success rate.

use super::{require_confidence, require_counts};
use crate::binomial::log_success_rate;
use crate::error::DomainError;

/// An interval of rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The Clopper-Pearson interval of a success rate: each side errs with probability at most `(1 - confidence) / 2`.
///
/// # Errors
/// No trials, more hits than trials, `confidence` outside `(0, 1)`.
pub fn clopper_pearson(hits: u64, trials: u64, confidence: f64) -> Result<Interval, DomainError> {
    require_counts(("hits", hits), ("trials", trials))?;
    require_confidence(confidence)?;
    Ok(interval(hits, trials, confidence))
}

/// [`clopper_pearson`] of arguments that were checked.
pub(super) fn interval(hits: u64, trials: u64, confidence: f64) -> Interval {
    let tail = (1.0 - confidence) / 2.0;
    let misses = trials - hits;
    Interval {
        low: if hits == 0 { 0.0 } else { log_success_rate(hits, trials, tail).exp() },
        // The upper end is where misses become too many: solved for the log of the miss rate, whose small values are
        // rates near 1 and whose values near 0 are small rates with all their digits.
        high: if misses == 0 { 1.0 } else { -log_success_rate(misses, trials, tail).exp_m1() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_have_closed_forms() {
        let none = clopper_pearson(0, 1 << 24, 0.95).unwrap();
        let expected = -(0.025_f64.ln() / f64::from(1 << 24)).exp_m1();
        assert_eq!(none.low, 0.0);
        assert!((none.high / expected - 1.0).abs() < 1e-14);
        let all = clopper_pearson(100, 100, 0.9).unwrap();
        assert!((all.low - 0.05_f64.powf(0.01)).abs() < 1e-15);
        assert_eq!(all.high, 1.0);
    }

    #[test]
    fn hits_and_misses_mirror_each_other() {
        for (hits, trials) in [(3, 17), (50, 10_000), (97, 100_000), (1 << 20, 1 << 24)] {
            let one = clopper_pearson(hits, trials, 0.95).unwrap();
            let other = clopper_pearson(trials - hits, trials, 0.95).unwrap();
            assert!((one.low + other.high - 1.0).abs() < 1e-14 && (one.high + other.low - 1.0).abs() < 1e-14);
            let rate = hits as f64 / trials as f64;
            assert!(one.low < rate && rate < one.high);
        }
    }

    #[test]
    fn counts_are_checked_by_name() {
        assert!(clopper_pearson(3, 2, 0.95).unwrap_err().to_string().starts_with("hits = 3"));
        assert!(clopper_pearson(0, 0, 0.95).unwrap_err().to_string().starts_with("trials = 0"));
        assert!(clopper_pearson(1, 2, 1.0).unwrap_err().to_string().starts_with("confidence = 1"));
    }
}
