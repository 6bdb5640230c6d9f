//! A set of claims stored exactly, in about half a bit a claim more than any exact set of claims must take.
//!
//! Elias and Fano: of the sorted claims the low bits are written as they are. The high bits number buckets, as many as
//! there are claims or up to twice that, and each bucket is written in unary: a 1 for each of its claims, then a 0.
//! The claims of bucket b then stand between the zeros number b - 1 and b.

/// Zeros from one entry of the directory to the next.
const STRIDE: u64 = 512;

/// Which claims of a universe belong to a set.
#[derive(Clone, Debug)]
pub(super) struct SortedSet {
    low_bits: u32,
    /// The low bits of every claim, packed.
    lows: Vec<u64>,
    /// The buckets in unary.
    highs: Vec<u64>,
    /// Where the zeros number 0, [`STRIDE`], 2 [`STRIDE`], ... stand in `highs`.
    directory: Vec<u64>,
}

impl SortedSet {
    /// The set of `claims`, all different and below `universe`.
    pub(super) fn new(mut claims: Vec<u64>, universe: u128) -> Self {
        claims.sort_unstable();
        let count = claims.len() as u64;
        let low_bits = (universe / u128::from(count.max(1))).checked_ilog2().unwrap_or(0).min(63);
        let buckets = if count == 0 { 0 } else { ((universe - 1) >> low_bits) as u64 + 1 };
        let words = |bits: u64| vec![0; bits.div_ceil(64) as usize];
        let mut set = Self {
            low_bits,
            lows: words(count * u64::from(low_bits)),
            highs: words(count + buckets),
            directory: Vec::new(),
        };
        for (index, claim) in (0..).zip(&claims) {
            set.write_low(index, claim & set.low_mask());
            let place = (claim >> low_bits) + index;
            set.highs[(place / 64) as usize] |= 1 << (place % 64);
        }
        set.directory = set.zeros(count + buckets);
        set
    }

    /// Whether `claim`, which must be below the universe, is one of the set.
    pub(super) fn contains(&self, claim: u64) -> bool {
        if self.highs.is_empty() {
            return false;
        }
        let (bucket, low) = (claim >> self.low_bits, claim & self.low_mask());
        let mut from = if bucket == 0 { 0 } else { self.zero(bucket - 1) + 1 - bucket };
        let mut to = self.zero(bucket) - bucket;
        while from < to {
            let middle = from.midpoint(to);
            match self.low(middle).cmp(&low) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        false
    }

    /// The bits that it answers from, in all: the three lists and the number of claims.
    pub(super) fn stored_bits(&self) -> u64 {
        64 * ((self.lows.len() + self.highs.len() + self.directory.len()) as u64 + 1)
    }

    fn low_mask(&self) -> u64 {
        (1 << self.low_bits) - 1
    }

    fn write_low(&mut self, index: u64, low: u64) {
        if self.low_bits == 0 {
            return;
        }
        let start = index * u64::from(self.low_bits);
        let (word, shift) = ((start / 64) as usize, (start % 64) as u32);
        self.lows[word] |= low << shift;
        if shift + self.low_bits > 64 {
            self.lows[word + 1] |= low >> (64 - shift);
        }
    }

    fn low(&self, index: u64) -> u64 {
        if self.low_bits == 0 {
            return 0;
        }
        let start = index * u64::from(self.low_bits);
        let (word, shift) = ((start / 64) as usize, (start % 64) as u32);
        let mut low = self.lows[word] >> shift;
        if shift + self.low_bits > 64 {
            low |= self.lows[word + 1] << (64 - shift);
        }
        low & self.low_mask()
    }

    /// The directory of the first `bits` bits of `highs`.
    fn zeros(&self, bits: u64) -> Vec<u64> {
        let zeros = (0..bits).filter(|place| self.highs[(place / 64) as usize] >> (place % 64) & 1 == 0);
        zeros.step_by(STRIDE as usize).collect()
    }

    /// Where the zero of this number, counted from 0, stands in `highs`.
    fn zero(&self, number: u64) -> u64 {
        let start = self.directory[(number / STRIDE) as usize];
        let mut word = (start / 64) as usize;
        let mut zeros = !self.highs[word] & u64::MAX << (start % 64);
        let mut before = number % STRIDE;
        while before >= u64::from(zeros.count_ones()) {
            before -= u64::from(zeros.count_ones());
            word += 1;
            zeros = !self.highs[word];
        }
        for _ in 0..before {
            zeros &= zeros - 1;
        }
        word as u64 * 64 + u64::from(zeros.trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn agrees_with_a_search(claims: &HashSet<u64>, probes: &[u64], universe: u128) {
        let set = SortedSet::new(claims.iter().copied().collect(), universe);
        for probe in claims.iter().chain(probes) {
            assert_eq!(set.contains(*probe), claims.contains(probe), "{probe}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_holds_its_claims_and_no_other(
            claims in proptest::collection::hash_set(any::<u64>(), 0..2500),
            probes in proptest::collection::vec(any::<u64>(), 100),
            bits in 1_u32..=64,
            beyond in any::<u64>(),
        ) {
            let mask = u64::MAX >> (64 - bits);
            // A universe that is no power of two, if there is room above the greatest claim.
            let claims: HashSet<u64> = claims.into_iter().map(|claim| claim & mask).collect();
            let greatest = claims.iter().copied().max().unwrap_or(0).max(beyond & mask);
            let probes: Vec<u64> = probes.into_iter().map(|probe| (probe & mask).min(greatest)).collect();
            agrees_with_a_search(&claims, &probes, u128::from(greatest) + 1);
        }

        #[test]
        fn crowds_of_claims_are_held_too(width in 1_u64..3000, start in 0_u64..1 << 40) {
            let claims: HashSet<u64> = (start..start + width).step_by(3).collect();
            let probes: Vec<u64> = (start..start + width + 9).collect();
            agrees_with_a_search(&claims, &probes, 1 << 64);
        }
    }

    #[test]
    fn it_takes_little_more_than_the_choice_of_the_claims() {
        for (count, universe) in [(300_u64, 1_u128 << 32), (1000, 1 << 20), (20_000, 3_000_000_000)] {
            let step = (universe / u128::from(count)) as u64;
            let claims: Vec<u64> = (0..count).map(|index| index * step + index * index % step).collect();
            let choice: f64 = (0..count).map(|i| ((universe - u128::from(i)) as f64 / (i + 1) as f64).log2()).sum();
            let excess = (SortedSet::new(claims, universe).stored_bits() as f64 - choice) / count as f64;
            assert!((0.0..1.5).contains(&excess), "{count} of {universe}: {excess} bits a claim more");
        }
    }
}
