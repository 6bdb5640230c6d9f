//! What a bit is worth to a class, in logarithms, and the inverse.
//!
//! The loss of a class is `W(o)` with `o = lambda q`, and `dW / d ln o = o ln(1 + 1/o)` ([`crate::separation`]) rises
//! from 0 to 1. Where it is near 1 its logarithm keeps the digits that its value has lost.

use crate::divergence::ratio_excess;

/// `s(y) = ln( o ln(1 + 1/o) )` at `o = e^y`, and its derivative in `y`, `1 - 1 / ((1+o) ln(1 + 1/o))`.
pub(super) fn log_slope(log_odds: f64) -> [f64; 2] {
    if log_odds < 0.0 {
        let odds = log_odds.exp();
        let log_inverse = odds.ln_1p() - log_odds;
        return [log_odds + log_inverse.ln(), 1.0 - 1.0 / ((1.0 + odds) * log_inverse)];
    }
    // o ln(1 + 1/o) - 1 from its series, since both s and s' are of order 1/o.
    let inverse = (-log_odds).exp();
    let excess = ratio_excess(inverse, 1.0 + inverse);
    let rest = excess + inverse.ln_1p();
    [excess.ln_1p(), rest / (1.0 + rest)]
}

/// `y` with `s(y) = log_slope`, for a `log_slope` below 0.
///
/// Newton's iteration: `s` is increasing and concave, because `d/dy ((1+o) ln(1 + 1/o)) = o ln(1 + 1/o) - 1 < 0`. So
/// from any start the next value lies left of the root, and from there on they increase to it.
pub(super) fn log_odds_at_slope(log_slope_wanted: f64) -> f64 {
    let short_of_one = -log_slope_wanted.exp_m1();
    // From o ln(1/o) for small o and 1 - 1/(2o) for large o.
    let mut log_odds =
        if short_of_one > 0.25 { log_slope_wanted - (1.0 - log_slope_wanted).ln() } else { -(2.0 * short_of_one).ln() };
    for _ in 0..MAX_STEPS {
        let [value, derivative] = log_slope(log_odds);
        let step = (value - log_slope_wanted) / derivative;
        log_odds -= step;
        if step.abs() <= 2.0 * f64::EPSILON * log_odds.abs().max(1.0) {
            break;
        }
    }
    log_odds
}

/// Convergence is quadratic and takes under ten steps; the limit only stops two values from taking turns.
const MAX_STEPS: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::separation::slope;

    #[test]
    fn both_branches_are_the_logarithm_of_the_slope() {
        for y in [-300.0, -3.0, -1e-9, 0.0, 1e-9, 0.7, 3.0, 20.0_f64] {
            let [value, derivative] = log_slope(y);
            assert!((value - slope(y.exp()).ln()).abs() < 1e-13 * value.abs().max(0.01), "{y}: {value}");
            let step = 1e-5;
            let difference = (log_slope(y + step)[0] - log_slope(y - step)[0]) / (2.0 * step);
            assert!((derivative / difference - 1.0).abs() < 1e-6, "{y}: {derivative} for {difference}");
        }
    }

    #[test]
    fn the_inverse_holds_where_the_slope_is_tiny_and_where_it_is_nearly_one() {
        for y in [-600.0, -30.0, -2.0, -0.1, 0.0, 0.5, 1.0, 5.0, 30.0, 300.0] {
            let back = log_odds_at_slope(log_slope(y)[0]);
            assert!((back - y).abs() <= 4e-15 * y.abs().max(1.0), "{y} came back as {back}");
        }
    }
}
