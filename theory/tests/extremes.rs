//! Arguments at the edges of floating point: every answer is a number in its range, never NaN.

use rote_theory::certificate::{certificate, clopper_pearson};
use rote_theory::entropy::lossless_wall;
use rote_theory::information::information;
use rote_theory::{Bits, Nats, frontier, rate};

const SPARSITIES: [f64; 8] = [0.0, 1e-320, 1e-300, 1e-30, 1e-9, 0.5, 0.999, 1.0 - f64::EPSILON / 2.0];
const AMOUNTS: [f64; 12] = [0.0, 5e-324, 1e-300, 1e-17, 1e-9, 0.3, 1.0, 40.0, 709.0, 746.0, 1e300, f64::INFINITY];
const WEIGHTS: [f64; 7] = [5e-324, 1e-300, 1e-6, 1.0, 1e9, 1e300, f64::MAX];

#[test]
fn rates_lie_between_zero_and_the_wall() {
    for p in SPARSITIES {
        let wall = lossless_wall(p).unwrap().0;
        assert!(wall > 0.0);
        for fact_loss in AMOUNTS {
            for non_fact_loss in AMOUNTS {
                let found = rate::log_loss(Nats(fact_loss), Nats(non_fact_loss), p).unwrap();
                let bits = found.bits.0;
                assert!(bits >= 0.0 && bits <= wall * (1.0 + 1e-12), "{fact_loss} {non_fact_loss} {p}: {found:?}");
                if let Some(posterior) = found.posterior {
                    assert!((0.0..=1.0).contains(&posterior), "{fact_loss} {non_fact_loss} {p}: {found:?}");
                }
                if let Some(slopes) = found.slopes {
                    assert!(slopes.alpha >= 0.0 && slopes.beta_prime >= 0.0, "{found:?}");
                    assert!(slopes.by_fact_loss <= 0.0 && slopes.by_non_fact_loss <= 0.0, "{found:?}");
                }
            }
        }
    }
}

#[test]
fn frontiers_and_budgets_stay_in_range() {
    for p in SPARSITIES {
        let wall = lossless_wall(p).unwrap().0;
        for lambda in WEIGHTS {
            for amount in AMOUNTS {
                let point = frontier::log_loss(Bits(amount), lambda, p).unwrap();
                assert!(point.loss.0 >= 0.0, "B = {amount}, lambda = {lambda}, p = {p}: {point:?}");
                for loss in [point.fact_loss, point.non_fact_loss].into_iter().flatten() {
                    assert!(loss.0 >= 0.0, "B = {amount}, lambda = {lambda}, p = {p}: {point:?}");
                }
                let share = point.channel.map_or(0.0, |channel| channel.hallucinated() + channel.forgotten());
                assert!((0.0..=1.0).contains(&share), "B = {amount}, lambda = {lambda}, p = {p}: {point:?}");
                let bits = frontier::budget(Nats(amount), lambda, p).unwrap().0;
                assert!(
                    bits >= 0.0 && bits <= wall * (1.0 + 1e-12),
                    "L = {amount}, lambda = {lambda}, p = {p}: {bits}"
                );
            }
        }
    }
}

#[test]
fn information_of_tiny_weights_is_a_number() {
    for p in SPARSITIES {
        for tiny in [5e-324, 1e-300, 1e-17] {
            for (facts, non_facts) in [([tiny, 1.0], [1.0, tiny]), ([1.0, tiny], [1.0, 0.0]), ([1.0, 0.0], [tiny, 1.0])]
            {
                let found = information(&facts, &non_facts, p).unwrap();
                assert!(found.bits.0 >= 0.0 && found.kl_bits.0 >= found.bits.0 - 1e-9, "{facts:?} {non_facts:?} {p}");
                assert!(found.chi_squared >= 0.0);
            }
        }
    }
}

#[test]
fn certificates_at_any_confidence_are_proper() {
    for confidence in [1e-12, 0.5, 0.95, 1.0 - 1e-15] {
        for (hits, trials) in [(0, 1), (1, 1), (1, 2), (1, 1 << 40), ((1 << 40) - 1, 1 << 40), (1 << 20, 1 << 30)] {
            let found = clopper_pearson(hits, trials, confidence).unwrap();
            assert!(0.0 <= found.low && found.low < found.high && found.high <= 1.0, "{hits}/{trials}: {found:?}");
            assert!(certificate(hits, trials, hits, trials, confidence, 0.0).unwrap().bits.0 <= 0.0);
        }
    }
}
