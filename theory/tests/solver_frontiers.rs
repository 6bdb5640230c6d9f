//! The closed forms of three frontiers against the general solver, which knows nothing of them: filters, abstaining and
//! the Brier score. Run with `--nocapture` to see the largest differences.

#![allow(clippy::print_stdout, reason = "a measurement to be read with --nocapture")]
#![allow(clippy::float_cmp, reason = "shares of unused answers are exactly 0")]

use proptest::prelude::*;
use rote_theory::entropy::lossless_wall;
use rote_theory::frontier::{AbstainCost, AbstainPoint, abstain, brier, critical_abstain_cost, zero_one};
use rote_theory::solver::{Distortions, Goal, Solution, solve};
use rote_theory::{Bits, DomainError};

/// What losses must agree to, relatively.
const LOSS: f64 = 1e-9;
/// What shares of facts and of non-facts must agree to.
const SHARE: f64 = 1e-9;

fn within_budget(costs: &[(f64, f64)], bits: f64, negative_weight: f64, p: f64) -> Solution {
    let (on_facts, on_non_facts) = costs.iter().copied().unzip();
    let found = Distortions::new(on_facts, on_non_facts)
        .and_then(|table| solve(&table, Goal::Budget { budget: Bits(bits), negative_weight }, p))
        .unwrap();
    let missing = found.rate - found.rate_bound;
    assert!(missing.0.abs() < 1e-9 * (1.0 + bits), "{missing} not proved: {found:?}");
    found
}

/// Differences by name.
#[derive(Debug, Default)]
struct Differences(Vec<(&'static str, f64, f64)>);

impl Differences {
    fn loss(&mut self, closed: f64, found: &Solution, lambda: f64) {
        let loss = found.fact_loss + lambda * found.non_fact_loss;
        // Above the wall both are 0.
        self.0.push(("loss", if loss == closed { 0.0 } else { (loss / closed - 1.0).abs() }, LOSS));
    }

    fn share(&mut self, name: &'static str, closed: f64, found: f64) {
        self.0.push((name, (closed - found).abs(), SHARE));
    }

    fn settle(&self) -> Result<(), TestCaseError> {
        for (name, difference, tolerance) in &self.0 {
            prop_assert!(difference <= tolerance, "{name} differs by {difference:e}: {self:?}");
        }
        Ok(())
    }
}

fn print_largest(title: &str, all: &[Differences]) {
    println!("{title}, {} points", all.len());
    let mut largest: Vec<(&str, f64)> = Vec::new();
    for (name, difference, _) in all.iter().flat_map(|differences| &differences.0) {
        match largest.iter_mut().find(|known| known.0 == *name) {
            Some(known) => known.1 = known.1.max(*difference),
            None => largest.push((name, *difference)),
        }
    }
    for (name, difference) in largest {
        println!("  {name:<28} largest difference {difference:.1e}");
    }
}

fn settle_all(all: &[Differences]) {
    for differences in all {
        differences.settle().unwrap();
    }
}

fn filters(bits: f64, lambda: f64, p: f64) -> Result<Differences, DomainError> {
    let closed = zero_one(Bits(bits), lambda, p)?;
    let found = within_budget(&[(0.0, 1.0), (1.0, 0.0)], bits, lambda, p);
    let mut differences = Differences::default();
    differences.loss(closed.loss, &found, lambda);
    differences.share("false_negative_rate", closed.false_negative_rate, found.facts[1]);
    differences.share("false_positive_rate", closed.false_positive_rate, found.non_facts[0]);
    if let Some(alpha) = closed.alpha {
        differences.0.push(("alpha", (found.alpha / alpha - 1.0).abs(), LOSS));
    }
    Ok(differences)
}

fn abstaining(bits: f64, lambda: f64, cost: AbstainCost, p: f64) -> Result<Differences, DomainError> {
    let AbstainPoint { yes, abstain, no, loss, .. } = abstain(Bits(bits), lambda, cost, p)?;
    let found = within_budget(&[(0.0, 1.0), (cost.on_fact, cost.on_non_fact), (1.0, 0.0)], bits, lambda, p);
    let mut differences = Differences::default();
    differences.loss(loss, &found, lambda);
    for (score, (name, closed)) in [("yes", yes), ("abstain", abstain), ("no", no)].into_iter().enumerate() {
        differences.share(name, closed[0], found.facts[score]);
        differences.share(name, closed[1], found.non_facts[score]);
    }
    Ok(differences)
}

/// Scores between which the Brier optimum may not gain: 65 of them, and the closed form's own.
fn squares(bits: f64, lambda: f64, p: f64) -> Result<Differences, DomainError> {
    let closed = brier(Bits(bits), lambda, p)?;
    let mut scores = vec![closed.x_low, closed.x_high];
    scores.extend((0..=64).map(|i| f64::from(i) / 64.0));
    let costs: Vec<(f64, f64)> = scores.iter().map(|x| ((1.0 - x).powi(2), x * x)).collect();
    let found = within_budget(&costs, bits, lambda, p);
    let mut differences = Differences::default();
    differences.loss(closed.loss, &found, lambda);
    differences.share("forget", closed.forget, found.facts[0]);
    differences.share("q_star", closed.q_star, found.non_facts[1]);
    Ok(differences)
}

const SPARSITIES: [f64; 6] = [0.0, 1e-9, 1e-3, 0.1, 0.5, 0.9];
const WEIGHTS: [f64; 6] = [0.1, 0.7, 1.0, 3.0, 30.0, 1e4];
const BUDGETS: [f64; 7] = [0.01, 0.3, 1.0, 2.0, 4.0, 7.0, 12.0];

fn points() -> impl Iterator<Item = (f64, f64, f64)> {
    SPARSITIES
        .into_iter()
        .flat_map(|p| WEIGHTS.into_iter().flat_map(move |lambda| BUDGETS.map(|bits| (bits, lambda, p))))
        .filter(|&(bits, _, p)| bits < lossless_wall(p).unwrap().0)
}

#[test]
fn filters_at_chosen_points() {
    let all: Vec<_> = points().map(|(bits, lambda, p)| filters(bits, lambda, p).unwrap()).collect();
    print_largest("filters", &all);
    assert_eq!(all.len(), 180);
    settle_all(&all);
}

#[test]
fn abstaining_at_chosen_points() {
    let costs = [(0.1, 0.1), (0.4, 0.05), (0.02, 0.3), (0.0, 0.2), (0.3, 0.0), (0.5, 0.5), (0.6, 0.7)];
    let at = |(bits, lambda, p)| {
        costs.map(|(on_fact, on_non_fact)| abstaining(bits, lambda, AbstainCost { on_fact, on_non_fact }, p).unwrap())
    };
    let all: Vec<_> = points().flat_map(at).collect();
    print_largest("abstaining", &all);
    assert_eq!(all.len(), 7 * 180);
    settle_all(&all);
}

#[test]
fn squares_at_chosen_points() {
    let all: Vec<_> = points().map(|(bits, lambda, p)| squares(bits, lambda, p).unwrap()).collect();
    print_largest("the Brier score", &all);
    assert_eq!(all.len(), 180);
    settle_all(&all);
}

/// Used to more than rounding.
fn uses(found: &Solution, score: usize) -> bool {
    found.facts[score] + found.non_facts[score] > 1e-12
}

#[test]
fn the_phases_of_abstaining() {
    for (lambda, on_fact, on_non_fact, p) in [
        (1.0, 0.1, 0.1, 0.0),
        (10.0, 0.05, 0.2, 1e-6),
        (0.5, 0.2, 0.2, 0.1),
        (40.0, 0.1, 0.02, 0.1),
        (0.2, 0.1, 0.3, 0.0),
    ] {
        let cost = AbstainCost { on_fact, on_non_fact };
        let phases = abstain(Bits(1.0), lambda, cost, p).unwrap().phases;
        let at = |bits| within_budget(&[(0.0, 1.0), (on_fact, on_non_fact), (1.0, 0.0)], bits, lambda, p);
        let (lower, upper) = (phases.lower.0, phases.upper.0);
        let below = at(lower * (1.0 - 1e-6));
        assert!(uses(&below, 1) && uses(&below, 0) != uses(&below, 2), "{lower}: {below:?}");
        for bits in [lower + 1e-6 * (upper - lower), upper - 1e-6 * (upper - lower)] {
            let between = at(bits);
            assert!((0..3).all(|score| uses(&between, score)), "{lower} to {upper}: {between:?}");
            assert!((between.alpha / phases.alpha.unwrap() - 1.0).abs() < LOSS, "{between:?}");
        }
        let above = at(upper * (1.0 + 1e-6));
        assert!(!uses(&above, 1) && uses(&above, 0) && uses(&above, 2), "{upper}: {above:?}");
    }
}

/// Failing cases are printed whole, so none are kept in files.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

fn sparsity() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 5 => (-20.7..-0.01_f64).prop_map(f64::exp)]
}

/// Parts of the wall, or of 40 bits if it is higher: from 1e-6 to all but a millionth.
fn part() -> impl Strategy<Value = f64> {
    (-13.8..13.8_f64).prop_map(|logit| 1.0 / (1.0 + (-logit).exp()))
}

fn weight() -> impl Strategy<Value = f64> {
    (-5.0..12.0_f64).prop_map(f64::exp)
}

fn budget(part: f64, p: f64) -> f64 {
    part * lossless_wall(p).unwrap().0.min(40.0)
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn filters_at_random_points(part in part(), lambda in weight(), p in sparsity()) {
        filters(budget(part, p), lambda, p).unwrap().settle()?;
    }

    #[test]
    fn abstaining_at_random_points(
        part in part(), lambda in weight(), cost in (-6.0..0.3_f64, -6.0..0.3_f64), p in sparsity(),
    ) {
        let cost = AbstainCost { on_fact: cost.0.exp(), on_non_fact: cost.1.exp() };
        abstaining(budget(part, p), lambda, cost, p).unwrap().settle()?;
    }

    #[test]
    fn squares_at_random_points(part in part(), lambda in weight(), p in sparsity()) {
        squares(budget(part, p), lambda, p).unwrap().settle()?;
    }

    /// Just below the critical cost the solver abstains on someone, and just above on nobody.
    #[test]
    fn abstaining_pays_up_to_its_critical_cost(part in 0.01..0.9_f64, lambda in weight(), p in sparsity()) {
        let bits = budget(part, p);
        let critical = critical_abstain_cost(Bits(bits), lambda, p).unwrap();
        let at = |cost: f64| within_budget(&[(0.0, 1.0), (cost, cost), (1.0, 0.0)], bits, lambda, p);
        let (below, above) = (at(critical * (1.0 - 1e-5)), at(critical * (1.0 + 1e-5)));
        prop_assert!(uses(&below, 1), "{critical}: {below:?}");
        prop_assert!(!uses(&above, 1), "{critical}: {above:?}");
    }
}
