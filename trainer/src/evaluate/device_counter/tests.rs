//! The device's counts beside the processor's, on the same logits.
#![cfg(feature = "wgpu")]

use burn::tensor::TensorData;
use proptest::prelude::*;

use super::super::distribution::above;
use super::*;
use crate::backend::{TURN, for_tests};

/// Counts of chunks by the device, and the logits that it kept.
fn counted(device: &Device, facts: &Facts, chunks: &[Vec<f32>], keep: bool) -> (NonFacts, Vec<f32>) {
    let mut histogram = Histogram::new(device, facts, keep);
    let (mut counted, mut kept) = (NonFacts::new(facts), Vec::new());
    let mut take = |logits: &[f32]| {
        kept.extend_from_slice(logits);
        Ok(())
    };
    for (index, chunk) in chunks.iter().enumerate() {
        histogram.add(Tensor::from_data(TensorData::new(chunk.clone(), [1, chunk.len()]), device));
        if index % 3 == 2 {
            histogram.read(&mut counted, &mut take).expect("counts");
        }
    }
    histogram.read(&mut counted, &mut take).expect("counts");
    (counted, kept)
}

fn expected(facts: &Facts, chunks: &[Vec<f32>]) -> NonFacts {
    let mut non_facts = NonFacts::new(facts);
    non_facts.add(&chunks.concat(), 0);
    non_facts
}

fn near(got: f64, expected: f64, tolerance: f64) -> bool {
    (got - expected).abs() <= tolerance * expected.abs()
}

#[test]
fn a_device_counts_what_a_processor_counts() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some((device, _)) = for_tests() else { return };
    let logit = prop_oneof![
        8 => -30.0_f32..30.0,
        2 => (-40_i32..40).prop_map(|z| z as f32 / 8.0),
        2 => proptest::num::f32::NORMAL | proptest::num::f32::ZERO | proptest::num::f32::SUBNORMAL,
        1 => prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(f32::NEG_INFINITY), Just(f32::MAX), Just(f32::MIN)],
        1 => prop_oneof![Just(255.999_98_f32), Just(256.0), Just(-256.0), Just(-255.999_98), Just(-1e-30)],
    ];
    let chunk = proptest::collection::vec(logit.clone(), 1..300);
    let cases = (
        proptest::collection::vec(logit.prop_filter("facts are finite", |z| z.is_finite()), 0..90),
        proptest::collection::vec(chunk, 1..6),
        any::<bool>(),
    );
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(40));
    let outcome = runner.run(&cases, |(facts, chunks, keep)| {
        let facts = Facts::new(facts);
        let (mut got, kept) = counted(&device, &facts, &chunks, keep);
        let expected = expected(&facts, &chunks);
        let all = chunks.concat();
        prop_assert_eq!(got.halves(), expected.halves());
        prop_assert_eq!(got.all_finite(), expected.all_finite());
        prop_assert_eq!(got.cells().occupied().collect::<Vec<_>>(), expected.cells().occupied().collect::<Vec<_>>());
        for &threshold in facts.thresholds() {
            prop_assert_eq!(got.reaching_by_half(threshold), expected.reaching_by_half(threshold));
        }
        prop_assert!(got.counts_as(&expected));
        prop_assert_eq!(above(&facts, &kept), if keep { above(&facts, &all) } else { Vec::new() });
        prop_assert_eq!(got.below(), expected.below());
        got.sum_cells();
        let (sums, exact) = (got.sums(), expected.sums());
        prop_assert!(near(sums.loss, exact.loss, 1.4e-6), "{} and {}", sums.loss, exact.loss);
        prop_assert!(near(sums.loss_squared, exact.loss_squared, 5.5e-6));
        prop_assert!(near(sums.brier, exact.brier, 5.5e-6), "{} and {}", sums.brier, exact.brier);
        Ok(())
    });
    outcome.expect("every case holds");
}

#[test]
fn a_device_that_counts_otherwise_is_found_out() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some((device, _)) = for_tests() else { return };
    let tensor = |logits: &[f32]| Tensor::<2>::from_data(TensorData::new(logits.to_vec(), [1, logits.len()]), &device);
    let facts = Facts::new(vec![1.0, 2.0, -0.0]);
    let logits = [0.0, f32::NAN, 1.5, -0.0, -3.0, 1.5];
    for keep in [false, true] {
        let histogram = || Histogram::new(&device, &facts, keep);
        compare_with_processor(histogram(), NonFacts::new(&facts), tensor(&logits))
            .expect("it counts as the processor does");
        let mut wrong = histogram();
        // One more in a cell below all facts.
        wrong.add(tensor(&[-3.0]));
        let error =
            compare_with_processor(wrong, NonFacts::new(&facts), tensor(&logits)).expect_err("it counts one too many");
        assert!(error.to_string().contains("of the first 6 logits it counts others than the CPU does"), "{error}");
    }
}
