//! Whether two backends' final numbers differ by more than chance.
//!
//! After some hundred steps rounding has made other networks of the same seeds, so numbers of single networks cannot agree;
//! their means over seeds can. Of a metric let d be the mean over members of (this backend - the first), E the members,
//! SE the standard error of that mean, from the spread of the paired differences, and s the standard deviation from seed
//! to seed. The backends disagree if |d| is
//! - above 3 s sqrt(2/E): more than chance would give if the two had trained on other seeds; or
//! - above both t SE and s/3, t being Student's two-sided 99.9 % point for E - 1: more than chance gives on the same seeds,
//!   and more than is small beside their spread. (The order of sums alone moves a single network by s/4 to s.)
//!
//! s is the larger of what the first backend's members show and what an independent implementation measured for R: 2 % of
//! R where a network has .7 parameters a fact or more, 1.4 % over the parameters a fact below. F spreads as R does. A loss
//! spreads by a relative ln 2 times R's absolute bits: halving a loss is worth about a bit.

use std::f64::consts::LN_2;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::record::{MemberEvaluation, Real};

/// Two-sided confidence of the paired comparison.
const CONFIDENCE: f64 = 0.999;
/// Standard deviations that chance is granted where seeds are taken as different.
const DEVIATIONS: f64 = 3.0;
/// The part of the seeds' spread below which a difference is no matter, however certain.
const MATTERS: f64 = 1.0 / 3.0;
/// Relative spread of R over seeds: at least, and times parameters a fact.
const SPREAD: (f64, f64) = (0.02, 0.014);

/// A metric of the evaluation that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// R.
    RateBitsPerFact,
    /// F.
    InformationBitsPerFact,
    /// Loss of the facts.
    FactLossNats,
    /// Loss of the non-facts.
    NonFactLossNats,
}

impl Metric {
    /// Every metric, in the order of tables.
    pub const ALL: [Self; 4] =
        [Self::RateBitsPerFact, Self::InformationBitsPerFact, Self::FactLossNats, Self::NonFactLossNats];

    /// Its key in `evaluation.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::RateBitsPerFact => "rate_bits_per_fact",
            Self::InformationBitsPerFact => "information_bits_per_fact",
            Self::FactLossNats => "fact_loss_nats",
            Self::NonFactLossNats => "non_fact_loss_nats",
        }
    }

    fn of(self, member: &MemberEvaluation) -> Option<f64> {
        match self {
            Self::RateBitsPerFact => member.rate_bits_per_fact,
            Self::InformationBitsPerFact => member.information_bits_per_fact,
            Self::FactLossNats => member.fact_loss_nats,
            Self::NonFactLossNats => member.non_fact_loss_nats,
        }
    }
}

/// How one final metric of a population compares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Final {
    /// The metric.
    pub metric: Metric,
    /// Members that have it on both backends.
    pub members: usize,
    /// Its mean over them on the first backend.
    pub reference_mean: Real,
    /// Its mean over them on this one.
    pub mean: Real,
    /// The second less the first.
    pub difference: Real,
    /// Standard error of that, from paired differences; absent for a single member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<Real>,
    /// The standard deviation from seed to seed that was reckoned with.
    pub seed_deviation: Real,
    /// The largest difference that chance explains.
    pub limit: Real,
    /// Whether the difference is within it, and every member's number is finite on both backends or on neither.
    pub agree: bool,
}

/// Compares a metric over pairs of members of one population, (first backend, this one). `None` if no pair has it.
pub(super) fn compare(metric: Metric, pairs: &[(&MemberEvaluation, &MemberEvaluation)]) -> Option<Final> {
    let values: Vec<(f64, f64)> = pairs.iter().filter_map(|(a, b)| metric.of(a).zip(metric.of(b))).collect();
    let (first, _) = pairs.first()?;
    let rates: Vec<f64> = pairs.iter().filter_map(|(a, _)| Metric::RateBitsPerFact.of(a)).collect();
    let rates: Vec<f64> = rates.into_iter().filter(|rate| rate.is_finite()).collect();
    let parameters_per_fact = first.parameters? as f64 / first.facts as f64;
    let rate_deviation = SPREAD.0.max(SPREAD.1 / parameters_per_fact) * mean(&rates).abs();
    judge(metric, &values, rate_deviation)
}

/// The rule itself; `rate_deviation` is the standard deviation of R that is known from elsewhere.
fn judge(metric: Metric, values: &[(f64, f64)], rate_deviation: f64) -> Option<Final> {
    if values.is_empty() {
        return None;
    }
    let finite: Vec<(f64, f64)> = values.iter().copied().filter(|(a, b)| a.is_finite() && b.is_finite()).collect();
    let odd = values.iter().any(|(a, b)| a.is_finite() != b.is_finite());
    let references: Vec<f64> = finite.iter().map(|pair| pair.0).collect();
    let differences: Vec<f64> = finite.iter().map(|(a, b)| b - a).collect();
    let (members, reference_mean, difference) = (finite.len() as f64, mean(&references), mean(&differences));
    let known = match metric {
        Metric::RateBitsPerFact | Metric::InformationBitsPerFact => rate_deviation,
        Metric::FactLossNats | Metric::NonFactLossNats => reference_mean * LN_2 * rate_deviation,
    };
    let seed_deviation = known.max(deviation(&references).unwrap_or(0.0));
    let standard_error = deviation(&differences).map(|deviation| deviation / members.sqrt());
    let of_other_seeds = DEVIATIONS * seed_deviation * (2.0 / members).sqrt();
    let of_these_seeds = standard_error.map(|error| (student(members - 1.0) * error).max(MATTERS * seed_deviation));
    let limit = of_these_seeds.map_or(of_other_seeds, |limit| limit.min(of_other_seeds));
    Some(Final {
        metric,
        members: finite.len(),
        reference_mean: Real(reference_mean),
        mean: Real(reference_mean + difference),
        difference: Real(difference),
        standard_error: standard_error.map(Real),
        seed_deviation: Real(seed_deviation),
        limit: Real(limit),
        agree: !odd && (finite.is_empty() || difference.abs() <= limit),
    })
}

/// Student's two-sided point at the confidence of the paired comparison.
fn student(freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + CONFIDENCE / 2.0))
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The standard deviation, of two values or more.
fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten networks of R near 3.48 with a spread of 1.5 %.
    const RATES: [f64; 10] = [3.41, 3.52, 3.44, 3.49, 3.55, 3.47, 3.39, 3.53, 3.46, 3.54];
    /// What rounding makes of them: some hundredths up and down.
    const ROUNDED: [f64; 10] = [0.012, -0.008, 0.003, -0.015, 0.009, 0.001, -0.006, 0.014, -0.002, 0.004];

    fn shifted(by: f64, noise: f64) -> Vec<(f64, f64)> {
        RATES.iter().zip(ROUNDED).map(|(&rate, rounding)| (rate, rate + by + noise * rounding)).collect()
    }

    fn rate(values: &[(f64, f64)]) -> Final {
        judge(Metric::RateBitsPerFact, values, 0.02 * 3.48).expect("values")
    }

    #[test]
    fn equal_numbers_and_rounding_agree() {
        for noise in [0.0, 1.0, 3.0] {
            let found = rate(&shifted(0.0, noise));
            assert!(found.agree, "{found:?}");
            assert_eq!(found.members, 10);
        }
        assert!(rate(&shifted(0.0, 0.0)).standard_error.is_some_and(|error| error.0 == 0.0));
    }

    #[test]
    fn a_certain_difference_that_does_not_matter_is_none() {
        // Ten times its standard error, and a seventh of the seeds' spread.
        let found = rate(&shifted(0.01, 0.3));
        assert!(found.difference.0 > 9.0 * found.standard_error.unwrap().0, "{found:?}");
        assert!(found.agree, "{found:?}");
    }

    #[test]
    fn a_planted_shift_is_caught_in_either_direction() {
        // 2 % of R: one deviation of the seeds, and seen over ten of them.
        for by in [0.07, -0.07] {
            let found = rate(&shifted(by, 1.0));
            assert!(!found.agree, "{found:?}");
            assert!((found.difference.0 - by).abs() < 0.01);
        }
    }

    #[test]
    fn a_single_member_can_show_a_large_difference_only() {
        let found = |other: f64| rate(&[(3.48, other)]);
        assert_eq!(found(3.5).standard_error, None);
        assert!(found(3.6).agree && !found(3.0).agree && !found(f64::INFINITY).agree);
    }

    #[test]
    fn two_members_whose_differences_happen_to_be_equal_prove_little() {
        // The paired error is 0 here by chance; the spread of the seeds still counts.
        assert!(rate(&[(3.40, 3.42), (3.55, 3.57)]).agree);
        assert!(!rate(&[(3.40, 3.10), (3.55, 3.25)]).agree);
    }

    #[test]
    fn infinite_numbers_agree_with_infinite_numbers() {
        let mut values = shifted(0.0, 1.0);
        values[3] = (f64::INFINITY, f64::INFINITY);
        let found = rate(&values);
        assert!(found.agree && found.members == 9);
        values[3].1 = 3.4;
        assert!(!rate(&values).agree);
        assert!(rate(&[(f64::INFINITY, f64::INFINITY)]).agree);
        assert_eq!(judge(Metric::FactLossNats, &[], 0.1), None);
    }

    #[test]
    fn losses_spread_by_the_bits_that_they_are_worth() {
        // R spreads by .07 bits, so a loss of .09 by ln 2 x .07 of itself.
        let found = judge(Metric::FactLossNats, &[(0.09, 0.091)], 0.07).unwrap();
        assert!((found.seed_deviation.0 - 0.09 * LN_2 * 0.07).abs() < 1e-12);
        assert!(found.agree);
        assert!(!judge(Metric::FactLossNats, &[(0.09, 0.12)], 0.07).unwrap().agree);
    }

    #[test]
    fn the_point_of_the_paired_comparison_is_students() {
        assert!((student(9.0) - 4.7809).abs() < 1e-3);
        assert!((student(1.0) - 636.62).abs() < 0.1);
    }
}
