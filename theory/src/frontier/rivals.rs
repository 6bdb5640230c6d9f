//! Hallucinating and forgetting at the same budget under log-loss: the optimal channel beside its rival.
//!
//! Derived: both channels of [`fn@super::log_loss`] exist at every budget below the wall, and which has the lower loss
//! is decided by the negative weight alone. Their difference is what a memory would pay for never claiming what is not
//! so.

use super::log_loss::{FrontierPoint, forgetting, hallucination, lossless};
use crate::channel::{Channel, Regime};
use crate::entropy::wall;
use crate::error::{DomainError, require_budget, require_negative_weight, require_sparsity};
use crate::separation::rival_losses;
use crate::units::{Bits, Nats};

/// The best hallucinating and the best forgetting memory of one budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rivals {
    /// Facts all score alike, and a share of the non-facts with them.
    pub hallucinating: FrontierPoint,
    /// Non-facts all score alike, and a share of the facts with them.
    pub forgetting: FrontierPoint,
}

impl Rivals {
    /// How much more a memory loses if it forgets instead of hallucinating: positive for `lambda < (1-p)/p`, zero at
    /// the tie, negative beyond it, where hallucinating is what costs more.
    #[must_use]
    pub fn price_of_forgetting(self) -> Nats {
        self.forgetting.loss - self.hallucinating.loss
    }
}

/// Both channels of log-loss at `budget` bits a fact, each with the score that suits `negative_weight` best.
///
/// In the sparse limit every non-fact that is told from a fact has to be told from infinitely many others too: no
/// finite budget makes a fact certain, and the forgetting memory is the constant score `1 / (1 + lambda)`, which
/// forgets all. From the lossless wall up both are perfect.
///
/// # Errors
/// A negative or undefined budget, a `negative_weight` that is not positive and finite, `sparsity` outside `[0, 1)`.
pub fn rivals(budget: Bits, negative_weight: f64, sparsity: f64) -> Result<Rivals, DomainError> {
    require_budget(budget)?;
    require_negative_weight(negative_weight)?;
    require_sparsity(sparsity)?;
    let (budget, lambda, p) = (budget.to_nats().0, negative_weight, sparsity);
    if budget >= wall(p) {
        return Ok(Rivals { hallucinating: lossless(), forgetting: lossless() });
    }
    let forgetting = if p == 0.0 { forgets_all(lambda) } else { forgetting(budget, lambda, p) };
    Ok(Rivals { hallucinating: hallucination(budget, lambda, p), forgetting })
}

fn forgets_all(lambda: f64) -> FrontierPoint {
    let [on_fact, on_non_facts] = rival_losses(lambda);
    FrontierPoint {
        regime: Regime::Forgetting,
        channel: Some(Channel::Forgetting { x0: 1.0 / (1.0 + lambda), forget: 1.0 }),
        fact_loss: Some(Nats(on_fact)),
        non_fact_loss: Some(Nats(on_non_facts / lambda)),
        loss: Nats(on_fact + on_non_facts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_sparse_limit_forgetting_saves_nothing() {
        let rivals = rivals(Bits(10.0), 1.0, 0.0).unwrap();
        assert!((rivals.forgetting.loss.to_bits().0 - 2.0).abs() < 1e-15);
        assert_eq!(rivals.forgetting.channel.unwrap().forgotten(), 1.0);
        assert!(rivals.hallucinating.loss.0 < 0.01);
        let dense = super::rivals(Bits(10.0), 1.0, 1e-12).unwrap();
        assert!(dense.forgetting.loss < rivals.forgetting.loss && dense.forgetting.channel.unwrap().forgotten() > 0.7);
    }

    #[test]
    fn without_budget_the_rivals_are_the_same_constant_score() {
        for p in [0.0, 0.3] {
            let rivals = rivals(Bits(0.0), 3.0, p).unwrap();
            assert!(rivals.price_of_forgetting().0.abs() < 1e-13);
            let scores = [rivals.hallucinating, rivals.forgetting].map(|point| point.channel.unwrap().shared_score());
            assert!(scores.iter().all(|score| (score - 0.25).abs() < 1e-13), "{scores:?}");
        }
    }

    #[test]
    fn at_the_wall_neither_loses_anything() {
        let rivals = rivals(Bits(2.0), 1.0, 0.5).unwrap();
        assert_eq!((rivals.hallucinating, rivals.price_of_forgetting()), (rivals.forgetting, Nats(0.0)));
    }

    #[test]
    fn arguments_are_checked_by_name() {
        assert!(rivals(Bits(-1.0), 1.0, 0.1).unwrap_err().to_string().starts_with("budget = -1"));
        assert!(rivals(Bits(1.0), 0.0, 0.1).unwrap_err().to_string().starts_with("negative_weight = 0"));
        assert!(rivals(Bits(1.0), 1.0, 1.0).unwrap_err().to_string().starts_with("sparsity = 1"));
    }
}
