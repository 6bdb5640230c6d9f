use super::*;

fn permutation(seed: u64, size: u128) -> Permutation {
    Permutation::new(&stream_key(seed, purpose::FACTS), universe(size))
}

/// Every size has its own number of bits, unequal halves or walks.
#[test]
fn every_small_universe_is_permuted_and_the_inverse_leads_back() {
    for size in 1..=300_u64 {
        let permutation = permutation(7, u128::from(size));
        let mut claims: Vec<u64> = (0..size).collect();
        permutation.forward_all(&mut claims);
        for (rank, claim) in claims.iter().enumerate() {
            assert_eq!(permutation.forward(rank as u64), *claim, "u = {size}");
            assert_eq!(permutation.inverse(*claim), rank as u64, "u = {size}");
        }
        claims.sort_unstable();
        assert!(claims.into_iter().eq(0..size), "u = {size}");
    }
}

proptest! {
    #[test]
    fn large_universes_are_permuted_too(
        seed: u64,
        size in 2_u128..=1 << 64,
        ranks in prop::collection::vec(any::<u64>(), 1..700),
    ) {
        let permutation = permutation(seed, size);
        let ranks: Vec<u64> = ranks.iter().map(|rank| (u128::from(*rank) % size) as u64).collect();
        let mut claims = ranks.clone();
        permutation.forward_all(&mut claims);
        for (rank, claim) in ranks.iter().zip(claims) {
            prop_assert_eq!(permutation.forward(*rank), claim);
            prop_assert_eq!(permutation.inverse(claim), *rank);
        }
    }

    /// Sizes of all magnitudes: uniform ones are nearly all above 2^60.
    #[test]
    fn every_number_of_bits_is_permuted(seed: u64, bits in 0_u32..64, below: u64, rank: u64) {
        let size = (1_u128 << bits) + u128::from(below) % (1 << bits) + 1;
        let permutation = permutation(seed, size);
        let rank = (u128::from(rank) % size) as u64;
        let claim = permutation.forward(rank);
        prop_assert!(u128::from(claim) < size);
        prop_assert_eq!(permutation.inverse(claim), rank);
    }
}

/// A rank that is out of range could lie on a cycle that never comes back.
#[test]
#[should_panic(expected = "outside a universe of 300")]
fn ranks_outside_are_refused() {
    permutation(1, 300).forward_all(&mut [299, 300]);
}

/// All orders of up to five claims come equally often over seeds: 300 seeds an order, limit 5 standard deviations.
#[test]
fn orders_of_a_few_claims_are_uniform_over_seeds() {
    for size in 2..=5_u64 {
        let orders: u64 = (1..=size).product();
        let mut counts: HashMap<Vec<u64>, u64> = HashMap::new();
        for seed in 0..orders * 300 {
            let mut claims: Vec<u64> = (0..size).collect();
            permutation(seed, u128::from(size)).forward_all(&mut claims);
            *counts.entry(claims).or_default() += 1;
        }
        let counts: Vec<u64> = counts.into_values().collect();
        assert_eq!(counts.len() as u64, orders, "u = {size}");
        assert!(excess(&counts) < 5.0, "u = {size}: {}", excess(&counts));
    }
}

/// Sets of two claims, on either side of the powers of two: over seeds every pair is equally likely.
#[test]
fn pairs_of_facts_are_uniform_over_seeds() {
    for size in [6_u64, 7, 8, 9, 13, 16, 17, 31, 32, 33] {
        let mut counts = vec![0; (size * size) as usize];
        for seed in 0..size * size * 100 {
            let permutation = permutation(seed, u128::from(size));
            let (first, second) = (permutation.forward(0), permutation.forward(1));
            counts[(first * size + second) as usize] += 1;
        }
        let apart: Vec<u64> = counts
            .into_iter()
            .enumerate()
            .filter(|(cell, _)| !(*cell as u64).is_multiple_of(size + 1))
            .map(|(_, count)| count)
            .collect();
        assert!(excess(&apart) < 5.0, "u = {size}: {}", excess(&apart));
    }
}

/// Within one large universe, which has fewer rounds: claims of consecutive ranks, cut to their highest and lowest
/// byte, and the difference of neighbours, whose uniformity a weak network loses first.
#[test]
fn consecutive_ranks_of_a_large_universe_are_spread_uniformly() {
    for bits in [21, 24, 32, 33, 64] {
        let mut claims: Vec<u64> = (0..1 << 18).collect();
        permutation(11, 1 << bits).forward_all(&mut claims);
        let cells = |byte: &dyn Fn(u64, u64) -> u64| {
            let mut counts = vec![0; 256];
            for pair in claims.windows(2) {
                counts[(byte(pair[0], pair[1]) & 255) as usize] += 1;
            }
            excess(&counts)
        };
        let found = [
            cells(&|claim, _| claim),
            cells(&|claim, _| claim >> (bits - 8)),
            cells(&|claim, next| claim ^ next),
            cells(&|claim, next| (claim ^ next) >> (bits - 8)),
            cells(&|claim, next| next.wrapping_sub(claim) >> (bits / 2 - 4)),
        ];
        assert!(found.iter().all(|excess| excess.abs() < 5.0), "2^{bits}: {found:?}");
    }
}

/// Ranks that differ in one bit give claims that differ in each bit half the time.
#[test]
fn each_bit_of_the_rank_changes_half_the_bits_of_the_claim() {
    const RANKS: u64 = 4000;
    for bits in [12_u32, 21, 32, 64] {
        let permutation = permutation(3, 1 << bits);
        for input in 0..bits {
            let mut changes = vec![0_u64; bits as usize];
            for number in 0..RANKS {
                let rank = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits);
                let difference = permutation.forward(rank) ^ permutation.forward(rank ^ 1 << input);
                changes.iter_mut().enumerate().for_each(|(bit, count)| *count += difference >> bit & 1);
            }
            // Six standard deviations of a fair coin: some 5000 counts are looked at.
            let far = |count: u64| (count as f64 - RANKS as f64 / 2.0).abs() > 6.0 * (RANKS as f64 / 4.0).sqrt();
            assert!(!changes.iter().any(|count| far(*count)), "2^{bits}, bit {input}: {changes:?}");
        }
    }
}

#[test]
fn sizes_and_keys_give_unrelated_permutations() {
    let key = stream_key(1, purpose::FACTS);
    let other = derive(&key, "file", 0);
    let first = |key: &StreamKey, size| Permutation::new(key, universe(size)).forward(0);
    assert_ne!(first(&key, 1 << 40), first(&other, 1 << 40));
    assert_ne!(first(&key, (1 << 40) - 1), first(&key, 1 << 40));
}
