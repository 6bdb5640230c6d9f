//! The frontier under `L = eps_K + lambda eps_N` with log-loss, in closed form but for one Newton iteration.
//!
//! Derived. Minimising a proper loss at the odds `lambda` of training means to keep as much information as possible at
//! those odds, subject to the budget at the odds `(1-p)/p` of the universe. With `W` of [`crate::separation`]:
//!
//! - `lambda < (1-p)/p`: hallucinate. `q` solves `W(q (1-p)/p) = W((1-p)/p) - B`, whatever `lambda`; the loss is
//!   `W(lambda q)`, whose two parts are the losses on facts and, times `lambda`, on non-facts.
//! - `lambda > (1-p)/p`: forget. The same with facts and non-facts exchanged.
//! - `lambda = (1-p)/p`: the two tie, and so does every calibrated scorer. `L = W((1-p)/p) - B`.

use crate::channel::{Channel, Regime};
use crate::entropy::wall;
use crate::error::{DomainError, require, require_budget, require_negative_weight, require_sparsity};
use crate::rate::{forgetting_rate, hallucination_rate};
use crate::separation::{log_odds_at, rival_losses, separation, slope};
use crate::units::{Bits, Nats};

/// The best that a budget allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrontierPoint {
    /// Which kind of memory is optimal; `Lossless` from the wall up. A budget of 0 is no regime of its own: its
    /// constant score is the end of whichever channel the negative weight picks, with a share of 1.
    pub regime: Regime,
    /// The optimal laws; absent in the regime `Calibrated`, where many are optimal.
    pub channel: Option<Channel>,
    /// `eps_K`; absent in the regime `Calibrated`, where only the loss as a whole is determined.
    pub fact_loss: Option<Nats>,
    /// `eps_N`; absent in the regime `Calibrated`.
    pub non_fact_loss: Option<Nats>,
    /// `L = eps_K + lambda eps_N`.
    pub loss: Nats,
}

/// The least `L = eps_K + lambda eps_N` of a memory of `budget` bits a fact, and the memory that attains it.
///
/// A `negative_weight` within a relative 1e-9 of `(1-p)/p` counts as the tie: the loss changes by less than that.
///
/// # Errors
/// A negative or undefined budget, a `negative_weight` that is not positive and finite, `sparsity` outside `[0, 1)`.
pub fn log_loss(budget: Bits, negative_weight: f64, sparsity: f64) -> Result<FrontierPoint, DomainError> {
    require_budget(budget)?;
    require_negative_weight(negative_weight)?;
    require_sparsity(sparsity)?;
    let (budget, lambda, p) = (budget.to_nats().0, negative_weight, sparsity);
    if budget >= wall(p) {
        return Ok(lossless());
    }
    Ok(match optimal_regime(lambda, p) {
        Regime::Calibrated => FrontierPoint {
            regime: Regime::Calibrated,
            channel: None,
            fact_loss: None,
            non_fact_loss: None,
            loss: Nats(wall(p) - budget),
        },
        Regime::Forgetting => forgetting(budget, lambda, p),
        _ => hallucination(budget, lambda, p),
    })
}

/// `C(L)`: the least bits a fact of a memory whose losses satisfy `eps_K + lambda eps_N <= loss`; the inverse of
/// [`log_loss`] in its budget.
///
/// It is 0 from the loss of the best constant score up, and the lossless wall at a loss of 0 or below (nothing less
/// than perfect comes near). Since it is the least rate over all pairs of losses with that sum,
/// `C(eps_K + lambda eps_N) <= R_p(eps_K, eps_N)`.
///
/// # Errors
/// An undefined loss, a `negative_weight` that is not positive and finite, `sparsity` outside `[0, 1)`.
pub fn budget(loss: Nats, negative_weight: f64, sparsity: f64) -> Result<Bits, DomainError> {
    require(!loss.0.is_nan(), "loss", loss.0, "be a number")?;
    require_negative_weight(negative_weight)?;
    require_sparsity(sparsity)?;
    let (loss, lambda, p) = (loss.0, negative_weight, sparsity);
    if loss >= separation(lambda) {
        return Ok(Bits(0.0));
    }
    if loss <= 0.0 {
        return Ok(Nats(wall(p)).to_bits());
    }
    let nats = match optimal_regime(lambda, p) {
        Regime::Calibrated => (wall(p) - loss).max(0.0),
        Regime::Forgetting => {
            let log_forget = log_odds_at(loss / lambda) + lambda.ln();
            forgetting_rate(log_forget.exp().min(1.0), p)
        }
        _ => {
            let log_q = log_odds_at(loss) - lambda.ln();
            if p == 0.0 { (-log_q).max(0.0) } else { hallucination_rate(log_q.exp().min(1.0), p) }
        }
    };
    Ok(Nats(nats).to_bits())
}

/// How near `lambda p / (1-p)` must be to 1 to count as the tie.
const TIE: f64 = 1e-9;

fn optimal_regime(lambda: f64, p: f64) -> Regime {
    let balance = lambda * p / (1.0 - p);
    if (balance - 1.0).abs() <= TIE {
        Regime::Calibrated
    } else if balance > 1.0 {
        Regime::Forgetting
    } else {
        Regime::Hallucination
    }
}

pub(super) fn lossless() -> FrontierPoint {
    FrontierPoint {
        regime: Regime::Lossless,
        channel: Some(Channel::Perfect),
        fact_loss: Some(Nats(0.0)),
        non_fact_loss: Some(Nats(0.0)),
        loss: Nats(0.0),
    }
}

pub(super) fn hallucination(budget: f64, lambda: f64, p: f64) -> FrontierPoint {
    let q = if p == 0.0 {
        (-budget).exp()
    } else {
        shared_part(budget, wall(p), (1.0 - p) / p, |q| hallucination_rate(q, p))
    };
    let rivals = lambda * q;
    let [on_fact, on_rivals] = rival_losses(rivals);
    FrontierPoint {
        regime: Regime::Hallucination,
        channel: Some(Channel::Hallucination { x_star: 1.0 / (1.0 + rivals), q_star: q }),
        fact_loss: Some(Nats(on_fact)),
        non_fact_loss: Some(Nats(on_rivals / lambda)),
        loss: Nats(on_fact + on_rivals),
    }
}

pub(super) fn forgetting(budget: f64, lambda: f64, p: f64) -> FrontierPoint {
    // Seen from the non-facts: everything a non-fact, not a fact, is what the mirrored formulas count by.
    let per_non_fact = p / (1.0 - p);
    let forget = shared_part(budget * per_non_fact, wall(p) * per_non_fact, per_non_fact, |forget| {
        forgetting_rate(forget, p) * per_non_fact
    });
    let rivals = forget / lambda;
    let [on_non_fact, on_rivals] = rival_losses(rivals);
    FrontierPoint {
        regime: Regime::Forgetting,
        channel: Some(Channel::Forgetting { x0: rivals / (1.0 + rivals), forget }),
        fact_loss: Some(Nats(on_rivals * lambda)),
        non_fact_loss: Some(Nats(on_non_fact)),
        loss: Nats(lambda * (on_non_fact + on_rivals)),
    }
}

/// The share `s` of the other kind that keeps the common score: `W(s odds) = wall - budget`, where `W(odds) = wall`.
///
/// Near the wall the difference `wall - budget` is all there is to know; far below it its rounding would show in `s`,
/// and one Newton step on `rate(s) = budget` takes that away.
fn shared_part(budget: f64, wall: f64, odds: f64, rate: impl Fn(f64) -> f64) -> f64 {
    let log_share = log_odds_at(wall - budget) - odds.ln();
    let share = log_share.exp().min(1.0);
    if budget >= 0.5 * wall {
        return share;
    }
    let step = (rate(share) - budget) / slope(share * odds);
    (share * step.exp()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sparse_limit_hallucinates_two_to_the_minus_budget() {
        let point = log_loss(Bits(60.0), 100.0, 0.0).unwrap();
        let q = point.channel.unwrap().hallucinated();
        assert!((q * 2.0_f64.powi(60) - 1.0).abs() < 1e-14);
        assert!(point.fact_loss.unwrap().0 > 0.0);
    }

    #[test]
    fn no_budget_means_a_constant_score() {
        for p in [0.0, 1e-6, 0.01, 0.5] {
            for lambda in [0.3_f64, 4.0, 1e5] {
                let point = log_loss(Bits(0.0), lambda, p).unwrap();
                let score = 1.0 / (1.0 + lambda);
                assert!((point.channel.unwrap().shared_score() / score - 1.0).abs() < 1e-13, "{p} {lambda}");
                assert!((point.fact_loss.unwrap().0 / lambda.ln_1p() - 1.0).abs() < 1e-13, "{p} {lambda}");
                assert_eq!(budget(point.loss * (1.0 + 1e-13), lambda, p), Ok(Bits(0.0)));
            }
        }
    }

    #[test]
    fn the_tie_is_recognised_and_seamless() {
        let p = 1e-3;
        let tie = (1.0 - p) / p;
        let on = log_loss(Bits(4.0), tie * (1.0 + 1e-12), p).unwrap();
        assert_eq!((on.regime, on.channel, on.fact_loss), (Regime::Calibrated, None, None));
        for (factor, regime) in [(1.0 - 2e-9, Regime::Hallucination), (1.0 + 2e-9, Regime::Forgetting)] {
            let beside = log_loss(Bits(4.0), tie * factor, p).unwrap();
            assert_eq!(beside.regime, regime);
            assert!((beside.loss.0 / on.loss.0 - 1.0).abs() < 1e-8);
        }
    }

    #[test]
    fn the_wall_ends_the_frontier() {
        let p = 0.01;
        let at_wall = crate::entropy::lossless_wall(p).unwrap();
        assert_eq!(log_loss(at_wall + Bits(1e-12), 1.0, p).unwrap().loss, Nats(0.0));
        assert_eq!(budget(Nats(0.0), 1.0, p), Ok(at_wall));
        assert_eq!(budget(Nats(0.0), 1.0, 0.0), Ok(Bits(f64::INFINITY)));
        assert_eq!(log_loss(Bits(f64::INFINITY), 1.0, 0.0).unwrap().regime, Regime::Lossless);
        assert_eq!(budget(Nats(f64::INFINITY), 1.0, p), Ok(Bits(0.0)));
    }

    #[test]
    fn a_budget_beyond_the_range_of_q_leaves_no_loss() {
        let point = log_loss(Bits(1e6), 1.0, 0.0).unwrap();
        assert_eq!((point.loss, point.non_fact_loss), (Nats(0.0), Some(Nats(0.0))));
    }

    #[test]
    fn arguments_are_checked_by_name() {
        assert!(log_loss(Bits(-1.0), 1.0, 0.1).unwrap_err().to_string().starts_with("budget = -1"));
        assert!(log_loss(Bits(1.0), 0.0, 0.1).unwrap_err().to_string().starts_with("negative_weight = 0"));
        assert!(budget(Nats(f64::NAN), 1.0, 0.1).unwrap_err().to_string().starts_with("loss = NaN"));
        assert!(budget(Nats(1.0), 1.0, -0.1).unwrap_err().to_string().starts_with("sparsity = -0.1"));
    }
}
