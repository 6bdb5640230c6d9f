//! What must hold for any table: goals met with a proof, convexity, symmetry, and no better law by other means.

use proptest::prelude::*;
use rote_theory::entropy::lossless_wall;
use rote_theory::information::information;

use super::{INF, Solution, check, distortions, within_budget, within_limits};

/// The least distortions of a table.
fn least(table: &[(f64, f64)]) -> (f64, f64) {
    table.iter().fold((INF, INF), |least, costs| (least.0.min(costs.0), least.1.min(costs.1)))
}

/// Plain Blahut-Arimoto at given multipliers, for `p > 0`: returns its Lagrangian in nats a fact and its `max g - 1`.
fn blahut_arimoto(table: &[(f64, f64)], alpha: f64, beta_prime: f64, p: f64, steps: usize) -> (f64, f64) {
    let least = least(table);
    let decays: Vec<(f64, f64)> =
        table.iter().map(|(k, n)| ((-alpha * (k - least.0)).exp(), (-beta_prime * (n - least.1)).exp())).collect();
    let mut r = vec![1.0 / table.len() as f64; table.len()];
    let mut at = (0.0, INF);
    for _ in 0..steps {
        let u: f64 = r.iter().zip(&decays).map(|(r, decay)| r * decay.0).sum();
        let v: f64 = r.iter().zip(&decays).map(|(r, decay)| r * decay.1).sum();
        let g: Vec<f64> = decays.iter().map(|decay| p * decay.0 / u + (1.0 - p) * decay.1 / v).collect();
        let spent = alpha * least.0 + (1.0 - p) / p * beta_prime * least.1;
        at = (spent - u.ln() - (1.0 - p) / p * v.ln(), g.iter().copied().fold(-INF, f64::max) - 1.0);
        r.iter_mut().zip(&g).for_each(|(r, g)| *r *= g);
    }
    at
}

/// Failing cases are printed whole, so none are kept in files.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

/// From 0 to the last float below 1.
fn sparsity() -> impl Strategy<Value = f64> {
    prop_oneof![
        1 => Just(0.0),
        5 => (-20.7..-0.01_f64).prop_map(f64::exp),
        1 => (-36.0..-2.0_f64).prop_map(|log| 1.0 - log.exp()),
    ]
}

/// A distortion: round numbers that make ties, small and large ones, and now and then an infinite one.
fn distortion() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => (0_u8..5).prop_map(f64::from),
        6 => (-3.0..2.0_f64).prop_map(f64::exp),
        1 => Just(INF),
    ]
}

/// Tables of 2 to 9 scores, one of them finite on both sides.
fn table() -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((distortion(), distortion()), 1..9).prop_flat_map(|scores| {
        ((0.0..3.0_f64), (0.0..3.0_f64)).prop_map(move |finite| {
            let mut scores = scores.clone();
            scores.push(finite);
            scores
        })
    })
}

/// Limits between the least distortions and what the last score, which is finite, has.
fn limits(table: &[(f64, f64)], parts: (f64, f64)) -> (f64, f64) {
    let (fact, non_fact) = least(table);
    let most = table[table.len() - 1];
    let between = |least: f64, most: f64, part: f64| (least + part * (most - least)).max(least);
    (between(fact, most.0, parts.0), between(non_fact, most.1, parts.1))
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn limits_are_met_with_a_proof(table in table(), parts in (0.0..1.2_f64, 0.0..1.2_f64), p in sparsity()) {
        let (fact_limit, non_fact_limit) = limits(&table, parts);
        let found = within_limits(&distortions(&table), fact_limit, non_fact_limit, p).unwrap();
        check(&found);
        prop_assert!(found.fact_loss <= fact_limit + 1e-9 * (1.0 + fact_limit), "{found:?}");
        prop_assert!(found.non_fact_loss <= non_fact_limit + 1e-9 * (1.0 + non_fact_limit), "{found:?}");
    }

    #[test]
    fn budgets_are_spent_with_a_proof(
        table in table(), bits in -20.0..3.0_f64, weight in -5.0..8.0_f64, p in sparsity(),
    ) {
        let (bits, lambda) = (bits.exp(), weight.exp());
        let found = within_budget(&distortions(&table), bits, lambda, p).unwrap();
        check(&found);
        prop_assert!(found.rate.0 <= bits * (1.0 + 1e-12), "{found:?}");
        let usable = table.iter().filter(|costs| p > 0.0 || costs.1.is_finite());
        let least_fact = usable.fold(INF, |least, costs| least.min(costs.0));
        let least_non_fact = table.iter().fold(INF, |least, costs| least.min(costs.1));
        let spent = (found.rate.0 / bits - 1.0).abs() < 1e-9;
        let lossless = found.fact_loss == least_fact && found.non_fact_loss == least_non_fact;
        prop_assert!(spent || lossless, "{found:?}");
    }

    /// Each goal's optimum is the other's: what a budget buys cannot be had for less.
    #[test]
    fn budgets_and_limits_agree(
        table in table(), bits in -5.0..2.5_f64, weight in -4.0..4.0_f64, p in sparsity(),
    ) {
        let table = distortions(&table);
        let bought = within_budget(&table, bits.exp(), weight.exp(), p).unwrap();
        prop_assume!(bought.rate.0.is_finite());
        let back = within_limits(&table, bought.fact_loss, bought.non_fact_loss, p).unwrap();
        prop_assert!((back.rate.0 - bought.rate.0).abs() < 1e-9 * (1.0 + bought.rate.0), "{back:?} for {bought:?}");
    }

    #[test]
    fn the_rate_is_convex_and_falls_in_the_limits(
        table in table(), one in (0.01..1.2_f64, 0.01..1.2_f64), other in (0.01..1.2_f64, 0.01..1.2_f64),
        t in 0.0..1.0_f64, p in sparsity(),
    ) {
        let (one, other) = (limits(&table, one), limits(&table, other));
        let table = distortions(&table);
        let rate = |at: (f64, f64)| within_limits(&table, at.0, at.1, p).unwrap().rate.0;
        let mean = |a: f64, b: f64| (t * a + (1.0 - t) * b).max(a.min(b));
        let between = rate((mean(one.0, other.0), mean(one.1, other.1)));
        let chord = t * rate(one) + (1.0 - t) * rate(other);
        prop_assert!(between <= chord * (1.0 + 1e-10) + 1e-10, "{between} above {chord}");
        let looser = rate((one.0.max(other.0), one.1.max(other.1)));
        prop_assert!(looser <= rate(one).min(rate(other)) * (1.0 + 1e-10) + 1e-10);
    }

    /// Bits over all claims do not care which kind is called fact.
    #[test]
    fn facts_and_non_facts_can_change_places(
        table in table(), parts in (0.01..1.0_f64, 0.01..1.0_f64), p in 0.001..0.999_f64,
    ) {
        let (fact_limit, non_fact_limit) = limits(&table, parts);
        let mirrored: Vec<(f64, f64)> = table.iter().map(|costs| (costs.1, costs.0)).collect();
        let one = within_limits(&distortions(&table), fact_limit, non_fact_limit, p).unwrap().rate.0;
        let other = within_limits(&distortions(&mirrored), non_fact_limit, fact_limit, 1.0 - p).unwrap().rate.0;
        prop_assert!((p * one - (1.0 - p) * other).abs() < 1e-11 * (1.0 + one), "{one} against {other}");
    }

    #[test]
    fn scores_that_others_beat_change_nothing(
        table in table(), worse in (0.0..2.0_f64, 0.0..2.0_f64), at in 0_usize..9, bits in 0.01..5.0_f64,
        p in sparsity(),
    ) {
        let before = within_budget(&distortions(&table), bits, 1.5, p).unwrap();
        let beaten = table[at % table.len()];
        let mut longer = table.clone();
        longer.insert(at % table.len(), (beaten.0 + worse.0, beaten.1 + worse.1));
        let after = within_budget(&distortions(&longer), bits, 1.5, p).unwrap();
        let loss = |found: &Solution| found.fact_loss + 1.5 * found.non_fact_loss;
        prop_assert!((loss(&before) - loss(&after)).abs() < 1e-10 * (1.0 + loss(&before)));
    }

    /// The second opinion: at the solver's multipliers the plain iteration ends no lower than the solver's Lagrangian,
    /// and above it by no more than its own certificate allows.
    #[test]
    fn blahut_and_arimoto_agree_within_their_certificate(
        table in table(), part in 0.01..0.99_f64, weight in -3.0..3.0_f64, p in 0.05..0.95_f64,
    ) {
        let (bits, lambda) = (part * lossless_wall(p).unwrap().0, weight.exp());
        let found = within_budget(&distortions(&table), bits, lambda, p).unwrap();
        prop_assume!(found.alpha.is_finite() && found.alpha > 0.0);
        let lagrangian = found.rate.to_nats().0 + found.alpha * found.fact_loss + found.beta * found.non_fact_loss;
        let (iterated, gap) = blahut_arimoto(&table, found.alpha, found.beta_prime, p, 2000);
        let rounding = 1e-12 * (1.0 + lagrangian);
        prop_assert!(iterated >= lagrangian - rounding, "{iterated} below {lagrangian}");
        prop_assert!(iterated - gap / p <= lagrangian + rounding, "{iterated} less {gap} / {p} above {lagrangian}");
        prop_assert!(gap < 0.05, "the iteration got nowhere: {}", gap);
    }

    /// Random laws are no match: whatever they lose, the solver needs no more bits for it.
    #[test]
    fn no_random_law_beats_the_solver(
        table in table(), weights in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 9), p in sparsity(),
    ) {
        let law = |side: fn(&(f64, f64)) -> f64| -> Vec<f64> {
            // No weight where a cost is infinite.
            let allowed = |costs| f64::from(side(costs).is_finite());
            let law: Vec<f64> = weights.iter().zip(&table).map(|(pair, costs)| side(pair) * allowed(costs)).collect();
            let sum: f64 = law.iter().sum();
            law.iter().map(|weight| weight / sum).collect()
        };
        let (facts, non_facts) = (law(|pair| pair.0), law(|pair| pair.1));
        let mean = |law: &[f64], side: fn(&(f64, f64)) -> f64| -> f64 {
            let used = law.iter().zip(&table).filter(|(weight, _)| **weight > 0.0);
            used.map(|(weight, costs)| weight * side(costs)).sum()
        };
        prop_assume!(facts.iter().chain(&non_facts).all(|weight| weight.is_finite()));
        let held = information(&facts, &non_facts, p).unwrap().bits.0;
        let limits = (mean(&facts, |pair| pair.0), mean(&non_facts, |pair| pair.1));
        let found = within_limits(&distortions(&table), limits.0, limits.1, p).unwrap();
        prop_assert!(found.rate.0 <= held + 1e-10 * (1.0 + held), "{} above {held}", found.rate);
    }
}
