//! Coverage by simulation, and what a resample is made of.

use super::*;
use crate::evaluate::distribution::Facts;
use rand_distr::{Exp1, StandardNormal};

fn sample(logits: &[f32]) -> NonFacts {
    let mut non_facts = NonFacts::new(&Facts::new(vec![0.0]));
    non_facts.add(logits, 0);
    non_facts
}

fn key(of: u64) -> [u8; 32] {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&of.to_le_bytes());
    key
}

fn normal(random: &mut ChaCha8Rng, number: usize) -> Vec<f32> {
    (0..number).map(|_| -3.0 + 2.0 * Distribution::<f32>::sample(&StandardNormal, random)).collect()
}

#[test]
fn no_hit_in_a_hundred() {
    let found = clopper_pearson(0, 100).unwrap();
    // 1 - 0.025^(1/100)
    assert!((found.high - 0.036_216_7).abs() < 1e-7);
    assert_eq!((found.low.to_bits(), found.level.to_bits()), (0, 0.95_f64.to_bits()));
    assert_eq!(found.method, "clopper-pearson");
    assert!(clopper_pearson(1, 0).is_err());
}

#[test]
fn wilsons_interval_is_near_the_exact_one() {
    for (hits, trials) in [(0, 1000), (3, 1000), (500, 1000), (997, 1000), (1000, 1000)] {
        let exact = clopper_pearson(hits, trials).unwrap();
        let [low, high] = wilson(hits, trials);
        assert!((low - exact.low).abs() < 0.002 && (high - exact.high).abs() < 0.002, "{hits}: {low} {high} {exact:?}");
    }
}

#[test]
fn resamples_keep_the_number_of_claims_and_centre_on_the_sample() {
    let non_facts = sample(&normal(&mut ChaCha8Rng::from_seed(key(1)), 20_000));
    let law = Law::of_non_facts(&non_facts);
    let bootstrap = Bootstrap::new(&non_facts);
    let mut random = ChaCha8Rng::from_seed(key(2));
    let mut mean = 0.0;
    for _ in 0..REPLICATES {
        let resample = bootstrap.resample(&mut random);
        assert_eq!(resample.bins.iter().sum::<u64>(), 20_000);
        mean += resample.loss / REPLICATES as f64;
    }
    let error = non_facts.standard_error_of_loss();
    assert!((mean - law.loss).abs() < 4.0 * error / (REPLICATES as f64).sqrt());
}

#[test]
fn the_spread_of_the_bootstrap_is_that_of_the_mean() {
    let non_facts = sample(&normal(&mut ChaCha8Rng::from_seed(key(3)), 20_000));
    let [found] = Bootstrap::new(&non_facts).intervals(key(4), |law| Ok([law.loss])).unwrap();
    let expected = 2.0 * 1.96 * non_facts.standard_error_of_loss();
    assert!(((found.high - found.low) / expected - 1.0).abs() < 0.2, "{found:?} against {expected}");
}

#[test]
fn intervals_cover_the_mean_loss_about_as_often_as_they_say() {
    // E[softplus] of the law the simulations draw from, by a long sum.
    let mut random = ChaCha8Rng::from_seed(key(5));
    let truth = normal(&mut random, 2_000_000).iter().map(|&z| Sums::of_non_fact(f64::from(z)).loss).sum::<f64>() / 2e6;
    let covered = (0..300)
        .filter(|&of| {
            let non_facts = sample(&normal(&mut random, 1000));
            let [found] = Bootstrap::new(&non_facts).intervals(key(of), |law| Ok([law.loss])).unwrap();
            found.low <= truth && truth <= found.high
        })
        .count();
    assert!((270..=297).contains(&covered), "{covered} of 300");
}

#[test]
fn a_law_of_one_score_has_an_interval_of_no_width_around_it() {
    let non_facts = sample(&[1.234_567; 500]);
    let [found] = Bootstrap::new(&non_facts).intervals(key(6), |law| Ok([law.loss])).unwrap();
    let loss = Law::of_non_facts(&non_facts).loss;
    assert!((found.low - loss).abs() < 1e-12 && (found.high - loss).abs() < 1e-12);
}

#[test]
fn the_key_alone_decides() {
    let non_facts = sample(&normal(&mut ChaCha8Rng::from_seed(key(7)), 3000));
    let interval = |of| Bootstrap::new(&non_facts).intervals(key(of), |law| Ok([law.loss])).unwrap();
    assert_eq!(interval(8), interval(8));
    assert_ne!(interval(8), interval(9));
}

#[test]
fn groups_never_cross_a_bin_and_are_few() {
    let mut random = ChaCha8Rng::from_seed(key(10));
    let wide: Vec<f32> = (0..200_000)
        .map(|i| {
            let magnitude: f32 = Distribution::<f32>::sample(&Exp1, &mut random) * 60.0;
            if i % 2 == 0 { magnitude } else { -magnitude }
        })
        .collect();
    for (logits, most) in [(normal(&mut random, 100_000), 160), (wide, 1100)] {
        let non_facts = sample(&logits);
        let bootstrap = Bootstrap::new(&non_facts);
        assert!(bootstrap.groups.len() <= most, "{}", bootstrap.groups.len());
        assert_eq!(
            bootstrap.law_of(bootstrap.groups.iter().map(|group| group.count)).bins,
            Law::of_non_facts(&non_facts).bins
        );
    }
}
