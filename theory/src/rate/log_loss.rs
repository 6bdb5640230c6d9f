//! The rate under log-loss at any sparsity, in closed form.
//!
//! **The conditions** (Guo & Li at `p -> 0`, derived elsewhere). With `r = p mu_K + (1-p) mu_N` and multipliers `alpha`
//! of the loss on facts and `beta'` of that on non-facts, optimal laws are `mu_K ~ r x^alpha`, `mu_N ~ r (1-x)^beta'`,
//! and with positive constants `A` and `D`
//!
//! ```text
//! g(x) = A x^alpha + D (1-x)^beta' <= 1 for every score x, and = 1 wherever r has weight.
//! ```
//!
//! The problem is convex, so that laws which satisfy this are optimal.
//!
//! **Three regimes.** How often `g` can touch 1 is a matter of the two exponents alone:
//!
//! - both below 1: `g` is strictly concave. One score is used, and nothing is stored.
//! - both above 1: `g` is strictly convex. Only 0 and 1 are used: perfect separation, the wall.
//! - `alpha > 1 > beta'`: `g` falls from `x = 0`, and `g''` changes its sign at most twice, with `g` concave near 1.
//!   The scores in use are 0 and one more, `x*`: **hallucination**, since no fact can score 0.
//! - `alpha < 1 < beta'`: the mirror image, `x0` and 1: **forgetting**.
//! - `alpha = beta' = 1`: `g` is linear, and it is 1 at two scores only if it is 1 at all. Any `r` of mean `p` will do,
//!   with `mu_K = r x / p` and `mu_N = r (1-x) / (1-p)`: scores that are calibrated. That is the region between,
//!   **calibrated**, with `p F_p = h(p) - p eps_K - (1-p) eps_N`.
//!
//! With only one exponent equal to 1 `g` is strictly convex or concave, as in the first two cases.
//!
//! **Hallucination.** Facts all score `x`, and so does a share `q` of the non-facts; `pi = p / (p + (1-p) q)` is the
//! probability that a claim of that score is a fact. `g(0) = D = 1`, and of `g(x) = 1` the non-facts' part is their
//! posterior, `D (1-x)^beta' = 1 - pi`. With `g'(x) = 0`,
//!
//! ```text
//! beta' = ln(1-pi) / ln(1-x),   alpha = beta' x (1-pi) / (pi (1-x)).
//! ```
//!
//! `beta' < 1` says `pi < x`. So does `alpha > 1`, because `-(1-t) ln(1-t) / t` decreases in `t`. Hence the regime
//! reaches as far as `x* >= pi`: until the score of facts is no more than what it is worth. Forgetting is the same with
//! the two kinds of claims exchanged.
//!
//! **Nothing is left between.** At `x* = pi` the hallucinating law is calibrated, and so is the forgetting one at its
//! border. For calibrated laws `eps_K` and `eps_N` are means of `-x ln x / p` and `-(1-x) ln(1-x) / (1-p)` under an `r`
//! of mean `p`. The functions `1`, `x`, `x ln x`, `(1-x) ln(1-x)` are a Chebyshev system (the second derivatives of the
//! last two have the monotone ratio `x / (1-x)`), and the extreme pairs of such means are those of laws with the fewest
//! atoms: `{0, x}` and `{x, 1}`. So the calibrated pairs of losses fill just the region between the two other regimes.

use std::f64::consts::LN_2;

use crate::channel::{Channel, Regime};
use crate::divergence::divergence;
use crate::entropy::{complementary_loss, wall};
use crate::error::{DomainError, require_loss, require_sparsity};
use crate::units::{Bits, Nats};

/// The least memory under log-loss, and the memory that attains it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogLossRate {
    /// Bits a fact; infinite where only perfect separation in an infinite universe would do.
    pub bits: Bits,
    /// Which kind of memory is optimal.
    pub regime: Regime,
    /// The optimal laws; absent in the regimes `Calibrated` and `Zero`, where many are optimal.
    pub channel: Option<Channel>,
    /// The probability that a claim is a fact given that its score is the one facts and non-facts share, in the regimes
    /// `Hallucination` and `Forgetting`; 0 at sparsity 0.
    pub posterior: Option<f64>,
    /// How the rate responds to the losses; absent in the regimes `Zero` and `Lossless`.
    pub slopes: Option<Slopes>,
}

/// Multipliers of the optimality conditions `mu_K ~ r e^{-alpha d_K}`, `mu_N ~ r e^{-beta' d_N}`, and the slopes of the
/// rate that they stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slopes {
    /// Multiplier of the loss on facts.
    pub alpha: f64,
    /// Multiplier of the loss on non-facts; 0 at sparsity 0, where `beta' (1-p)/p` is what stays finite.
    pub beta_prime: f64,
    /// `dR/d eps_K = -alpha / ln 2`, in bits per nat.
    pub by_fact_loss: f64,
    /// `dR/d eps_N = -beta' ((1-p)/p) / ln 2`, in bits per nat.
    pub by_non_fact_loss: f64,
}

/// The least bits a fact of a memory whose mean log-losses are at most `fact_loss` and `non_fact_loss`.
///
/// At sparsity 0 this is Theorem 4.1 of Guo & Li: `log2(1/q*)` with `x* = e^-eps_K`, `q* = eps_N / -ln(1 - x*)`. At
/// positive sparsity (derived) the same channel stays optimal while `x*` is at least its posterior
/// `p / (p + (1-p) q*)`; its mirror image, with facts and non-facts exchanged, is optimal under the mirrored condition;
/// and in between `R_p = (h(p) - p eps_K - (1-p) eps_N) / (p ln 2)`, attained by every calibrated scorer.
///
/// The rate is 0 where `e^-eps_K + e^-eps_N <= 1`, up to four units in the last place so that the losses of a constant
/// score count as such. An infinite loss is the limit of large ones: the constant score 0 or 1 meets it, so the rate is
/// 0 whatever the other loss. If one loss is 0 and the other finite, only perfect separation will do: the regime is
/// `Lossless`, and the rate is the lossless wall, infinite at sparsity 0. A non-fact loss so small that `q*` would be
/// below the smallest float counts as 0.
///
/// # Errors
/// A negative or undefined loss, or `sparsity` outside `[0, 1)`.
pub fn log_loss(fact_loss: Nats, non_fact_loss: Nats, sparsity: f64) -> Result<LogLossRate, DomainError> {
    require_loss("fact_loss", fact_loss.0)?;
    require_loss("non_fact_loss", non_fact_loss.0)?;
    require_sparsity(sparsity)?;
    let (fact_loss, non_fact_loss, p) = (fact_loss.0, non_fact_loss.0, sparsity);

    if fact_loss.is_infinite() || non_fact_loss.is_infinite() {
        return Ok(zero());
    }
    if fact_loss == 0.0 || non_fact_loss == 0.0 {
        return Ok(lossless(p));
    }
    // Over the non-fact loss of the constant score e^-eps_K: how many non-facts may keep that score.
    let q = non_fact_loss / complementary_loss(fact_loss);
    if q == 0.0 {
        return Ok(lossless(p));
    }
    if q >= 1.0 - 4.0 * f64::EPSILON {
        return Ok(zero());
    }
    // x* >= posterior as a comparison of odds, which keeps its digits where both are near 0 or near 1.
    if p == 0.0 || (1.0 - p) * q >= p * fact_loss.exp_m1() {
        return Ok(hallucination(fact_loss, q, p));
    }
    let forget = fact_loss / complementary_loss(non_fact_loss);
    if p * forget >= (1.0 - p) * non_fact_loss.exp_m1() {
        return Ok(forgetting(non_fact_loss, forget, p));
    }
    Ok(calibrated(fact_loss, non_fact_loss, p))
}

/// `F_p` in nats of the channel in which facts all share a score with the share `q` of the non-facts; `W((1-p)/p) -
/// W(q (1-p)/p)` without the cancellation.
pub(crate) fn hallucination_rate(q: f64, sparsity: f64) -> f64 {
    divergence([(1.0, q), (0.0, 1.0 - q)], sparsity)
}

/// `F_p` in nats of the channel in which non-facts all share a score with the share `forget` of the facts.
pub(crate) fn forgetting_rate(forget: f64, sparsity: f64) -> f64 {
    divergence([(forget, 1.0), (1.0 - forget, 0.0)], sparsity)
}

fn zero() -> LogLossRate {
    LogLossRate { bits: Bits(0.0), regime: Regime::Zero, channel: None, posterior: None, slopes: None }
}

fn lossless(p: f64) -> LogLossRate {
    LogLossRate {
        bits: Nats(wall(p)).to_bits(),
        regime: Regime::Lossless,
        channel: Some(Channel::Perfect),
        posterior: None,
        slopes: None,
    }
}

fn hallucination(fact_loss: f64, q: f64, p: f64) -> LogLossRate {
    let rival = (1.0 - p) * q;
    // The sparse limit is stated apart since a q that underflows would leave 0/0.
    let (posterior, complement) = if p == 0.0 { (0.0, 1.0) } else { (p / (p + rival), rival / (p + rival)) };
    let (own, other) = multipliers(fact_loss, posterior, complement);
    // beta'/p stays finite as p -> 0, because the posterior over p is one over the atom's mass.
    let other_over_p = other / (p + rival);
    LogLossRate {
        bits: Nats(hallucination_rate(q, p)).to_bits(),
        regime: Regime::Hallucination,
        channel: Some(Channel::Hallucination { x_star: (-fact_loss).exp(), q_star: q }),
        posterior: Some(posterior),
        slopes: Some(Slopes {
            alpha: own,
            beta_prime: other * posterior,
            by_fact_loss: -own / LN_2,
            by_non_fact_loss: -(1.0 - p) * other_over_p / LN_2,
        }),
    }
}

fn forgetting(non_fact_loss: f64, forget: f64, p: f64) -> LogLossRate {
    let (rival, non_fact) = (p * forget, 1.0 - p);
    let posterior = rival / (non_fact + rival);
    let non_fact_posterior = non_fact / (non_fact + rival);
    let (own, other) = multipliers(non_fact_loss, non_fact_posterior, posterior);
    let alpha = other * non_fact_posterior;
    LogLossRate {
        bits: Nats(forgetting_rate(forget, p)).to_bits(),
        regime: Regime::Forgetting,
        channel: Some(Channel::Forgetting { x0: -(-non_fact_loss).exp_m1(), forget }),
        posterior: Some(posterior),
        slopes: Some(Slopes {
            alpha,
            beta_prime: own,
            by_fact_loss: -alpha / LN_2,
            by_non_fact_loss: -own * (1.0 - p) / p / LN_2,
        }),
    }
}

fn calibrated(fact_loss: f64, non_fact_loss: f64, p: f64) -> LogLossRate {
    let odds = (1.0 - p) / p;
    LogLossRate {
        // At the tip where all regimes meet the difference can round below 0.
        bits: Nats((wall(p) - fact_loss - odds * non_fact_loss).max(0.0)).to_bits(),
        regime: Regime::Calibrated,
        channel: None,
        posterior: None,
        slopes: Some(Slopes { alpha: 1.0, beta_prime: 1.0, by_fact_loss: -1.0 / LN_2, by_non_fact_loss: -odds / LN_2 }),
    }
}

/// The optimality conditions of a shared score `x = e^-loss` that is certain to be right with probability `posterior`:
/// `other = ln(1-posterior) / ln(1-x)` and `own = other x (1-posterior) / ((1-x) posterior)`.
///
/// Returns `own` and `other / posterior`, both finite at posterior 0.
fn multipliers(loss: f64, posterior: f64, complement: f64) -> (f64, f64) {
    let log_complement = if posterior < 0.5 { (-posterior).ln_1p() } else { complement.ln() };
    let ratio = if posterior == 0.0 { 1.0 } else { -log_complement / posterior };
    let other_over_posterior = ratio / complementary_loss(loss);
    (other_over_posterior * complement / loss.exp_m1(), other_over_posterior)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(fact_loss: f64, non_fact_loss: f64, sparsity: f64) -> LogLossRate {
        log_loss(Nats(fact_loss), Nats(non_fact_loss), sparsity).unwrap()
    }

    #[test]
    fn a_constant_score_stores_nothing() {
        for p in [0.0, 1e-3, 0.5] {
            assert_eq!(rate(LN_2, LN_2, p).regime, Regime::Zero);
            let score = 0.3_f64;
            assert_eq!(rate(-score.ln(), -(1.0 - score).ln(), p).bits, Bits(0.0));
        }
    }

    #[test]
    fn infinite_losses_are_the_limit_of_large_ones() {
        for p in [0.0, 0.1] {
            assert_eq!(rate(f64::INFINITY, 0.0, p).regime, Regime::Zero);
            assert_eq!(rate(0.0, f64::INFINITY, p).regime, Regime::Zero);
            assert_eq!(rate(f64::INFINITY, f64::INFINITY, p).bits, Bits(0.0));
        }
    }

    #[test]
    fn a_loss_of_zero_forces_perfect_separation() {
        assert_eq!((rate(0.0, 1.0, 0.0).bits, rate(0.0, 1.0, 0.0).regime), (Bits(f64::INFINITY), Regime::Lossless));
        assert!((rate(3.0, 0.0, 0.5).bits.0 - 2.0).abs() < 1e-15);
    }

    #[test]
    fn losses_too_small_for_exp_to_tell_from_zero_are_told_apart() {
        // e^-eps_N and 1 are the same float here, and so are e^-eps_K and 0 beside it; q is still 1/4.
        let fact_loss = 40.0_f64;
        let found = rate(fact_loss, 0.25 * (-fact_loss).exp(), 0.0);
        assert!((found.bits.0 - 2.0).abs() < 1e-15, "{found:?}");
    }

    #[test]
    fn arguments_are_checked_by_name() {
        let error = |k: f64, n: f64, p: f64| log_loss(Nats(k), Nats(n), p).unwrap_err().to_string();
        assert!(error(-1.0, 1.0, 0.1).starts_with("fact_loss = -1: must be at least 0"));
        assert!(error(1.0, f64::NAN, 0.1).starts_with("non_fact_loss = NaN"));
        assert!(error(1.0, 1.0, 1.5).starts_with("sparsity = 1.5: must lie in [0, 1)"));
    }
}
