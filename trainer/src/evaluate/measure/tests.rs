//! Scorers whose theory is known, scorers that cheat, and scorers that no one expects.

use super::*;
use crate::evaluate::distribution::NonFacts;
use crate::record::evaluation_json::NonFactSet;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

const KEY: [u8; 32] = [7; 32];

fn subject(facts: u64, universe: u128, negative_weight: f64, exhaustive: bool) -> Subject {
    Subject {
        member: 3,
        population: "w24".to_owned(),
        seed: 11,
        network: Some(Network {
            widths: vec![24, 24],
            activation: "tanh".to_owned(),
            parameters: 2 * facts,
            steps: 1000,
        }),
        facts,
        universe,
        negative_weight,
        stored_bits: None,
        non_fact_set: if exhaustive { NonFactSet::All } else { NonFactSet::HeldOut },
        exhaustive,
    }
}

fn gathered(facts: &Facts, logits: &[f32]) -> NonFacts {
    let mut non_facts = NonFacts::new(facts);
    non_facts.add(logits, 0);
    non_facts
}

fn measured(subject: &Subject, facts: &[f32], non_facts: &[f32]) -> MemberEvaluation {
    let facts = Facts::new(facts.to_vec());
    let non_facts = gathered(&facts, non_facts);
    measure(subject, &headline(&facts, &non_facts), KEY).unwrap()
}

fn headline<'a>(facts: &'a Facts, non_facts: &'a NonFacts) -> Scores<'a> {
    Scores { facts, non_facts, drawn: None, never_shown: None, control: None }
}

/// A hash filter that passes `hits` of `number` non-facts and gives `score` to whatever it passes.
fn filter(score: f64, hits: usize, number: usize) -> Vec<f32> {
    let mut logits = vec![-60.0; number];
    logits[..hits].fill(logit(score));
    logits
}

fn logit(score: f64) -> f32 {
    (score / (1.0 - score)).ln() as f32
}

fn normal(seed: u8, number: usize, mean: f32, deviation: f32) -> Vec<f32> {
    let mut random = ChaCha8Rng::from_seed([seed; 32]);
    (0..number).map(|_| mean + deviation * Distribution::<f32>::sample(&StandardNormal, &mut random)).collect()
}

fn close(found: Option<f64>, expected: f64, tolerance: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected} to {tolerance}");
}

#[test]
fn an_optimal_filter_is_what_theory_says() {
    let (n, rest, hits, lambda) = (1000_u64, 64_000_usize, 1000, 2.0);
    let q = hits as f64 / rest as f64;
    let x_star = 1.0 / (1.0 + lambda * q);
    let subject = subject(n, u128::from(n) + rest as u128, lambda, true);
    let found = measured(&subject, &[logit(x_star); 1000], &filter(x_star, hits, rest));

    let p = subject.sparsity();
    let bits = information::information(&[1.0, 0.0], &[q, 1.0 - q], p).unwrap().bits.0;
    close(found.information_bits_per_fact, bits, 1e-12);
    close(found.rate_bits_per_fact, bits, 1e-6);
    close(found.budget_bits_per_fact, bits, 1e-6);
    close(found.kl_bits_per_fact, -q.log2(), 1e-12);
    close(found.information_bits_per_parameter, bits / 2.0, 1e-12);
    close(found.fact_loss_nats, -x_star.ln(), 1e-7);
    close(found.non_fact_loss_nats, -q * (1.0 - x_star).ln(), 1e-7);
    close(found.predicted.map(|predicted| predicted.q_star), q, 1e-12);
    close(found.predicted.map(|predicted| predicted.x_star), x_star, 1e-12);
    let excess = found.loss_excess.unwrap();
    assert!(excess.miscalibration_nats.abs() < 1e-6 && excess.shape_nats.abs() < 1e-12, "{excess:?}");
    assert!(found.hallucination_at_recall.unwrap().values().all(|&rate| (rate - q).abs() < 1e-15));
    close(found.hallucination_at_half, q, 1e-15);
    close(found.recall_at_half, 1.0, 0.0);
    close(found.forgetting_rate, 0.0, 0.0);
    close(found.calibration_error, 0.0, 1e-6);
    close(found.information_bias_bits, 0.0, 0.0);
    assert_eq!((found.regime, found.information_bins), (Some(Regime::Hallucination), Some(66)));
    assert!(found.violations.is_empty() && found.intervals.is_empty());
}

#[test]
fn the_bits_of_gaussian_logits_are_half_their_squared_distance() {
    // Calibrated logits: N(d^2/2, d^2) on facts, N(-d^2/2, d^2) on non-facts; KL = d^2/2 nats.
    let found =
        measured(&subject(40_000, 1 << 40, 1.0, false), &normal(1, 40_000, 2.0, 2.0), &normal(2, 400_000, -2.0, 2.0));
    let bits = 2.0 / std::f64::consts::LN_2;
    close(found.kl_bits_per_fact, bits, 0.05);
    close(found.information_bits_per_fact, bits, 0.05);
    close(found.calibration_error, 0.0, 0.02);
    assert!(found.rate_bits_per_fact < found.information_bits_per_fact);
    assert!(found.budget_bits_per_fact <= found.rate_bits_per_fact);
    assert!(found.certificate_bits_per_fact < found.kl_bits_per_fact);
    assert!(found.certificate_bits_per_fact > Some(1.0));
    // Phi(-2) of the non-facts are above 0, and half of them above the mean of -2, that 2.3 % of the facts are below.
    close(found.hallucination_at_half, 0.1587, 0.003);
    close(found.forgetting_rate, 0.0228, 0.003);
    assert!(found.violations.is_empty(), "{:?}", found.violations);
}

#[test]
fn a_leak_is_flagged() {
    // Knows every fact of 2^40 claims, and claims to be a hundred parameters.
    let leak = Subject { stored_bits: Some(3200.0), ..subject(1000, 1 << 40, 1.0, false) };
    let found = measured(&leak, &[9.0; 1000], &filter(0.999, 3, 1 << 17));
    assert_eq!(found.violations.len(), 1, "{:?}", found.violations);
    assert!(found.violations[0].contains("3200.0 bits"));
}

#[test]
fn storing_just_under_ones_bits_is_no_leak() {
    // 8 bits a fact, and one non-fact in 2^8 passes: F_p is a little below 8 and its estimate near it on either side.
    for hits in [470, 512, 550] {
        for exhaustive in [true, false] {
            let honest = Subject { stored_bits: Some(8000.0), ..subject(1000, 132_072, 1.0, exhaustive) };
            let hits = if exhaustive { 512 } else { hits };
            let found = measured(&honest, &[logit(0.982); 1000], &filter(0.982, hits, 131_072));
            assert!(found.violations.is_empty(), "{hits}: {:?}", found.violations);
        }
    }
}

#[test]
fn scores_closer_than_a_bin_are_no_violation() {
    // Facts at .45 and non-facts at .05 share a bin, so that F over bins is 0; R = .39 bits is no fault.
    let found = measured(&subject(1000, 1 << 40, 1.0, false), &[0.45; 1000], &[0.05; 4096]);
    close(found.information_bits_per_fact, 0.0, 0.02);
    assert!(found.rate_bits_per_fact > Some(0.3));
    assert!(found.violations.is_empty(), "{:?}", found.violations);
}

#[test]
fn a_count_of_all_is_neither_smoothed_nor_an_estimate() {
    let (facts, non_facts) = ([4.0_f32; 100], [-4.0_f32; 900]);
    let all = measured(&subject(100, 1000, 1.0, true), &facts, &non_facts);
    let wall = entropy::lossless_wall(0.1).unwrap().0;
    close(all.information_bits_per_fact, wall, 1e-12);
    close(all.certifiable_bits_per_fact, wall, 0.0);
    assert_eq!(all.kl_bits_per_fact, Some(f64::INFINITY));
    assert_eq!((all.undersampled, all.exhaustive), (Some(false), Some(true)));
    assert_eq!(all.predicted, Some(Predicted { x_star: 1.0, q_star: 0.0 }));
    assert!(all.intervals.is_empty() && all.violations.is_empty(), "{:?}", all.violations);

    let sample = measured(&subject(100, 1 << 40, 1.0, false), &facts, &non_facts);
    // Half a non-fact in the facts' bin, out of 900 and 33.
    close(sample.kl_bits_per_fact, (933.0_f64 / 0.5).log2(), 1e-9);
    let keys: Vec<&str> = sample.intervals.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "brier_score",
            "budget_bits_per_fact",
            "hallucination_at_half",
            "hallucination_at_recall.0.5",
            "hallucination_at_recall.0.9",
            "hallucination_at_recall.0.95",
            "hallucination_at_recall.0.99",
            "information_bits_per_fact",
            "information_bits_per_parameter",
            "kl_bits_per_fact",
            "non_fact_loss_nats",
            "rate_bits_per_fact",
            "rate_bits_per_parameter",
        ]
    );
}

#[test]
fn intervals_hold_their_values() {
    let found =
        measured(&subject(2000, 1 << 32, 1.0, false), &normal(3, 2000, 3.0, 2.0), &normal(4, 50_000, -3.0, 2.0));
    let text = serde_json::to_value(&found).unwrap();
    for (key, interval) in &found.intervals {
        let value = match key.split_once('.') {
            Some((map, recall)) => &text[map][recall],
            None => &text[key],
        };
        let value = value.as_f64().unwrap();
        assert!(interval.low <= value && value <= interval.high, "{key}: {value} in {interval:?}");
        assert!(interval.high - interval.low < 0.5, "{key}: {interval:?}");
    }
}

#[test]
fn more_rate_than_so_few_could_certify_is_undersampled() {
    let found = measured(&subject(1000, 1 << 40, 1.0, false), &[20.0; 1000], &[-20.0; 100]);
    close(found.certifiable_bits_per_fact, (100.0 / 20.0_f64.ln()).log2(), 1e-12);
    assert_eq!(found.undersampled, Some(true));
    assert!(found.violations.is_empty(), "{:?}", found.violations);
}

#[test]
fn one_score_for_everything_stores_nothing() {
    for exhaustive in [true, false] {
        let found = measured(&subject(10, 100, 1.0, exhaustive), &[-0.5; 10], &[-0.5; 90]);
        close(found.rate_bits_per_fact, 0.0, 0.0);
        close(found.budget_bits_per_fact, 0.0, 0.0);
        close(found.certificate_bits_per_fact, 0.0, 0.0);
        close(found.forgetting_rate, 1.0, 0.0);
        assert_eq!(found.regime, Some(Regime::Zero));
        assert!(found.hallucination_at_recall.unwrap().values().all(|&rate| rate >= 1.0));
        assert!(found.violations.is_empty(), "{:?}", found.violations);
    }
}

#[test]
fn one_fact_can_be_measured() {
    let found = measured(&subject(1, 1 << 20, 1.0, false), &[3.0], &normal(5, 1000, -3.0, 1.0));
    close(found.certificate_bits_per_fact, 0.0, 0.0);
    close(found.information_bias_bits, 0.0, 0.0);
    assert!(found.rate_bits_per_fact > Some(1.0));
}

#[test]
fn the_certificate_is_what_one_threshold_and_half_the_counts_allow() {
    // One non-fact in 64 passes, alike among even and odd ones, and all facts do: log2(64) less what is uncertain.
    let (n, rest) = (4000, 1 << 18);
    let non_facts: Vec<f32> = (0..rest).map(|i| if i / 2 % 64 == 0 { 2.0 } else { -9.0 }).collect();
    let found = measured(&subject(n, 1 << 40, 1.0, false), &[2.0; 4000], &non_facts);
    let exact = counts::certificate(2000, 2000, 2048, 1 << 17, 0.95, 4000.0 / 2_f64.powi(40)).unwrap();
    close(found.certificate_bits_per_fact, exact.bits.0, 1e-12);
    assert!((5.8..6.0).contains(&exact.bits.0), "{exact:?}");
    assert!(found.certificate_bits_per_fact < found.certifiable_bits_per_fact);
}

#[test]
fn other_claims_are_compared_with_the_same_facts() {
    let facts = Facts::new(normal(6, 1000, 4.0, 1.0));
    let non_facts = gathered(&facts, &normal(7, 20_000, -4.0, 2.0));
    let drawn = gathered(&facts, &normal(8, 20_000, -5.0, 2.0));
    let never_shown = Facts::new(normal(9, 500, -3.0, 2.0));
    let control = Facts::new(normal(10, 1000, -4.0, 2.0));
    let scores = Scores {
        facts: &facts,
        non_facts: &non_facts,
        drawn: Some(&drawn),
        never_shown: Some(&never_shown),
        control: Some(&control),
    };
    let found = measure(&subject(1000, 1 << 40, 1.0, false), &scores, KEY).unwrap();
    let drawn = found.drawn.unwrap();
    assert!(drawn.claims == 20_000 && Some(drawn.non_fact_loss_nats) < found.non_fact_loss_nats);
    assert!(drawn.kl_bits_per_fact > found.kl_bits_per_fact);
    let control = found.control.unwrap();
    close(control.rate_bits_per_fact, 0.0, 0.0);
    close(control.kl_bits_per_fact, 0.03, 0.03);
    let never_shown = found.never_shown.unwrap();
    assert!(never_shown.reached_at_recall["0.5"] < never_shown.reached_at_recall["0.99"]);
    close(found.structure_bits_per_fact, never_shown.information_bits_per_fact.unwrap(), 0.0);
    let sum = found.structure_bits_per_fact.unwrap() + found.memory_bits_per_fact.unwrap();
    close(found.information_bits_per_fact, sum, 1e-12);
}

#[test]
fn what_cannot_be_measured_says_why() {
    let facts = Facts::new(vec![1.0, 2.0]);
    let error = |subject: &Subject, non_facts: &NonFacts| {
        measure(subject, &headline(&facts, non_facts), KEY).unwrap_err().to_string()
    };
    let some = gathered(&facts, &[0.0]);
    assert_eq!(
        error(&subject(3, 100, 1.0, false), &some),
        "member 3: 2 facts were scored, expected all 3 that were trained"
    );
    assert!(error(&subject(2, 100, 1.0, false), &NonFacts::new(&facts)).contains("no non-fact"));
    assert!(error(&subject(2, 100, 0.0, false), &some).contains("negative_weight = 0"));
    assert!(error(&subject(2, 2, 1.0, false), &some).contains("sparsity = 1"));
    let other = gathered(&Facts::new(vec![5.0, 6.0]), &[0.0]);
    assert!(error(&subject(2, 100, 1.0, false), &other).contains("other facts"));
}

#[test]
fn a_logit_that_is_no_number_means_divergence() {
    let sound = Facts::new(vec![1.0, 2.0]);
    let broken = Facts::new(vec![1.0, f32::NAN]);
    let subject = subject(2, 100, 1.0, false);
    for (facts, claims) in [(&broken, vec![0.0]), (&sound, vec![0.0, f32::INFINITY])] {
        let non_facts = gathered(facts, &claims);
        assert_eq!(measure(&subject, &headline(facts, &non_facts), KEY), Ok(subject.diverged()));
    }
}

fn any_logits(most: usize) -> impl Strategy<Value = Vec<f32>> {
    let logit = prop_oneof![
        6 => -20_f32..20.0,
        2 => -0.6_f32..0.6,
        1 => proptest::num::f32::NORMAL | proptest::num::f32::SUBNORMAL | proptest::num::f32::ZERO,
        1 => Just(1.5_f32),
    ];
    proptest::collection::vec(logit, 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn honest_counts_never_beat_the_bound(
        facts in any_logits(30),
        non_facts in any_logits(100),
        log_weight in -7_f64..7.0,
        exhaustive in any::<bool>(),
    ) {
        let universe = (facts.len() + non_facts.len()) as u128 * if exhaustive { 1 } else { 1 << 20 };
        let subject = subject(facts.len() as u64, universe, log_weight.exp(), exhaustive);
        let found = measured(&subject, &facts, &non_facts);
        prop_assert!(found.violations.is_empty(), "{:?}", found.violations);
        let (budget, rate) = (found.budget_bits_per_fact.unwrap(), found.rate_bits_per_fact.unwrap());
        prop_assert!(budget <= rate * (1.0 + 1e-9) + 1e-9, "C(L) = {budget}, R = {rate}");
        let facts = Facts::new(facts);
        let all = gathered(&facts, &non_facts);
        let resolved = quality::resolved_information(&headline(&facts, &all), subject.sparsity()).unwrap().0;
        prop_assert!(rate <= resolved + 0.02, "R = {rate}, F = {resolved}");
    }

    #[test]
    fn at_the_weight_of_the_universe_no_shape_costs_anything(
        facts in any_logits(30),
        non_facts in any_logits(100),
        exhaustive in any::<bool>(),
    ) {
        let universe = (facts.len() + non_facts.len()) as u128 * if exhaustive { 1 } else { 64 };
        let weight = universe as f64 / facts.len() as f64 - 1.0;
        let found = measured(&subject(facts.len() as u64, universe, weight, exhaustive), &facts, &non_facts);
        let parts = found.loss_excess.unwrap();
        prop_assert!(parts.shape_nats.abs() < 1e-9 * (1.0 + parts.capacity_nats), "{parts:?}");
    }

    #[test]
    fn any_floats_are_measured_or_diverged(
        facts in proptest::collection::vec(proptest::num::f32::ANY, 1..20),
        non_facts in proptest::collection::vec(proptest::num::f32::ANY, 1..40),
        exhaustive in any::<bool>(),
    ) {
        let sound = facts.iter().chain(&non_facts).all(|z| z.is_finite());
        let found = measured(&subject(facts.len() as u64, 1 << 20, 1.0, exhaustive), &facts, &non_facts);
        prop_assert_eq!(found.status == MemberStatus::Complete, sound);
        prop_assert_eq!(found.fact_loss_nats.is_some(), sound);
        let text = serde_json::to_string(&found).unwrap();
        prop_assert_eq!(serde_json::from_str::<MemberEvaluation>(&text).unwrap(), found);
    }
}
