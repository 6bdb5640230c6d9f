//! What counts above a threshold certify: bits a fact that were stored with a stated confidence, whatever the scorer.

use crate::binomial::log_success_rate;
use crate::error::{DomainError, require};
use crate::rate::zero_one;
use crate::units::Bits;

/// An interval of rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Stored bits that hold with a stated confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certificate {
    /// Share of the facts above the threshold, at least.
    pub recall_lower: f64,
    /// Share of the non-facts above the threshold, at most.
    pub false_positive_rate_upper: f64,
    /// Bits a fact that no memory with such rates does without.
    pub bits: Bits,
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

/// Certifies stored bits from counts above a threshold that was chosen on other data.
///
/// With confidence `1 - delta` the recall is at least `recall_lower` and the false-positive rate at most
/// `false_positive_rate_upper`, each at `delta / 2`; the rate of a filter with those
/// ([`zero_one`]) is then a lower bound on memory (Guo & Li, Lemma 3.4; a single threshold can only lose information).
///
/// # Errors
/// More hits than facts or non-facts, none of either, `confidence` outside `(0, 1)`, `sparsity` outside `[0, 1)`.
pub fn certificate(
    fact_hits: u64,
    facts: u64,
    non_fact_hits: u64,
    non_facts: u64,
    confidence: f64,
    sparsity: f64,
) -> Result<Certificate, DomainError> {
    require_counts(("fact_hits", fact_hits), ("facts", facts))?;
    require_counts(("non_fact_hits", non_fact_hits), ("non_facts", non_facts))?;
    require_confidence(confidence)?;
    let recall_lower = interval(fact_hits, facts, confidence).low;
    let false_positive_rate_upper = interval(non_fact_hits, non_facts, confidence).high;
    // A threshold that facts pass less often than non-facts certifies nothing: zero_one is 0 there.
    let bits = zero_one(1.0 - recall_lower, false_positive_rate_upper, sparsity)?.bits;
    Ok(Certificate { recall_lower, false_positive_rate_upper, bits })
}

/// The most that `non_facts` scored non-facts could certify: `log2(N / ln(1/delta))`, what none above the threshold
/// would give at full recall in the sparse limit (derived); 0 where that is negative.
///
/// # Errors
/// No non-facts, `confidence` outside `(0, 1)`.
pub fn certifiable(non_facts: u64, confidence: f64) -> Result<Bits, DomainError> {
    require(non_facts > 0, "non_facts", 0.0, "be at least 1")?;
    require_confidence(confidence)?;
    let surprise = -(1.0 - confidence).ln();
    Ok(Bits((non_facts as f64 / surprise).log2().max(0.0)))
}

fn require_counts(hits: (&'static str, u64), trials: (&'static str, u64)) -> Result<(), DomainError> {
    require(trials.1 > 0, trials.0, 0.0, "be at least 1")?;
    require(hits.1 <= trials.1, hits.0, hits.1 as f64, "be at most the number of trials")
}

fn require_confidence(confidence: f64) -> Result<(), DomainError> {
    require(confidence > 0.0 && confidence < 1.0, "confidence", confidence, "lie in (0, 1)")
}

fn interval(hits: u64, trials: u64, confidence: f64) -> Interval {
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
    fn nothing_certifies_more_than_is_certifiable() {
        for non_facts in [100_u64, 10_000, 1 << 24] {
            let best = certificate(1 << 20, 1 << 20, 0, non_facts, 0.95, 0.0).unwrap();
            let most = certifiable(non_facts, 0.95).unwrap();
            assert!(best.bits < most && best.bits + Bits(0.5) > most, "{} of {most}", best.bits);
        }
        assert_eq!(certifiable(2, 0.95), Ok(Bits(0.0)));
    }

    #[test]
    fn an_inverted_threshold_certifies_nothing() {
        assert_eq!(certificate(10, 100, 900, 1000, 0.95, 0.0).unwrap().bits, Bits(0.0));
    }

    #[test]
    fn counts_are_checked_by_name() {
        assert!(clopper_pearson(3, 2, 0.95).unwrap_err().to_string().starts_with("hits = 3"));
        assert!(clopper_pearson(0, 0, 0.95).unwrap_err().to_string().starts_with("trials = 0"));
        assert!(clopper_pearson(1, 2, 1.0).unwrap_err().to_string().starts_with("confidence = 1"));
        assert!(certificate(1, 1, 5, 4, 0.9, 0.0).unwrap_err().to_string().starts_with("non_fact_hits = 5"));
        assert!(certificate(1, 1, 4, 5, 0.9, 1.0).unwrap_err().to_string().starts_with("sparsity = 1"));
        assert!(certifiable(0, 0.9).is_err());
    }
}
