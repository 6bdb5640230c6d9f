//! The frontier under the Brier score, `d_K(x) = (1-x)^2` and `d_N(x) = x^2`.
//!
//! Derived. **Two scores suffice.** The optimality conditions hold that the scores in use are those at which
//!
//! ```text
//! g(x) = A e^(-alpha (1-x)^2) + D e^(-beta' x^2)
//! ```
//!
//! reaches its maximum, 1. That is a sum of two bells over the line, which has at most two maxima; both lie inside
//! `(0, 1)`, where `g' = 0` says that the score is calibrated at the odds of training: a score that facts have `e^v`
//! times as often as non-facts is `e^v / (e^v + lambda)`. In terms of the evidence of [`super::two_scores`],
//!
//! ```text
//! x_high = 1 / (1 + lambda e^-v),   x_low = 1 / (1 + lambda e^u)
//! D_N / D_K = (x_high + x_low) / (2 - x_high - x_low)
//! ```
//!
//! **There is one optimum.** Wherever the condition of [`super::two_scores`] holds, `g` is 1 and `g'` is 0 at both
//! scores. They cannot be a maximum and the minimum beside it, which is lower, so both are maxima, `g` is nowhere above
//! 1, and the laws minimise `F_p + alpha L`. Others that do have the same `A` and `D` (the problem is strictly convex
//! in them), hence the same `g`, scores and shares; so there is one such point at a budget, and one crossing.
//!
//! Unlike `-ln x`, the loss on a fact is bounded, so some facts are given up: at small budgets many if non-facts weigh
//! more (`lambda > 1`), at large ones next to none; there the optimum hallucinates, as under log-loss. Beyond
//! `lambda = (1-p)/p` the roles are exchanged.

use super::two_scores::{Evidence, Shares, optimum};
use crate::entropy::wall;
use crate::error::{DomainError, require_budget, require_negative_weight, require_sparsity};
use crate::units::Bits;

/// The best that a budget allows under the Brier score. Losses are mean squares, without unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrierPoint {
    /// The share of the facts that scores `x_low`.
    pub forget: f64,
    /// The share of the non-facts that scores `x_high`.
    pub q_star: f64,
    /// The lower score, `forget / (forget + lambda (1 - q_star))`.
    pub x_low: f64,
    /// The higher score, `(1 - forget) / (1 - forget + lambda q_star)`.
    pub x_high: f64,
    /// The mean of `(1 - x)^2` over facts.
    pub fact_loss: f64,
    /// The mean of `x^2` over non-facts.
    pub non_fact_loss: f64,
    /// `L = fact_loss + lambda non_fact_loss`.
    pub loss: f64,
}

/// The least `E_K[(1-x)^2] + lambda E_N[x^2]` of a memory of `budget` bits a fact, and the memory that attains it.
///
/// Without budget all claims have the one score `1 / (1 + lambda)` and count as scoring `x_high`. From the lossless
/// wall up facts score 1 and non-facts 0.
///
/// # Errors
/// A negative or undefined budget, a `negative_weight` that is not positive and finite, `sparsity` outside `[0, 1)`.
pub fn brier(budget: Bits, negative_weight: f64, sparsity: f64) -> Result<BrierPoint, DomainError> {
    require_budget(budget)?;
    require_negative_weight(negative_weight)?;
    require_sparsity(sparsity)?;
    let (budget, lambda, p) = (budget.to_nats().0, negative_weight, sparsity);
    if budget >= wall(p) {
        return Ok(point(Shares::PERFECT, Score { own: 1.0, rest: 0.0 }, Score { own: 0.0, rest: 1.0 }, lambda));
    }
    if budget == 0.0 {
        let constant = Score::after(1.0, lambda);
        return Ok(point(Shares::constant(1.0), constant, constant, lambda));
    }
    let found = optimum(budget, lambda, p, |evidence| {
        let (high, low) = scores(evidence, lambda);
        ((high.own + low.own) / (high.rest + low.rest)).ln()
    });
    let (high, low) = scores(found, lambda);
    Ok(point(found.shares(), high, low, lambda))
}

/// A score `x` and `1 - x`, both to their relative precision.
#[derive(Clone, Copy)]
struct Score {
    own: f64,
    rest: f64,
}

impl Score {
    /// The calibrated score that non-facts have `odds` times as often as facts.
    fn after(odds: f64, lambda: f64) -> Self {
        let weighted = lambda * odds;
        if weighted.is_infinite() {
            return Self { own: 0.0, rest: 1.0 };
        }
        Self { own: 1.0 / (1.0 + weighted), rest: weighted / (1.0 + weighted) }
    }
}

fn scores(evidence: Evidence, lambda: f64) -> (Score, Score) {
    (Score::after((-evidence.pro).exp(), lambda), Score::after(evidence.con.exp(), lambda))
}

fn point(shares: Shares, high: Score, low: Score, lambda: f64) -> BrierPoint {
    let fact_loss = shares.facts_high * high.rest * high.rest + shares.facts_low * low.rest * low.rest;
    let non_fact_loss = shares.non_facts_high * high.own * high.own + shares.non_facts_low * low.own * low.own;
    BrierPoint {
        forget: shares.facts_low,
        q_star: shares.non_facts_high,
        x_low: low.own,
        x_high: high.own,
        fact_loss,
        non_fact_loss,
        loss: fact_loss + lambda * non_fact_loss,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_budget_the_score_is_the_prior_of_training() {
        for p in [0.0, 0.2] {
            let point = brier(Bits(0.0), 4.0, p).unwrap();
            assert_eq!((point.x_high, point.x_low), (0.2, 0.2));
            assert!((point.loss - 0.8).abs() < 1e-15);
            let least = brier(Bits(1e-12), 4.0, p).unwrap();
            assert!(least.loss < 0.8 && least.loss > 0.8 - 1e-11, "{least:?}");
        }
    }

    #[test]
    fn weighty_non_facts_make_small_memories_forget_and_large_ones_hallucinate() {
        let at = |bits| brier(Bits(bits), 10.0, 0.0).unwrap();
        assert!((at(1.0).forget - 0.6875).abs() < 1e-4 && at(1.0).q_star < 0.016);
        assert!(at(8.0).forget < 1e-9 && (at(8.0).q_star * 256.0 - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_wall_leaves_no_loss() {
        let at_wall = crate::entropy::lossless_wall(0.01).unwrap();
        let point = brier(at_wall + Bits(1e-12), 1.0, 0.01).unwrap();
        assert_eq!((point.loss, point.x_low, point.x_high), (0.0, 0.0, 1.0));
        assert!(brier(at_wall - Bits(1e-9), 1.0, 0.01).unwrap().loss > 0.0);
        assert_eq!(brier(Bits(f64::INFINITY), 1.0, 0.0).unwrap().loss, 0.0);
    }

    #[test]
    fn arguments_are_checked_by_name() {
        let error = |bits: f64, weight: f64, p: f64| brier(Bits(bits), weight, p).unwrap_err().to_string();
        assert!(error(-1.0, 1.0, 0.1).starts_with("budget = -1"));
        assert!(error(1.0, f64::INFINITY, 0.1).starts_with("negative_weight = inf"));
        assert!(error(1.0, 1.0, -1.0).starts_with("sparsity = -1"));
    }
}
