//! The certificate of many bins.
//!
//! **The variational form** (derived). For any positive function `w` of the score, with `m_w = 1 - p + p w`,
//!
//! `F_p >= E_K[ln(w / m_w)] - ((1-p)/p) E_N[ln m_w]`,
//!
//! because the two sides differ by `E[KL(posterior || p w / m_w)] / p`, where the posterior is the true probability
//! that a claim of that score is a fact; so equality holds at `w = mu_K / mu_N` and nowhere else. In words: the right
//! side is the lossless wall less the losses of the scorer that believes the odds `w p/(1-p)`, and no scorer knows more
//! than there is. In the sparse limit the right side becomes `E_K[ln w] + 1 - E_N[w]`. Multiplying `w` by a constant
//! changes it, and the best constant, `1 / E_N[w]`, leaves with `T = ln w` the form of Donsker & Varadhan (1975):
//!
//! `KL(mu_K || mu_N) >= E_K[T] - ln E_N[e^T]`.
//!
//! **The certificate.** One half of the counts fits `w`: in each bin the ratio of the two frequencies, with one claim
//! of each kind added to every bin (Laplace's rule), so that no ratio is 0 or infinite and `T` is bounded. The other
//! half estimates the two expectations. Its claims took no part in the fit, so for them `w` is a fixed function with a
//! known range, and the empirical Bernstein bound of Maurer & Pontil (*Empirical Bernstein bounds and sample variance
//! penalization*, COLT 2009, Theorem 4) holds: with probability `1 - eta` a mean of `n` independent values of range `r`
//! and sample variance `V` exceeds its expectation by at most `sqrt(2 V ln(2/eta) / n) + 7 r ln(2/eta) / (3 (n-1))`,
//! and as much from below. Each of the two expectations gets half of the error, `eta = (1 - confidence) / 2`, so both
//! bounds hold at once with the confidence that was asked for.
//!
//! **The constant.** At positive sparsity the constant in `w` cannot be chosen after the bounds, so the first half
//! chooses it: one over its own upper bound of `E_N[w]`. Any constant is valid; this one makes the certificate run into
//! that of the sparse limit as `p -> 0`, up to the square of the relative error of `E_N[w]`.

use super::require_confidence;
use crate::divergence::ratio_excess;
use crate::error::{DomainError, require, require_sparsity};
use crate::units::{Bits, Nats};

/// How many facts and how many non-facts fell into each bin of the score.
#[derive(Clone, Copy, Debug)]
pub struct Counts<'a> {
    /// Facts in each bin.
    pub facts: &'a [u64],
    /// Non-facts in the same bins.
    pub non_facts: &'a [u64],
}

/// Stored bits that hold with a stated confidence, and the two bounds that they come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiBinCertificate {
    /// Lower bound of the expectation over facts: `E_K[ln(w / m_w)]`, at sparsity 0 `E_K[T]`.
    pub fact_term: Nats,
    /// Upper bound of what the non-facts take away: `((1-p)/p) E_N[ln m_w]`, at sparsity 0 `ln E_N[e^T]`.
    pub non_fact_term: Nats,
    /// Bits a fact: the difference of the two, or 0 where that is negative.
    pub bits: Bits,
}

/// Certifies `F_p`, at sparsity 0 the divergence `KL(mu_K || mu_N)`, from the counts in bins of the score.
///
/// `calibration` fits the function of the score that `test` then judges, as [the
/// module](mod@crate::certificate::donsker_varadhan) explains. The halves must hold different claims, drawn
/// independently, and the bins must not depend on the test half; neighbouring quantiles of the facts of the first half
/// serve well, 16 or 32 of them. With the stated confidence `F_p` is at least `bits`. Memory is then at least `n bits -
/// log2(8n)/2` in all (Guo & Li, Lemma 3.4, which speaks of the mean over random facts).
///
/// # Errors
/// Halves or kinds with different bins, fewer than two facts or non-facts in a half, `confidence` outside `(0, 1)`,
/// `sparsity` outside `[0, 1)`.
pub fn donsker_varadhan(
    calibration: Counts<'_>,
    test: Counts<'_>,
    confidence: f64,
    sparsity: f64,
) -> Result<MultiBinCertificate, DomainError> {
    require_confidence(confidence)?;
    require_sparsity(sparsity)?;
    require_bins(calibration)?;
    require_bins(test)?;
    if test.facts.len() != calibration.facts.len() {
        return Err(DomainError::UnequalHalves { calibration: calibration.facts.len(), test: test.facts.len() });
    }
    let [_, calibration_non_facts] = totals(calibration, "calibration.facts", "calibration.non_facts")?;
    let [facts, non_facts] = totals(test, "test.facts", "test.non_facts")?;

    let error = (1.0 - confidence) / 2.0;
    let mut ratios = smoothed_ratios(calibration);
    let scale = 1.0 / Sample::of(calibration.non_facts, calibration_non_facts, &ratios).upper(error);
    for ratio in &mut ratios {
        *ratio *= scale;
    }

    let on_facts: Vec<f64> = ratios.iter().map(|&ratio| ratio.ln() - log_mixture(ratio, sparsity)).collect();
    let on_non_facts: Vec<f64> = ratios.iter().map(|&ratio| rival_cost(ratio, sparsity)).collect();
    let fact_term = Sample::of(test.facts, facts, &on_facts).lower(error);
    let upper = Sample::of(test.non_facts, non_facts, &on_non_facts).upper(error);
    let non_fact_term = if sparsity == 0.0 { upper.ln_1p() } else { upper };
    let bits = Nats((fact_term - non_fact_term).max(0.0)).to_bits();
    Ok(MultiBinCertificate { fact_term: Nats(fact_term), non_fact_term: Nats(non_fact_term), bits })
}

/// `mu_K / mu_N` in each bin, by Laplace's rule.
fn smoothed_ratios(counts: Counts<'_>) -> Vec<f64> {
    let bins = counts.facts.len() as f64;
    let share = |count: u64, all: &[u64]| (count as f64 + 1.0) / (sum(all) + bins);
    let pairs = counts.facts.iter().zip(counts.non_facts);
    pairs.map(|(&fact, &non_fact)| share(fact, counts.facts) / share(non_fact, counts.non_facts)).collect()
}

/// `ln m_w`.
fn log_mixture(ratio: f64, sparsity: f64) -> f64 {
    (sparsity * (ratio - 1.0)).ln_1p()
}

/// `((1-p)/p) ln m_w` without the division by `p`; at sparsity 0 `w - 1`.
fn rival_cost(ratio: f64, sparsity: f64) -> f64 {
    let gap = ratio - 1.0;
    (1.0 - sparsity) * gap * (1.0 + ratio_excess(sparsity * gap, 1.0 - sparsity + sparsity * ratio))
}

/// Independent values with what the empirical Bernstein bound needs to know of them.
struct Sample {
    size: f64,
    mean: f64,
    variance: f64,
    range: f64,
}

impl Sample {
    /// `counts[i]` times the value `values[i]`, `size` in all.
    fn of(counts: &[u64], size: f64, values: &[f64]) -> Self {
        let weighted = || counts.iter().map(|&count| count as f64).zip(values);
        let mean = weighted().map(|(count, value)| count * value).sum::<f64>() / size;
        let variance = weighted().map(|(count, value)| count * (value - mean).powi(2)).sum::<f64>() / (size - 1.0);
        let (least, most) = values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), &value| (least.min(value), most.max(value)));
        Self { size, mean, variance, range: most - least }
    }

    /// What the expectation is not below, but for a probability of `error`.
    fn lower(&self, error: f64) -> f64 {
        self.mean - self.deviation(error)
    }

    /// What the expectation is not above, but for a probability of `error`.
    fn upper(&self, error: f64) -> f64 {
        self.mean + self.deviation(error)
    }

    fn deviation(&self, error: f64) -> f64 {
        let surprise = (2.0 / error).ln();
        (2.0 * self.variance * surprise / self.size).sqrt() + 7.0 * self.range * surprise / (3.0 * (self.size - 1.0))
    }
}

fn require_bins(counts: Counts<'_>) -> Result<(), DomainError> {
    if counts.facts.len() == counts.non_facts.len() {
        Ok(())
    } else {
        Err(DomainError::UnequalBins { facts: counts.facts.len(), non_facts: counts.non_facts.len() })
    }
}

/// The numbers of facts and of non-facts, two of each at least since a variance takes two.
fn totals(counts: Counts<'_>, facts: &'static str, non_facts: &'static str) -> Result<[f64; 2], DomainError> {
    let [all_facts, all_non_facts] = [sum(counts.facts), sum(counts.non_facts)];
    require(all_facts >= 2.0, facts, all_facts, "be at least 2")?;
    require(all_non_facts >= 2.0, non_facts, all_non_facts, "be at least 2")?;
    Ok([all_facts, all_non_facts])
}

fn sum(counts: &[u64]) -> f64 {
    counts.iter().map(|&count| count as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::lossless_wall;
    use crate::information::information;

    const FIRST: Counts<'_> = Counts { facts: &[699, 199, 99], non_facts: &[99, 999, 8899] };
    const SECOND: Counts<'_> = Counts { facts: &[1390, 420, 190], non_facts: &[210, 1990, 17_800] };

    #[test]
    fn two_bins_can_be_followed_by_hand() {
        // Ratios 9/10 over 1/10 and 1/10 over 9/10; ln(2/eta) = ln 40 at confidence .9.
        let calibration = Counts { facts: &[8, 0], non_facts: &[0, 8] };
        let test = Counts { facts: &[90, 10], non_facts: &[10, 90] };
        let found = donsker_varadhan(calibration, test, 0.9, 0.0).unwrap();
        let (log_ratio, surprise) = (9.0_f64.ln(), 40.0_f64.ln());
        let variance = |low: f64, high: f64| 100.0 * 0.09 * (high - low).powi(2) / 99.0;
        let deviation = |low: f64, high: f64| {
            (2.0 * variance(low, high) * surprise / 100.0).sqrt() + 7.0 * (high - low) * surprise / (3.0 * 99.0)
        };
        let lower = 0.8 * log_ratio - deviation(-log_ratio, log_ratio);
        let upper = 0.1 * 9.0 + 0.9 / 9.0 + deviation(1.0 / 9.0, 9.0);
        let nats = found.bits.to_nats().0;
        assert!((nats - (lower - upper.ln())).abs() < 1e-12, "{nats} for {}", lower - upper.ln());
        assert!(((found.fact_term - found.non_fact_term).0 - nats).abs() < 1e-15);
    }

    #[test]
    fn plenty_of_counts_certify_nearly_all_information() {
        for p in [0.0, 1e-6, 0.01, 0.2] {
            let many = |counts: Counts<'_>| {
                let times = |list: &[u64]| list.iter().map(|count| count * 1_000_000).collect::<Vec<_>>();
                (times(counts.facts), times(counts.non_facts))
            };
            let ((facts, non_facts), (other_facts, other_non_facts)) = (many(FIRST), many(SECOND));
            let calibration = Counts { facts: &facts, non_facts: &non_facts };
            let test = Counts { facts: &other_facts, non_facts: &other_non_facts };
            let found = donsker_varadhan(calibration, test, 0.95, p).unwrap().bits.0;
            let weights = |list: &[u64]| list.iter().map(|&count| count as f64).collect::<Vec<_>>();
            let held = information(&weights(&other_facts), &weights(&other_non_facts), p).unwrap().bits.0;
            assert!(found < held && found > held - 0.004, "p = {p}: {found} of {held}");
        }
    }

    #[test]
    fn a_small_sparsity_runs_into_the_limit() {
        let limit = donsker_varadhan(FIRST, SECOND, 0.95, 0.0).unwrap();
        for p in [1e-300, 1e-9, 1e-6] {
            let found = donsker_varadhan(FIRST, SECOND, 0.95, p).unwrap();
            assert!((found.bits.0 - limit.bits.0).abs() < 0.01, "p = {p}: {} for {}", found.bits, limit.bits);
            assert!((found.fact_term.0 - limit.fact_term.0).abs() < 1e-3);
        }
    }

    #[test]
    fn more_confidence_certifies_less_and_nothing_exceeds_the_wall() {
        for p in [0.0, 1e-3, 0.5, 0.99] {
            let mut last = lossless_wall(p).unwrap();
            for confidence in [0.1, 0.5, 0.9, 0.99, 1.0 - 1e-12] {
                let found = donsker_varadhan(FIRST, SECOND, confidence, p).unwrap().bits;
                assert!(found < last || found == Bits(0.0), "p = {p}, confidence {confidence}: {found} after {last}");
                last = found;
            }
        }
    }

    #[test]
    fn equal_laws_and_empty_bins_certify_nothing() {
        let alike = Counts { facts: &[50, 0, 50], non_facts: &[500, 0, 500] };
        assert_eq!(donsker_varadhan(alike, alike, 0.95, 0.1).unwrap().bits, Bits(0.0));
    }

    #[test]
    fn counts_are_checked_by_name() {
        let error =
            |one: Counts<'_>, other: Counts<'_>| donsker_varadhan(one, other, 0.95, 0.0).unwrap_err().to_string();
        let lone = Counts { facts: &[1, 0, 0], non_facts: &[5, 5, 5] };
        assert!(error(FIRST, lone).starts_with("test.facts = 1: must be at least 2"));
        assert!(error(lone, FIRST).starts_with("calibration.facts = 1"));
        let ragged = Counts { facts: &[1, 2], non_facts: &[5, 5, 5] };
        assert!(error(FIRST, ragged).starts_with("2 bins of facts but 3 of non-facts"));
        let coarse = Counts { facts: &[1, 2], non_facts: &[5, 5] };
        assert!(error(FIRST, coarse).starts_with("2 bins in the test half but 3 in the calibration half"));
        assert!(donsker_varadhan(FIRST, SECOND, 0.0, 0.0).unwrap_err().to_string().starts_with("confidence = 0"));
        assert!(donsker_varadhan(FIRST, SECOND, 0.9, 1.0).unwrap_err().to_string().starts_with("sparsity = 1"));
    }
}
