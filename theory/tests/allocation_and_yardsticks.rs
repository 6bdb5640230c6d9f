//! Reference vectors of allocations, filters, perceptrons and finite sets against this crate, and the allocation to
//! hidden classes against brute force. Run with `--nocapture` to see the largest relative error of each column.

#![allow(clippy::float_cmp, reason = "closed forms are exact")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "columns of counts")]

mod support;

use proptest::prelude::*;
use rote_theory::allocation::{Class, HiddenClass, invisible_classes, structured, visible_classes, visible_classes_at};
use rote_theory::entropy::{fact_set_bits, lossless_wall};
use rote_theory::finite::{converse_slack, least_memory};
use rote_theory::rate::zero_one;
use rote_theory::yardstick::{filters, perceptron};
use rote_theory::{Bits, frontier};
use support::{Errors, Table, number};

/// What direct formulas must reach.
const DIRECT: f64 = 1e-12;
/// What quantities found by iteration must reach.
const INVERTED: f64 = 1e-9;

#[test]
fn bits_for_visible_classes_from_theta_and_from_their_sum() {
    let mut errors = Errors::default();
    let table = Table::read(include_str!("vectors/allocation.csv")).0;
    for rows in table.chunks(4) {
        let theta = number(&rows[0], "theta");
        let classes: Vec<Class> = rows
            .iter()
            .zip([10.0, 200.0, 3.0, 77.0])
            .map(|(row, facts)| Class { facts, weight: number(row, "w"), negative_weight: number(row, "lambda") })
            .collect();
        let found = visible_classes_at(&classes, theta).unwrap();
        let total = rows.iter().zip(&classes).map(|(row, class)| number(row, "B_bits_per_key") * class.facts).sum();
        let back = visible_classes(&classes, Bits(total)).unwrap();
        for (index, row) in rows.iter().enumerate() {
            assert_eq!(number(row, "theta"), theta, "rows come four by four");
            errors.record("q", found.classes[index].hallucinated, number(row, "q"), row);
            errors.record("B", found.classes[index].bits.0, number(row, "B_bits_per_key"), row);
            errors.record("B from the sum", back.classes[index].bits.0, number(row, "B_bits_per_key"), row);
            errors.record("theta from the sum", back.theta, theta, row);
        }
    }
    let per_column =
        [("q", 1e-12, 16), ("B", 1e-12, 16), ("B from the sum", INVERTED, 16), ("theta from the sum", INVERTED, 16)];
    errors.settle("allocation.csv", &per_column);
}

#[test]
fn bits_a_key_of_filters() {
    let mut errors = Errors::default();
    for row in &Table::read(include_str!("vectors/filters.csv")).0 {
        let found = filters(number(row, "eps")).unwrap();
        for (column, bits) in [
            ("optimal_log2(1/eps)", found.optimal),
            ("bloom", found.bloom),
            ("cuckoo_b4", found.cuckoo),
            ("cuckoo_semisort", found.cuckoo_semisorted),
            ("rsqf", found.quotient),
            ("xor", found.xor),
            ("binary_fuse3", found.binary_fuse_3),
            ("binary_fuse4", found.binary_fuse_4),
            ("ribbon_5pct", found.ribbon),
            ("burr_1pct", found.burr),
        ] {
            errors.record(column, bits.0, number(row, column), row);
        }
    }
    let columns = [
        "optimal_log2(1/eps)",
        "bloom",
        "cuckoo_b4",
        "cuckoo_semisort",
        "rsqf",
        "xor",
        "binary_fuse3",
        "binary_fuse4",
        "ribbon_5pct",
        "burr_1pct",
    ];
    errors.settle("filters.csv", &columns.map(|column| (column, DIRECT, 10)));
}

#[test]
fn the_capacity_of_perceptrons() {
    let mut errors = Errors::default();
    for row in &Table::read(include_str!("vectors/gardner.csv")).0 {
        let fraction = number(row, "f_positive_fraction");
        let found = perceptron(fraction).unwrap();
        if fraction == 0.5 {
            // The table has -1e-38, what its root-finder left of 0.
            assert_eq!(found.threshold, 0.0);
        } else {
            errors.record("M", found.threshold, number(row, "M_threshold"), row);
        }
        errors.record("alpha_c", found.patterns_per_weight, number(row, "alpha_c_patterns_per_weight"), row);
        errors.record("bits/weight", found.bits_per_weight.0, number(row, "bits_per_weight"), row);
        errors.record("facts/weight", found.facts_per_weight, number(row, "keys_per_weight"), row);
    }
    let per_column =
        [("M", DIRECT, 6), ("alpha_c", DIRECT, 7), ("bits/weight", DIRECT, 7), ("facts/weight", DIRECT, 7)];
    errors.settle("gardner.csv", &per_column);
}

/// Beyond the vectors: computed with 400 digits.
#[test]
fn the_capacity_of_perceptrons_for_the_rarest_facts() {
    for (fraction, threshold, bits, facts) in [
        (1e-3, 2.435_828_229_123_978, 1.355_804_898_367_556_4, 0.118_849_376_851_274_1),
        (1e-9, 5.412_217_956_374_26, 0.975_583_085_175_338_9, 0.031_128_959_613_278_787),
        (1e-12, 6.486_418_488_239_79, 0.918_920_242_322_483_6, 0.022_246_743_228_132_51),
        (1e-100, 20.985_770_338_319_224, 0.752_466_560_302_163_6, 0.002_255_355_170_796_422_7),
        (1e-300, 36.851_964_918_881_805, 0.733_265_969_324_588_3, 0.000_734_719_889_242_277_7),
    ] {
        let found = perceptron(fraction).unwrap();
        for (found, expected) in
            [(found.threshold, threshold), (found.bits_per_weight.0, bits), (found.facts_per_weight, facts)]
        {
            assert!((found / expected - 1.0_f64).abs() < DIRECT, "{fraction}: {found} for {expected}");
        }
    }
}

#[test]
fn the_finite_bound_on_a_lossless_memory() {
    let mut errors = Errors::default();
    for row in &Table::read(include_str!("vectors/lossless.csv")).0 {
        let (n, u) = (number(row, "n"), number(row, "u"));
        let wall = lossless_wall(n / u).unwrap();
        let bound = least_memory(wall, n as u64).unwrap();
        errors.record("bound", bound.0, number(row, "n*h(p)/p-0.5*log2(8n)"), row);
        errors.record("per fact", (wall - converse_slack(n as u64).unwrap()).0 * n, bound.0, row);
        assert!(bound <= fact_set_bits(n as u64, u as u64).unwrap(), "{row:?}");
    }
    errors.settle("lossless.csv", &[("bound", DIRECT, 3), ("per fact", DIRECT, 3)]);
}

/// The least of `f` on an interval on which it has one valley.
fn least(mut low: f64, mut high: f64, f: &dyn Fn(f64) -> f64) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_left, mut at_right) = (f(left), f(right));
    for _ in 0..48 {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = f(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = f(right);
        }
    }
    at_left.min(at_right)
}

fn kl2(one: f64, other: f64) -> f64 {
    let term = |a: f64, b: f64| if a == 0.0 { 0.0 } else { a * (a / b).log2() };
    term(one, other) + term(1.0 - one, 1.0 - other)
}

/// Nested search over the false-positive rate and one class's misses; the other class's follow from the budget.
#[test]
fn hidden_classes_match_brute_force() {
    for (weights, lambda, bits) in
        [([1.0, 0.2], 1.0, 2.0), ([3.0, 0.5], 5.0, 1.0), ([1.0, 0.9], 0.3, 4.0), ([2.0, 0.1], 1.0, 0.4)]
    {
        let shares = [0.3, 0.7];
        let classes: Vec<HiddenClass> =
            shares.iter().zip(weights).map(|(&facts, weight)| HiddenClass { facts, weight }).collect();
        let found = invisible_classes(&classes, lambda, Bits(bits)).unwrap();
        // The most hits that so many bits allow against the rate b, by bisection.
        let hits = |bits: f64, b: f64| {
            let (mut low, mut high) = (b, 1.0);
            for _ in 0..40 {
                let middle = f64::midpoint(low, high);
                if kl2(middle, b) > bits { high = middle } else { low = middle }
            }
            low
        };
        let given = |b: f64| {
            let loss = |heavy: f64| {
                let left = (bits - shares[0] * heavy) / shares[1];
                shares[0] * weights[0] * (1.0 - hits(heavy, b))
                    + shares[1] * weights[1] * (1.0 - hits(left, b))
                    + lambda * b
            };
            least(0.0, (bits / shares[0]).min(-b.log2()), &loss)
        };
        let brute = least(-14.0, -1e-6, &|log_b: f64| given(log_b.exp()));
        assert!((found.loss / brute - 1.0).abs() < 1e-7, "{weights:?} {lambda} {bits}: {found:?} for {brute}");
    }
}

const SIZES: [f64; 7] = [5e-324, 1e-300, 1e-6, 1.0, 1e9, 1e300, f64::MAX];
const BUDGETS: [f64; 6] = [0.0, 5e-324, 1e-12, 1.0, 40.0, 850.0];

fn proper(loss: f64) -> bool {
    loss >= 0.0
}

#[test]
fn allocations_of_extreme_classes_are_numbers_in_their_range() {
    for weight in SIZES {
        for lambda in SIZES {
            for bits in BUDGETS {
                let told = format!("weight {weight}, lambda {lambda}, {bits} bits");
                let classes = [
                    Class { facts: 1.0, weight, negative_weight: lambda },
                    Class { facts: 3.0, weight: 1.0, negative_weight: 1.0 },
                ];
                let found = visible_classes(&classes, Bits(4.0 * bits)).unwrap();
                assert!(proper(found.loss.0) && found.theta >= 0.0, "{told}: {found:?}");
                assert!((found.bits.0 - 4.0 * bits).abs() <= 1e-9 * (1.0 + bits), "{told}: {found:?}");
                for share in &found.classes {
                    assert!(share.bits.0 >= 0.0 && (0.0..=1.0).contains(&share.hallucinated), "{told}: {found:?}");
                    assert!(proper(share.fact_loss.0) && proper(share.non_fact_loss.0), "{told}: {found:?}");
                }
                let classes = [HiddenClass { facts: 1.0, weight }, HiddenClass { facts: 3.0, weight: 1.0 }];
                let found = invisible_classes(&classes, lambda, Bits(4.0 * bits)).unwrap();
                assert!(proper(found.loss) && (0.0..=1.0).contains(&found.false_positive_rate), "{told}: {found:?}");
                assert!(found.false_negative_rates.iter().all(|rate| (0.0..=1.0).contains(rate)), "{told}: {found:?}");
                assert!(found.bits.0 >= 0.0 && found.bits.0 <= 4.0 * bits * (1.0 + 1e-9) + 1e-12, "{told}: {found:?}");
            }
        }
    }
}

#[test]
fn yardsticks_at_the_edges_are_numbers() {
    for fraction in [5e-324, 1e-300, 0.5 - 1e-16, 0.5 + 1e-16, 1.0 - f64::EPSILON / 2.0] {
        let found = perceptron(fraction).unwrap();
        assert!(found.threshold.is_finite() && found.patterns_per_weight >= 2.0 - 1e-14, "{fraction}: {found:?}");
        assert!(found.bits_per_weight.0 > 0.72 && found.bits_per_weight.0 <= 2.0 + 1e-14, "{fraction}: {found:?}");
    }
    for rate in [5e-324, 1.0 - f64::EPSILON / 2.0] {
        assert!(filters(rate).unwrap().optimal.0 > 0.0);
        let found = structured(&[1.0, 1e-300], &[1e-300, 1.0], rate).unwrap();
        assert!(found.bits.0 >= 0.0 && found.bits.0 < 1100.0 && found.saving.0 >= 0.0, "{rate}: {found:?}");
    }
    assert!(least_memory(Bits(f64::MAX), u64::MAX).unwrap().0 > 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_filter_within_the_memory_beats_the_allocation_to_hidden_classes(
        facts in prop::collection::vec(0.01..1.0_f64, 3), weights in prop::collection::vec(0.01..10.0_f64, 3),
        misses in prop::collection::vec(0.0..1.0_f64, 3), rate in 0.0001..1.0_f64, lambda in 0.01..100.0_f64,
    ) {
        let total: f64 = facts.iter().sum();
        let (mut bits, mut loss) = (0.0, lambda * rate);
        for ((facts, weight), miss) in facts.iter().zip(&weights).zip(&misses) {
            bits += facts * kl2(1.0 - miss, rate);
            loss += facts / total * weight * miss;
        }
        let classes: Vec<HiddenClass> =
            facts.iter().zip(&weights).map(|(&facts, &weight)| HiddenClass { facts, weight }).collect();
        let best = invisible_classes(&classes, lambda, Bits(bits)).unwrap();
        prop_assert!(best.loss <= loss * (1.0 + 1e-11), "{:?} against {}", best, loss);
        prop_assert!((best.bits.0 - bits).abs() <= 1e-10 * bits + 1e-14, "{:?} for {} bits", best, bits);
        let blind: f64 = facts.iter().zip(&best.false_negative_rates).map(|(facts, miss)| facts / total * miss).sum();
        // A filter that treats all facts alike could have these rates for fewer bits, but not this loss.
        prop_assert!(zero_one(blind, best.false_positive_rate, 0.0).unwrap().bits.0 <= bits / total + 1e-12);
    }

    #[test]
    fn no_split_of_the_bits_beats_the_allocation_to_visible_classes(
        facts in prop::collection::vec(0.01..10.0_f64, 4), weights in prop::collection::vec(0.001..1.0_f64, 4),
        log_lambdas in prop::collection::vec(-4.0..14.0_f64, 4), bits in prop::collection::vec(0.0..20.0_f64, 4),
    ) {
        let classes: Vec<Class> = (0..4)
            .map(|i| Class { facts: facts[i], weight: weights[i], negative_weight: log_lambdas[i].exp() })
            .collect();
        let (mut budget, mut loss) = (0.0, 0.0);
        for (class, &bits) in classes.iter().zip(&bits) {
            budget += class.facts * bits;
            let point = frontier::log_loss(Bits(bits), class.negative_weight, 0.0).unwrap();
            loss += class.facts * class.weight * point.loss.0;
        }
        let best = visible_classes(&classes, Bits(budget)).unwrap();
        prop_assert!((best.bits.0 / budget - 1.0).abs() <= 1e-12, "{:?} for {} bits", best, budget);
        prop_assert!(best.loss.0 <= loss * (1.0 + 1e-12), "{:?} against {}", best, loss);
    }
}
