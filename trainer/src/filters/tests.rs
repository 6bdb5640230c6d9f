//! What the memories promise, against random facts of the size of the first experiment.

use super::{Filter, Forgetting, HashStore};
use crate::facts::{FactSet, Universe, purpose, stream_key};

const FACTS: u64 = 1000;
const NON_FACTS: u64 = 1 << 20;

fn facts_and_non_facts(universe: Universe, seed: u64) -> (Vec<u64>, Vec<u64>) {
    let set = FactSet::random(universe, FACTS, NON_FACTS, seed).unwrap();
    let mut non_facts = Vec::new();
    set.fill_non_facts(&set.scored_ranks(), &mut non_facts);
    (set.facts().collect(), non_facts)
}

fn large() -> Universe {
    Universe::power_of_two(32).unwrap()
}

fn hash_store(facts: &[u64], budget: f64, seed: u64) -> HashStore {
    HashStore::new(&stream_key(seed, purpose::FILTERS), facts, budget)
}

fn recognised(filter: &dyn Filter, claims: &[u64]) -> usize {
    claims.iter().filter(|&&claim| filter.recognises(claim)).count()
}

/// Hits of non-facts are independent coins of the design's bias; the limit is 4 standard deviations.
#[test]
fn every_fact_hits_and_non_facts_hit_as_often_as_designed() {
    let (facts, non_facts) = facts_and_non_facts(large(), 0);
    for budget in [0.0, 0.4, 1.0, 2.0, 2.5, 4.0, 7.3, 8.0, 12.0] {
        let store = hash_store(&facts, budget, 0);
        assert_eq!(recognised(&store, &facts), facts.len(), "B = {budget}");
        let (hits, claims, q) = (recognised(&store, &non_facts) as f64, non_facts.len() as f64, store.hallucinated());
        let limit = 4.0 * (claims * q * (1.0 - q)).sqrt();
        assert!((hits - claims * q).abs() <= limit, "B = {budget}: {hits} hits, not {} +- {limit}", claims * q);
    }
}

#[test]
fn a_whole_budget_has_the_hit_rate_of_the_bound_and_a_mixed_one_little_more() {
    for budget in [0.0, 2.0, 3.25, 4.0, 5.47, 8.0, 8.9] {
        let excess = hash_store(&[1, 2, 3], budget, 0).hallucinated() * budget.exp2() - 1.0;
        let most = if budget.fract() == 0.0 { 1e-15 } else { 0.0615 };
        assert!((0.0..=most).contains(&excess), "B = {budget}: {excess}");
    }
}

#[test]
fn a_hash_store_takes_its_budget_and_a_few_percent() {
    let (facts, _) = facts_and_non_facts(large(), 0);
    for budget in [2.0, 4.0, 8.0] {
        let store = hash_store(&facts, budget, 0);
        assert!((store.nominal_bits() - budget * 1000.0).abs() < 1e-9);
        let overhead = store.stored_bits() as f64 - store.nominal_bits();
        assert!((0.0..0.12 * budget * 1000.0 + 200.0).contains(&overhead), "B = {budget}: {overhead} bits");
    }
    // The hash gives the additional bit to a share of the facts, up to chance: 4 standard deviations.
    let mixed = hash_store(&facts, 2.5, 0).nominal_bits();
    assert!((mixed - 2500.0).abs() < 4.0 * 250.0_f64.sqrt(), "{mixed}");
}

#[test]
fn seeds_give_stores_that_hallucinate_differently() {
    let (facts, non_facts) = facts_and_non_facts(large(), 0);
    let [one, other] = [0, 1].map(|seed| hash_store(&facts, 4.0, seed));
    let both = non_facts.iter().filter(|&&claim| one.recognises(claim) && other.recognises(claim)).count();
    // A share of 2^-8 by chance, 4096 of 2^20.
    assert!((3840..4352).contains(&both), "{both}");
}

#[test]
fn the_rival_keeps_what_its_bits_can_name_and_nothing_else() {
    let (facts, non_facts) = facts_and_non_facts(large(), 0);
    for (budget, kept) in [(0.0, 0), (2.0, 73), (4.0, 152), (8.0, 318), (22.0, 933), (32.0, 1000)] {
        let rival = Forgetting::new(&facts, large().size(), budget);
        assert_eq!((recognised(&rival, &facts), recognised(&rival, &non_facts)), (kept, 0), "B = {budget}");
        assert!((rival.forgotten() - (1.0 - kept as f64 / 1000.0)).abs() < 1e-15);
        // One more fact would not fit.
        let rest = budget * 1000.0 - rival.nominal_bits();
        assert!(rest >= 0.0 && (rest < 27.0 || kept == 1000), "B = {budget}: {rest} bits left");
        let waste = rival.stored_bits() as f64 - rival.nominal_bits();
        assert!((0.0..300.0 + 1.0 * kept as f64).contains(&waste), "B = {budget}: {waste} bits more");
    }
}

#[test]
fn small_universes_are_told_apart_whole() {
    let universe = Universe::new(3_000_001).unwrap();
    let (facts, non_facts) = facts_and_non_facts(universe, 7);
    let rival = Forgetting::new(&facts, universe.size(), 6.0);
    assert!((400..600).contains(&recognised(&rival, &facts)));
    assert_eq!(recognised(&rival, &non_facts), 0);
    assert_eq!(recognised(&hash_store(&facts, 6.0, 7), &facts), 1000);
}
