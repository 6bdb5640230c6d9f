//! Whether two backends' final numbers differ by more than chance.
//!
//! After some hundred steps rounding has made other networks of the same seeds, so numbers of single networks cannot agree;
//! their means over seeds can. Of a metric let d be the mean over members of (this backend - the first), E the members,
//! SE the standard error of that mean, from the spread of the paired differences, and s the standard deviation from seed
//! to seed, which is taken within groups of members of one learning rate, λ and clip and pooled over them: what members
//! of other settings differ by is no chance. The backends disagree if |d| is
//! - above 3 s sqrt(2/E): more than chance would give if the two had trained on other seeds; or
//! - above both t SE and s/3, t being Student's two-sided 99.9 % point for E - 1: more than chance gives on the same seeds,
//!   and more than is small beside their spread. (The order of sums alone moves a single network by s/4 to s.)
//!
//! s is the larger of what the first backend's members show and what an independent implementation measured for R: 2 % of
//! R where a network has .7 parameters a fact or more, 1.4 % over the parameters a fact below. F spreads as R does. A loss
//! spreads by a relative ln 2 times R's absolute bits: halving a loss is worth about a bit. Where no two members differ in
//! the seed alone, the second is all that is known.
//!
//! The largest difference of one member is told and not judged.

use std::f64::consts::LN_2;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::finished::Setting;
use super::spread::{mean, within_groups};
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
    /// The largest difference of one member, with its sign.
    pub largest_difference: Real,
    /// The member where it is; absent if none has a finite number on both backends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_difference_member: Option<u32>,
    /// Standard error of `difference`, from paired differences; absent for a single member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<Real>,
    /// The standard deviation from seed to seed that was reckoned with.
    pub seed_deviation: Real,
    /// Degrees of freedom of what the first backend's members show of it; 0 if no two of them differ in the seed alone.
    pub seed_degrees_of_freedom: usize,
    /// The largest difference that chance explains.
    pub limit: Real,
    /// Whether the difference is within it, and every member's number is finite on both backends or on neither.
    pub agree: bool,
}

/// One member on both backends.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    /// What sets it apart besides its seed.
    pub(super) setting: Setting,
    /// On the first backend.
    pub(super) reference: &'a MemberEvaluation,
    /// On this one.
    pub(super) other: &'a MemberEvaluation,
}

/// A metric of one member on both backends.
#[derive(Clone, Copy)]
struct Values {
    member: u32,
    setting: Setting,
    reference: f64,
    other: f64,
}

impl Values {
    fn of(metric: Metric, pair: &Pair) -> Option<Self> {
        let (reference, other) = metric.of(pair.reference).zip(metric.of(pair.other))?;
        Some(Self { member: pair.reference.member, setting: pair.setting, reference, other })
    }

    fn difference(&self) -> f64 {
        self.other - self.reference
    }
}

/// Compares a metric over members of one population. `None` if no member has it on both backends.
pub(super) fn compare(metric: Metric, pairs: &[Pair]) -> Option<Final> {
    let values: Vec<Values> = pairs.iter().filter_map(|pair| Values::of(metric, pair)).collect();
    let first = pairs.first()?.reference;
    let rates = pairs.iter().filter_map(|pair| Metric::RateBitsPerFact.of(pair.reference));
    let rates: Vec<f64> = rates.filter(|rate| rate.is_finite()).collect();
    let parameters_per_fact = first.parameters? as f64 / first.facts as f64;
    let rate_deviation = SPREAD.0.max(SPREAD.1 / parameters_per_fact) * mean(&rates).abs();
    judge(metric, &values, rate_deviation)
}

/// The rule itself; `rate_deviation` is the standard deviation of R that is known from elsewhere.
fn judge(metric: Metric, values: &[Values], rate_deviation: f64) -> Option<Final> {
    if values.is_empty() {
        return None;
    }
    let finite: Vec<&Values> = values.iter().filter(|v| v.reference.is_finite() && v.other.is_finite()).collect();
    let odd = values.iter().any(|v| v.reference.is_finite() != v.other.is_finite());
    let references: Vec<f64> = finite.iter().map(|v| v.reference).collect();
    let differences: Vec<f64> = finite.iter().map(|v| v.difference()).collect();
    let (members, reference_mean, difference) = (finite.len() as f64, mean(&references), mean(&differences));
    let known = match metric {
        Metric::RateBitsPerFact | Metric::InformationBitsPerFact => rate_deviation,
        Metric::FactLossNats | Metric::NonFactLossNats => reference_mean * LN_2 * rate_deviation,
    };
    let seeds = within_groups(finite.iter().map(|v| (v.setting, v.reference)));
    let seed_deviation = known.max(seeds.map_or(0.0, |seeds| seeds.deviation));
    let error = within_groups(differences.iter().map(|&difference| ((), difference)));
    let standard_error = error.map(|spread| spread.deviation / members.sqrt());
    let of_other_seeds = DEVIATIONS * seed_deviation * (2.0 / members).sqrt();
    let of_these_seeds = standard_error.map(|error| (student(members - 1.0) * error).max(MATTERS * seed_deviation));
    let limit = of_these_seeds.map_or(of_other_seeds, |limit| limit.min(of_other_seeds));
    let largest = finite.iter().max_by(|a, b| a.difference().abs().total_cmp(&b.difference().abs()));
    Some(Final {
        metric,
        members: finite.len(),
        reference_mean: Real(reference_mean),
        mean: Real(reference_mean + difference),
        difference: Real(difference),
        largest_difference: Real(largest.map_or(0.0, |v| v.difference())),
        largest_difference_member: largest.map(|v| v.member),
        standard_error: standard_error.map(Real),
        seed_deviation: Real(seed_deviation),
        seed_degrees_of_freedom: seeds.map_or(0, |seeds| seeds.freedom),
        limit: Real(limit),
        agree: !odd && (finite.is_empty() || difference.abs() <= limit),
    })
}

/// Student's two-sided point at the confidence of the paired comparison.
fn student(freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + CONFIDENCE / 2.0))
}

#[cfg(test)]
mod tests;
