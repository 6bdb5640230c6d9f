//! Entropies of the set itself: of one membership bit, of a sparse universe, of the choice of the facts.

use std::f64::consts::PI;

use crate::binomial::stirling_error;
use crate::error::{DomainError, require, require_sparsity};
use crate::units::{Bits, Nats};

/// `x ln x`, with its limit 0 at 0.
pub(crate) fn x_ln_x(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * x.ln() }
}

/// `-ln(1 - e^-t)` for `t >= 0` without cancellation: the best loss on non-facts once facts have lost `t`.
pub(crate) fn complementary_loss(t: f64) -> f64 {
    if t < std::f64::consts::LN_2 { -(-(-t).exp_m1()).ln() } else { -(-(-t).exp()).ln_1p() }
}

/// The binary entropy `h(x) = -x ln x - (1 - x) ln(1 - x)`.
///
/// # Errors
/// `probability` outside `[0, 1]`.
pub fn binary_entropy(probability: f64) -> Result<Nats, DomainError> {
    require((0.0..=1.0).contains(&probability), "probability", probability, "lie in [0, 1]")?;
    let rest = 1.0 - probability;
    if rest == 0.0 {
        return Ok(Nats(0.0));
    }
    Ok(Nats(-x_ln_x(probability) - rest * (-probability).ln_1p()))
}

/// `H2(p) / p`: the bits a fact at which nothing need be lost any more, about `log2(e / p)`; infinite at `p = 0`.
///
/// No rate exceeds it, since `F_p = I(X; score) / p <= H(X) / p` (Guo & Li, section 3).
///
/// # Errors
/// `sparsity` outside `[0, 1)`.
pub fn lossless_wall(sparsity: f64) -> Result<Bits, DomainError> {
    require_sparsity(sparsity)?;
    Ok(Nats(wall(sparsity)).to_bits())
}

/// `h(p) / p` in nats for a `sparsity` in `[0, 1)`.
pub(crate) fn wall(sparsity: f64) -> f64 {
    if sparsity == 0.0 {
        return f64::INFINITY;
    }
    -sparsity.ln() - (1.0 - sparsity) * (-sparsity).ln_1p() / sparsity
}

/// `log2 C(u, n)`: what it takes to name the facts among all sets of `facts` claims out of `universe`, in all.
///
/// Stirling's series with its remainder, so that nothing cancels; exceeds `n H2(p)/p - log2(8n)/2`, which is where the
/// term of Lemma 3.4 comes from.
///
/// # Errors
/// `facts` above `universe`.
pub fn fact_set_bits(facts: u64, universe: u64) -> Result<Bits, DomainError> {
    require(facts <= universe, "facts", facts as f64, "be at most the universe")?;
    let chosen = facts.min(universe - facts);
    if chosen == 0 {
        return Ok(Bits(0.0));
    }
    let (n, rest, u) = (chosen as f64, (universe - chosen) as f64, universe as f64);
    let remainders = stirling_error(universe) - stirling_error(chosen) - stirling_error(universe - chosen);
    let nats = n * wall(n / u) - 0.5 * (2.0 * PI * n * (rest / u)).ln() + remainders;
    Ok(Nats(nats).to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-14 * b.abs()
    }

    #[test]
    fn binary_entropy_is_symmetric_and_vanishes_at_the_ends() {
        assert_eq!(binary_entropy(0.0), Ok(Nats(0.0)));
        assert_eq!(binary_entropy(1.0), Ok(Nats(0.0)));
        assert!(close(binary_entropy(0.5).unwrap().0, std::f64::consts::LN_2));
        assert!(close(binary_entropy(0.125).unwrap().0, binary_entropy(0.875).unwrap().0));
        assert!(binary_entropy(1.1).is_err());
    }

    #[test]
    fn the_wall_of_sparse_facts_is_log2_of_e_over_p() {
        // H2(p)/p = log2(e/p) - p/(2 ln 2) - ...; with ln(1 - p) instead of log1p the error would be 1e-9 here.
        let p = 1e-9_f64;
        let expected = (1.0 - p.ln() - p / 2.0) / std::f64::consts::LN_2;
        assert!(close(lossless_wall(p).unwrap().0, expected));
        assert_eq!(lossless_wall(0.0), Ok(Bits(f64::INFINITY)));
        assert!(close(lossless_wall(0.5).unwrap().0, 2.0));
        assert!(lossless_wall(1.0).is_err());
    }

    #[test]
    fn small_sets_are_counted_exactly() {
        for (facts, universe, sets) in [(1, 7, 7.0_f64), (3, 10, 120.0), (7, 10, 120.0), (10, 20, 184_756.0)] {
            assert!(close(fact_set_bits(facts, universe).unwrap().0, sets.log2()), "C({universe}, {facts})");
        }
        assert_eq!(fact_set_bits(5, 5), Ok(Bits(0.0)));
        assert!(fact_set_bits(6, 5).is_err());
    }

    #[test]
    fn the_complementary_loss_is_its_own_inverse() {
        for t in [1e-12, 1e-3, 0.5, std::f64::consts::LN_2, 3.0, 25.0] {
            assert!((complementary_loss(complementary_loss(t)) - t).abs() <= 1e-13 * t.max(1.0), "{t}");
        }
    }
}
