//! The least loss that a budget allows: a search over the bits that one unit of loss is worth.
//!
//! `min (E d_K + lambda E d_N) + mu (F_p - B)` is concave in the price `mu` of a nat and greatest at the optimum. Its
//! slope is `F_p - B`, and its inner minimum is [`optimum`] at `alpha = 1/mu`, `beta = lambda/mu`.

use super::Distortions;
use super::envelope::{Multipliers, optimum};
use super::laws::{Found, Laws};
use super::peak::{Peak, Probe, maximum};
use super::table::{Table, best_for_facts, best_for_non_facts};
use crate::entropy::wall;
use crate::error::{DomainError, require};
use crate::units::{Bits, Nats};

/// Laws with at most `budget` nats a fact.
pub(super) fn spend(
    distortions: &Distortions,
    budget: f64,
    negative_weight: f64,
    sparsity: f64,
) -> Result<Found, DomainError> {
    if budget >= wall(sparsity) {
        return Ok(lossless(distortions, sparsity));
    }
    let table = Table::new(distortions, sparsity);
    let enough = "reach the lossless wall, since no score has finite distortions on both facts and non-facts";
    require(table.has_finite_score(), "budget", Nats(budget).to_bits().0, enough)?;
    if table.scores.len() == 1 {
        return Ok(free(Laws::constant(table.first())));
    }
    let budget = if budget < LEAST.0 { 0.0 } else { budget.min(MOST.to_nats().0) };
    let peak = maximum(1.0, 4.0 * f64::EPSILON * budget, |price| {
        let multipliers = Multipliers { alpha: price.recip(), beta: negative_weight / price };
        let laws = optimum(&table, multipliers);
        let slope = laws.rate - budget;
        let value = laws.fact_loss + negative_weight * laws.non_fact_loss + price * slope;
        Probe { at: price, value, slope, found: Found { laws, multipliers } }
    });
    Ok(match peak {
        Peak::At(probe) => probe.found,
        Peak::Between([rich, poor]) => mixed_to(budget, &rich.found, &poor.found, sparsity),
    })
}

/// Below it shares of the facts would leave the range of floats.
const LEAST: Nats = Nats(1e-250);

/// Beyond it shares of the non-facts leave the range of floats.
const MOST: Bits = Bits(1000.0);

/// Laws that cost nothing and are optimal at any small multipliers.
pub(super) fn free(laws: Laws) -> Found {
    Found { laws, multipliers: Multipliers { alpha: 0.0, beta: 0.0 } }
}

/// The least loss on both sides: one perfect score if there is one, else facts and non-facts each at their best.
pub(super) fn lossless(distortions: &Distortions, sparsity: f64) -> Found {
    let (fact, non_fact) = (best_for_facts(distortions), best_for_non_facts(distortions));
    let table = Table::new(distortions, sparsity);
    if fact == non_fact {
        return free(Laws::constant(table.first()));
    }
    let multipliers = Multipliers { alpha: f64::INFINITY, beta: f64::INFINITY };
    Found { laws: Laws::separated(fact, non_fact, wall(sparsity)), multipliers }
}

/// The mixture whose information is the budget. Information is convex along it, linear up to rounding, and crosses the
/// budget once. The odds are bisected in the order of the floats, so that neither weight loses digits.
fn mixed_to(budget: f64, rich: &Found, poor: &Found, sparsity: f64) -> Found {
    let weights = |odds_as_bits: u64| {
        let odds = f64::from_bits(odds_as_bits);
        [odds / (1.0 + odds), 1.0 / (1.0 + odds)]
    };
    let (mut low, mut high) = (0, f64::MAX.to_bits());
    while low + 1 < high {
        let middle = u64::midpoint(low, high);
        if rich.laws.mixed(&poor.laws, weights(middle)).information(sparsity) > budget {
            high = middle;
        } else {
            low = middle;
        }
    }
    rich.mixed(poor, weights(low))
}
