//! The function from which walls, frontiers and budgets under log-loss all follow, and its inverse.
//!
//! `W(o) = ln(1 + o) + o ln(1 + 1/o)` is what it costs to separate a fact from the `o` non-facts that look like it:
//! the entropy of the whole group over its share of facts, `h(1/(1+o)) (1+o)`. It increases from 0 and is concave.
//!
//! **Why it is everywhere** (derived). A universe offers `o = (1-p)/p` rivals a fact, and to tell the fact from all of
//! them takes the lossless wall, `W((1-p)/p)` nats. If a share `q` of them still looks like the fact, the rest of that
//! work is not done: a hallucinating memory has stored `W((1-p)/p) - W(q (1-p)/p)`, about `ln(1/q)` where facts are
//! sparse. And a fact among rivals that weigh `o` times as much is best scored `1/(1+o)`, which costs `ln(1 + o)` on
//! the fact and `o ln(1 + 1/o)` on the rivals, `W(o)` in all: so at negative weight `lambda` the loss is `W(lambda q)`.
//!
//! There are no public items here: [`crate::entropy`], [`crate::rate`] and [`crate::frontier`] are made of this.

use std::f64::consts::LN_2;

/// `W(o)` in nats a fact, for odds `o >= 0`.
pub(crate) fn separation(odds: f64) -> f64 {
    let [on_fact, on_rival] = rival_losses(odds);
    on_fact + on_rival
}

/// `[ln(1 + o), o ln(1 + 1/o)]`: the two parts of `W(o)`, which are the losses that the best score `1/(1+o)` incurs on
/// the fact and on its `o` rivals together.
pub(crate) fn rival_losses(odds: f64) -> [f64; 2] {
    if odds == 0.0 {
        [0.0, 0.0]
    } else if odds < 1.0 {
        let on_fact = odds.ln_1p();
        [on_fact, odds * (on_fact - odds.ln())]
    } else if odds.is_infinite() {
        [f64::INFINITY, 1.0]
    } else {
        [odds.ln_1p(), odds * odds.recip().ln_1p()]
    }
}

/// `dW / d ln o = o ln(1 + 1/o)`.
pub(crate) fn slope(odds: f64) -> f64 {
    rival_losses(odds)[1]
}

/// `ln o` with `W(o) = cost`, for `cost >= 0`.
///
/// Newton's iteration in `y = ln o`. Above `W(1) = 2 ln 2` it works on `W`, which is convex in `y`, from a start to the
/// right of the root; below on `ln W`, which is concave in `y` with a slope between 1/2 and 1, so that the first step
/// lands left of the root at the latest. From there both converge monotonically: no bracket is needed.
pub(crate) fn log_odds_at(cost: f64) -> f64 {
    if cost == 0.0 {
        return f64::NEG_INFINITY;
    }
    if cost.is_infinite() {
        return f64::INFINITY;
    }
    let above = cost >= 2.0 * LN_2;
    let mut y = if above { cost - 1.0 } else { cost.ln() - (1.0 - cost.min(1.0).ln()).ln() };
    for _ in 0..MAX_STEPS {
        let step = if above { step_above(y, cost) } else { step_below(y, cost) };
        y -= step;
        if step.abs() <= f64::EPSILON * y.abs().max(1.0) {
            break;
        }
    }
    y
}

/// Convergence is quadratic and takes under ten steps; the limit only stops two values from taking turns.
const MAX_STEPS: usize = 40;

fn step_above(y: f64, cost: f64) -> f64 {
    // With r = 1/o both parts stay finite where o itself overflows.
    let r = (-y).exp();
    let on_rivals = if r == 0.0 { 1.0 } else { r.ln_1p() / r };
    (y + r.ln_1p() + on_rivals - cost) / on_rivals
}

fn step_below(y: f64, cost: f64) -> f64 {
    // W = o (ln(1+o)/o + ln(1+o) - y): the factor o is taken out so that ln W survives where o underflows.
    let o = y.exp();
    let on_fact = if o == 0.0 { 1.0 } else { o.ln_1p() / o };
    let on_rivals = o.ln_1p() - y;
    let reduced = on_fact + on_rivals;
    (y + reduced.ln() - cost.ln()) * reduced / on_rivals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rival_costs_two_bits() {
        assert_eq!(separation(1.0), 2.0 * LN_2);
        assert_eq!(separation(0.0), 0.0);
    }

    #[test]
    fn the_inverse_holds_over_six_hundred_orders_of_magnitude() {
        for exponent in -600..=600 {
            let y = f64::from(exponent) + 0.37;
            let back = log_odds_at(separation(y.exp()));
            assert!((back - y).abs() <= 1e-14 * y.abs().max(1.0) * 2.0, "ln o = {y} came back as {back}");
        }
    }

    #[test]
    fn the_inverse_reaches_odds_beyond_the_range_of_a_float() {
        let y = log_odds_at(1000.0);
        assert!((y - 999.0).abs() < 1e-12);
        assert_eq!(log_odds_at(0.0), f64::NEG_INFINITY);
        assert_eq!(log_odds_at(f64::INFINITY), f64::INFINITY);
    }
}
