//! Memories that use two scores, told apart by the evidence that each score carries: what zero-one loss, abstaining and
//! the Brier score have in common.
//!
//! Derived. Let the higher score be `e^v` times as likely on a fact as on a non-fact, and the lower one `e^u` times as
//! likely on a non-fact as on a fact: `v` and `u`, positive, are the evidence in nats for and against. They fix the
//! shares of facts (`a` high, `1-a` low) and of non-facts (`b` high, `1-b` low):
//!
//! ```text
//! a = (1 - e^-u) / (1 - e^(-u-v)),   b = e^-v a,   1-b = (1 - e^-v) / (1 - e^(-u-v)),   1-a = e^-u (1-b)
//! ```
//!
//! Every pair of laws with `a > b` arises this way, and `F_p` grows with `u` and with `v`, from 0 at either end to the
//! lossless wall, because more evidence spreads the posterior further around its mean `p`.
//!
//! **Optimality.** Let the low score cost `D_K` more on a fact than the high one does, and the high one `D_N` more on a
//! non-fact. With multipliers `alpha` and `beta' = alpha lambda p / (1-p)`, optimal laws satisfy `p mu_K/r ~ e^(-alpha
//! d_K)`, `(1-p) mu_N/r ~ e^(-beta' d_N)` with the mixture `r = p mu_K + (1-p) mu_N`: these are the posteriors of a
//! fact and of a non-fact. Dividing those of the two scores,
//!
//! ```text
//! alpha D_K = k(u,v) := ln[(1-p) e^u + p] - ln[(1-p) e^-v + p]
//! beta' D_N = n(u,v) := ln[p e^v + (1-p)] - ln[p e^-u + (1-p)]
//! ```
//!
//! and so, whatever `alpha`, `lambda D_N k = ((1-p)/p) D_K n`; at `p = 0`, `lambda D_N (u+v) = D_K (e^v - e^-u)`. On
//! the curve `F_p = B` the left side outweighs the right as `u` grows at the expense of `v`, and falls short at the
//! other end. So the optimum is the one crossing; it is found along rays of constant `u/v`, on each of which
//! the budget is met exactly once. That there is only one is shown with each loss.

use super::root::crossing;
use crate::divergence::divergence;

/// The evidence of the two scores in nats, both positive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// `v`: what the higher score says for a fact.
    pub(super) pro: f64,
    /// `u`: what the lower score says against it.
    pub(super) con: f64,
}

/// How facts and non-facts divide between the two scores. Small shares are kept to their relative precision.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    pub(super) facts_high: f64,
    pub(super) facts_low: f64,
    pub(super) non_facts_high: f64,
    pub(super) non_facts_low: f64,
}

impl Shares {
    pub(super) const PERFECT: Self = Self { facts_high: 1.0, facts_low: 0.0, non_facts_high: 0.0, non_facts_low: 1.0 };

    /// The same for facts and non-facts, so that nothing is stored.
    pub(super) const fn constant(high: f64) -> Self {
        Self { facts_high: high, facts_low: 1.0 - high, non_facts_high: high, non_facts_low: 1.0 - high }
    }

    /// `F_p` in nats.
    pub(super) fn information(self, p: f64) -> f64 {
        divergence([(self.facts_high, self.non_facts_high), (self.facts_low, self.non_facts_low)], p)
    }
}

impl Evidence {
    /// The optimum at the multiplier `alpha` for `D_K = D_N = 1`, solved for `v` and `u`:
    /// `e^v = s (e^beta' - 1) / (1 - e^-alpha)` and `e^u = (e^alpha - 1) / (s (1 - e^-beta'))` with `s = (1-p)/p`.
    /// `None` where one constant answer is optimal.
    pub(super) fn at_multiplier(alpha: f64, lambda: f64, p: f64) -> Option<Self> {
        let beta = alpha * (lambda * p / (1.0 - p));
        // ln[s (1 - e^-beta')], whose limit at p = 0 is ln(alpha lambda).
        let log_rivals =
            if beta < f64::EPSILON { alpha.ln() + lambda.ln() } else { log_odds(p) + (-(-beta).exp_m1()).ln() };
        let log_own = (-(-alpha).exp_m1()).ln();
        let found = Self { pro: log_rivals + beta - log_own, con: alpha + log_own - log_rivals };
        (found.pro > 0.0 && found.con > 0.0).then_some(found)
    }

    pub(super) fn shares(self) -> Shares {
        let either = (-(self.pro + self.con)).exp_m1();
        let facts_high = (-self.con).exp_m1() / either;
        let non_facts_low = (-self.pro).exp_m1() / either;
        Shares {
            facts_high,
            facts_low: (-self.con).exp() * non_facts_low,
            non_facts_high: (-self.pro).exp() * facts_high,
            non_facts_low,
        }
    }

    /// `ln k(u,v)`.
    fn log_pull_on_facts(self, p: f64) -> f64 {
        (log_mixture(1.0 - p, p, self.con) - log_mixture(1.0 - p, p, -self.pro)).ln()
    }

    /// `ln[((1-p)/p) n(u,v)]`.
    fn log_pull_on_non_facts(self, p: f64) -> f64 {
        // Where p e^v is below rounding, n is linear in p and its quotient by p is the sparse limit.
        if p.ln() + self.pro < f64::EPSILON.ln() {
            return self.pro + (-(-(self.pro + self.con)).exp_m1()).ln();
        }
        log_odds(p) + (log_mixture(p, 1.0 - p, self.pro) - log_mixture(p, 1.0 - p, -self.con)).ln()
    }

    /// `alpha` at an optimum with `D_K = D_N = 1`, from the score with less evidence, which determines it better.
    /// Infinite where it exceeds the range of a float.
    pub(super) fn multiplier(self, lambda: f64, p: f64) -> f64 {
        if self.con < self.pro {
            self.log_pull_on_facts(p).exp()
        } else {
            (self.log_pull_on_non_facts(p) - lambda.ln()).exp()
        }
    }
}

/// The two scores that minimise a loss at `budget` nats a fact, positive and below the wall, given `ln(D_N / D_K)` as a
/// function of the evidence.
///
/// Evidence beyond the range of a float means a share that underflows: it stops at the end of the range.
pub(super) fn optimum(budget: f64, lambda: f64, p: f64, log_ratio: impl Fn(Evidence) -> f64) -> Evidence {
    let imbalance = |tilt| {
        let found = along_ray(budget, tilt, p);
        found.log_pull_on_facts(p) + lambda.ln() + log_ratio(found) - found.log_pull_on_non_facts(p)
    };
    along_ray(budget, crossing(imbalance, -LARGEST_TILT, LARGEST_TILT), p)
}

/// The point of the ray `ln(u/v) = tilt` that holds `budget`.
fn along_ray(budget: f64, tilt: f64, p: f64) -> Evidence {
    let at = |log_smaller: f64| {
        let (smaller, larger) = (log_smaller.exp(), (log_smaller + tilt.abs()).min(LOG_MAX).exp());
        if tilt < 0.0 { Evidence { pro: larger, con: smaller } } else { Evidence { pro: smaller, con: larger } }
    };
    at(crossing(|x| (at(x).shares().information(p) / budget).ln(), LEAST_LOG, LARGEST_LOG))
}

/// Spans all ratios of two positive floats.
const LARGEST_TILT: f64 = 1400.0;
/// The logarithm of a float that leaves room above and below.
const LOG_MAX: f64 = 709.0;
const LEAST_LOG: f64 = -700.0;
/// Both scores carrying `e^6.7 = 812` nats of evidence leave shares below the least float.
const LARGEST_LOG: f64 = 6.7;

/// `ln((1-p)/p)`.
fn log_odds(p: f64) -> f64 {
    (-p).ln_1p() - p.ln()
}

/// `ln(rest + w e^t)` for weights that sum to 1.
fn log_mixture(w: f64, rest: f64, t: f64) -> f64 {
    if rest == 0.0 {
        return t;
    }
    if t >= LOG_MAX {
        let log_term = t + w.ln();
        return log_term.max(0.0) + (-log_term.abs()).exp().ln_1p();
    }
    let excess = w * t.exp_m1();
    if excess < -0.5 { (rest + w * t.exp()).ln() } else { excess.ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_the_log_ratio_of_the_shares() {
        for (pro, con) in [(0.1, 3.0), (2.0, 1e-8), (1e-9, 1e-10), (40.0, 600.0)] {
            let shares = Evidence { pro, con }.shares();
            assert!(((shares.facts_high / shares.non_facts_high).ln() - pro).abs() < 1e-13 * pro.max(1.0));
            assert!(((shares.non_facts_low / shares.facts_low).ln() - con).abs() < 1e-13 * con.max(1.0));
            assert!((shares.facts_high + shares.facts_low - 1.0).abs() < 1e-15);
            assert!((shares.non_facts_high + shares.non_facts_low - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn the_optimum_at_a_multiplier_and_at_its_budget_are_the_same() {
        for (alpha, lambda, p) in [(2.0, 1.0, 0.0), (6.0, 0.4, 1e-3), (9.0, 30.0, 1e-9), (5.0, 20.0, 0.2)] {
            let at = Evidence::at_multiplier(alpha, lambda, p).unwrap();
            let found = optimum(at.shares().information(p), lambda, p, |_| 0.0);
            assert!((found.pro / at.pro - 1.0).abs() < 1e-12, "{at:?} {found:?}");
            assert!((found.con / at.con - 1.0).abs() < 1e-12, "{at:?} {found:?}");
            assert!((found.multiplier(lambda, p) / alpha - 1.0).abs() < 1e-12);
        }
        assert!(Evidence::at_multiplier(1.0, 0.3, 0.0).is_none());
        assert!(Evidence::at_multiplier(1.0, 3.0, 0.0).is_none());
    }

    #[test]
    fn the_mixture_keeps_its_digits_at_either_end() {
        assert!((log_mixture(0.25, 0.75, 800.0) - (800.0 + 0.25_f64.ln())).abs() < 1e-12);
        assert!((log_mixture(1e-320, 1.0, 708.0) / (1e-320 * 708.0_f64.exp()) - 1.0).abs() < 1e-12);
        assert_eq!((log_mixture(0.0, 1.0, 1e300), log_mixture(1.0, 0.0, -1e300)), (0.0, -1e300));
        assert!((log_mixture(1.0, 1e-30, -80.0) - (1e-30 + (-80.0_f64).exp()).ln()).abs() < 1e-13);
    }
}
