//! What the theory proves about its functions, at random points: an independent check on formulas and on rounding.

#![allow(clippy::float_cmp, reason = "zero and infinite rates are exact")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small counts"
)]

use std::f64::consts::LN_2;

use proptest::prelude::*;
use rote_theory::certificate::clopper_pearson;
use rote_theory::entropy::lossless_wall;
use rote_theory::information::information;
use rote_theory::{Bits, Channel, Nats, Regime, frontier, rate};
use statrs::distribution::{Beta, ContinuousCDF};

fn rate_at(fact_loss: f64, non_fact_loss: f64, p: f64) -> f64 {
    rate::log_loss(Nats(fact_loss), Nats(non_fact_loss), p).unwrap().bits.0
}

/// Losses from 1e-9 to 20 nats, evenly on the log scale.
fn loss() -> impl Strategy<Value = f64> {
    (-20.7..3.0_f64).prop_map(f64::exp)
}

/// Sparsities from 1e-9 to .99, evenly on the log scale.
fn positive_sparsity() -> impl Strategy<Value = f64> {
    (-20.7..-0.01_f64).prop_map(f64::exp)
}

fn sparsity() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 5 => positive_sparsity()]
}

fn negative_weight() -> impl Strategy<Value = f64> {
    (-5.0..16.0_f64).prop_map(f64::exp)
}

/// Weights of eight bins, some of them empty.
fn bins() -> impl Strategy<Value = Vec<f64>> {
    let weight = prop_oneof![1 => Just(0.0), 4 => (-20.0..0.0_f64).prop_map(f64::exp)];
    prop::collection::vec(weight, 8).prop_filter("some weight", |bins| bins.iter().sum::<f64>() > 0.0)
}

/// Failing cases are printed whole, so none are kept in files.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

/// `large >= small` up to rounding.
fn at_least(large: f64, small: f64) -> bool {
    large >= small - 1e-12 * (1.0 + small.abs()) || large == small
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn more_loss_or_more_facts_need_fewer_bits(
        fact_loss in loss(), non_fact_loss in loss(), p in sparsity(), factor in 1.0..3.0_f64,
    ) {
        let here = rate_at(fact_loss, non_fact_loss, p);
        prop_assert!(at_least(here, rate_at(fact_loss * factor, non_fact_loss, p)));
        prop_assert!(at_least(here, rate_at(fact_loss, non_fact_loss * factor, p)));
        let denser = if p == 0.0 { 1e-6 * factor } else { (p * factor).min(0.999) };
        prop_assert!(at_least(here, rate_at(fact_loss, non_fact_loss, denser)));
    }

    #[test]
    fn the_rate_is_jointly_convex_in_the_losses(
        one in (loss(), loss()), other in (loss(), loss()), p in sparsity(), t in 0.0..1.0_f64,
    ) {
        let between = rate_at(t * one.0 + (1.0 - t) * other.0, t * one.1 + (1.0 - t) * other.1, p);
        let chord = t * rate_at(one.0, one.1, p) + (1.0 - t) * rate_at(other.0, other.1, p);
        prop_assert!(at_least(chord, between), "{} above {}", between, chord);
    }

    #[test]
    fn the_calibrated_formula_is_a_lower_bound_everywhere(
        fact_loss in loss(), non_fact_loss in loss(), p in positive_sparsity(),
    ) {
        let affine = lossless_wall(p).unwrap().0 - (fact_loss + (1.0 - p) / p * non_fact_loss) / LN_2;
        prop_assert!(at_least(rate_at(fact_loss, non_fact_loss, p), affine));
    }

    /// Bits over all claims do not care which kind is called fact.
    #[test]
    fn facts_and_non_facts_can_change_places(
        fact_loss in loss(), non_fact_loss in loss(), p in 0.001..0.999_f64,
    ) {
        let one = p * rate_at(fact_loss, non_fact_loss, p);
        let other = (1.0 - p) * rate_at(non_fact_loss, fact_loss, 1.0 - p);
        prop_assert!((one - other).abs() <= 1e-12 * (1.0 + one), "{} against {}", one, other);
    }

    /// The gradient of a convex function supports it, so wrong multipliers would cut into the rate somewhere.
    #[test]
    fn the_slopes_support_the_rate(
        at in (loss(), loss()), other in (loss(), loss()), p in sparsity(),
    ) {
        let here = rate::log_loss(Nats(at.0), Nats(at.1), p).unwrap();
        if let Some(slopes) = here.slopes {
            let rise = slopes.by_fact_loss * (other.0 - at.0) + slopes.by_non_fact_loss * (other.1 - at.1);
            let size = -slopes.by_fact_loss * (other.0 + at.0) - slopes.by_non_fact_loss * (other.1 + at.1);
            let slack = 1e-12 * (1.0 + here.bits.0 + size);
            prop_assert!(rate_at(other.0, other.1, p) >= here.bits.0 + rise - slack);
        }
    }

    /// On the boundary with `Calibrated` the neighbour's multipliers are 1, so a step of 1e-7 across moves the rate by
    /// no more than the affine slope says.
    #[test]
    fn the_rate_is_continuous_across_regimes(p in 1e-6..0.5_f64, mix in 0.05..0.95_f64) {
        let step = 1e-7;
        let x = p + mix * (1.0 - p);
        let q = p * (1.0 - x) / ((1.0 - p) * x);
        let (fact_loss, non_fact_loss) = (-x.ln(), -q * (-x).ln_1p());
        let inside = rate::log_loss(Nats(fact_loss), Nats(non_fact_loss * (1.0 - step)), p).unwrap();
        let beyond = rate::log_loss(Nats(fact_loss), Nats(non_fact_loss * (1.0 + step)), p).unwrap();
        prop_assert_eq!(inside.regime, Regime::Calibrated);
        prop_assert_eq!(beyond.regime, Regime::Hallucination);
        let affine = 2.0 * step * non_fact_loss * (1.0 - p) / p / LN_2;
        let fall = inside.bits.0 - beyond.bits.0;
        prop_assert!((fall - affine).abs() <= 1e-5 * affine + 1e-13 * (1.0 + inside.bits.0));

        let x0 = p * (1.0 - mix);
        let forget = (1.0 - p) * x0 / (p * (1.0 - x0));
        let (fact_loss, non_fact_loss) = (-forget * x0.ln(), -(-x0).ln_1p());
        let inside = rate::log_loss(Nats(fact_loss * (1.0 - step)), Nats(non_fact_loss), p).unwrap();
        let beyond = rate::log_loss(Nats(fact_loss * (1.0 + step)), Nats(non_fact_loss), p).unwrap();
        prop_assert_eq!(inside.regime, Regime::Calibrated);
        prop_assert_eq!(beyond.regime, Regime::Forgetting);
        let affine = 2.0 * step * fact_loss / LN_2;
        let fall = inside.bits.0 - beyond.bits.0;
        prop_assert!((fall - affine).abs() <= 1e-5 * affine + 1e-13 * (1.0 + inside.bits.0));
    }

    /// Theorem 3.3: the first correction to the sparse limit is `p chi^2 / (2 ln 2)` with `chi^2 = 1/q - 1`. A naive
    /// `ln(1 - p)` would already miss it at p = 1e-9.
    #[test]
    fn a_billionth_differs_from_the_limit_by_its_first_correction(
        fact_loss in 0.01..2.0_f64, q in 0.01..0.99_f64,
    ) {
        let p = 1e-9;
        let non_fact_loss = -q * (-(-fact_loss).exp()).ln_1p();
        let fall = rate_at(fact_loss, non_fact_loss, 0.0) - rate_at(fact_loss, non_fact_loss, p);
        let correction = p * (1.0 / q - 1.0) / (2.0 * LN_2);
        prop_assert!((fall - correction).abs() <= 1e-5 * correction + 2e-15, "{} for {}", fall, correction);
    }

    #[test]
    fn optimal_channels_have_the_losses_and_hold_the_rate(
        fact_loss in loss(), non_fact_loss in loss(), p in sparsity(),
    ) {
        let found = rate::log_loss(Nats(fact_loss), Nats(non_fact_loss), p).unwrap();
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b;
        let laws = match found.channel {
            Some(Channel::Hallucination { x_star, q_star }) => {
                // The score rounds to a float; from 1e-9 below 1 its complement keeps seven digits.
                prop_assert!((-x_star.ln() - fact_loss).abs() <= 1e-15 + 1e-12 * fact_loss);
                let log_complement =
                    if x_star > 0.5 { (-(-fact_loss).exp_m1()).ln() } else { (-x_star).ln_1p() };
                prop_assert!(near(-q_star * log_complement, non_fact_loss));
                ([1.0, 0.0], [q_star, 1.0 - q_star])
            }
            Some(Channel::Forgetting { x0, forget }) => {
                prop_assert!(near(-(-x0).ln_1p(), non_fact_loss));
                prop_assert!(near(-forget * x0.ln(), fact_loss));
                ([forget, 1.0 - forget], [1.0, 0.0])
            }
            _ => return Ok(()),
        };
        let held = information(&laws.0, &laws.1, p).unwrap().bits.0;
        prop_assert!((held - found.bits.0).abs() <= 1e-12 * (1.0 + held));
    }

    #[test]
    fn any_scorer_holds_at_least_the_rate_of_its_losses(facts in bins(), non_facts in bins(), p in sparsity()) {
        let score = |bin: usize| (bin as f64 + 0.5) / 8.0;
        let mean = |bins: &[f64], loss: &dyn Fn(f64) -> f64| {
            let total: f64 = bins.iter().sum();
            bins.iter().enumerate().map(|(bin, weight)| weight / total * loss(score(bin))).sum::<f64>()
        };
        let (fact_loss, non_fact_loss) = (mean(&facts, &|x| -x.ln()), mean(&non_facts, &|x| -(-x).ln_1p()));
        let held = information(&facts, &non_facts, p).unwrap().bits.0;
        prop_assert!(at_least(held, rate_at(fact_loss, non_fact_loss, p)));
        prop_assert!(at_least(lossless_wall(p).unwrap().0, held));
    }

    #[test]
    fn merging_bins_never_adds_information(
        facts in bins(), non_facts in bins(), p in sparsity(), merged in 0_usize..7,
    ) {
        let merge = |bins: &[f64]| {
            let mut bins = bins.to_vec();
            let moved = bins.remove(merged);
            bins[merged] += moved;
            bins
        };
        let fine = information(&facts, &non_facts, p).unwrap();
        let coarse = information(&merge(&facts), &merge(&non_facts), p).unwrap();
        prop_assert!(at_least(fine.bits.0, coarse.bits.0));
        prop_assert!(at_least(fine.kl_bits.0, coarse.kl_bits.0));
        prop_assert!(at_least(fine.kl_bits.0, fine.bits.0));
        prop_assert!(fine.bits.0 >= 0.0);
    }

    #[test]
    fn the_frontier_point_spends_its_budget(
        lambda in negative_weight(), p in sparsity(), part in 0.0001..0.999_f64,
    ) {
        let wall = lossless_wall(p).unwrap().0.min(60.0);
        let budget = part * wall;
        let point = frontier::log_loss(Bits(budget), lambda, p).unwrap();
        if let (Some(fact_loss), Some(non_fact_loss)) = (point.fact_loss, point.non_fact_loss) {
            let spent = rate::log_loss(fact_loss, non_fact_loss, p).unwrap();
            prop_assert!((spent.bits.0 - budget).abs() <= 1e-12 * (1.0 + budget), "{} of {}", spent.bits, budget);
            let sum = fact_loss + non_fact_loss * lambda;
            prop_assert!((sum.0 - point.loss.0).abs() <= 1e-14 * sum.0);
        }
    }

    #[test]
    fn the_budget_inverts_the_frontier(lambda in negative_weight(), p in sparsity(), part in 0.0001..0.999_f64) {
        let budget = part * lossless_wall(p).unwrap().0.min(60.0);
        let point = frontier::log_loss(Bits(budget), lambda, p).unwrap();
        let back = frontier::budget(point.loss, lambda, p).unwrap().0;
        prop_assert!((back - budget).abs() <= 1e-12 * (1.0 + budget), "{} came back as {}", budget, back);
    }

    /// The frontier at the weight of the universe, where only the loss is determined, and right beside it.
    #[test]
    fn the_tie_joins_both_channels(p in 1e-6..0.9_f64, part in 0.0001..0.999_f64) {
        let (tie, budget) = ((1.0 - p) / p, Bits(part * lossless_wall(p).unwrap().0));
        let on = frontier::log_loss(budget, tie, p).unwrap();
        prop_assert_eq!(on.regime, Regime::Calibrated);
        for factor in [1.0 - 1e-8, 1.0 + 1e-8] {
            let beside = frontier::log_loss(budget, tie * factor, p).unwrap().loss.0;
            prop_assert!((beside / on.loss.0 - 1.0).abs() <= 2e-8);
        }
        let back = frontier::budget(on.loss, tie, p).unwrap().0;
        prop_assert!((back - budget.0).abs() <= 1e-12 * (1.0 + budget.0));
    }

    #[test]
    fn a_loss_betrays_no_more_bits_than_its_parts_do(
        fact_loss in loss(), non_fact_loss in loss(), lambda in negative_weight(), p in sparsity(),
    ) {
        let budget = frontier::budget(Nats(fact_loss + lambda * non_fact_loss), lambda, p).unwrap().0;
        prop_assert!(at_least(rate_at(fact_loss, non_fact_loss, p), budget));
    }

    /// Nothing on the frontier is beaten by losses drawn at random: the frontier against the rate alone.
    #[test]
    fn no_pair_of_losses_beats_the_frontier(
        fact_loss in loss(), non_fact_loss in loss(), lambda in negative_weight(), p in sparsity(),
    ) {
        let bits = rate_at(fact_loss, non_fact_loss, p);
        let best = frontier::log_loss(Bits(bits), lambda, p).unwrap().loss.0;
        prop_assert!(at_least(fact_loss + lambda * non_fact_loss, best));
    }

    #[test]
    fn the_zero_one_rate_is_the_information_of_its_answers(
        false_negatives in 0.0..1.0_f64, false_positives in 0.0..1.0_f64, p in sparsity(),
    ) {
        let found = rate::zero_one(false_negatives, false_positives, p).unwrap().bits.0;
        let (yes, no) = ([1.0 - false_negatives, false_negatives], [false_positives, 1.0 - false_positives]);
        if false_negatives + false_positives < 1.0 {
            prop_assert!((found - information(&yes, &no, p).unwrap().bits.0).abs() <= 1e-13 * (1.0 + found));
        } else {
            prop_assert_eq!(found, 0.0);
        }
        let coarser = rate::zero_one(false_negatives, (false_positives * 1.1).min(1.0), p).unwrap().bits.0;
        prop_assert!(at_least(found, coarser));
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// An independent incomplete beta function agrees as far as it is accurate, which is a few hundred trials.
    #[test]
    fn clopper_pearson_inverts_the_beta_law(
        trials in 1_u64..300, share in 0.0..1.0_f64, confidence in 0.5..0.9999_f64,
    ) {
        let hits = (share * (trials + 1) as f64) as u64;
        let (found, tail) = (clopper_pearson(hits, trials, confidence).unwrap(), (1.0 - confidence) / 2.0);
        if hits > 0 {
            let law = Beta::new(hits as f64, (trials - hits + 1) as f64).unwrap();
            prop_assert!((law.cdf(found.low) / tail - 1.0).abs() < 1e-9);
        }
        if hits < trials {
            let law = Beta::new((hits + 1) as f64, (trials - hits) as f64).unwrap();
            prop_assert!((law.sf(found.high) / tail - 1.0).abs() < 1e-9);
        }
    }
}
