//! The optimum at fixed multipliers: one edge of a convex hull, and one point on it.
//!
//! To see the sparse limit, divide by `p`: maximise `ln U + ((1-p)/p) ln(1 - w p/(1-p))` over `(w, U)`, where `w = (1 -
//! V) (1-p)/p` has the values `w(a) = ((1-p)/p) (1 - e^{-beta' d_N(a)})`, which become `beta d_N(a)`. More `U` and less
//! `w` are better, so the maximum lies on the upper concave envelope of the points `(w(a), U(a))`. On the edge between
//! scores `i` and `j` the weight of `j` in `r` would have to be
//!
//! `t = (1-p) [1/w_ij - 1/(e^x - 1)]`, and that of `i` `1 - t = (1-p) [1/(1 - e^-x) - e^-y/w_ij]`, where
//! `x = alpha (d_K(i) - d_K(j))`, `y = beta' (d_N(j) - d_N(i))`, `w_ij = ((1-p)/p) (1 - e^-y)`,
//!
//! which is found by setting the derivative along the edge to 0. The maximum is on the first edge whose `t` is below 1,
//! or at the vertex where that edge begins if its `t` is not positive. Everything is in terms of differences of
//! distortions, so that neither fine score sets nor small multipliers cost digits, and slopes are compared by their
//! logarithms, so that large ones do not.

use super::laws::Laws;
use super::table::{Score, Table};

/// Multipliers of the two losses, in nats a fact per unit of distortion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Multipliers {
    /// Of `E d_K`.
    pub alpha: f64,
    /// `beta = beta' (1-p)/p`, of `E d_N`.
    pub beta: f64,
}

impl Multipliers {
    pub fn beta_prime(self, sparsity: f64) -> f64 {
        if sparsity == 0.0 { 0.0 } else { self.beta * sparsity / (1.0 - sparsity) }
    }
}

/// `multiplier * distortion`, where a distortion of 0 costs nothing and an infinite one is never allowed.
pub(super) fn scaled(multiplier: f64, distortion: f64) -> f64 {
    if distortion == 0.0 {
        0.0
    } else if distortion.is_infinite() {
        f64::INFINITY
    } else {
        multiplier * distortion
    }
}

/// `((1-p)/p) (1 - e^{-beta' gap})`, which is `beta gap` in the sparse limit.
pub(super) fn spread(beta: f64, gap: f64, sparsity: f64) -> f64 {
    let z = scaled(beta, gap);
    let odds = sparsity / (1.0 - sparsity);
    // The second condition holds long before y underflows.
    if sparsity == 0.0 || odds * z < 1e-17 { z } else { -(-odds * z).exp_m1() / odds }
}

/// The laws that minimise `F_p + alpha E d_K + beta E d_N`, for finite multipliers.
pub(super) fn optimum(table: &Table, at: Multipliers) -> Laws {
    let hull = envelope(table, at);
    for edge in hull.windows(2) {
        let (near, far) = (edge[0].score, edge[1].score);
        let x = scaled(at.alpha, near.fact - far.fact);
        let y = scaled(at.beta_prime(table.sparsity), far.non_fact - near.non_fact);
        let w = spread(at.beta, far.non_fact - near.non_fact, table.sparsity);
        let odd = 1.0 - table.sparsity;
        // A score that facts may not have is never the only one, even where the weight of the other underflows.
        let least = if near.fact.is_infinite() { f64::MIN_POSITIVE } else { f64::NEG_INFINITY };
        let on_far = (odd * (w.recip() - x.exp_m1().recip())).max(least);
        // An undefined share stems from a gap that underflows: the scores are one.
        if on_far.is_nan() || on_far <= 0.0 {
            return Laws::constant(near);
        }
        let on_near = odd * (-(-x).exp_m1().recip() - (-y).exp() / w);
        if on_near > 0.0 {
            let facts = normalised([on_near * (-x).exp(), on_far]);
            let non_facts = normalised([on_near, on_far * (-y).exp()]);
            return Laws::on_two(table, [near, far], facts, non_facts);
        }
    }
    Laws::constant(hull[hull.len() - 1].score)
}

fn normalised([one, other]: [f64; 2]) -> [f64; 2] {
    [one / (one + other), other / (one + other)]
}

/// A vertex of the envelope.
struct Vertex {
    score: Score,
    /// Logarithm of the slope of the edge that ends here; infinite at the first vertex.
    log_slope: f64,
}

/// The upper concave envelope of the points `(w, U)`, from left to right, by one scan of the ordered scores.
fn envelope(table: &Table, at: Multipliers) -> Vec<Vertex> {
    let mut hull: Vec<Vertex> = Vec::with_capacity(table.scores.len());
    for &score in &table.scores {
        let log_slope = loop {
            let Some(last) = hull.last() else { break f64::INFINITY };
            let log_slope = log_slope(last.score, score, at, table.sparsity);
            if log_slope < last.log_slope {
                break log_slope;
            }
            hull.pop();
        };
        hull.push(Vertex { score, log_slope });
    }
    hull
}

/// `ln (U_j - U_i) / (w_j - w_i)`, where `U_j - U_i = e^{-alpha d_K(j)} (1 - e^-x)` and `w_j - w_i = V_i w_ij`.
fn log_slope(near: Score, far: Score, at: Multipliers, sparsity: f64) -> f64 {
    let rise = -(-scaled(at.alpha, near.fact - far.fact)).exp_m1();
    let run = spread(at.beta, far.non_fact - near.non_fact, sparsity);
    (rise / run).ln() - scaled(at.alpha, far.fact) + scaled(at.beta_prime(sparsity), near.non_fact)
}

#[cfg(test)]
mod tests {
    use super::super::Distortions;
    use super::*;

    /// The objective at a law of two scores, straight from its definition.
    fn objective(r: [f64; 2], on_facts: [f64; 2], on_non_facts: [f64; 2], at: Multipliers, p: f64) -> f64 {
        let weighted = |costs: [f64; 2], by: f64| r[0] * (-by * costs[0]).exp() + r[1] * (-by * costs[1]).exp();
        p * weighted(on_facts, at.alpha).ln() + (1.0 - p) * weighted(on_non_facts, at.beta_prime(p)).ln()
    }

    #[test]
    fn the_point_on_an_edge_is_a_maximum() {
        let (on_facts, on_non_facts, p) = ([3.0, 0.5], [0.2, 2.0], 0.3);
        let at = Multipliers { alpha: 1.3, beta: 2.1 };
        let table = Table::new(&Distortions::new(on_facts.to_vec(), on_non_facts.to_vec()).unwrap(), p);
        let [facts, non_facts] = optimum(&table, at).over(2);
        let r = [0, 1].map(|i| p * facts[i] + (1.0 - p) * non_facts[i]);
        let best = objective(r, on_facts, on_non_facts, at, p);
        for step in [-1e-3, 1e-3] {
            let beside = objective([r[0] + step, r[1] - step], on_facts, on_non_facts, at, p);
            assert!(beside < best && best - beside < 1e-5, "{best} against {beside}");
        }
    }

    #[test]
    fn small_multipliers_leave_one_score_for_all() {
        let table = Table::new(&Distortions::new(vec![2.0, 1.0, 0.0], vec![0.0, 1.0, 5.0]).unwrap(), 0.0);
        let found = optimum(&table, Multipliers { alpha: 1e-9, beta: 2e-9 });
        assert_eq!(found, Laws::constant(table.scores[0]));
    }
}
