//! Tables of log and zero-one loss, where the answer is known.

use rote_theory::{Bits, Channel, Nats, Regime, frontier, rate};

use super::{Distortions, INF, check, distortions, grid, log_loss_over, within_budget, within_limits, zero_one};

/// Largest errors by name, printed and asserted.
#[derive(Default)]
struct Largest(Vec<(String, usize, f64)>);

impl Largest {
    fn record(&mut self, name: &str, error: f64) {
        assert!(!error.is_nan(), "{name}");
        match self.0.iter_mut().find(|(known, ..)| known == name) {
            Some((_, count, largest)) => (*count, *largest) = (*count + 1, largest.max(error)),
            None => self.0.push((name.to_owned(), 1, error)),
        }
    }

    fn settle(&self, title: &str, tolerance: f64, least_cases: usize) {
        println!("{title}");
        for (name, count, largest) in &self.0 {
            println!("  {name:<28} {count:>5} cases   largest error {largest:.1e}");
        }
        for (name, count, largest) in &self.0 {
            assert!(*largest <= tolerance, "{title}, {name}: {largest:e}");
            assert!(*count >= least_cases, "{title}, {name}: {count} cases");
        }
    }
}

/// Pairs of losses that reach all regimes, from 1e-6 to 3 nats.
const LOSSES: [f64; 8] = [1e-6, 1e-4, 0.01, 0.1, 0.3, 0.7, 1.5, 3.0];
const SPARSITIES: [f64; 7] = [0.0, 1e-9, 1e-3, 0.1, 0.5, 0.9, 0.999];

#[test]
fn the_rate_under_log_loss_where_the_scores_hold_the_optimal_ones() {
    let mut errors = Largest::default();
    for p in SPARSITIES {
        for fact_loss in LOSSES {
            for non_fact_loss in LOSSES {
                let closed = rate::log_loss(Nats(fact_loss), Nats(non_fact_loss), p).unwrap();
                // At the tie a mixture of perfect scores, the two atoms and the base rate will do.
                let scores: Vec<f64> = grid(16).into_iter().chain([p]).collect();
                let mut table: Vec<(f64, f64)> = scores.iter().map(|x| (-x.ln(), -(-x).ln_1p())).collect();
                // Not through the scores, whose logarithms have other last digits.
                table.push((fact_loss, -(-(-fact_loss).exp_m1()).ln()));
                table.push((-(-(-non_fact_loss).exp_m1()).ln(), non_fact_loss));
                let table = distortions(&table);
                let found = within_limits(&table, fact_loss, non_fact_loss, p).unwrap();
                check(&found);
                let name = closed.regime.as_str();
                errors.record(name, (found.rate.0 - closed.bits.0).abs() / (1.0 + closed.bits.0));
                assert!(found.fact_loss <= fact_loss * (1.0 + 1e-12), "{found:?}");
                assert!(found.non_fact_loss <= non_fact_loss * (1.0 + 1e-12), "{found:?}");
                if closed.regime == Regime::Hallucination {
                    let q = closed.channel.unwrap().hallucinated();
                    errors.record("hallucinated mass", (1.0 - found.non_facts[0] - q).abs());
                }
                if let (Some(slopes), Regime::Calibrated) = (closed.slopes, closed.regime) {
                    errors.record("multipliers", (found.alpha - slopes.alpha).abs());
                    errors.record("multipliers", (found.beta_prime - slopes.beta_prime).abs());
                }
            }
        }
    }
    errors.settle("log loss, optimal scores among the given", 1e-9, 20);
}

#[test]
fn the_rate_under_log_loss_on_a_fine_grid_is_only_ever_above() {
    let table = log_loss_over(&grid(200));
    let mut above = Largest::default();
    for p in [0.0, 1e-9, 1e-3, 0.1, 0.7] {
        for fact_loss in [0.03, 0.1, 0.4, 1.1] {
            for non_fact_loss in [0.01, 0.08, 0.35, 0.9] {
                let closed = rate::log_loss(Nats(fact_loss), Nats(non_fact_loss), p).unwrap();
                let found = within_limits(&table, fact_loss, non_fact_loss, p).unwrap();
                check(&found);
                let excess = found.rate.0 - closed.bits.0;
                assert!(excess >= -1e-12 * (1.0 + closed.bits.0), "{excess:e} below {closed:?}");
                let exact = matches!(closed.regime, Regime::Calibrated | Regime::Zero);
                assert!(!exact || excess < 1e-12 * (1.0 + closed.bits.0), "{excess:e} above {closed:?}");
                above.record(closed.regime.as_str(), excess);
            }
        }
    }
    above.settle("log loss, 201 scores: bits above the closed form", 1e-3, 1);
}

#[test]
fn finer_scores_converge_to_the_closed_form() {
    let (fact_loss, non_fact_loss, p) = (0.123, 0.045, 0.01);
    let closed = rate::log_loss(Nats(fact_loss), Nats(non_fact_loss), p).unwrap().bits.0;
    let mut last = INF;
    for steps in [10, 40, 160, 640] {
        let excess = within_limits(&log_loss_over(&grid(steps)), fact_loss, non_fact_loss, p).unwrap().rate.0 - closed;
        assert!(excess > -1e-12 && excess < last, "{excess} after {last}");
        last = excess;
    }
    assert!(last < 1e-5, "{last}");
}

#[test]
fn zero_one_rates() {
    let mut errors = Largest::default();
    for p in SPARSITIES {
        for fnr in [0.0, 1e-9, 1e-3, 0.1, 0.5, 0.9, 1.0] {
            for fpr in [0.0, 1e-9, 1e-3, 0.1, 0.4, 0.9, 1.0] {
                let closed = rate::zero_one(fnr, fpr, p).unwrap();
                let found = within_limits(&zero_one(), fnr, fpr, p).unwrap();
                check(&found);
                let error = if found.rate == closed.bits { 0.0 } else { (found.rate.0 - closed.bits.0).abs() };
                errors.record(closed.regime.as_str(), error / (1.0 + found.rate.0));
                if closed.regime.as_str() == "interior" {
                    errors.record("losses", (found.fact_loss - fnr).abs().max((found.non_fact_loss - fpr).abs()));
                }
            }
        }
    }
    errors.settle("zero-one", 1e-10, 4);
}

/// Multipliers are slopes of the rate, which for two scores are logarithms of ratios: `alpha = ln(a (1-m) / ((1-a) m))`
/// with the recall `a` and the share `m` of all claims that pass.
#[test]
fn zero_one_multipliers_have_their_closed_form() {
    for p in [0.0, 1e-6, 0.2, 0.8] {
        for (fnr, fpr) in [(0.1, 0.01), (0.5, 1e-4), (1e-4, 0.3)] {
            let found = within_limits(&zero_one(), fnr, fpr, p).unwrap();
            let (recall, pass) = (1.0 - fnr, p * (1.0 - fnr) + (1.0 - p) * fpr);
            let alpha = (recall * (1.0 - pass) / (fnr * pass)).ln();
            let beta = if p == 0.0 {
                (recall - fpr) / (fpr * (1.0 - fpr))
            } else {
                (pass * (1.0 - fpr) / (fpr * (1.0 - pass))).ln() * (1.0 - p) / p
            };
            assert!((found.alpha / alpha - 1.0).abs() < 1e-9, "{} for {alpha}", found.alpha);
            assert!((found.beta / beta - 1.0).abs() < 1e-9, "{} for {beta}", found.beta);
            assert!((found.beta_prime - beta * p / (1.0 - p)).abs() < 1e-9);
        }
    }
}

/// The frontier's points below the wall, with their scores among the given ones.
fn frontier_cases() -> impl Iterator<Item = (f64, f64, f64, frontier::FrontierPoint, Distortions)> {
    let weights = |p: f64| {
        let tie = (1.0 - p) / p;
        [0.3, 1.0, 10.0, tie, 10.0 * tie].into_iter().filter(|weight| weight.is_finite())
    };
    SPARSITIES.into_iter().flat_map(move |p| weights(p).map(move |lambda| (lambda, p))).flat_map(|(lambda, p)| {
        [0.0, 1e-3, 0.1, 1.0, 4.0, 10.0].into_iter().filter_map(move |bits| {
            let point = frontier::log_loss(Bits(bits), lambda, p).unwrap();
            let mut scores = grid(16);
            // At the tie a mixture of perfect scores and the base rate will do.
            scores.push(point.channel.map_or(p, Channel::shared_score));
            (point.regime != Regime::Lossless).then(|| (bits, lambda, p, point, log_loss_over(&scores)))
        })
    })
}

#[test]
fn the_frontier_under_log_loss() {
    let mut errors = Largest::default();
    for (bits, lambda, p, point, table) in frontier_cases() {
        let found = within_budget(&table, bits, lambda, p).unwrap();
        check(&found);
        let name = point.regime.as_str();
        let loss = found.fact_loss + lambda * found.non_fact_loss;
        errors.record(name, (loss / point.loss.0 - 1.0).abs());
        errors.record("budget", (found.rate.0 - bits).abs() / (1.0 + bits));
        if let (true, Some(Channel::Hallucination { q_star, .. })) = (bits > 0.0, point.channel) {
            errors.record("q_star", ((1.0 - found.non_facts[0]) / q_star - 1.0).abs());
        }
        if let (true, Some(Channel::Forgetting { forget, .. })) = (bits > 0.0, point.channel) {
            errors.record("forget", ((1.0 - found.facts[16]) / forget - 1.0).abs());
        }
        if let (Some(fact_loss), Some(non_fact_loss)) = (point.fact_loss, point.non_fact_loss) {
            errors.record("fact_loss", (found.fact_loss / fact_loss.0 - 1.0).abs());
            errors.record("non_fact_loss", (found.non_fact_loss / non_fact_loss.0 - 1.0).abs());
        }
    }
    errors.settle("the frontier under log loss", 1e-9, 8);
}

/// `C(L)`: the loss that the solver reaches with the budget that a loss betrays is that loss.
#[test]
fn the_budget_that_a_loss_betrays() {
    let mut errors = Largest::default();
    for (bits, lambda, p, point, table) in frontier_cases() {
        if bits < 1.0 {
            continue;
        }
        let betrayed = frontier::budget(point.loss, lambda, p).unwrap().0;
        let found = within_budget(&table, betrayed, lambda, p).unwrap();
        let loss = found.fact_loss + lambda * found.non_fact_loss;
        errors.record(point.regime.as_str(), (loss / point.loss.0 - 1.0).abs());
    }
    errors.settle("C(L)", 1e-9, 5);
}

#[test]
fn a_sparse_universe_is_the_limit_of_others() {
    let table = log_loss_over(&grid(20));
    let sparse = within_budget(&table, 3.0, 4.0, 0.0).unwrap();
    for p in [1e-3, 1e-6, 1e-9] {
        let beside = within_budget(&table, 3.0, 4.0, p).unwrap();
        let q = 1.0 - sparse.non_facts[0];
        // The two-point law's first correction is p (1/q - 1) / 2 nats, and a nat is worth 1/alpha of loss.
        let most = p * (1.0 / q - 1.0) / 2.0 / sparse.alpha * 1.5 + 1e-12;
        let gap = sparse.fact_loss + 4.0 * sparse.non_fact_loss - beside.fact_loss - 4.0 * beside.non_fact_loss;
        assert!(gap > -1e-12 && gap < most, "{gap:e} at {p}, expected up to {most:e}");
        assert!((beside.beta / sparse.beta - 1.0).abs() < 30.0 * p + 1e-9);
    }
}
