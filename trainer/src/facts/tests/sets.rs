use super::*;

/// What each claim of a small universe is, told from the set's own functions.
struct Sorted {
    facts: HashSet<u64>,
    never_shown: HashSet<u64>,
    drawn: HashSet<u64>,
    scored: HashSet<u64>,
}

fn sort(set: &FactSet) -> Sorted {
    let non_facts = |ranks| {
        let mut claims = Vec::new();
        set.fill_non_facts(&ranks, &mut claims);
        assert_eq!(claims.len() as u128, set.non_facts_in(&ranks));
        claims.into_iter().collect()
    };
    Sorted {
        facts: set.facts().collect(),
        never_shown: set.never_shown().iter().copied().collect(),
        drawn: non_facts(set.drawn_ranks()),
        scored: non_facts(set.scored_ranks()),
    }
}

/// Sets of both kinds in universes of up to 2000 claims, as far as they are possible.
fn any_set() -> impl Strategy<Value = FactSet> {
    (4_u64..2000, any::<u64>(), 0.0..1.0, 0.0..0.9, any::<bool>()).prop_filter_map(
        "an impossible set",
        |(size, seed, held_out, members, from_file)| {
            let universe = universe(u128::from(size));
            let held_out = (held_out * size as f64) as u64;
            let members = 1 + (members * size as f64) as u64;
            if !from_file {
                return FactSet::random(universe, members, held_out, seed).ok();
            }
            // 7919 is a prime above every size, so that the claims differ.
            let claims: Vec<u64> = (0..members).map(|number| (number * 7919 + seed % size) % size).collect();
            FactSet::from_claims(file_of(&claims, universe), 0.6, held_out, seed).ok()
        },
    )
}

proptest! {
    #[test]
    fn every_claim_is_one_thing(set in any_set()) {
        let sorted = sort(&set);
        prop_assert_eq!(sorted.facts.len() as u64, set.count());
        prop_assert_eq!(sorted.never_shown.len(), set.never_shown().len());
        for claim in 0..=set.universe().last() {
            let member = sorted.facts.contains(&claim) || sorted.never_shown.contains(&claim);
            prop_assert_eq!(set.is_fact(claim), sorted.facts.contains(&claim));
            prop_assert_eq!(set.is_member(claim), member);
            prop_assert!(!(sorted.facts.contains(&claim) && sorted.never_shown.contains(&claim)));
            prop_assert_eq!(member, !(sorted.drawn.contains(&claim) || sorted.scored.contains(&claim)));
        }
        if set.held_out() == 0 {
            prop_assert_eq!(&sorted.drawn, &sorted.scored);
        } else {
            prop_assert!(sorted.drawn.is_disjoint(&sorted.scored));
        }
    }

    /// Neither facts nor held-out claims nor claims of the file are ever drawn, and enough draws reach all others.
    #[test]
    fn draws_stay_in_the_drawn_range(set in any_set(), step: u64) {
        let mut claims = vec![0; 3000];
        set.draw_non_facts(&stream_key(set.seed(), purpose::NEGATIVES), step, 0, &mut claims);
        let allowed = sort(&set).drawn;
        prop_assert!(claims.iter().all(|claim| allowed.contains(claim)));
        if allowed.len() < 150 {
            // Missing one of 150 in 3000 draws has probability 150 exp(-20), 3e-7.
            prop_assert_eq!(claims.into_iter().collect::<HashSet<_>>(), allowed);
        }
    }

    #[test]
    fn draws_do_not_depend_on_how_the_work_is_divided(
        set in any_set(),
        step: u64,
        first in 0..u32::MAX - 700,
        cut in 0_usize..700,
    ) {
        let key = stream_key(set.seed(), purpose::NEGATIVES);
        let mut whole = vec![0; 700];
        set.draw_non_facts(&key, step, first, &mut whole);
        let mut parts = vec![0; 700];
        let (left, right) = parts.split_at_mut(cut);
        set.draw_non_facts(&key, step, first + cut as u32, right);
        set.draw_non_facts(&key, step, first, left);
        prop_assert_eq!(whole, parts);
    }

    #[test]
    fn ranges_divide_without_loss(set in any_set(), count in 0_u128..3000) {
        let ranks = set.scored_ranks();
        let total = set.non_facts_in(&ranks);
        let sample = set.first_non_facts(&ranks, count);
        prop_assert_eq!(set.non_facts_in(&sample), count.min(total));
        prop_assert_eq!(sample.start, ranks.start);
        match set.split_control() {
            Ok((scored, control)) => {
                prop_assert_eq!((scored.start, scored.end, control.end), (ranks.start, control.start, ranks.end));
                prop_assert_eq!(set.non_facts_in(&control), u128::from(set.count()));
                prop_assert!(set.non_facts_in(&scored) > 0);
            }
            Err(FactsError::ControlTooLarge { available, .. }) => {
                prop_assert_eq!(available, total);
                prop_assert!(total <= u128::from(set.count()));
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn facts_in_bulk_are_the_facts_one_by_one(set in any_set()) {
        let mut claims = vec![0; set.count() as usize];
        set.fill_facts(0, &mut claims);
        prop_assert!(set.facts().eq(claims.iter().copied()));
        let half = claims.len() / 2;
        let mut rest = vec![0; claims.len() - half];
        set.fill_facts(half as u64, &mut rest);
        prop_assert_eq!(&claims[half..], &rest[..]);
    }
}

/// 300000 draws over some 200 claims, for a random set and one that has to skip a file's claims; limit 5 standard
/// deviations.
#[test]
fn draws_are_uniform() {
    let members: Vec<u64> = (0..150).map(|number| number * 2).collect();
    for set in [
        FactSet::random(universe(300), 60, 40, 5).unwrap(),
        FactSet::from_claims(file_of(&members, universe(400)), 0.5, 50, 5).unwrap(),
    ] {
        let key = stream_key(5, purpose::NEGATIVES);
        let mut counts: HashMap<u64, u64> = sort(&set).drawn.into_iter().map(|claim| (claim, 0)).collect();
        let mut claims = vec![0; 1000];
        for step in 0..300 {
            set.draw_non_facts(&key, step, 0, &mut claims);
            for claim in &claims {
                *counts.get_mut(claim).unwrap() += 1;
            }
        }
        let excess = excess(&counts.into_values().collect::<Vec<_>>());
        assert!(excess.abs() < 5.0, "{excess}");
    }
}

/// Fresh every step: at u = 2^64 no claim comes twice in 100 steps of 1000.
#[test]
fn steps_and_seeds_draw_different_claims() {
    let mut seen = HashSet::new();
    for seed in 0..2 {
        let set = FactSet::random(universe(1 << 64), 10, 1 << 24, 0).unwrap();
        for step in 0..50 {
            let mut claims = vec![0; 1000];
            set.draw_non_facts(&stream_key(seed, purpose::NEGATIVES), step, 0, &mut claims);
            assert!(claims.into_iter().all(|claim| seen.insert(claim)), "seed {seed}, step {step}");
        }
    }
}

#[test]
fn the_largest_universe_has_all_its_ranges() {
    let set = FactSet::random(universe(1 << 64), 1000, 1 << 24, 1).unwrap();
    let mut claims = Vec::new();
    set.fill_non_facts(&((1 << 64) - 1000..1 << 64), &mut claims);
    assert_eq!(claims.iter().collect::<HashSet<_>>().len(), 1000);
    assert!(claims.iter().all(|claim| !set.is_member(*claim)));
    assert_eq!(set.non_facts_in(&(0..1 << 64)), (1 << 64) - 1000);
    assert!(set.facts().all(|fact| set.is_fact(fact)));
}

#[test]
fn digests_name_seed_universe_count_and_claims() {
    let random = |size, count, seed| FactSet::random(universe(size), count, 1, seed).unwrap().digest();
    let file = |claims: &[u64], fraction, seed| {
        FactSet::from_claims(file_of(claims, universe(100)), fraction, 0, seed).unwrap().digest()
    };
    assert_eq!(random(100, 5, 1), random(100, 5, 1));
    assert_eq!(file(&[3, 1, 2], 1.0, 1), file(&[1, 2, 3], 1.0, 1), "the order of the lines does not matter");
    let digests = [
        random(100, 5, 1),
        random(100, 5, 2),
        random(100, 6, 1),
        random(101, 5, 1),
        file(&[1, 2, 3], 1.0, 1),
        file(&[1, 2, 4], 1.0, 1),
        file(&[1, 2, 3], 0.5, 1),
        file(&[1, 2, 3], 1.0, 2),
    ];
    assert_eq!(digests.iter().collect::<HashSet<_>>().len(), digests.len());
}

#[test]
fn seeds_train_different_shares_of_a_file() {
    let claims: Vec<u64> = (0..1000).collect();
    let file = file_of(&claims, universe(1 << 20));
    let facts = |seed| FactSet::from_claims(file.clone(), 0.5, 0, seed).unwrap().facts().collect::<HashSet<_>>();
    let common = facts(1).intersection(&facts(2)).count();
    // Hypergeometric, mean 250, standard deviation 7.9.
    assert!((205..295).contains(&common), "{common}");
}

#[test]
fn impossible_sets_are_refused_with_the_fix() {
    let random = |size, count, held_out| FactSet::random(universe(size), count, held_out, 0).unwrap_err().to_string();
    let file = |size: u128, members: u64, fraction, held_out| {
        let claims: Vec<u64> = (0..members).collect();
        FactSet::from_claims(file_of(&claims, universe(size)), fraction, held_out, 0).unwrap_err().to_string()
    };
    for (error, part) in [
        (random(10, 0, 0), "facts.count must be at least 1"),
        (random(10, 11, 0), "11 facts do not fit a universe of 10"),
        (random(10, 10, 0), "no non-fact to train on"),
        (random(10, 4, 6), "lower non_facts.held_out"),
        (random(10, 4, u64::MAX), "lower non_facts.held_out"),
        (file(10, 10, 1.0, 0), "no non-fact to train on"),
        (file(10, 1, 1.0, 10), "lower non_facts.held_out"),
        (file(10, 4, 0.0, 0), "facts.fraction must be above 0"),
        (file(10, 4, 0.1, 0), "large enough to leave one fact"),
        (file(10, 4, 1.5, 0), "facts.fraction"),
        (file(10, 4, f64::NAN, 0), "facts.fraction"),
    ] {
        assert!(error.contains(part), "{error}");
    }
}

/// A file of all claims but one leaves that one either to be drawn or to be scored, not both.
#[test]
fn held_out_ranks_full_of_members_are_refused() {
    let claims: Vec<u64> = (0..9).collect();
    let refusals: Vec<FactsError> =
        (0..50).filter_map(|seed| FactSet::from_claims(file_of(&claims, universe(10)), 1.0, 5, seed).err()).collect();
    assert_eq!(refusals.len(), 50);
    assert!(refusals.iter().any(|error| matches!(error, FactsError::NothingToScore { held_out: 5 })));
    assert!(refusals.iter().any(|error| matches!(error, FactsError::NothingToDraw { members: 9, .. })));
}

/// Sets are named by seed and version: what version 1 gives must never change. Walks, an odd number of bits, the
/// whole range of 64 bits, long codes, drawn non-facts and the order of an epoch all have their part in these
/// numbers.
#[test]
fn version_1_gives_the_same_for_ever() {
    assert_eq!(VERSION, 1);
    let facts = |size, seed| FactSet::random(universe(size), 3, 4, seed).unwrap().facts().collect::<Vec<_>>();
    assert_eq!(facts(10, 0), [9, 8, 2]);
    assert_eq!(facts(3_000_000_000, 0), [106_631_665, 2_189_309_180, 886_486_668]);
    assert_eq!(facts(1 << 64, 5), [12_984_259_639_752_263_620, 8_429_795_551_751_986_180, 1_130_543_580_130_210_854]);
    let set = Arc::new(FactSet::random(universe(1 << 31), 3, 4, 0).unwrap());
    let stream = BatchStream::new(set.clone(), EncodingSpec::Code { inputs: 100 }, 1, 1).unwrap();
    let mut words = [0; 8];
    stream.fill(9, &mut words);
    let fact = [0x48ce_ac60, 0x7317_77c6, 0x58b5_2152, 0xe];
    let non_fact = [0x0835_2e02, 0x52ea_7163, 0x2b54_77d4, 0x7];
    assert_eq!(words, [fact, non_fact].concat()[..]);
    let digest = set.digest().to_hex();
    assert_eq!(&digest[..16], "261856541473f83e");
}
