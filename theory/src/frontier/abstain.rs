//! The frontier of memories that may abstain: yes, no, or no answer, under zero-one loss. An error costs 1, abstaining
//! `c_K` on a fact and `c_N` on a non-fact.
//!
//! Derived. At multipliers `alpha` and `beta' = alpha lambda p / (1-p)`, minimising `F_p + alpha L` over the mixture
//! `r` of the answers means to maximise `p ln U + (1-p) ln V`, where `(U, V)` is the mean under `r` of the points
//!
//! ```text
//! yes (1, e^-beta'),   abstain (e^(-alpha c_K), e^(-beta' c_N)),   no (e^-alpha, 1)
//! ```
//!
//! The optimum lies on the outer edge of their triangle, so **at any one `alpha` at most two neighbouring answers are
//! used**, and abstaining is one of them only while its point lies outside the chord from yes to no:
//!
//! ```text
//! phi(alpha, c_K) + phi(beta', c_N) < 1,   phi(t, c) = (1 - e^(-c t)) / (1 - e^-t)
//! ```
//!
//! The left side rises with `alpha` from `c_K + c_N` to 2: never if `c_K + c_N >= 1`, always if a cost is 0, and
//! otherwise until one `alpha` (about `ln(1/c)/c` for equal costs in the sparse limit). With two answers in use the
//! problem is that of a filter with another weight and affine losses: abstain and no are the yes and no of a filter at
//! `lambda c_N / (1 - c_K)`, yes and abstain those of one at `lambda (1 - c_N) / c_K`. At the switch the three points
//! are in line, `(U, V)` stays put and the budget jumps from `B1` to `B2`; between them the best laws are mixtures of
//! the two ends and use all three answers, and the loss falls linearly.
//!
//! So a poor memory that may abstain need not hallucinate. At equal costs `c` and `lambda = 1` it abstains on nearly
//! every fact and on as many non-facts as a filter would let pass, and says no to the rest: the filter of abstain and
//! no has the weight `lambda c / (1-c)`, and one whose weight is well below 1 misses hardly anything. As that weight
//! nears 1 more and more facts are answered no, and for `lambda` well below 1 yes and abstain are the two in use. A
//! rich memory never abstains: at equal costs and `p -> 0`, beyond `B2 ~ log2(lambda ln(1/c)/c)` bits for small `c`.

mod switch;

pub use switch::critical_abstain_cost;

use self::switch::{Pair, Setting, Switch};
use super::two_scores::Shares;
use super::zero_one::best_shares;
use crate::entropy::wall;
use crate::error::{DomainError, require, require_budget, require_negative_weight, require_sparsity};
use crate::units::{Bits, Nats};

/// What abstaining costs where an error costs 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AbstainCost {
    /// `c_K`, on a fact.
    pub on_fact: f64,
    /// `c_N`, on a non-fact, before the negative weight.
    pub on_non_fact: f64,
}

/// The best that a budget allows with abstaining. Losses are mean costs, without unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AbstainPoint {
    /// The shares of `[facts, non-facts]` answered yes.
    pub yes: [f64; 2],
    /// The shares of `[facts, non-facts]` left unanswered.
    pub abstain: [f64; 2],
    /// The shares of `[facts, non-facts]` answered no.
    pub no: [f64; 2],
    /// `eps_K = no[0] + c_K abstain[0]`.
    pub fact_loss: f64,
    /// `eps_N = yes[1] + c_N abstain[1]`.
    pub non_fact_loss: f64,
    /// `L = eps_K + lambda eps_N`.
    pub loss: f64,
    /// The budgets between which abstaining gives way.
    pub phases: AbstainPhases,
}

/// Where abstaining gives way to answering as the budget grows; the same for every budget.
///
/// Where abstaining never helps, both budgets are 0: costs that sum to 1 or more, or one constant answer so good that
/// it is still best at the multiplier from which yes and no beat abstaining. Where one of its costs is 0 (or so small
/// that the switch is beyond the floats), abstaining stays: both are the lossless wall, infinite in the sparse limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AbstainPhases {
    /// `B1`: up to it two answers are used, abstain and one other, which is no if `lambda c_N` is large enough beside
    /// `c_K` and yes otherwise; the shares of a point below it tell.
    pub lower: Bits,
    /// `B2`: from it on only yes and no are used; all three between.
    pub upper: Bits,
    /// The multiplier of the switch, along `B1..B2`; absent where there is none.
    pub alpha: Option<f64>,
}

/// The least `eps_K + lambda eps_N` of a memory of `budget` bits a fact that may abstain.
///
/// From `c_K + c_N = 1` up abstaining is of no use. A weight over a cost that exceeds the largest float counts as that.
///
/// # Errors
/// A negative or undefined budget, a `negative_weight` that is not positive and finite, a cost that is negative or not
/// finite, `sparsity` outside `[0, 1)`.
pub fn abstain(
    budget: Bits,
    negative_weight: f64,
    cost: AbstainCost,
    sparsity: f64,
) -> Result<AbstainPoint, DomainError> {
    require_budget(budget)?;
    require_negative_weight(negative_weight)?;
    for (name, value) in [("cost.on_fact", cost.on_fact), ("cost.on_non_fact", cost.on_non_fact)] {
        require(value >= 0.0 && value.is_finite(), name, value, "be at least 0 and finite")?;
    }
    require_sparsity(sparsity)?;
    let setting = Setting { lambda: negative_weight, cost, p: sparsity };
    let switch = setting.switch();
    let Plan { yes, abstain, no } = best_plan(setting, switch, budget.to_nats().0);
    let fact_loss = no[0] + cost.on_fact * abstain[0];
    let non_fact_loss = yes[1] + cost.on_non_fact * abstain[1];
    let loss = fact_loss + negative_weight * non_fact_loss;
    Ok(AbstainPoint { yes, abstain, no, fact_loss, non_fact_loss, loss, phases: phases(switch, sparsity) })
}

fn phases(switch: Switch, p: f64) -> AbstainPhases {
    let bits = |nats| Nats(nats).to_bits();
    match switch {
        Switch::NeverAbstains => AbstainPhases { lower: Bits(0.0), upper: Bits(0.0), alpha: None },
        Switch::AlwaysAbstains(_) => AbstainPhases { lower: bits(wall(p)), upper: bits(wall(p)), alpha: None },
        Switch::At { alpha, lower, upper, .. } => {
            let upper = upper.information(p);
            AbstainPhases { lower: bits(lower.information(p).min(upper)), upper: bits(upper), alpha: Some(alpha) }
        }
    }
}

/// The shares of `[facts, non-facts]` that get each answer.
struct Plan {
    yes: [f64; 2],
    abstain: [f64; 2],
    no: [f64; 2],
}

impl Plan {
    fn of(pair: Pair, shares: Shares) -> Self {
        let high = [shares.facts_high, shares.non_facts_high];
        let low = [shares.facts_low, shares.non_facts_low];
        match pair {
            Pair::YesNo => Self { yes: high, abstain: [0.0; 2], no: low },
            Pair::AbstainNo => Self { yes: [0.0; 2], abstain: high, no: low },
            Pair::YesAbstain => Self { yes: high, abstain: low, no: [0.0; 2] },
        }
    }

    /// `1 - part` of this plan and `part` of the other.
    fn mixed_with(&self, other: &Self, part: f64) -> Self {
        let mix = |a: [f64; 2], b: [f64; 2]| [0, 1].map(|kind| (1.0 - part) * a[kind] + part * b[kind]);
        Self { yes: mix(self.yes, other.yes), abstain: mix(self.abstain, other.abstain), no: mix(self.no, other.no) }
    }
}

fn best_plan(setting: Setting, switch: Switch, budget: f64) -> Plan {
    let filter = |pair| Plan::of(pair, best_shares(budget, setting.filter_weight(pair), setting.p).0);
    if budget >= wall(setting.p) {
        return Plan::of(Pair::YesNo, Shares::PERFECT);
    }
    match switch {
        Switch::NeverAbstains => filter(Pair::YesNo),
        Switch::AlwaysAbstains(_) if setting.cost.on_fact == 0.0 && setting.cost.on_non_fact == 0.0 => {
            Plan::of(Pair::AbstainNo, Shares::constant(1.0))
        }
        Switch::AlwaysAbstains(pair) => filter(pair),
        Switch::At { pair, lower, upper, .. } => {
            let (least, most) = (lower.information(setting.p), upper.information(setting.p));
            if budget >= most {
                filter(Pair::YesNo)
            } else if budget <= least {
                filter(pair)
            } else {
                let part = (budget - least) / (most - least);
                Plan::of(pair, lower).mixed_with(&Plan::of(Pair::YesNo, upper), part)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(bits: f64, lambda: f64, on_fact: f64, on_non_fact: f64, p: f64) -> AbstainPoint {
        abstain(Bits(bits), lambda, AbstainCost { on_fact, on_non_fact }, p).unwrap()
    }

    #[test]
    fn a_poor_memory_abstains_where_it_would_hallucinate() {
        let poor = at(1.0, 1.0, 0.1, 0.1, 0.0);
        assert_eq!((poor.yes, poor.phases.lower.0 > 1.0), ([0.0, 0.0], true));
        assert!(poor.abstain[0] > 0.99 && poor.abstain[1] > 0.4, "{poor:?}");
        let rich = at(5.0, 1.0, 0.1, 0.1, 0.0);
        assert_eq!((rich.abstain, rich.phases), ([0.0, 0.0], poor.phases));
        let between = at(3.0, 1.0, 0.1, 0.1, 0.0);
        assert!(between.yes[0] > 0.1 && between.abstain[0] > 0.1 && between.no[1] > 0.1, "{between:?}");
    }

    #[test]
    fn costs_that_sum_to_one_make_abstaining_useless() {
        for (bits, on_fact) in [(0.0, 0.5), (1.0, 0.9), (4.0, 0.3), (2.0, 1.5)] {
            let point = at(bits, 2.0, on_fact, (1.0 - on_fact).max(0.0), 0.01);
            assert_eq!(point.phases, AbstainPhases { lower: Bits(0.0), upper: Bits(0.0), alpha: None });
            let filter = crate::frontier::zero_one(Bits(bits), 2.0, 0.01).unwrap();
            assert_eq!((point.abstain, point.loss), ([0.0; 2], filter.loss));
        }
    }

    #[test]
    fn a_free_abstention_on_non_facts_replaces_no() {
        let point = at(5.0, 1.0, 0.2, 0.0, 0.0);
        assert_eq!((point.no, point.phases.lower), ([0.0, 0.0], Bits(f64::INFINITY)));
        // A filter whose misses cost a fifth, so that its false positives weigh five times as much.
        let filter = crate::frontier::zero_one(Bits(5.0), 5.0, 0.0).unwrap();
        assert!((point.loss / (0.2 * filter.loss) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn a_free_abstention_on_facts_replaces_yes_and_one_on_all_replaces_memory() {
        let point = at(2.0, 3.0, 0.0, 0.5, 0.1);
        assert_eq!(point.yes, [0.0, 0.0]);
        let free = at(2.0, 3.0, 0.0, 0.0, 0.1);
        assert_eq!((free.abstain, free.loss), ([1.0, 1.0], 0.0));
    }

    #[test]
    fn the_wall_leaves_no_cost() {
        for (on_fact, on_non_fact) in [(0.1, 0.1), (0.2, 0.0), (0.0, 0.3), (0.9, 0.9)] {
            let point = at(7.0, 1.0, on_fact, on_non_fact, 0.1);
            assert_eq!((point.yes, point.no, point.loss), ([1.0, 0.0], [0.0, 1.0], 0.0));
        }
    }

    #[test]
    fn arguments_are_checked_by_name() {
        let error = |bits: f64, weight: f64, on_fact: f64, on_non_fact: f64, p: f64| {
            abstain(Bits(bits), weight, AbstainCost { on_fact, on_non_fact }, p).unwrap_err().to_string()
        };
        assert!(error(-1.0, 1.0, 0.1, 0.1, 0.1).starts_with("budget = -1"));
        assert!(error(1.0, 0.0, 0.1, 0.1, 0.1).starts_with("negative_weight = 0"));
        assert!(error(1.0, 1.0, -0.1, 0.1, 0.1).starts_with("cost.on_fact = -0.1: must be at least 0 and finite"));
        assert!(error(1.0, 1.0, 0.1, f64::NAN, 0.1).starts_with("cost.on_non_fact = NaN"));
        assert!(error(1.0, 1.0, 0.1, 0.1, 1.0).starts_with("sparsity = 1"));
    }
}
