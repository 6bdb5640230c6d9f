//! The proof that laws are optimal, computed over the whole score set from the laws and multipliers alone.
//!
//! A logarithm lies below its tangents. So for any `U > 0` and `V > 0`, and with `g` formed from these, all laws
//! satisfy `F_p >= -ln U - ((1-p)/p) ln V - (max g - 1) / p - alpha E d_K - beta E d_N`. At the `U` and `V` of the laws
//! at hand this is an equality if they are optimal. In terms of `w(a) = ((1-p)/p) (1 - e^{-beta' d_N(a)})` and its mean
//! `W`, `(g(a) - 1) / p = e^{-alpha d_K(a)} / U - 1 + (W - w(a)) / V`: nothing cancels as `p -> 0`.
//!
//! Division by `p` does magnify the rounding of `U`, which shows in `g` where facts are nearly alone. Therefore the
//! bound is taken at the least `U` that keeps `g <= 1` at every score that non-facts have no more than on average; it
//! differs from the laws' own by rounding.

use super::Distortions;
use super::envelope::{Multipliers, scaled, spread};
use super::laws::mean;
use super::table::Table;
use crate::divergence::divergence;

/// What the laws store, and what proves that less will not do.
pub(super) struct Certificate {
    /// `F_p` in nats a fact.
    pub rate: f64,
    /// `max g - 1`; at sparsity 0 the rate less the bound.
    pub gap: f64,
    /// The dual bound on `F_p` in nats a fact.
    pub bound: f64,
}

impl Certificate {
    pub fn of(
        distortions: &Distortions,
        facts: &[f64],
        non_facts: &[f64],
        multipliers: Multipliers,
        sparsity: f64,
    ) -> Self {
        let rate = divergence(facts.iter().copied().zip(non_facts.iter().copied()), sparsity);
        // Nothing to prove where the rate is 0 or infinite.
        let free = multipliers.alpha + multipliers.beta <= 0.0;
        if free || rate.is_infinite() {
            return Self { rate, gap: 0.0, bound: if free { 0.0 } else { rate } };
        }
        let table = Table::new(distortions, sparsity);
        let on_facts: Vec<f64> = distortions.on_facts.iter().map(|cost| cost - table.least_fact).collect();
        let on_non_facts: Vec<f64> = distortions.on_non_facts.iter().map(|cost| cost - table.least_non_fact).collect();
        let law: Vec<f64> =
            facts.iter().zip(non_facts).map(|(fact, non_fact)| sparsity * fact + (1.0 - sparsity) * non_fact).collect();
        let conditions = Conditions::at(&law, &on_facts, &on_non_facts, multipliers, sparsity);
        let spent = scaled(multipliers.alpha, mean(facts, &on_facts))
            + scaled(multipliers.beta, mean(non_facts, &on_non_facts));
        let bound = conditions.dual(sparsity) - spent;
        let gap = if sparsity == 0.0 { rate - bound } else { sparsity * conditions.excess() };
        Self { rate, gap, bound }
    }
}

/// The optimality conditions at one `r`.
struct Conditions {
    /// `(e^{-alpha d_K}, w)` of each score.
    scores: Vec<(f64, f64)>,
    u: f64,
    v: f64,
    w: f64,
}

impl Conditions {
    fn at(law: &[f64], on_facts: &[f64], on_non_facts: &[f64], multipliers: Multipliers, sparsity: f64) -> Self {
        let decay = |multiplier: f64, cost: f64| (-scaled(multiplier, cost)).exp();
        let beta_prime = multipliers.beta_prime(sparsity);
        let (mut scores, mut u, mut v, mut w) = (Vec::new(), 0.0, 0.0, 0.0);
        for ((&weight, &on_fact), &on_non_fact) in law.iter().zip(on_facts).zip(on_non_facts) {
            // No non-fact of a sparse universe may have such a score, and no fact for that reason: its g is -inf.
            if sparsity == 0.0 && on_non_fact.is_infinite() {
                continue;
            }
            let score = (decay(multipliers.alpha, on_fact), spread(multipliers.beta, on_non_fact, sparsity));
            scores.push(score);
            if weight > 0.0 {
                u += weight * score.0;
                v += weight * decay(beta_prime, on_non_fact);
                w += weight * score.1;
            }
        }
        Self { scores, u, v, w }
    }

    /// `(max g - 1) / p`.
    fn excess(&self) -> f64 {
        self.scores.iter().map(|score| self.excess_of(*score, self.u)).fold(f64::NEG_INFINITY, f64::max)
    }

    fn excess_of(&self, (decay, w): (f64, f64), u: f64) -> f64 {
        decay / u - 1.0 + (self.w - w) / self.v
    }

    /// The least of `F_p + alpha E d_K + beta E d_N` over all laws, or a number below it.
    fn dual(&self, sparsity: f64) -> f64 {
        let (rare, common): (Vec<(f64, f64)>, Vec<_>) = self.scores.iter().partition(|score| score.1 >= self.w);
        let u = rare.iter().map(|score| score.0 * self.v / (self.v - self.w + score.1)).fold(0.0, f64::max);
        let excess = common.iter().map(|&score| self.excess_of(score, u)).fold(0.0, f64::max);
        -u.ln() + self.loss_on_non_facts(sparsity) - excess
    }

    /// `-((1-p)/p) ln V`, where `V = 1 - W p/(1-p)`.
    fn loss_on_non_facts(&self, sparsity: f64) -> f64 {
        if sparsity == 0.0 {
            return self.w;
        }
        let odds = (1.0 - sparsity) / sparsity;
        -odds * if self.v < 0.5 { self.v.ln() } else { (-self.w / odds).ln_1p() }
    }
}
