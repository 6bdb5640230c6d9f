//! Counts against brute force, and that no division of the work shows.

#![allow(clippy::float_cmp, reason = "thresholds are logits as they were given")]

use super::cells::edges;
use super::*;
use proptest::prelude::*;

fn gathered(facts: &Facts, logits: &[f32]) -> NonFacts {
    let mut non_facts = NonFacts::new(facts);
    non_facts.add(logits, 0);
    non_facts
}

/// Logits that look like a network's, from a fixed recurrence.
fn logits(number: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    (0..number)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / 1e6 - 12.0
        })
        .collect()
}

#[test]
fn thresholds_are_the_facts_that_recalls_reach_to() {
    let facts = Facts::new((1..=10_u8).map(f32::from).collect());
    // ceil(r n) of ten facts: the 5th, 9th, 10th and 10th highest.
    assert_eq!(RECALLS.map(|(_, percent)| facts.threshold(percent)), [6.0, 2.0, 1.0, 1.0]);
    assert_eq!((facts.lowest(), facts.reaching(6.0), facts.reaching(6.5)), (1.0, 5, 4));
}

#[test]
fn whole_recalls_are_not_rounded_up() {
    // 0.95 * 700 = 664.999... in floats, and 0.99 * 700 = 693.
    let facts = Facts::new((0..700_u16).map(f32::from).collect());
    assert_eq!((facts.threshold(95), facts.threshold(99)), (35.0, 7.0));
}

#[test]
fn ties_count_as_reached() {
    let facts = Facts::new(vec![1.5; 4]);
    let non_facts = gathered(&facts, &[1.5, 1.5, 1.499_999_9, 2.0, -0.0]);
    assert_eq!(non_facts.reaching(1.5), Some(3));
    assert_eq!(non_facts.reaching(0.0), Some(5));
    assert_eq!(non_facts.reaching(0.25), None);
}

#[test]
fn one_fact_and_none() {
    let one = Facts::new(vec![2.0]);
    assert_eq!(RECALLS.map(|(_, percent)| one.threshold(percent)), [2.0; 4]);
    assert_eq!(one.halves(), [1, 0]);
    let none = Facts::new(Vec::new());
    assert_eq!((none.lowest(), none.threshold(50)), (f32::INFINITY, f32::INFINITY));
    let non_facts = gathered(&none, &[1.0, f32::MAX]);
    assert_eq!(non_facts.below().iter().map(|row| row.1).sum::<u64>(), 2);
}

#[test]
fn logits_that_are_no_numbers_are_remembered() {
    let facts = Facts::new(vec![1.0, f32::NAN, 0.5]);
    assert_eq!((facts.all_finite(), facts.count()), (false, 2));
    let sound = Facts::new(vec![1.0]);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let non_facts = gathered(&sound, &[0.0, bad, 1.0]);
        assert_eq!((non_facts.all_finite(), non_facts.count()), (false, 2));
        assert!(non_facts.sums().loss.is_finite());
        assert_eq!(above(&sound, &[bad, 1.0]), [(1.0, 1)]);
    }
    assert!(gathered(&sound, &[f32::MAX, f32::MIN]).all_finite());
}

#[test]
fn the_halves_are_those_of_the_indices() {
    let facts = Facts::new(vec![1.0, 9.0, 2.0, 8.0, 3.0]);
    assert_eq!(facts.halves(), [3, 2]);
    let thresholds: Vec<f32> = facts.candidates().iter().map(|candidate| candidate.threshold).collect();
    assert_eq!(thresholds, [3.0, 2.0, 1.0]);
    assert_eq!(facts.candidates()[1].hits, [2, 2]);
    let mut non_facts = NonFacts::new(&facts);
    non_facts.add(&[5.0, 0.0, 5.0], 7);
    assert_eq!(non_facts.reaching_by_half(3.0), Some([0, 2]));
}

#[test]
fn at_most_64_candidates_reach_from_the_top_to_the_lowest_of_their_half() {
    let facts = Facts::new(logits(10_000, 3));
    assert_eq!(facts.candidates().len(), 64);
    assert_eq!(facts.candidates()[63].hits[0], 5000);
}

#[test]
fn the_straddled_cell_is_divided_at_the_lowest_fact() {
    let lowest = 0.5 + 1.0 / 1024.0;
    let facts = Facts::new(vec![lowest, 3.0]);
    let claims = [0.5, 0.5, lowest, 0.5 + 1.0 / 512.0, -2.0, 7.0];
    assert_eq!(above(&facts, &claims).iter().map(|row| row.1).sum::<u64>(), 3);
    let below = gathered(&facts, &claims).below();
    assert_eq!(below, [(-2.0 + 1.0 / 512.0, 1), (0.5 + 1.0 / 2048.0, 2)]);
}

#[test]
fn sums_match_a_plain_sum() {
    let claims = logits(10_000, 1);
    let sums = gathered(&Facts::new(vec![0.0]), &claims).sums();
    let plain: f64 = claims.iter().map(|&z| (1.0 + f64::from(z).exp()).ln()).sum();
    let squares: f64 = claims.iter().map(|&z| (1.0 + f64::from(z).exp()).ln().powi(2)).sum();
    let brier: f64 = claims.iter().map(|&z| (1.0 + f64::from(-z).exp()).powi(-2)).sum();
    assert!((sums.loss / plain - 1.0).abs() < 1e-13);
    assert!((sums.loss_squared / squares - 1.0).abs() < 1e-13);
    assert!((sums.brier / brier - 1.0).abs() < 1e-13);
}

#[test]
#[should_panic(expected = "other facts")]
fn accumulators_of_other_facts_do_not_merge() {
    let mut a = NonFacts::new(&Facts::new(vec![1.0]));
    a.merge(&NonFacts::new(&Facts::new(vec![2.0])));
}

#[test]
fn wild_logits_do_not_grow_the_memory() {
    let facts = Facts::new(vec![1.0]);
    let mut non_facts = NonFacts::new(&facts);
    for exponent in -126..=127 {
        let logit = 2_f32.powi(exponent);
        non_facts.add(&[logit, -logit, logit * 1.37, -logit * 1.99], 0);
    }
    assert!(non_facts.cells().window_len() < 170_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_division_at_blocks_leaves_no_trace(
        number in 1_usize..40_000,
        cuts in proptest::collection::vec(0_u64..10, 0..6),
        seed in any::<u64>(),
        reversed in any::<bool>(),
    ) {
        let claims = logits(number, seed);
        let facts = Facts::new(logits(300, seed ^ 1));
        let whole = gathered(&facts, &claims);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| ((cut * BLOCK) as usize).min(number)).collect();
        cuts.extend([0, number]);
        cuts.sort_unstable();
        let mut parts: Vec<NonFacts> = cuts
            .windows(2)
            .map(|ends| {
                let mut part = NonFacts::new(&facts);
                part.add(&claims[ends[0]..ends[1]], ends[0] as u64);
                part
            })
            .collect();
        if reversed {
            parts.reverse();
        }
        let mut merged = NonFacts::new(&facts);
        for part in &parts {
            merged.merge(part);
        }
        prop_assert_eq!(&merged, &whole);
        prop_assert_eq!(merged.sums().loss.to_bits(), whole.sums().loss.to_bits());
    }

    #[test]
    fn counts_at_thresholds_are_exact(
        facts in proptest::collection::vec(-3.0_f32..3.0, 1..40),
        claims in proptest::collection::vec((-3.0_f32..3.0).prop_map(|z| (z * 8.0).round() / 8.0), 1..200),
    ) {
        let facts = Facts::new(facts.iter().map(|z| (z * 8.0).round() / 8.0).collect());
        let non_facts = gathered(&facts, &claims);
        for &threshold in facts.ladder().thresholds() {
            let expected = claims.iter().filter(|&&z| z >= threshold).count() as u64;
            prop_assert_eq!(non_facts.reaching(threshold), Some(expected));
        }
    }

    #[test]
    fn every_non_fact_is_in_one_row_on_its_side_of_the_lowest_fact(
        lowest in proptest::num::f32::NORMAL,
        claims in proptest::collection::vec(proptest::num::f32::ANY, 0..100),
        near in proptest::collection::vec(-3_i32..4, 0..10),
    ) {
        let facts = Facts::new(vec![lowest]);
        let mut claims = claims;
        claims.extend(near.iter().map(|step| f32::from_bits(lowest.to_bits().wrapping_add_signed(*step))));
        claims.retain(|z| z.is_finite());
        let non_facts = gathered(&facts, &claims);
        let (above, below) = (above(&facts, &claims), non_facts.below());
        let reaching = claims.iter().filter(|&&z| z >= lowest).count() as u64;
        prop_assert_eq!(above.iter().map(|row| row.1).sum::<u64>(), reaching);
        prop_assert_eq!(below.iter().map(|row| row.1).sum::<u64>(), claims.len() as u64 - reaching);
        prop_assert!(above.iter().all(|row| row.0 >= lowest) && below.iter().all(|row| row.0 < lowest));
        prop_assert!(below.windows(2).all(|rows| rows[0].0 < rows[1].0));
    }

    #[test]
    fn the_median_is_in_the_cell_it_is_said_to_be_in(mut claims in proptest::collection::vec(-500_f32..500.0, 1..60)) {
        let non_facts = gathered(&Facts::new(vec![0.0]), &claims);
        claims.sort_unstable_by(f32::total_cmp);
        let median = f64::from(claims[(claims.len() - 1) / 2]);
        let [low, high] = edges(non_facts.median_cell().unwrap());
        prop_assert!(low <= median && median <= high);
    }

    #[test]
    fn sums_follow_from_cells(claims in proptest::collection::vec(-25_f32..25.0, 1..3000), width in 0.0_f32..0.01) {
        let facts = Facts::new(vec![0.0]);
        // Few cells with many logits, as well as many with few.
        let claims: Vec<f32> = claims.iter().map(|z| if width > 0.005 { *z } else { z.round() + z.fract() * width }).collect();
        let exact = gathered(&facts, &claims);
        let mut cells = exact.clone();
        cells.sum_cells();
        let (sums, exact) = (cells.sums(), exact.sums());
        prop_assert!((sums.loss / exact.loss - 1.0).abs() < 1.4e-6);
        prop_assert!((sums.loss_squared / exact.loss_squared - 1.0).abs() < 5.5e-6);
        prop_assert!((sums.brier / exact.brier - 1.0).abs() < 5.5e-6);
    }
}
