//! What holds on every frontier, at random points: no memory drawn at random does better with its bits, budgets are
//! spent, losses are convex, and facts and non-facts mirror each other.

#![allow(clippy::float_cmp, reason = "two ways to the same filter run the same operations")]

use proptest::prelude::*;
use rote_theory::entropy::lossless_wall;
use rote_theory::frontier::AbstainCost;
use rote_theory::information::information;
use rote_theory::{Bits, Regime, frontier, rate};

/// Sparsities from 1e-9 to .99, evenly on the log scale, and the sparse limit.
fn sparsity() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 4 => (-20.7..-0.01_f64).prop_map(f64::exp)]
}

fn negative_weight() -> impl Strategy<Value = f64> {
    (-5.0..16.0_f64).prop_map(f64::exp)
}

/// Shares from 1e-9 up, evenly on the log scale of their odds.
fn share() -> impl Strategy<Value = f64> {
    (-20.0..6.0_f64).prop_map(|log_odds| 1.0 / (1.0 + (-log_odds).exp()))
}

fn law() -> impl Strategy<Value = [f64; 3]> {
    [-15.0..0.0_f64, -15.0..0.0_f64, -15.0..0.0_f64].prop_map(|logs| {
        let weights = logs.map(f64::exp);
        let total: f64 = weights.iter().sum();
        weights.map(|weight| weight / total)
    })
}

/// A part of what can be stored: of the wall, or of 40 bits where that is lower.
fn budget_at(part: f64, p: f64) -> f64 {
    part * lossless_wall(p).unwrap().0.min(40.0)
}

fn factors() -> impl Strategy<Value = [f64; 3]> {
    [0.5..2.0_f64, 0.5..2.0, 0.5..2.0]
}

/// A nearby law: each weight times a factor.
fn tilted(law: [f64; 3], factors: [f64; 3]) -> [f64; 3] {
    let weights = [0, 1, 2].map(|answer| law[answer] * factors[answer]);
    let total: f64 = weights.iter().sum();
    weights.map(|weight| weight / total)
}

/// The Brier loss of laws over any scores, each replaced by the calibrated one.
fn calibrated_brier(facts: &[f64], non_facts: &[f64], lambda: f64) -> f64 {
    let share = |(fact, non_fact): (&f64, &f64)| {
        let weight = fact + lambda * non_fact;
        if weight == 0.0 { 0.0 } else { fact * lambda * non_fact / weight }
    };
    facts.iter().zip(non_facts).map(share).sum()
}

/// `large >= small` up to rounding.
fn at_least(large: f64, small: f64) -> bool {
    large >= small * (1.0 - 1e-12) - 1e-300
}

/// Failing cases are printed whole, so none are kept in files.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn a_filter_spends_its_budget_and_none_beats_it(
        lambda in negative_weight(), p in sparsity(), part in 1e-6..0.999_f64, factors in [0.5..2.0_f64, 0.5..2.0],
        elsewhere in [share(), share()],
    ) {
        let budget = budget_at(part, p);
        let best = frontier::zero_one(Bits(budget), lambda, p).unwrap();
        let [missed, passed] = [best.false_negative_rate, best.false_positive_rate];
        let spent = rate::zero_one(missed, passed, p).unwrap().bits.0;
        prop_assert!((spent - budget).abs() <= 1e-12 * (1.0 + budget), "{} of {}", spent, budget);
        prop_assert_eq!(best.loss, missed + lambda * passed);
        for [missed, passed] in [elsewhere, [(missed * factors[0]).min(1.0), (passed * factors[1]).min(1.0)]] {
            let bits = rate::zero_one(missed, passed, p).unwrap().bits;
            let least = frontier::zero_one(bits, lambda, p).unwrap().loss;
            prop_assert!(at_least(missed + lambda * passed, least), "{} {} below {}", missed, passed, least);
        }
    }

    /// The multiplier is what the docs say it is: the slope of the frontier.
    #[test]
    fn the_multiplier_of_a_filter_is_the_price_of_a_nat(
        lambda in negative_weight(), p in sparsity(), part in 0.01..0.9_f64,
    ) {
        let (budget, step) = (budget_at(part, p), 1e-4 * budget_at(part, p));
        let loss = |bits: f64| frontier::zero_one(Bits(bits), lambda, p).unwrap().loss;
        let alpha = frontier::zero_one(Bits(budget), lambda, p).unwrap().alpha.unwrap();
        let fall = (loss(budget - step) - loss(budget + step)) / Bits(2.0 * step).to_nats().0;
        // Two rounded losses differ by what their digits leave.
        let rounding = 1e-12 * loss(budget) / step;
        prop_assert!((fall - 1.0 / alpha).abs() <= 1e-4 / alpha + rounding, "{} for {}", fall, 1.0 / alpha);
    }

    /// Facts and non-facts exchanged: the same memory seen from the other side.
    #[test]
    fn filters_and_brier_memories_mirror_each_other(
        lambda in negative_weight(), p in 0.01..0.99_f64, part in 1e-3..0.99_f64,
    ) {
        let budget = budget_at(part, p);
        let mirrored = (Bits(budget * p / (1.0 - p)), 1.0 / lambda, 1.0 - p);
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.max(b) + 1e-250;
        let here = frontier::zero_one(Bits(budget), lambda, p).unwrap();
        let there = frontier::zero_one(mirrored.0, mirrored.1, mirrored.2).unwrap();
        prop_assert!(near(here.false_negative_rate, there.false_positive_rate), "{:?} {:?}", here, there);
        prop_assert!(near(here.false_positive_rate, there.false_negative_rate), "{:?} {:?}", here, there);
        let here = frontier::brier(Bits(budget), lambda, p).unwrap();
        let there = frontier::brier(mirrored.0, mirrored.1, mirrored.2).unwrap();
        prop_assert!(near(here.forget, there.q_star) && near(here.q_star, there.forget), "{:?} {:?}", here, there);
        prop_assert!(near(here.loss, lambda * there.loss), "{:?} {:?}", here, there);
        prop_assert!((here.x_high - (1.0 - there.x_low)).abs() <= 1e-9, "{:?} {:?}", here, there);
    }

    #[test]
    fn a_brier_memory_spends_its_budget_and_none_beats_it(
        lambda in negative_weight(), p in sparsity(), part in 1e-6..0.999_f64, facts in law(), non_facts in law(),
        factors in [factors(), factors()], third in [share(), share()],
    ) {
        let budget = budget_at(part, p);
        let best = frontier::brier(Bits(budget), lambda, p).unwrap();
        let (own_facts, own_non_facts) = ([1.0 - best.forget, best.forget], [best.q_star, 1.0 - best.q_star]);
        let spent = rate::zero_one(best.forget, best.q_star, p).unwrap().bits.0;
        prop_assert!((spent - budget).abs() <= 1e-12 * (1.0 + budget), "{} of {}", spent, budget);
        let loss = calibrated_brier(&own_facts, &own_non_facts, lambda);
        prop_assert!((best.loss / loss - 1.0).abs() <= 1e-12, "{} for {}", best.loss, loss);
        prop_assert!((best.fact_loss + lambda * best.non_fact_loss) == best.loss);

        // Laws drawn at random, and laws near the optimum with a third score split from either of its two.
        let split = |[high, low]: [f64; 2], part: f64| [high * (1.0 - part), (high + low) * part, low * (1.0 - part)];
        let near = (
            tilted(split(own_facts, third[0]), factors[0]),
            tilted(split(own_non_facts, third[1]), factors[1]),
        );
        for (facts, non_facts) in [(facts, non_facts), near] {
            let bits = information(&facts, &non_facts, p).unwrap().bits;
            let least = frontier::brier(bits, lambda, p).unwrap().loss;
            let loss = calibrated_brier(&facts, &non_facts, lambda);
            prop_assert!(at_least(loss, least), "{:?} {:?}: {} below {}", facts, non_facts, loss, least);
        }
    }

    #[test]
    fn an_abstaining_memory_spends_its_budget_and_none_beats_it(
        lambda in negative_weight(), p in sparsity(), part in 1e-4..0.999_f64, of_upper in any::<bool>(),
        cost in [0.001..0.6_f64, 0.001..0.6_f64], facts in law(), non_facts in law(),
        factors in [factors(), factors()],
    ) {
        let cost = AbstainCost { on_fact: cost[0], on_non_fact: cost[1] };
        let loss_of = |facts: [f64; 3], non_facts: [f64; 3]| {
            cost.on_fact * facts[1] + facts[2] + lambda * (non_facts[0] + cost.on_non_fact * non_facts[1])
        };
        let upper = frontier::abstain(Bits(0.0), lambda, cost, p).unwrap().phases.upper.0;
        // Half of the budgets lie where abstaining helps, if it does anywhere.
        let budget = if of_upper && upper > 0.0 { part * upper } else { budget_at(part, p) };
        let best = frontier::abstain(Bits(budget), lambda, cost, p).unwrap();
        let [own_facts, own_non_facts] = [0, 1].map(|kind| [best.yes[kind], best.abstain[kind], best.no[kind]]);
        let spent = information(&own_facts, &own_non_facts, p).unwrap().bits.0;
        prop_assert!((spent - budget).abs() <= 1e-9 * budget, "{} of {}", spent, budget);
        prop_assert!((best.loss / loss_of(own_facts, own_non_facts) - 1.0).abs() <= 1e-12);

        let filter = frontier::zero_one(Bits(budget), lambda, p).unwrap();
        prop_assert!(at_least(filter.loss, best.loss));
        if budget >= best.phases.upper.0 {
            prop_assert_eq!((best.loss, best.abstain), (filter.loss, [0.0, 0.0]));
        }
        let near = (tilted(own_facts, factors[0]), tilted(own_non_facts, factors[1]));
        for (facts, non_facts) in [(facts, non_facts), near] {
            let bits = information(&facts, &non_facts, p).unwrap().bits;
            let least = frontier::abstain(bits, lambda, cost, p).unwrap().loss;
            let loss = loss_of(facts, non_facts);
            prop_assert!(at_least(loss, least), "{:?} {:?}: {} below {}", facts, non_facts, loss, least);
        }
    }

    #[test]
    fn the_critical_cost_is_where_abstaining_ceases_to_help(
        lambda in negative_weight(), p in sparsity(), part in 0.001..0.5_f64,
    ) {
        let budget = Bits(part * lossless_wall(p).unwrap().0.min(20.0));
        let critical = frontier::critical_abstain_cost(budget, lambda, p).unwrap();
        let filter = frontier::zero_one(budget, lambda, p).unwrap();
        let at = |cost| frontier::abstain(budget, lambda, AbstainCost { on_fact: cost, on_non_fact: cost }, p).unwrap();
        let (cheaper, dearer) = (at(0.7 * critical), at(critical * (1.0 + 1e-6)));
        prop_assert!(cheaper.loss < filter.loss && cheaper.abstain[0] + cheaper.abstain[1] > 0.0, "{:?}", cheaper);
        prop_assert_eq!((dearer.loss, dearer.abstain), (filter.loss, [0.0, 0.0]));
        let on = at(critical);
        prop_assert!((on.phases.upper.0 / budget.0 - 1.0).abs() <= 1e-9, "{:?} at {}", on.phases, budget);
        prop_assert!((on.phases.alpha.unwrap() / filter.alpha.unwrap() - 1.0).abs() <= 1e-9);
    }

    /// Mixing memories of two budgets mixes their losses, so no frontier bends the other way; this crosses phases too.
    #[test]
    fn losses_fall_with_the_budget_and_are_convex_in_it(
        lambda in negative_weight(), p in sparsity(), parts in [0.0..1.1_f64, 0.0..1.1_f64], mix in 0.0..1.0_f64,
        cost in [0.0..0.5_f64, 0.0..0.5_f64],
    ) {
        let cost = AbstainCost { on_fact: cost[0], on_non_fact: cost[1] };
        let losses: [&dyn Fn(f64) -> f64; 3] = [
            &|bits| frontier::zero_one(Bits(bits), lambda, p).unwrap().loss,
            &|bits| frontier::brier(Bits(bits), lambda, p).unwrap().loss,
            &|bits| frontier::abstain(Bits(bits), lambda, cost, p).unwrap().loss,
        ];
        let [low, high] = [parts[0].min(parts[1]), parts[0].max(parts[1])].map(|part| budget_at(part, p));
        let between = (1.0 - mix) * low + mix * high;
        for loss in losses {
            prop_assert!(at_least(loss(low), loss(between)) && at_least(loss(between), loss(high)));
            let mixed = (1.0 - mix) * loss(low) + mix * loss(high);
            prop_assert!(mixed >= loss(between) - 1e-12 * loss(low));
        }
    }

    #[test]
    fn the_optimum_of_log_loss_is_one_of_its_rivals(
        lambda in negative_weight(), p in sparsity(), part in 1e-4..0.999_f64,
    ) {
        let budget = Bits(budget_at(part, p));
        let rivals = frontier::rivals(budget, lambda, p).unwrap();
        let optimum = frontier::log_loss(budget, lambda, p).unwrap();
        let price = rivals.price_of_forgetting().0;
        match optimum.regime {
            Regime::Hallucination => {
                prop_assert_eq!(rivals.hallucinating, optimum);
                prop_assert!(at_least(rivals.forgetting.loss.0, optimum.loss.0) && price >= -1e-12 * optimum.loss.0);
            }
            Regime::Forgetting => {
                prop_assert_eq!(rivals.forgetting, optimum);
                prop_assert!(at_least(rivals.hallucinating.loss.0, optimum.loss.0) && price <= 1e-12 * optimum.loss.0);
            }
            other => prop_assert!(false, "{:?} at a weight drawn at random", other),
        }
        // Either spends the budget, which its own losses do not show where it is not optimal.
        let channels = [rivals.hallucinating, rivals.forgetting].map(|point| point.channel.unwrap());
        for channel in channels.into_iter().take(if p == 0.0 { 1 } else { 2 }) {
            let spent = rate::zero_one(channel.forgotten(), channel.hallucinated(), p).unwrap().bits.0;
            prop_assert!((spent - budget.0).abs() <= 1e-12 * (1.0 + budget.0), "{} of {}", spent, budget);
        }
    }

    /// The trap of the threshold 1/2: nothing, then a jump to `1/lambda` at `log2(lambda)` bits, then the fall that
    /// recall shows all along.
    #[test]
    fn hallucination_at_one_half_jumps_where_hallucination_at_recall_falls(
        log_lambda in 0.1..16.0_f64, distance in 1e-6..1.0_f64, recall in 0.01..1.0_f64,
    ) {
        let channel = |bits: f64| frontier::log_loss(Bits(bits), log_lambda.exp2(), 0.0).unwrap().channel.unwrap();
        let (below, above) = (channel(log_lambda * (1.0 - distance)), channel(log_lambda * (1.0 + distance)));
        prop_assert_eq!((below.hallucination_at(0.5), below.recall_at(0.5)), (0.0, 0.0));
        prop_assert_eq!(above.recall_at(0.5), 1.0);
        let expected = (-log_lambda * (1.0 + distance)).exp2();
        prop_assert!((above.hallucination_at(0.5) / expected - 1.0).abs() < 1e-13);
        prop_assert!(above.hallucination_at_recall(recall) < below.hallucination_at_recall(recall));
        prop_assert_eq!(above.hallucination_at_recall(recall), above.hallucination_at(0.5));
    }
}
