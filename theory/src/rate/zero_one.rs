//! The rate of a filter that answers yes or no.

use crate::divergence::divergence;
use crate::error::{DomainError, require, require_rate, require_sparsity};
use crate::units::{Bits, Nats};

/// How the rate of a yes-or-no memory comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ZeroOneRegime {
    /// Answering at random meets the error rates: nothing need be stored.
    Zero,
    /// Some errors are made, and the rate is finite and positive.
    Interior,
    /// No errors are allowed: the lossless wall.
    Lossless,
    /// No non-fact may pass in an infinite universe.
    Infinite,
}

impl ZeroOneRegime {
    /// The name in records and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Interior => "interior",
            Self::Lossless => "lossless",
            Self::Infinite => "infinite",
        }
    }
}

/// The least memory of a filter, and how it comes about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZeroOneRate {
    /// Bits a fact; infinite in the regime `Infinite`.
    pub bits: Bits,
    /// How the rate comes about.
    pub regime: ZeroOneRegime,
}

/// The least bits a fact of a memory that misses a share `false_negative_rate` of the facts and passes a share
/// `false_positive_rate` of the non-facts.
///
/// With `a = 1 - FNR`, `b = FPR` this is `F_p` of the laws `(a, 1-a)` and `(b, 1-b)`; at sparsity 0 the binary
/// divergence `kl2(a || b)` (Guo & Li, Theorem 3.1 with linear distortions; finite sparsity derived). It is 0 once
/// `FNR + FPR >= 1`. It serves linear distortions `1 - x` and `x` too: replacing a score by a coin of that bias changes
/// neither loss and raises no divergence.
///
/// # Errors
/// A rate outside `[0, 1]` or `sparsity` outside `[0, 1)`.
pub fn zero_one(false_negative_rate: f64, false_positive_rate: f64, sparsity: f64) -> Result<ZeroOneRate, DomainError> {
    require_rate("false_negative_rate", false_negative_rate)?;
    require_rate("false_positive_rate", false_positive_rate)?;
    require_sparsity(sparsity)?;
    if false_negative_rate + false_positive_rate >= 1.0 {
        return Ok(ZeroOneRate { bits: Bits(0.0), regime: ZeroOneRegime::Zero });
    }
    let yes = (1.0 - false_negative_rate, false_positive_rate);
    let no = (false_negative_rate, 1.0 - false_positive_rate);
    let regime = match (false_negative_rate == 0.0, false_positive_rate == 0.0) {
        (_, true) if sparsity == 0.0 => ZeroOneRegime::Infinite,
        (true, true) => ZeroOneRegime::Lossless,
        _ => ZeroOneRegime::Interior,
    };
    Ok(ZeroOneRate { bits: Nats(divergence([yes, no], sparsity)).to_bits(), regime })
}

/// The least share of non-facts that a memory of `budget` bits a fact passes if it misses a share
/// `false_negative_rate` of the facts: what [`zero_one`] is inverted for.
///
/// Found by bisection on the logarithm of the share, to the last bits; 0 where the budget suffices to pass none.
///
/// # Errors
/// A budget below 0 or a NaN, a rate outside `[0, 1]` or `sparsity` outside `[0, 1)`.
pub fn least_false_positive_rate(budget: Bits, false_negative_rate: f64, sparsity: f64) -> Result<f64, DomainError> {
    require(budget.0 >= 0.0, "budget", budget.0, "must be 0 or more bits a fact")?;
    let rate = |share: f64| zero_one(false_negative_rate, share, sparsity).map(|rate| rate.bits.0);
    if rate(0.0)? <= budget.0 {
        return Ok(0.0);
    }
    let (mut low, mut high) = (f64::MIN_POSITIVE.ln(), (1.0 - false_negative_rate).ln());
    // The rate falls in the share; halving the interval so often leaves less than rounding.
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if rate(middle.exp())? > budget.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(high.exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_false_positive_rate_inverts_the_rate() {
        for sparsity in [0.0, 1e-6, 0.1] {
            for fnr in [0.0, 0.1, 0.5, 0.99] {
                for share in [1e-6, 1e-3, 0.005] {
                    let bits = zero_one(fnr, share, sparsity).unwrap().bits;
                    let found = least_false_positive_rate(bits, fnr, sparsity).unwrap();
                    assert!((found / share - 1.0).abs() < 1e-9, "{sparsity} {fnr} {share}: {found}");
                }
            }
        }
        assert_eq!(least_false_positive_rate(Bits(60.0), 0.1, 0.1).unwrap(), 0.0);
        let nothing_stored = least_false_positive_rate(Bits(0.0), 0.1, 0.0).unwrap();
        assert!((nothing_stored - 0.9).abs() < 1e-12);
        assert!(least_false_positive_rate(Bits(-1.0), 0.1, 0.0).is_err());
    }

    #[test]
    fn a_one_sided_filter_needs_log2_of_its_false_positive_rate() {
        let rate = zero_one(0.0, 1.0 / 256.0, 0.0).unwrap();
        assert_eq!((rate.bits, rate.regime), (Bits(8.0), ZeroOneRegime::Interior));
    }

    #[test]
    fn arguments_are_checked_by_name() {
        assert!(zero_one(-0.1, 0.5, 0.0).unwrap_err().to_string().starts_with("false_negative_rate = -0.1"));
        assert!(zero_one(0.1, f64::NAN, 0.0).unwrap_err().to_string().starts_with("false_positive_rate = NaN"));
        assert!(zero_one(0.1, 0.5, 1.0).unwrap_err().to_string().starts_with("sparsity = 1"));
    }
}
