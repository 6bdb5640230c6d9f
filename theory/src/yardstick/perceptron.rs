//! The capacity of a perceptron for random patterns of which a share `f` is to be recognised.
//!
//! **Derivation** (after Gardner, *The space of interactions in neural network models*, J. Phys. A 21, 257, 1988). A
//! perceptron with `N` real weights and a threshold says yes to a pattern whose field, a standard normal variable for a
//! random pattern and normalised weights, exceeds `M`. As patterns are added the volume of weights that get all of them
//! right shrinks, and it vanishes when the mean square of what the fields lack has grown to a weight's worth: with
//! `alpha` patterns a weight,
//!
//! `1/alpha = f E[(M - t)+^2] + (1-f) E[(t - M)+^2]`, `t` standard normal,
//!
//! at the threshold that makes the right side least. With `g(M) = E[(M - t)+] = M Phi(M) + phi(M)` the best threshold
//! satisfies `f g(M) = (1-f) g(-M)`; and since `E[(M - t)+^2] = Phi(M) + M g(M)`, what is left of the sum there is
//!
//! `1/alpha = f Phi(M) + (1-f) Phi(-M)`,
//!
//! the error rate that a random field has with that threshold. At `f = 1/2` this is `M = 0` and `alpha = 2`, Cover's
//! count. A label is worth `H2(f)` bits, so the weights hold `alpha H2(f)` bits each: 2 at `f = 1/2`, falling to
//! `1/(2 ln 2)`, about .72, for the rarest facts. A linear readout at its best thus loses a third
//! of its bits at `f = 1/1000` and nearly two thirds in the limit.

use super::normal::Tail;
use crate::entropy::wall;
use crate::error::{DomainError, require};
use crate::units::{Bits, Nats};

/// What a perceptron stores at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerceptronCapacity {
    /// The best threshold `M`, in standard deviations of the field of a random pattern; positive where facts are rare.
    pub threshold: f64,
    /// Patterns a weight, `alpha`.
    pub patterns_per_weight: f64,
    /// `alpha H2(f)`.
    pub bits_per_weight: Bits,
    /// `alpha f`: patterns to be recognised, a weight.
    pub facts_per_weight: f64,
}

/// The capacity of a perceptron when the share `positive_fraction` of random patterns is to be recognised.
///
/// The two labels are alike, so shares `f` and `1 - f` have the same patterns and bits and opposite thresholds.
///
/// # Errors
/// A share outside `(0, 1)`.
pub fn perceptron(positive_fraction: f64) -> Result<PerceptronCapacity, DomainError> {
    let valid = positive_fraction > 0.0 && positive_fraction < 1.0;
    require(valid, "positive_fraction", positive_fraction, "lie in (0, 1)")?;
    let rare = positive_fraction.min(1.0 - positive_fraction);
    let threshold = best_threshold(rare);
    let tail = Tail::beyond(threshold);
    // Over the rare share, by logarithms, since both Phi(-M) and f may be tiny.
    let misses = ((tail.log_density + tail.mills.ln()) - rare.ln()).exp();
    let rare_per_weight = 1.0 / (1.0 - tail.probability() + (1.0 - rare) * misses);
    let patterns_per_weight = rare_per_weight / rare;
    Ok(PerceptronCapacity {
        threshold: if positive_fraction > 0.5 { -threshold } else { threshold },
        patterns_per_weight,
        bits_per_weight: Nats(rare_per_weight * wall(rare)).to_bits(),
        facts_per_weight: if positive_fraction > 0.5 {
            patterns_per_weight * positive_fraction
        } else {
            rare_per_weight
        },
    })
}

/// `M >= 0` with `f g(M) = (1-f) g(-M)`, for `f <= 1/2`.
///
/// Newton's iteration on `ln g(-M) - ln g(M) - ln(f/(1-f))`, which falls from `-ln(f/(1-f)) >= 0` at `M = 0` and is
/// concave there: one step from any start lands right of the root or on it, and from there on they decrease to it.
fn best_threshold(rare: f64) -> f64 {
    let log_odds = (rare / (1.0 - rare)).ln();
    let mut threshold = 0.0;
    for _ in 0..MAX_STEPS {
        let tail = Tail::beyond(threshold);
        let below = 1.0 - tail.probability();
        let shortfall = threshold * below + tail.log_density.exp();
        let log_excess = tail.log_density + (tail.mills * tail.mean_excess).ln();
        let value = log_excess - shortfall.ln() - log_odds;
        let step = value / (1.0 / tail.mean_excess + below / shortfall);
        threshold += step;
        if step.abs() <= 4.0 * f64::EPSILON * threshold.max(1.0) {
            break;
        }
    }
    threshold
}

/// Convergence is quadratic; the limit only stops two values from taking turns.
const MAX_STEPS: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::LN_2;

    #[test]
    fn balanced_labels_are_covers_count() {
        let found = perceptron(0.5).unwrap();
        assert_eq!((found.threshold, found.facts_per_weight), (0.0, 1.0));
        assert!((found.patterns_per_weight - 2.0).abs() < 1e-15 && (found.bits_per_weight.0 - 2.0).abs() < 1e-15);
    }

    #[test]
    fn the_labels_are_alike() {
        for fraction in [1e-9, 0.003, 0.25, 0.4999] {
            let (rare, common) = (perceptron(fraction).unwrap(), perceptron(1.0 - fraction).unwrap());
            // 1 - 1e-9 as a float has lost nine digits of the 1e-9.
            let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-7;
            assert!(near(-common.threshold, rare.threshold), "{fraction}");
            assert!(near(common.bits_per_weight.0, rare.bits_per_weight.0));
            assert!(near(common.facts_per_weight, rare.patterns_per_weight - rare.facts_per_weight));
        }
    }

    /// The stationary threshold against the sum of squares that it should minimise, integrated by the trapezoidal rule.
    #[test]
    fn no_other_threshold_holds_more_patterns() {
        for fraction in [0.5, 0.2, 0.03, 1e-3] {
            let inverse = |threshold: f64| {
                let step = 1.0 / 256.0;
                let at = |i: i32| {
                    let t = f64::from(i) * step;
                    let side = if t < threshold { fraction } else { 1.0 - fraction };
                    side * (t - threshold).powi(2) * (-0.5 * t * t).exp()
                };
                (-2560..2560).map(at).sum::<f64>() * step / (2.0 * std::f64::consts::PI).sqrt()
            };
            let found = perceptron(fraction).unwrap();
            let best = inverse(found.threshold);
            assert!((best * found.patterns_per_weight - 1.0).abs() < 1e-5, "{fraction}: {best} for {found:?}");
            assert!(inverse(found.threshold - 0.05) > best && inverse(found.threshold + 0.05) > best, "{fraction}");
        }
    }

    #[test]
    fn rare_facts_approach_their_limit_from_above() {
        let mut last = 2.0;
        for exponent in [1, 3, 9, 30, 100, 300] {
            let bits = perceptron(10.0_f64.powi(-exponent)).unwrap().bits_per_weight.0;
            assert!(bits < last && bits > 0.5 / LN_2, "1e-{exponent}: {bits}");
            last = bits;
        }
        assert!(last < 0.5 / LN_2 * 1.02, "{last}");
    }

    #[test]
    fn the_share_is_checked_by_name() {
        for fraction in [0.0, 1.0, f64::NAN] {
            let error = perceptron(fraction).unwrap_err().to_string();
            assert!(error.starts_with(&format!("positive_fraction = {fraction}")), "{error}");
        }
    }
}
