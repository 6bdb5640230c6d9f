//! Where a measured loss exceeds the best possible one: confidence, shape or memory.

use crate::error::{DomainError, require_loss, require_negative_weight, require_sparsity};
use crate::frontier;
use crate::information::{information, laws};
use crate::separation::separation;
use crate::units::Nats;

/// The parts of a measured training loss `L = eps_K + lambda eps_N`; they add up to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossExcess {
    /// `L - L_cal`: what a better confidence for the same ranking would save. It can be slightly negative where bins
    /// are coarse, since scores still vary inside them.
    pub miscalibration: Nats,
    /// `L_cal - L*(F_p)`: what other laws of the score with the same information would save; 0 at `lambda = (1-p)/p`.
    pub shape: Nats,
    /// `L*(F_p)`: what only more memory would save.
    pub capacity: Nats,
}

/// Splits a measured loss with the help of the binned laws of the score (derived).
///
/// `facts` and `non_facts` are weights of the same bins, as for [`information`]. The calibrated loss is
/// `L_cal = sum_j (mu_K_j + lambda mu_N_j) h(pi_j)` with `pi_j = mu_K_j / (mu_K_j + lambda mu_N_j)`, that of the best
/// score for each bin.
///
/// # Errors
/// As [`information`]; a negative or undefined loss, a `negative_weight` that is not positive and finite.
pub fn loss_excess(
    facts: &[f64],
    non_facts: &[f64],
    fact_loss: Nats,
    non_fact_loss: Nats,
    negative_weight: f64,
    sparsity: f64,
) -> Result<LossExcess, DomainError> {
    require_loss("fact_loss", fact_loss.0)?;
    require_loss("non_fact_loss", non_fact_loss.0)?;
    require_negative_weight(negative_weight)?;
    require_sparsity(sparsity)?;
    let measured = fact_loss + non_fact_loss * negative_weight;
    let calibrated: Nats =
        laws(facts, non_facts)?.into_iter().map(|law| Nats(calibrated_share(law, negative_weight))).sum();
    let stored = information(facts, non_facts, sparsity)?.bits;
    let capacity = frontier::log_loss(stored, negative_weight, sparsity)?.loss;
    Ok(LossExcess { miscalibration: measured - calibrated, shape: calibrated - capacity, capacity })
}

/// `(k + lambda n) h(k / (k + lambda n))`: each fact of the bin costs what separates it from its rivals.
fn calibrated_share((fact, non_fact): (f64, f64), negative_weight: f64) -> f64 {
    if fact == 0.0 { 0.0 } else { fact * separation(negative_weight * non_fact / fact) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bits;
    use crate::frontier::FrontierPoint;

    const FACTS: [f64; 4] = [0.6, 0.25, 0.1, 0.05];
    const NON_FACTS: [f64; 4] = [0.001, 0.009, 0.09, 0.9];

    #[test]
    fn the_parts_add_up_to_the_measured_loss() {
        let parts = loss_excess(&FACTS, &NON_FACTS, Nats(0.4), Nats(0.05), 3.0, 0.01).unwrap();
        let sum = parts.miscalibration + parts.shape + parts.capacity;
        assert!((sum.0 - (0.4 + 3.0 * 0.05)).abs() < 1e-15);
        assert!(parts.shape.0 > 0.0 && parts.capacity.0 > 0.0);
    }

    #[test]
    fn at_the_weight_of_the_universe_the_shape_costs_nothing() {
        for p in [1e-6, 1e-3, 0.1, 0.5, 0.9] {
            let parts = loss_excess(&FACTS, &NON_FACTS, Nats(1.0), Nats(1.0), 1.0 / p - 1.0, p).unwrap();
            assert!(parts.shape.0.abs() < 1e-14 * (1.0 + parts.capacity.0), "p = {p}: {}", parts.shape);
        }
    }

    #[test]
    fn an_optimal_memory_has_no_excess() {
        let (lambda, p, budget) = (2.0, 0.01, Bits(4.0));
        let FrontierPoint { channel, fact_loss, non_fact_loss, .. } = frontier::log_loss(budget, lambda, p).unwrap();
        let q = channel.unwrap().hallucinated();
        let (k, n) = (fact_loss.unwrap(), non_fact_loss.unwrap());
        let parts = loss_excess(&[1.0, 0.0], &[q, 1.0 - q], k, n, lambda, p).unwrap();
        assert!(parts.miscalibration.0.abs() < 1e-15 && parts.shape.0.abs() < 1e-14, "{parts:?}");
    }

    #[test]
    fn an_infinite_loss_is_all_miscalibration() {
        let parts = loss_excess(&FACTS, &NON_FACTS, Nats(f64::INFINITY), Nats(0.1), 1.0, 0.0).unwrap();
        assert!(parts.miscalibration.0.is_infinite() && parts.shape.0.is_finite());
    }
}
