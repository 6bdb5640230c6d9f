//! The certificate of one threshold.

use super::clopper_pearson::interval;
use super::{require_confidence, require_counts};
use crate::error::DomainError;
use crate::rate::zero_one;
use crate::units::Bits;

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

/// Certifies stored bits from counts above a threshold that was chosen on other data.
///
/// With confidence `1 - delta` the recall is at least `recall_lower` and the false-positive rate at most
/// `false_positive_rate_upper`, each at `delta / 2`; the rate of a filter with those
/// ([`fn@zero_one`]) is then a lower bound on memory (Guo & Li, Lemma 3.4; a single threshold can only lose
/// information).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverted_threshold_certifies_nothing() {
        assert_eq!(certificate(10, 100, 900, 1000, 0.95, 0.0).unwrap().bits, Bits(0.0));
    }

    #[test]
    fn counts_are_checked_by_name() {
        assert!(certificate(1, 1, 5, 4, 0.9, 0.0).unwrap_err().to_string().starts_with("non_fact_hits = 5"));
        assert!(certificate(1, 1, 4, 5, 0.9, 1.0).unwrap_err().to_string().starts_with("sparsity = 1"));
    }
}
