//! The information `F_p` that two laws of the score carry about membership, and its estimate from counts.

pub mod plug_in;

#[doc(inline)]
pub use plug_in::{PlugIn, plug_in};

use crate::divergence::divergence;
use crate::error::{DomainError, require, require_sparsity};
use crate::units::{Bits, Nats};

/// What a pair of laws says about membership.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Information {
    /// `F_p`, bits a fact: never more than a memory holds (up to `log2(8n)/(2n)`), never less than `R_p` at the laws'
    /// losses.
    pub bits: Bits,
    /// `KL(mu_K || mu_N)`, the limit of `F_p` at sparsity 0; infinite if a bin has facts and no non-facts.
    pub kl_bits: Bits,
    /// `sum (mu_K - mu_N)^2 / mu_N`, from which the noise of estimates follows; infinite if a bin has facts and no
    /// non-facts.
    pub chi_squared: f64,
}

/// `F_p(mu_K, mu_N) = I(X; score) / p` of two laws over the same bins (Guo & Li, section 3, Lemmas 3.4 and 3.5).
///
/// Weights may be counts or probabilities: each list is divided by its sum. Bins that are empty in both lists have no
/// effect. A bin with facts and no non-facts counts `mu_K ln(1/p)`, which is infinite at sparsity 0. Merging bins never
/// raises the result, so any binning fixed in advance is safe.
///
/// # Errors
/// Lists of unequal length, a negative, infinite or undefined weight, a list without weight, `sparsity` outside
/// `[0, 1)`.
pub fn information(facts: &[f64], non_facts: &[f64], sparsity: f64) -> Result<Information, DomainError> {
    require_sparsity(sparsity)?;
    Ok(of_laws(&laws(facts, non_facts)?, sparsity))
}

/// The bins of two normalised laws, as pairs `(mu_K, mu_N)`.
pub(crate) fn laws(facts: &[f64], non_facts: &[f64]) -> Result<Vec<(f64, f64)>, DomainError> {
    if facts.len() != non_facts.len() {
        return Err(DomainError::UnequalBins { facts: facts.len(), non_facts: non_facts.len() });
    }
    let fact_total = total("facts", facts)?;
    let non_fact_total = total("non_facts", non_facts)?;
    Ok(facts.iter().zip(non_facts).map(|(fact, non_fact)| (fact / fact_total, non_fact / non_fact_total)).collect())
}

fn total(name: &'static str, weights: &[f64]) -> Result<f64, DomainError> {
    for &weight in weights {
        require(weight >= 0.0 && weight.is_finite(), name, weight, "hold finite weights of at least 0")?;
    }
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 {
        require(sum.is_finite(), name, sum, "have a finite sum")?;
        Ok(sum)
    } else {
        Err(DomainError::NoWeight { name })
    }
}

fn of_laws(laws: &[(f64, f64)], sparsity: f64) -> Information {
    Information {
        bits: Nats(divergence(laws.iter().copied(), sparsity)).to_bits(),
        kl_bits: Nats(divergence(laws.iter().copied(), 0.0)).to_bits(),
        chi_squared: laws.iter().map(|&(fact, non_fact)| chi_squared_share(fact, non_fact)).sum(),
    }
}

fn chi_squared_share(fact: f64, non_fact: f64) -> f64 {
    let gap = fact - non_fact;
    // The quotient first: the square of a gap of 1e-200 would underflow, and 0/0 is an empty bin.
    if gap == 0.0 { 0.0 } else { gap / non_fact * gap }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_probabilities_are_the_same() {
        let counts = information(&[70.0, 20.0, 10.0], &[10.0, 90.0, 900.0], 0.1).unwrap();
        let laws = information(&[0.7, 0.2, 0.1], &[0.01, 0.09, 0.9], 0.1).unwrap();
        assert!((counts.bits.0 - laws.bits.0).abs() < 1e-14);
        assert!((counts.chi_squared / laws.chi_squared - 1.0).abs() < 1e-14);
    }

    #[test]
    fn a_bin_without_non_facts_is_infinite_only_in_the_sparse_limit() {
        let laws = ([0.5, 0.5, 0.0], [0.0, 1.0, 0.0]);
        let finite = information(&laws.0, &laws.1, 0.01).unwrap();
        assert!(finite.bits.0.is_finite() && finite.kl_bits.0.is_infinite() && finite.chi_squared.is_infinite());
        assert_eq!(information(&laws.0, &laws.1, 0.0).unwrap().bits, Bits(f64::INFINITY));
    }

    #[test]
    fn nearly_equal_laws_keep_their_digits() {
        // KL is 2 delta^2 but for terms of order delta^4; summing p ln(p/q) would leave no digit of 2.8e-17.
        let delta = 1.0 / f64::from(1 << 28);
        let found = information(&[0.5 + delta, 0.5 - delta], &[0.5, 0.5], 0.0).unwrap().bits.to_nats().0;
        assert!((found / (2.0 * delta * delta) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn laws_are_checked() {
        let error = |facts: &[f64], non_facts: &[f64]| information(facts, non_facts, 0.1).unwrap_err().to_string();
        assert_eq!(error(&[1.0], &[1.0, 2.0]), "1 bins of facts but 2 of non-facts: must be the same bins");
        assert_eq!(error(&[0.0, 0.0], &[1.0, 2.0]), "facts has no weight in any bin: must sum to a positive number");
        assert!(error(&[1.0, 1.0], &[1.0, -2.0]).starts_with("non_facts = -2"));
        assert!(error(&[f64::NAN], &[1.0]).starts_with("facts = NaN"));
        assert!(error(&[f64::MAX, f64::MAX], &[1.0, 1.0]).starts_with("facts = inf"));
        assert!(error(&[], &[]).starts_with("facts has no weight"));
    }
}
