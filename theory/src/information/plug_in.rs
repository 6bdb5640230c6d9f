//! The plug-in estimate of `F_p` from counts, with its bias and its noise.

use super::{Information, laws, of_laws};
use crate::divergence::ratio_excess;
use crate::error::{DomainError, require, require_sparsity};
use crate::units::{Bits, Nats};

/// An estimate of the information from counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlugIn {
    /// The information of the observed frequencies; its bias is not subtracted.
    pub information: Information,
    /// Bins that hold at least one fact.
    pub occupied_bins: usize,
    /// By how much the finite number of facts raises the estimate of `F_p` on average; `(occupied - 1) / (2 n_K ln 2)`
    /// at sparsity 0.
    pub bias_bits: Bits,
    /// By how much the finite number of non-facts raises it besides; `(sum mu_K/mu_N - 1) / (2 n_N ln 2)` at sparsity 0.
    /// It does not apply to non-facts that were counted exhaustively.
    pub non_fact_bias_bits: Bits,
    /// Standard deviation of the estimate of `F_p` over draws of the facts and of the non-facts; infinite where `F_p`
    /// is.
    pub standard_error_bits: Bits,
}

/// Estimates the information from the number of facts and of non-facts in each bin.
///
/// `smoothing_non_facts` is added to the non-facts of every bin (1/2 is usual), so that a bin without a non-fact does
/// not count as proof that there are none; 0 if the non-facts were counted exhaustively. Facts are not smoothed.
///
/// The two biases (derived, to the first order in one over the counts) are half the curvature of `F_p` times the
/// variance of the frequencies, summed over the bins that have facts:
/// `sum (1 - mu_K) (1-p) mu_N / m / (2 n_K)` and `sum (1 - mu_N) (1-p) mu_K / m / (2 n_N)` nats. Where few non-facts
/// are expected in a bin that the sum depends on, neither that order nor the estimate is to be trusted.
///
/// The standard error (derived, by the delta method) is the root of
/// `Var_K[ln(mu_K/m)] / n_K + ((1-p)/p)^2 Var_N[ln(mu_N/m)] / n_N` with `m = p mu_K + (1-p) mu_N`; at sparsity 0 that
/// is `Var_K[ln(mu_K/mu_N)] / n_K + chi^2 / n_N`.
///
/// # Errors
/// Lists of unequal length, no fact or no non-fact at all, a negative or infinite smoothing, `sparsity` outside
/// `[0, 1)`.
pub fn plug_in(
    fact_counts: &[u64],
    non_fact_counts: &[u64],
    smoothing_non_facts: f64,
    sparsity: f64,
) -> Result<PlugIn, DomainError> {
    require_sparsity(sparsity)?;
    let smoothing = smoothing_non_facts;
    require(smoothing >= 0.0 && smoothing.is_finite(), "smoothing_non_facts", smoothing, "be finite and at least 0")?;
    let facts = counted("fact_counts", fact_counts)?;
    let non_facts = counted("non_fact_counts", non_fact_counts)?;

    let fact_weights: Vec<f64> = fact_counts.iter().map(|&count| count as f64).collect();
    let non_fact_weights: Vec<f64> = non_fact_counts.iter().map(|&count| count as f64 + smoothing).collect();
    let laws = laws(&fact_weights, &non_fact_weights)?;

    let occupied_bins = fact_counts.iter().filter(|&&count| count > 0).count();
    let variance = fact_variance(&laws, sparsity) / facts + non_fact_variance(&laws, sparsity) / non_facts;
    Ok(PlugIn {
        information: of_laws(&laws, sparsity),
        occupied_bins,
        bias_bits: Nats(fact_curvature(&laws, sparsity) / (2.0 * facts)).to_bits(),
        non_fact_bias_bits: Nats(non_fact_curvature(&laws, sparsity) / (2.0 * non_facts)).to_bits(),
        standard_error_bits: Nats(variance.sqrt()).to_bits(),
    })
}

fn counted(name: &'static str, counts: &[u64]) -> Result<f64, DomainError> {
    let sum: f64 = counts.iter().map(|&count| count as f64).sum();
    if sum > 0.0 { Ok(sum) } else { Err(DomainError::NoWeight { name }) }
}

fn mixture((fact, non_fact): (f64, f64), sparsity: f64) -> f64 {
    sparsity * fact + (1.0 - sparsity) * non_fact
}

/// `sum (1 - mu_K) (1-p) mu_N / m`, where the last factor, a claim's chance to be no fact, is 1 at sparsity 0.
fn fact_curvature(laws: &[(f64, f64)], sparsity: f64) -> f64 {
    let occupied = laws.iter().filter(|law| law.0 > 0.0);
    let rival =
        |&law: &(f64, f64)| if sparsity == 0.0 { 1.0 } else { (1.0 - sparsity) * law.1 / mixture(law, sparsity) };
    occupied.map(|law| (1.0 - law.0) * rival(law)).sum()
}

/// `sum (1 - mu_N) (1-p) mu_K / m`.
fn non_fact_curvature(laws: &[(f64, f64)], sparsity: f64) -> f64 {
    let occupied = laws.iter().filter(|law| law.0 > 0.0);
    occupied.map(|&law| (1.0 - law.1) * (1.0 - sparsity) * law.0 / mixture(law, sparsity)).sum()
}

/// Variance, under the law of the facts, of what one more fact in a bin adds to `F_p`.
fn fact_variance(laws: &[(f64, f64)], sparsity: f64) -> f64 {
    let occupied = || laws.iter().filter(|law| law.0 > 0.0);
    if occupied().any(|&law| mixture(law, sparsity) == 0.0) {
        return f64::INFINITY;
    }
    variance(occupied().map(|&law| (law.0, (law.0 / mixture(law, sparsity)).ln())))
}

/// Variance, under the law of the non-facts, of what one more non-fact in a bin adds to `F_p`:
/// `((1-p)/p) ln(mu_N/m)`, written so that it is `1 - mu_K/mu_N` at sparsity 0.
fn non_fact_variance(laws: &[(f64, f64)], sparsity: f64) -> f64 {
    variance(laws.iter().filter(|law| law.1 > 0.0).map(|&law| {
        let gap = (law.0 - law.1) / law.1;
        let ratio = 1.0 + ratio_excess(sparsity * gap, mixture(law, sparsity) / law.1);
        (law.1, -(1.0 - sparsity) * gap * ratio)
    }))
}

fn variance(weighted: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let mean: f64 = weighted.clone().map(|(weight, value)| weight * value).sum();
    weighted.map(|(weight, value)| weight * (value - mean).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::LN_2;

    #[test]
    fn the_sparse_standard_error_is_the_textbook_one() {
        let found = plug_in(&[600, 300, 100], &[100, 900, 9000], 0.0, 0.0).unwrap();
        let logs = [60.0_f64, 10.0 / 3.0, 1.0 / 9.0].map(f64::ln);
        let mean = 0.6 * logs[0] + 0.3 * logs[1] + 0.1 * logs[2];
        let second = 0.6 * logs[0].powi(2) + 0.3 * logs[1].powi(2) + 0.1 * logs[2].powi(2);
        let chi_squared = 0.36 / 0.01 + 0.09 / 0.09 + 0.01 / 0.9 - 1.0;
        let expected = ((second - mean * mean) / 1000.0 + chi_squared / 10000.0).sqrt() / LN_2;
        assert!((found.standard_error_bits.0 / expected - 1.0).abs() < 1e-12);
        assert!((found.information.chi_squared / chi_squared - 1.0).abs() < 1e-12);
        assert!((found.bias_bits.0 - 2.0 / (2000.0 * LN_2)).abs() < 1e-18);
        let rivals = (60.0 + 10.0 / 3.0 + 1.0 / 9.0 - 1.0) / (20_000.0 * LN_2);
        assert!((found.non_fact_bias_bits.0 / rivals - 1.0).abs() < 1e-12);
    }

    /// The delta method against what it linearises: the change of `F_p` as a law moves towards one bin.
    #[test]
    fn the_standard_error_is_the_spread_of_the_influences() {
        let (facts, non_facts, p, step) = ([0.5, 0.3, 0.2], [0.1, 0.3, 0.6], 0.15, 1e-6);
        let towards = |law: [f64; 3], bin: usize, by: f64| {
            let mut moved = law.map(|weight| weight * (1.0 - by));
            moved[bin] += by;
            moved
        };
        let value = |k: [f64; 3], n: [f64; 3]| super::super::information(&k, &n, p).unwrap().bits.0;
        let mut variance = 0.0;
        for bin in 0..3 {
            let rise = |by: f64| value(towards(facts, bin, by), non_facts);
            variance += facts[bin] * ((rise(step) - rise(-step)) / (2.0 * step)).powi(2) / 1000.0;
            let rise = |by: f64| value(facts, towards(non_facts, bin, by));
            variance += non_facts[bin] * ((rise(step) - rise(-step)) / (2.0 * step)).powi(2) / 500.0;
        }
        let found = plug_in(&[500, 300, 200], &[50, 150, 300], 0.0, p).unwrap();
        assert!((found.standard_error_bits.0 / variance.sqrt() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn smoothing_keeps_an_empty_non_fact_bin_finite() {
        let raw = plug_in(&[5, 5], &[0, 100], 0.0, 0.0).unwrap();
        assert!(raw.information.bits.0.is_infinite() && raw.standard_error_bits.0.is_infinite());
        let smooth = plug_in(&[5, 5], &[0, 100], 0.5, 0.0).unwrap();
        let expected = super::super::information(&[5.0, 5.0], &[0.5, 100.5], 0.0).unwrap();
        assert_eq!(smooth.information, expected);
        assert!(smooth.standard_error_bits.0.is_finite());
        let exhaustive = plug_in(&[5, 5], &[0, 100], 0.0, 0.1).unwrap();
        assert!(exhaustive.information.bits.0.is_finite() && exhaustive.standard_error_bits.0.is_finite());
    }

    #[test]
    fn bins_without_facts_are_not_occupied() {
        assert_eq!(plug_in(&[3, 0, 2, 0], &[1, 1, 1, 0], 0.5, 0.0).unwrap().occupied_bins, 2);
    }

    #[test]
    fn counts_are_checked() {
        assert!(plug_in(&[0, 0], &[1, 1], 0.5, 0.0).is_err());
        assert!(plug_in(&[1, 1], &[0, 0], 0.5, 0.0).is_err());
        assert!(plug_in(&[1, 1], &[1, 1], -0.5, 0.0).is_err());
        assert!(plug_in(&[1, 1], &[1], 0.5, 0.0).is_err());
    }
}
