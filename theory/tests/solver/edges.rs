//! Free, lossless and impossible goals, arguments at the ends of the floats, and what is refused.

use rote_theory::entropy::lossless_wall;
use rote_theory::{Bits, rate};

use super::{Distortions, DomainError, INF, Solution, check, log_loss_over, within_budget, within_limits, zero_one};

#[test]
fn constant_answers_store_nothing() {
    // One score is within the limits; then only a coin that both kinds toss alike.
    let found = within_limits(&log_loss_over(&[0.0, 0.3, 1.0]), 1.3, 0.4, 0.1).unwrap();
    check(&found);
    assert_eq!(
        (found.rate, &found.facts[..], &found.non_facts[..]),
        (Bits(0.0), &[0.0, 1.0, 0.0][..], &[0.0, 1.0, 0.0][..])
    );
    for p in [0.0, 0.3] {
        let found = within_limits(&zero_one(), 0.3, 0.7, p).unwrap();
        check(&found);
        assert_eq!((found.rate, &found.facts), (Bits(0.0), &found.non_facts));
        assert!((found.facts[0] - 0.3).abs() < 1e-15);
    }
    let no_limit = within_limits(&log_loss_over(&[0.0, 0.5, 1.0]), INF, 0.0, 0.2).unwrap();
    assert_eq!((no_limit.rate, no_limit.facts[0]), (Bits(0.0), 1.0));
    for (limits, score) in [((INF, 0.1), 0), ((0.1, INF), 1)] {
        let found = within_limits(&log_loss_over(&[0.0, 1.0]), limits.0, limits.1, 0.0).unwrap();
        check(&found);
        assert_eq!((found.rate, found.facts[score], found.non_facts[score]), (Bits(0.0), 1.0, 1.0));
    }
}

#[test]
fn no_budget_buys_the_best_constant_score() {
    for (lambda, best) in [(0.1, 3), (1.0, 2), (10.0, 1)] {
        let found = within_budget(&log_loss_over(&[0.0, 0.1, 0.5, 0.9, 1.0]), 0.0, lambda, 0.02).unwrap();
        check(&found);
        assert_eq!((found.rate, found.facts[best], found.non_facts[best]), (Bits(0.0), 1.0, 1.0));
        assert!(found.alpha > 0.0);
    }
}

#[test]
fn budgets_above_the_wall_buy_the_least_losses() {
    let p = 0.1;
    let wall = lossless_wall(p).unwrap();
    let found =
        within_budget(&Distortions::new(vec![3.0, 2.0, 1.0], vec![0.5, 1.0, 1.5]).unwrap(), 9.0, 1.0, p).unwrap();
    check(&found);
    assert!((found.rate.0 - wall.0).abs() < 1e-14);
    assert_eq!((found.fact_loss, found.non_fact_loss), (1.0, 0.5));
    assert_eq!((&found.facts[..], &found.non_facts[..]), (&[0.0, 0.0, 1.0][..], &[1.0, 0.0, 0.0][..]));
    // A score that is best on both sides makes all storing pointless.
    for bits in [0.0, 1.0, 9.0] {
        let perfect = Distortions::new(vec![3.0, 1.0, 1.0], vec![0.5, 2.0, 0.5]).unwrap();
        let found = within_budget(&perfect, bits, 1.0, p).unwrap();
        check(&found);
        assert_eq!((found.rate, found.facts[2], found.non_facts[2]), (Bits(0.0), 1.0, 1.0));
    }
}

#[test]
fn only_perfect_separation_will_do_where_no_score_is_finite_on_both_sides() {
    let hard = log_loss_over(&[0.0, 1.0]);
    let p = 0.1;
    let wall = lossless_wall(p).unwrap();
    for found in [within_budget(&hard, wall.0, 1.0, p), within_limits(&hard, 0.4, 2.0, p)] {
        let found = found.unwrap();
        check(&found);
        assert!((found.rate.0 - wall.0).abs() < 1e-14);
        assert_eq!((found.fact_loss, found.non_fact_loss), (0.0, 0.0));
    }
    let error = within_budget(&hard, 4.0, 1.0, p).unwrap_err().to_string();
    assert!(error.starts_with("budget = 4: must reach the lossless wall"), "{error}");
    assert!(within_budget(&hard, 100.0, 1.0, 0.0).is_err());
    assert_eq!(within_limits(&hard, 0.4, 2.0, 0.0).unwrap().rate, Bits(INF));
}

#[test]
fn a_sparse_universe_cannot_serve_facts_that_need_a_score_of_their_own() {
    let table = log_loss_over(&[0.0, 0.5, 1.0]);
    assert_eq!(within_limits(&table, 0.1, 0.1, 0.0).unwrap().rate, Bits(INF));
    assert!(within_limits(&table, 0.7, 0.1, 0.0).unwrap().rate.0 < 3.0);
    // No non-fact may err, and a sparse universe has infinitely many of them.
    assert_eq!(within_limits(&zero_one(), 0.2, 0.0, 0.0).unwrap().rate, Bits(INF));
    assert_eq!(within_budget(&zero_one(), INF, 1.0, 0.0).unwrap().rate, Bits(INF));
}

#[test]
fn limits_without_slack_are_met_exactly() {
    // Facts must have score 1, so that one-sided filters are all there is; or non-facts must have score 0.
    for p in [0.0, 1e-6, 0.3] {
        let found =
            within_limits(&Distortions::new(vec![2.0, 1.0, 0.0], vec![0.0, 0.1, 1.0]).unwrap(), 0.0, 0.125, p).unwrap();
        check(&found);
        assert_eq!((found.rate, found.alpha), (rate::zero_one(0.0, 0.125, p).unwrap().bits, INF));
    }
    for p in [1e-6, 0.3] {
        let found =
            within_limits(&Distortions::new(vec![2.0, 1.0, 0.0], vec![0.0, 0.1, 1.0]).unwrap(), 0.5, 0.0, p).unwrap();
        check(&found);
        assert_eq!(found.beta_prime, INF);
        assert!((found.rate.0 - rate::zero_one(0.25, 0.0, p).unwrap().bits.0).abs() < 1e-13);
    }
}

/// Arguments at the edges of floating point: every answer is a number in its range, never NaN.
#[test]
fn extreme_arguments_stay_in_range() {
    let tables = [
        log_loss_over(&[0.0, 1e-300, 1e-9, 0.5, 1.0 - f64::EPSILON, 1.0]),
        Distortions::new(vec![1e300, 1.0, 1e-300, 0.0], vec![0.0, 1e-300, 1e-3, f64::MAX]).unwrap(),
        Distortions::new(vec![5e-324, 0.0], vec![0.0, 5e-324]).unwrap(),
        Distortions::new(vec![1.0, 1.0 - f64::EPSILON], vec![7.0, 7.0 + 8.0 * f64::EPSILON]).unwrap(),
    ];
    for table in &tables {
        for p in [0.0, 1e-320, 1e-300, 1e-30, 0.5, 1.0 - f64::EPSILON / 2.0] {
            let wall = if p < 1e-300 { INF } else { lossless_wall(p).unwrap().0 };
            let in_range = |found: &Solution| {
                assert!(found.rate.0 >= 0.0 && found.rate.0 <= wall * (1.0 + 1e-12), "{p}: {found:?}");
                assert!(found.fact_loss >= 0.0 && found.non_fact_loss >= 0.0, "{p}: {found:?}");
                assert!(found.facts.iter().chain(&found.non_facts).all(|weight| (0.0..=1.0 + 1e-12).contains(weight)));
                assert!(found.alpha >= 0.0 && found.beta >= 0.0 && found.beta_prime >= 0.0, "{p}: {found:?}");
            };
            for bits in [0.0, 5e-324, 1e-17, 0.3, 40.0, 999.0, 1e6, INF] {
                for lambda in [5e-324, 1e-300, 1.0, 1e300, f64::MAX] {
                    let found = within_budget(table, bits, lambda, p).unwrap();
                    in_range(&found);
                    assert!(found.rate.0 <= bits * (1.0 + 1e-12), "{bits} {lambda} {p}: {found:?}");
                }
            }
            for fact_limit in [1.0, 1e-17, 1e-300, 746.0, 1e300, INF] {
                for non_fact_limit in [7.0, 1e-17, 1e-300, 746.0, 1e300, INF] {
                    if let Ok(found) = within_limits(table, fact_limit, non_fact_limit, p) {
                        in_range(&found);
                        assert!(found.fact_loss <= fact_limit * (1.0 + 1e-9), "{fact_limit} {p}: {found:?}");
                        assert!(
                            found.non_fact_loss <= non_fact_limit * (1.0 + 1e-9),
                            "{non_fact_limit} {p}: {found:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn arguments_are_checked_by_name() {
    let table = zero_one();
    let begins = |found: Result<Solution, DomainError>, text: &str| {
        let error = found.unwrap_err().to_string();
        assert!(error.starts_with(text), "{error}");
    };
    begins(within_budget(&table, -1.0, 1.0, 0.1), "budget = -1: must be at least 0 bits");
    begins(within_budget(&table, f64::NAN, 1.0, 0.1), "budget = NaN");
    begins(within_budget(&table, 1.0, 0.0, 0.1), "negative_weight = 0");
    begins(within_budget(&table, 1.0, 1.0, 1.0), "sparsity = 1");
    let offset = Distortions::new(vec![3.0, 2.0], vec![0.5, 1.0]).unwrap();
    begins(within_limits(&offset, 1.9, 1.0, 0.1), "fact_limit = 1.9: must be at least the least distortion of a fact");
    begins(within_limits(&offset, 2.5, 0.4, 0.1), "non_fact_limit = 0.4: must be at least the least distortion");
    begins(within_limits(&offset, f64::NAN, 1.0, 0.1), "fact_limit = NaN");
    let error = |on_facts: &[f64], on_non_facts: &[f64]| {
        Distortions::new(on_facts.to_vec(), on_non_facts.to_vec()).unwrap_err().to_string()
    };
    assert!(error(&[], &[]).starts_with("scores = 0"));
    assert!(error(&[1.0], &[1.0, 2.0]).starts_with("1 bins of facts but 2 of non-facts"));
    assert!(error(&[1.0, -1.0], &[1.0, 2.0]).starts_with("on_facts = -1"));
    assert!(error(&[1.0, 1.0], &[1.0, f64::NAN]).starts_with("on_non_facts = NaN"));
    assert!(error(&[1.0, 1.0], &[INF, INF]).starts_with("on_non_facts = inf: must hold a finite distortion"));
}
