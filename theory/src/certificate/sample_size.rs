//! How many non-facts it takes to measure, or to certify, so many bits.
//!
//! Derived, for a memory of `B` bits a fact in the sparse limit whose facts score as a share `q = 2^-B` of the
//! non-facts does. Of `N` scored non-facts `N q` are expected to reach that score, give or take `sqrt(N q (1-q))`, so
//! that the estimate of `log2 q` scatters by `log2(e) sqrt((1-q) / (N q))`: [`standard_error`], and solved for `N`
//! [`non_facts_needed`], which doubles with every bit. It is the noise of [`fn@crate::information::plug_in`] with
//! `chi^2 = 1/q - 1`, and the reason why that many bits cannot be estimated from fewer non-facts at all: if none of
//! them reaches the score, all that is certain with confidence `1 - delta` is that `(1-q)^N >= delta`, about `q <=
//! ln(1/delta) / N`, and so no more than [`certifiable`] bits. No bound that holds for every law does better than the
//! logarithm of `N` (*Formal limitations on the measurement of mutual information*, AISTATS 2020, arXiv 1811.04251).

use std::f64::consts::LOG2_E;

use super::require_confidence;
use crate::error::{DomainError, require};
use crate::units::Bits;

/// The most that `non_facts` scored non-facts could certify: `log2(N / ln(1/delta))`, what none above the threshold
/// would give at full recall in the sparse limit (derived); 0 where that is negative.
///
/// # Errors
/// No non-facts, `confidence` outside `(0, 1)`.
pub fn certifiable(non_facts: u64, confidence: f64) -> Result<Bits, DomainError> {
    require(non_facts > 0, "non_facts", 0.0, "be at least 1")?;
    require_confidence(confidence)?;
    Ok(Bits((non_facts as f64 / surprise(confidence)).log2().max(0.0)))
}

/// How many non-facts must be scored before `stored` bits a fact could be certified at all: `2^B ln(1/delta)`, the
/// inverse of [`certifiable`]. Not rounded to a whole number, and beyond any integer type where `stored` is large.
///
/// # Errors
/// `stored` negative, infinite or undefined, `confidence` outside `(0, 1)`.
pub fn non_facts_to_certify(stored: Bits, confidence: f64) -> Result<f64, DomainError> {
    require_stored(stored)?;
    require_confidence(confidence)?;
    Ok(stored.0.exp2() * surprise(confidence))
}

/// The standard deviation of the measured `log2(1/q)` when `non_facts` are scored and `stored` bits a fact were stored:
/// `log2(e) sqrt((2^B - 1) / N)`.
///
/// It is a spread, not a bound: below a few expected hits, `N 2^-B`, the estimate is far from normally distributed.
///
/// # Errors
/// `stored` negative, infinite or undefined, no non-facts.
pub fn standard_error(stored: Bits, non_facts: u64) -> Result<Bits, DomainError> {
    require_stored(stored)?;
    require(non_facts > 0, "non_facts", 0.0, "be at least 1")?;
    Ok(Bits(LOG2_E * (rivals(stored) / non_facts as f64).sqrt()))
}

/// How many non-facts must be scored for the measured `log2(1/q)` to scatter by `standard_error` only: `(2^B - 1)
/// (log2(e) / s)^2`, 208 times `2^B` for a tenth of a bit; the inverse of [`standard_error`]. Not rounded to a whole
/// number, and beyond any integer type where `stored` is large.
///
/// # Errors
/// `stored` negative, infinite or undefined, `standard_error` not positive and finite.
pub fn non_facts_needed(stored: Bits, standard_error: Bits) -> Result<f64, DomainError> {
    require_stored(stored)?;
    let spread = standard_error.0;
    require(spread > 0.0 && spread.is_finite(), "standard_error", spread, "be positive and finite bits")?;
    Ok(rivals(stored) * (LOG2_E / spread).powi(2))
}

/// `(1-q)/q = 2^B - 1`.
fn rivals(stored: Bits) -> f64 {
    stored.to_nats().0.exp_m1()
}

/// `ln(1/delta)`.
fn surprise(confidence: f64) -> f64 {
    -(1.0 - confidence).ln()
}

fn require_stored(stored: Bits) -> Result<(), DomainError> {
    require(stored.0 >= 0.0 && stored.0.is_finite(), "stored", stored.0, "be at least 0 bits and finite")
}

#[cfg(test)]
mod tests {
    use super::super::certificate;
    use super::*;
    use crate::information::plug_in;

    #[test]
    fn nothing_certifies_more_than_is_certifiable() {
        for non_facts in [100_u64, 10_000, 1 << 24] {
            let best = certificate(1 << 20, 1 << 20, 0, non_facts, 0.95, 0.0).unwrap();
            let most = certifiable(non_facts, 0.95).unwrap();
            assert!(best.bits < most && best.bits + Bits(0.5) > most, "{} of {most}", best.bits);
        }
        assert_eq!(certifiable(2, 0.95), Ok(Bits(0.0)));
    }

    #[test]
    fn a_tenth_of_a_bit_takes_208_non_facts_for_each_that_is_hit() {
        for (stored, expected) in [(10.0, 2.1e5), (14.0, 3.4e6), (20.0, 2.2e8)] {
            let needed = non_facts_needed(Bits(stored), Bits(0.1)).unwrap();
            assert!((needed / expected - 1.0).abs() < 0.02, "{stored} bits: {needed}");
            assert!((needed / (208.14 * stored.exp2()) - 1.0).abs() < 1e-3);
        }
    }

    #[test]
    fn both_directions_invert_each_other() {
        for stored in [1e-6, 0.5, 3.0, 10.0, 40.0] {
            let spread = standard_error(Bits(stored), 1 << 22).unwrap();
            let back = non_facts_needed(Bits(stored), spread).unwrap();
            assert!((back / f64::from(1 << 22) - 1.0).abs() < 1e-13, "{stored}: {back}");
        }
        let needed = non_facts_to_certify(Bits(12.5), 0.99).unwrap();
        let back = certifiable(needed.ceil() as u64, 0.99).unwrap().0;
        assert!((back - 12.5).abs() < 1e-4 && back >= 12.5, "{back}");
    }

    #[test]
    fn the_spread_is_the_noise_of_the_plug_in_estimate() {
        let found = plug_in(&[1000, 0], &[1 << 12, (1 << 20) - (1 << 12)], 0.0, 0.0).unwrap();
        let expected = standard_error(Bits(8.0), 1 << 20).unwrap();
        assert!((found.standard_error_bits.0 / expected.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn arguments_are_checked_by_name() {
        assert!(certifiable(0, 0.9).unwrap_err().to_string().starts_with("non_facts = 0"));
        assert!(non_facts_to_certify(Bits(-1.0), 0.9).unwrap_err().to_string().starts_with("stored = -1"));
        assert!(non_facts_to_certify(Bits(1.0), 1.0).unwrap_err().to_string().starts_with("confidence = 1"));
        assert!(standard_error(Bits(f64::INFINITY), 5).unwrap_err().to_string().starts_with("stored = inf"));
        assert!(standard_error(Bits(1.0), 0).unwrap_err().to_string().starts_with("non_facts = 0"));
        assert!(non_facts_needed(Bits(1.0), Bits(0.0)).unwrap_err().to_string().starts_with("standard_error = 0"));
    }
}
