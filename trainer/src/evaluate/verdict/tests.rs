//! Which numbers beat the bound, one at a time.

use super::*;

/// A sound member: R < F < wall, n F far below what is stored.
fn sound() -> Evidence {
    Evidence {
        facts: 1000,
        rate: 3.5,
        rate_standard_error: 0.004,
        information: 4.4,
        information_standard_error: 0.03,
        resolved_information: 5.0,
        wall: 8.0,
        exhaustive: false,
        stored_bits: Some(32.0 * 1417.0),
    }
}

#[test]
fn a_sound_member_beats_nothing() {
    assert!(violations(&sound()).is_empty());
    assert!(violations(&Evidence { stored_bits: None, ..sound() }).is_empty());
}

#[test]
fn a_rate_above_the_information_names_both() {
    let evidence = Evidence { rate: 5.2, information: 4.4, resolved_information: 4.4, ..sound() };
    let found = violations(&evidence);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("rate_bits_per_fact 5.2000") && found[0].contains("information_bits_per_fact 4.4000"));
}

#[test]
fn bins_and_three_standard_errors_are_allowed() {
    let allowed = 0.02 + 3.0 * 0.004_f64.hypot(0.03);
    let just = |excess: f64| Evidence { rate: 4.4 + allowed + excess, resolved_information: 4.4, ..sound() };
    assert!(violations(&just(-1e-9)).is_empty());
    assert_eq!(violations(&just(1e-9)).len(), 1);
}

#[test]
fn what_the_finest_cells_resolve_is_no_violation() {
    // A scorer whose scores differ by less than a bin: its rate is real.
    assert!(violations(&Evidence { rate: 0.4, information: 0.0, resolved_information: 8.0, ..sound() }).is_empty());
}

#[test]
fn more_information_than_storage_is_a_leak() {
    let leak = Evidence { stored_bits: Some(3200.0), ..sound() };
    let found = violations(&leak);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("4400.0 bits") && found[0].contains("3200.0 bits"), "{}", found[0]);
    let lemma = 0.5 * 8000.0_f64.log2();
    let exact = |stored| Evidence { exhaustive: true, stored_bits: Some(stored), ..sound() };
    assert_eq!(violations(&exact(4400.0 - lemma - 0.1)).len(), 1);
    assert!(violations(&exact(4400.0 - lemma + 0.1)).is_empty());
}

#[test]
fn an_exact_count_cannot_pass_the_wall() {
    let above = |factor: f64, exhaustive| Evidence { information: 8.0 * factor, exhaustive, ..sound() };
    assert!(violations(&above(1.0 + 0.5e-9, true)).is_empty());
    let found = violations(&above(1.0 + 2e-9, true));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("lossless wall 8.000000000"), "{}", found[0]);
    assert!(violations(&above(1.1, false)).is_empty());
}
