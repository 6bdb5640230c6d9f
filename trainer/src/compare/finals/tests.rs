use super::*;

/// Ten networks of R near 3.48 with a spread of 1.5 %.
const RATES: [f64; 10] = [3.41, 3.52, 3.44, 3.49, 3.55, 3.47, 3.39, 3.53, 3.46, 3.54];
/// What rounding makes of them: some hundredths up and down.
const ROUNDED: [f64; 10] = [0.012, -0.008, 0.003, -0.015, 0.009, 0.001, -0.006, 0.014, -0.002, 0.004];

fn shifted(by: f64, noise: f64) -> Vec<(f64, f64)> {
    RATES.iter().zip(ROUNDED).map(|(&rate, rounding)| (rate, rate + by + noise * rounding)).collect()
}

const SETTING: Setting = Setting { learning_rate: 1, negative_weight: 2, clip: None };

/// Members that differ in nothing but the seed.
fn seeds(values: &[(f64, f64)]) -> Vec<Values> {
    let values = values.iter().enumerate();
    values
        .map(|(member, &(reference, other))| Values { member: member as u32, setting: SETTING, reference, other })
        .collect()
}

fn rate(values: &[(f64, f64)]) -> Final {
    judge(Metric::RateBitsPerFact, &seeds(values), 0.02 * 3.48).expect("values")
}

fn fact_loss(values: &[(f64, f64)]) -> Option<Final> {
    judge(Metric::FactLossNats, &seeds(values), 0.07)
}

#[test]
fn equal_numbers_and_rounding_agree() {
    for noise in [0.0, 1.0, 3.0] {
        let found = rate(&shifted(0.0, noise));
        assert!(found.agree, "{found:?}");
        assert_eq!(found.members, 10);
    }
    assert!(rate(&shifted(0.0, 0.0)).standard_error.is_some_and(|error| error.0 == 0.0));
}

#[test]
fn a_certain_difference_that_does_not_matter_is_none() {
    // Ten times its standard error, and a seventh of the seeds' spread.
    let found = rate(&shifted(0.01, 0.3));
    assert!(found.difference.0 > 9.0 * found.standard_error.unwrap().0, "{found:?}");
    assert!(found.agree, "{found:?}");
}

#[test]
fn a_planted_shift_is_caught_in_either_direction() {
    // 2 % of R: one deviation of the seeds, and seen over ten of them.
    for by in [0.07, -0.07] {
        let found = rate(&shifted(by, 1.0));
        assert!(!found.agree, "{found:?}");
        assert!((found.difference.0 - by).abs() < 0.01);
    }
}

#[test]
fn a_single_member_can_show_a_large_difference_only() {
    let found = |other: f64| rate(&[(3.48, other)]);
    assert_eq!(found(3.5).standard_error, None);
    assert!(found(3.6).agree && !found(3.0).agree && !found(f64::INFINITY).agree);
}

#[test]
fn two_members_whose_differences_happen_to_be_equal_prove_little() {
    // The paired error is 0 here by chance; the spread of the seeds still counts.
    assert!(rate(&[(3.40, 3.42), (3.55, 3.57)]).agree);
    assert!(!rate(&[(3.40, 3.10), (3.55, 3.25)]).agree);
}

#[test]
fn infinite_numbers_agree_with_infinite_numbers() {
    let mut values = shifted(0.0, 1.0);
    values[3] = (f64::INFINITY, f64::INFINITY);
    let found = rate(&values);
    assert!(found.agree && found.members == 9);
    values[3].1 = 3.4;
    assert!(!rate(&values).agree);
    assert!(rate(&[(f64::INFINITY, f64::INFINITY)]).agree);
    assert_eq!(fact_loss(&[]), None);
}

#[test]
fn losses_spread_by_the_bits_that_they_are_worth() {
    // R spreads by .07 bits, so a loss of .09 by ln 2 x .07 of itself.
    let found = fact_loss(&[(0.09, 0.091)]).unwrap();
    assert!((found.seed_deviation.0 - 0.09 * LN_2 * 0.07).abs() < 1e-12);
    assert!(found.agree);
    assert!(!fact_loss(&[(0.09, 0.12)]).unwrap().agree);
}

#[test]
fn the_point_of_the_paired_comparison_is_students() {
    assert!((student(9.0) - 4.7809).abs() < 1e-3);
    assert!((student(1.0) - 636.62).abs() < 0.1);
}

/// The ten networks, and ten more of another learning rate that hold a third as much.
fn at_two_rates(by: f64) -> Vec<Values> {
    let fast = seeds(&shifted(by, 1.0));
    let slow = fast.iter().map(|v| Values {
        member: v.member + 10,
        setting: Setting { learning_rate: 3, ..SETTING },
        reference: v.reference - 2.3,
        other: v.other - 2.3,
    });
    fast.iter().copied().chain(slow).collect()
}

#[test]
fn what_settings_differ_by_is_no_spread_of_the_seeds() {
    let judged = |by| judge(Metric::RateBitsPerFact, &at_two_rates(by), 0.02 * 2.33).expect("values");
    let both = judged(0.0);
    assert!(both.agree, "{both:?}");
    assert_eq!((rate(&shifted(0.0, 1.0)).seed_degrees_of_freedom, both.seed_degrees_of_freedom), (9, 18));
    let spread = within_groups(RATES.map(|rate| ((), rate))).expect("ten").deviation;
    assert!((both.seed_deviation.0 - spread.max(0.02 * 2.33)).abs() < 1e-9, "{both:?}");
    // Caught as with one setting; a spread over all twenty would be 1.2 and explain it.
    let shifted = judged(0.07);
    assert!(!shifted.agree, "{shifted:?}");
}

#[test]
fn where_no_two_members_differ_in_the_seed_alone_the_known_spread_is_all_there_is() {
    let judged = |by| {
        let mut values = seeds(&[(3.4, 3.41 + by), (1.1, 1.11 + by)]);
        values[1].setting.clip = Some(9);
        judge(Metric::RateBitsPerFact, &values, 0.045).expect("values")
    };
    let found = judged(0.0);
    assert_eq!((found.seed_degrees_of_freedom, found.seed_deviation), (0, Real(0.045)));
    assert!(found.agree && !judged(-0.3).agree);
}

#[test]
fn the_member_that_differs_most_is_told_beside_the_mean() {
    let mut values = shifted(0.0, 0.0);
    values[6].1 -= 0.4;
    values[2].1 += 0.3;
    let found = rate(&values);
    assert!((found.largest_difference.0 + 0.4).abs() < 1e-9 && found.largest_difference_member == Some(6), "{found:?}");
    assert!(found.agree && found.difference.0.abs() < 0.011);
}
