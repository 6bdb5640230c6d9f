//! Up to which multiplier abstaining helps, and with which answers it is used.

use super::AbstainCost;
use crate::error::{DomainError, require_budget, require_negative_weight, require_sparsity};
use crate::frontier::root::crossing;
use crate::frontier::two_scores::{Evidence, Shares};
use crate::frontier::zero_one::best_shares;
use crate::units::Bits;

/// A problem, whatever its budget.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub(super) lambda: f64,
    pub(super) cost: AbstainCost,
    pub(super) p: f64,
}

/// Two answers used together: the one that suits facts is the high score of a filter, the other its low one.
#[derive(Clone, Copy)]
pub(super) enum Pair {
    YesNo,
    AbstainNo,
    YesAbstain,
}

/// How abstaining gives way as the multiplier grows.
#[derive(Clone, Copy)]
pub(super) enum Switch {
    NeverAbstains,
    AlwaysAbstains(Pair),
    /// From `pair` to yes and no, at one multiplier where both ends and all their mixtures are optimal.
    At {
        alpha: f64,
        pair: Pair,
        lower: Shares,
        upper: Shares,
    },
}

impl Setting {
    pub(super) fn switch(self) -> Switch {
        if self.cost.on_fact + self.cost.on_non_fact >= 1.0 {
            return Switch::NeverAbstains;
        }
        let excess = |log_alpha: f64| {
            let alpha = log_alpha.exp();
            beyond_chord(alpha, alpha * (self.lambda * self.p / (1.0 - self.p)), self.cost)
        };
        if excess(LARGEST_LOG) < 0.0 {
            let no_is_dominated = self.cost.on_non_fact == 0.0;
            return Switch::AlwaysAbstains(if no_is_dominated { Pair::YesAbstain } else { Pair::AbstainNo });
        }
        let alpha = crossing(excess, LEAST_LOG, LARGEST_LOG).exp();
        let Some(upper) = self.filter_at(Pair::YesNo, alpha) else {
            // A constant answer is still best where abstaining ceases to be of use, so it never was.
            return Switch::NeverAbstains;
        };
        // The optimum lies on one side of abstaining along the line that all three points share, or just on it.
        let (pair, lower) = if let Some(lower) = self.filter_at(Pair::AbstainNo, alpha) {
            (Pair::AbstainNo, lower.shares())
        } else {
            let lower = self.filter_at(Pair::YesAbstain, alpha);
            (Pair::YesAbstain, lower.map_or(Shares::constant(0.0), Evidence::shares))
        };
        Switch::At { alpha, pair, lower, upper: upper.shares() }
    }

    /// `lambda D_N / D_K`: the negative weight of the filter that the two answers make.
    pub(super) fn filter_weight(self, pair: Pair) -> f64 {
        let AbstainCost { on_fact, on_non_fact } = self.cost;
        let weight = match pair {
            Pair::YesNo => self.lambda,
            Pair::AbstainNo => self.lambda * on_non_fact / (1.0 - on_fact),
            Pair::YesAbstain => self.lambda * (1.0 - on_non_fact) / on_fact,
        };
        weight.clamp(f64::MIN_POSITIVE, f64::MAX)
    }

    /// The optimum of that filter at the multiplier `alpha` of the whole problem, if its answer is not constant.
    fn filter_at(self, pair: Pair, alpha: f64) -> Option<Evidence> {
        let on_fact = match pair {
            Pair::YesNo => 1.0,
            Pair::AbstainNo => 1.0 - self.cost.on_fact,
            Pair::YesAbstain => self.cost.on_fact,
        };
        Evidence::at_multiplier(alpha * on_fact, self.filter_weight(pair), self.p)
    }
}

/// The cost `c = c_K = c_N` below which a memory of `budget` bits a fact gains by abstaining; from it on the filter of
/// [`fn@crate::frontier::zero_one`] is as good.
///
/// With the filter's `alpha` it solves `phi(alpha, c) + phi(beta', c) = 1` (derived in
/// [`mod@crate::frontier::abstain`]); in the sparse limit `(1 - c)(1 - e^-alpha) = 1 - e^(-c alpha)`, about `ln(alpha)
/// / alpha`. It is at most 1/2, and 0 from the wall up. At a budget of 0 it is `min(1, lambda) / (1 + lambda)`, where
/// abstaining on every claim costs as much as the better constant answer; for `lambda` other than 1 that is less than
/// the limit of small budgets, at which abstaining on a few claims already helps.
///
/// # Errors
/// A negative or undefined budget, a `negative_weight` that is not positive and finite, `sparsity` outside `[0, 1)`.
pub fn critical_abstain_cost(budget: Bits, negative_weight: f64, sparsity: f64) -> Result<f64, DomainError> {
    require_budget(budget)?;
    require_negative_weight(negative_weight)?;
    require_sparsity(sparsity)?;
    if budget.0 == 0.0 {
        return Ok(negative_weight.min(1.0) / (1.0 + negative_weight));
    }
    let (_, alpha) = best_shares(budget.to_nats().0, negative_weight, sparsity);
    let Some(alpha) = alpha.filter(|alpha| alpha.is_finite()) else {
        return Ok(0.0);
    };
    let beta = alpha * (negative_weight * sparsity / (1.0 - sparsity));
    let log_cost = crossing(
        |log_cost| {
            let cost = log_cost.exp();
            beyond_chord(alpha, beta, AbstainCost { on_fact: cost, on_non_fact: cost })
        },
        LEAST_LOG,
        0.5_f64.ln(),
    );
    Ok(log_cost.exp())
}

/// Negative while abstaining lies outside the chord from yes to no, `phi(alpha, c_K) + phi(beta', c_N) < 1`; increasing
/// in the multipliers and the costs. Costs sum to at most 1.
///
/// The smaller of the two terms is compared with the complement of the larger, on the log scale: both can be tiny.
fn beyond_chord(alpha: f64, beta: f64, cost: AbstainCost) -> f64 {
    let on_facts = part_of_chord(alpha, cost.on_fact);
    let on_non_facts = part_of_chord(beta, cost.on_non_fact);
    if on_facts.min(on_non_facts) == 0.0 {
        f64::NEG_INFINITY
    } else if on_facts <= on_non_facts {
        on_facts.ln() - rest_of_chord(beta, cost.on_non_fact).ln()
    } else {
        on_non_facts.ln() - rest_of_chord(alpha, cost.on_fact).ln()
    }
}

/// `phi(t, c) = (1 - e^(-c t)) / (1 - e^-t)`, which is `c` at `t = 0`.
fn part_of_chord(t: f64, cost: f64) -> f64 {
    if t == 0.0 || cost == 0.0 {
        cost
    } else if cost * t < f64::EPSILON {
        // The product may be below the least float where the quotient is not.
        cost * (t / -(-t).exp_m1())
    } else {
        (-cost * t).exp_m1() / (-t).exp_m1()
    }
}

/// `1 - phi(t, c)`.
fn rest_of_chord(t: f64, cost: f64) -> f64 {
    if t < f64::EPSILON || cost == 0.0 {
        1.0 - cost
    } else {
        (-cost * t).exp() * ((cost - 1.0) * t).exp_m1() / (-t).exp_m1()
    }
}

/// The range of logarithms whose exponentials are floats.
const LEAST_LOG: f64 = -745.0;
const LARGEST_LOG: f64 = 709.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chord_is_met_where_both_forms_say_so() {
        for (alpha, cost) in [(0.8, 0.45), (3.0, 0.3), (23.0, 0.1), (200.0, 0.02)] {
            let sum = part_of_chord(alpha, cost) + rest_of_chord(alpha, cost);
            assert!((sum - 1.0).abs() < 1e-15);
            // In the sparse limit the term of the non-facts is their cost itself.
            let on_non_fact = rest_of_chord(alpha, cost);
            assert!(beyond_chord(alpha, 0.0, AbstainCost { on_fact: cost, on_non_fact }).abs() < 1e-15);
        }
    }

    #[test]
    fn the_critical_cost_falls_with_the_budget() {
        let costs = [0.0, 1.0, 4.0, 10.0, 40.0, 1e6].map(|bits| critical_abstain_cost(Bits(bits), 1.0, 0.0).unwrap());
        assert_eq!((costs[0], costs[5]), (0.5, 0.0));
        assert!(costs.windows(2).all(|pair| pair[1] < pair[0]), "{costs:?}");
        assert!((costs[1] - 0.348).abs() < 1e-3 && (costs[3] - 0.00515).abs() < 1e-5, "{costs:?}");
        assert_eq!(critical_abstain_cost(Bits(2.0), 1.0, 0.5), Ok(0.0));
    }

    #[test]
    fn arguments_are_checked_by_name() {
        let error =
            |bits: f64, weight: f64, p: f64| critical_abstain_cost(Bits(bits), weight, p).unwrap_err().to_string();
        assert!(error(-1.0, 1.0, 0.1).starts_with("budget = -1"));
        assert!(error(1.0, f64::NAN, 0.1).starts_with("negative_weight = NaN"));
        assert!(error(1.0, 1.0, 2.0).starts_with("sparsity = 2"));
    }
}
