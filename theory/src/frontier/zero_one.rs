//! The frontier of filters: memories that answer yes or no, under `L = FNR + lambda FPR`.
//!
//! Derived. The answers are two scores of [`super::two_scores`] with `D_K = D_N = 1`. Laws that hold no more than the
//! budget form a convex set of pairs `(FNR, FPR)` and the loss is linear, so there is one optimum, at one multiplier
//! `alpha = -ln 2 dB/dL`; with `beta' = alpha lambda p / (1-p)`,
//!
//! ```text
//! A = (1 - e^-beta') / (1 - e^(-alpha-beta')),   D = (1 - e^-alpha) / (1 - e^(-alpha-beta'))
//! FNR = (A/p - 1) / (e^alpha - 1),               FPR = (D/(1-p) - 1) / (e^beta' - 1)
//! ```
//!
//! In the sparse limit `FPR = 1/(alpha lambda) - 1/(e^alpha - 1)`, so for large budgets `FPR ~ 2^-B` while
//! `FNR ~ (alpha lambda - 1) e^-alpha` with `alpha ~ 2^B / lambda`: doubly exponentially small. Hard errors, too, are
//! spent on hallucination. Beyond `lambda = (1-p)/p` the roles are exchanged. Both errors matter only at budgets of a
//! few bits, the more so the further `lambda` is from 1; without memory the cheaper constant answer is best.

use super::two_scores::{Shares, optimum};
use crate::entropy::wall;
use crate::error::{DomainError, require_budget, require_negative_weight, require_sparsity};
use crate::units::Bits;

/// The best filter that a budget allows. Losses are shares, without unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZeroOnePoint {
    /// The share of the facts answered no.
    pub false_negative_rate: f64,
    /// The share of the non-facts answered yes.
    pub false_positive_rate: f64,
    /// `L = FNR + lambda FPR`.
    pub loss: f64,
    /// The multiplier `alpha`: a further nat a fact lowers the loss by `1 / alpha`. Absent where the answer is constant
    /// (a budget of 0) or perfect (from the wall up); infinite where it exceeds the range of a float.
    pub alpha: Option<f64>,
}

/// The least `FNR + lambda FPR` of a memory of `budget` bits a fact, and the error rates that attain it.
///
/// It serves the linear losses `1 - x` and `x` of scores too, since a score can be replaced by a coin of that bias
/// (Guo & Li, on linear distortions). Without budget the answer is always yes for `lambda < 1`, always no for
/// `lambda > 1`; at 1 every coin is as good and the fair one, the limit of small budgets, is returned.
///
/// # Errors
/// A negative or undefined budget, a `negative_weight` that is not positive and finite, `sparsity` outside `[0, 1)`.
pub fn zero_one(budget: Bits, negative_weight: f64, sparsity: f64) -> Result<ZeroOnePoint, DomainError> {
    require_budget(budget)?;
    require_negative_weight(negative_weight)?;
    require_sparsity(sparsity)?;
    let (shares, alpha) = best_shares(budget.to_nats().0, negative_weight, sparsity);
    Ok(ZeroOnePoint {
        false_negative_rate: shares.facts_low,
        false_positive_rate: shares.non_facts_high,
        loss: shares.facts_low + negative_weight * shares.non_facts_high,
        alpha,
    })
}

/// The shares answered yes (high) and no (low) at `budget` nats a fact, and the multiplier as in [`ZeroOnePoint`].
pub(super) fn best_shares(budget: f64, lambda: f64, p: f64) -> (Shares, Option<f64>) {
    if budget >= wall(p) {
        return (Shares::PERFECT, None);
    }
    if budget == 0.0 {
        let yes = if lambda < 1.0 {
            1.0
        } else if lambda > 1.0 {
            0.0
        } else {
            0.5
        };
        return (Shares::constant(yes), None);
    }
    let found = optimum(budget, lambda, p, |_| 0.0);
    (found.shares(), Some(found.multiplier(lambda, p)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sparse_limit_has_the_closed_form_of_its_multiplier() {
        for (bits, lambda) in [(1e-9, 0.5), (0.3, 1.0), (1.0, 20.0), (4.0, 1.0), (30.0, 100.0)] {
            let point = zero_one(Bits(bits), lambda, 0.0).unwrap();
            let alpha = point.alpha.unwrap();
            let fpr = 1.0 / (alpha * lambda) - 1.0 / alpha.exp_m1();
            assert!((point.false_positive_rate - fpr).abs() < 1e-12, "{bits} {lambda}: {point:?}");
            let fnr = 1.0 - (1.0 - alpha * lambda / alpha.exp_m1()) / -(-alpha).exp_m1();
            assert!((point.false_negative_rate - fnr).abs() < 1e-12, "{bits} {lambda}: {point:?}");
        }
    }

    #[test]
    fn at_four_bits_only_a_millionth_of_the_facts_is_missed() {
        let point = zero_one(Bits(4.0), 1.0, 0.0).unwrap();
        assert!((point.false_positive_rate / 0.0625 - 1.0).abs() < 1e-4);
        assert!((point.false_negative_rate / 1.687e-6 - 1.0).abs() < 1e-3, "{point:?}");
    }

    #[test]
    fn a_budget_of_zero_buys_the_cheaper_constant_answer() {
        let answer = |lambda| {
            let point = zero_one(Bits(0.0), lambda, 0.1).unwrap();
            (point.false_negative_rate, point.false_positive_rate, point.loss, point.alpha)
        };
        assert_eq!(answer(0.2), (0.0, 1.0, 0.2, None));
        assert_eq!(answer(5.0), (1.0, 0.0, 1.0, None));
        assert_eq!(answer(1.0), (0.5, 0.5, 1.0, None));
        // The least budgets join on: the rarer answer is used in proportion to them.
        let point = zero_one(Bits(1e-200), 0.2, 0.1).unwrap();
        assert_eq!((point.false_positive_rate, point.loss), (1.0, 0.2));
        assert!(point.false_negative_rate > 0.0 && point.false_negative_rate < 1e-199);
    }

    #[test]
    fn the_wall_leaves_no_error() {
        let at_wall = crate::entropy::lossless_wall(0.01).unwrap();
        assert_eq!(zero_one(at_wall + Bits(1e-12), 1.0, 0.01).unwrap().loss, 0.0);
        assert!(zero_one(at_wall - Bits(1e-9), 1.0, 0.01).unwrap().loss > 0.0);
        assert_eq!(zero_one(Bits(f64::INFINITY), 1.0, 0.0).unwrap().loss, 0.0);
    }

    #[test]
    fn a_multiplier_beyond_the_floats_leaves_a_one_sided_filter() {
        let point = zero_one(Bits(3.0), 1e-310, 0.0).unwrap();
        assert_eq!((point.false_negative_rate, point.alpha), (0.0, Some(f64::INFINITY)));
        assert!((point.false_positive_rate - 0.125).abs() < 1e-14);
    }

    #[test]
    fn arguments_are_checked_by_name() {
        let error = |bits: f64, weight: f64, p: f64| zero_one(Bits(bits), weight, p).unwrap_err().to_string();
        assert!(error(f64::NAN, 1.0, 0.1).starts_with("budget = NaN: must be at least 0 bits"));
        assert!(error(1.0, -1.0, 0.1).starts_with("negative_weight = -1"));
        assert!(error(1.0, 1.0, 1.0).starts_with("sparsity = 1"));
    }
}
