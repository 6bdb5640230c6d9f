//! A static retrieval structure: a function from keys to a few bits that answers right for the keys it was built of,
//! arbitrarily for all others, and takes little more room than those bits. It cannot tell which keys it knows.
//!
//! Ribbon retrieval (Dietzfelbinger, Walzer, ESA 2019; Dillinger, Walzer 2021, arXiv 2103.02515). A key's hash names 64
//! coefficients, the first one always 1, and a place in a long vector over GF(2); the key's bit is the parity of the
//! vector's bits at that place that have a coefficient. So every key is one linear equation for the vector, and a few
//! percent more places than keys leave the system solvable. Its rows are narrow bands, so elimination takes a number
//! of steps that grows with the keys and not with their square. Every further bit a key is one more vector for the
//! same rows.

use crate::facts::{ClaimHash, StreamKey};

/// Coefficients of a row: the bits of a word.
const BAND: usize = 64;
/// Percent of places beyond the keys that are tried first, and what is added after each failure.
const FIRST_SPARE: usize = 3;

/// What a set of keys was mapped to.
#[derive(Clone, Debug)]
pub(super) struct Ribbon {
    /// One vector after another, each from a word of its own.
    vectors: Vec<u64>,
    places: usize,
    rows: Rows,
}

/// The equations of one attempt: where a key's band lies, and its coefficients.
#[derive(Clone, Copy, Debug)]
struct Rows {
    place: ClaimHash,
    coefficients: ClaimHash,
}

impl Rows {
    fn new(key: &StreamKey, attempt: u64) -> Self {
        let hash = |label| ClaimHash::new(key, label, attempt);
        Self { place: hash("ribbon place"), coefficients: hash("ribbon coefficients") }
    }

    /// Where the band of `claim` begins among so many places, and its coefficients, lowest place first.
    fn of(&self, claim: u64, places: usize) -> (usize, u64) {
        let starts = (places - BAND + 1) as u128;
        let place = (u128::from(self.place.of(claim)) * starts) >> 64;
        (place as usize, self.coefficients.of(claim) | 1)
    }
}

impl Ribbon {
    /// Maps each of `claims`, all different, to the lowest `bits` bits that `value` gives it. `key` names the hash
    /// functions; what the structure takes beyond them is in [`Ribbon::stored_bits`].
    pub(super) fn new(key: &StreamKey, claims: &[u64], bits: u32, value: impl Fn(u64) -> u64) -> Self {
        let mut attempt = 0;
        loop {
            let spare = 100 + FIRST_SPARE + attempt;
            let places = if bits == 0 { BAND } else { (claims.len() * spare).div_ceil(100).max(BAND) };
            let rows = Rows::new(key, attempt as u64);
            let mut system = System { rows: vec![0; places], values: vec![0; places] };
            let mask = u64::MAX.checked_shr(u64::BITS - bits).unwrap_or(0);
            let solvable = claims.iter().all(|&claim| {
                let (place, coefficients) = rows.of(claim, places);
                system.insert(place, coefficients, value(claim) & mask)
            });
            if solvable {
                return Self { vectors: system.solve(bits), places, rows };
            }
            attempt += 1;
        }
    }

    /// Whether the bits that are found for `claim` are the lowest ones of `value`: always for a key and its own value,
    /// and for a random value with a chance of 1/2 for every bit.
    pub(super) fn agrees(&self, claim: u64, value: u64) -> bool {
        let (place, coefficients) = self.rows.of(claim, self.places);
        let vectors = self.vectors.chunks_exact(self.places.div_ceil(64));
        (0..).zip(vectors).all(|(bit, vector)| parity(window(vector, place) & coefficients) == value >> bit & 1)
    }

    /// The bits that it answers from, in all: the vectors, their length and the number of the attempt. The keys of the
    /// hash functions do not count, because they are drawn without regard to the facts.
    pub(super) fn stored_bits(&self) -> u64 {
        64 * (self.vectors.len() as u64 + 2)
    }
}

/// The word that begins at bit `place` of a vector, which reaches at least a band beyond it.
fn window(vector: &[u64], place: usize) -> u64 {
    let (word, shift) = (place / 64, place % 64);
    let low = vector[word] >> shift;
    if shift == 0 { low } else { low | vector[word + 1] << (64 - shift) }
}

fn parity(word: u64) -> u64 {
    u64::from(word.count_ones() & 1)
}

/// Equations in echelon form: the row kept at a place has its first coefficient there; a row of 0 is none.
struct System {
    rows: Vec<u64>,
    values: Vec<u64>,
}

impl System {
    /// Adds an equation whose first coefficient is at `place`; false if it contradicts the others.
    fn insert(&mut self, mut place: usize, mut row: u64, mut value: u64) -> bool {
        loop {
            if self.rows[place] == 0 {
                self.rows[place] = row;
                self.values[place] = value;
                return true;
            }
            row ^= self.rows[place];
            value ^= self.values[place];
            if row == 0 {
                return value == 0;
            }
            let skipped = row.trailing_zeros();
            place += skipped as usize;
            row >>= skipped;
        }
    }

    /// The vectors that satisfy the equations, from the last place to the first; a place without a row gets a 0.
    fn solve(&self, bits: u32) -> Vec<u64> {
        let words = self.rows.len().div_ceil(64);
        let mut vectors = vec![0; words * bits as usize];
        for (bit, vector) in vectors.chunks_exact_mut(words).enumerate() {
            let mut behind = 0;
            for place in (0..self.rows.len()).rev() {
                behind <<= 1;
                let found = parity(self.rows[place] & behind) ^ (self.values[place] >> bit & 1);
                behind |= found;
                vector[place / 64] |= found << (place % 64);
            }
        }
        vectors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{purpose, stream_key};
    use proptest::prelude::*;

    fn values() -> ClaimHash {
        ClaimHash::new(&stream_key(9, purpose::FILTERS), "test", 0)
    }

    fn ribbon(claims: &[u64], bits: u32) -> Ribbon {
        let values = values();
        Ribbon::new(&stream_key(1, purpose::FILTERS), claims, bits, |claim| values.of(claim))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_key_finds_its_bits(
            claims in proptest::collection::hash_set(any::<u64>(), 0..2000),
            bits in 0_u32..=64,
        ) {
            let claims: Vec<u64> = claims.into_iter().collect();
            let (ribbon, values) = (ribbon(&claims, bits), values());
            for &claim in &claims {
                let value = values.of(claim);
                prop_assert!(ribbon.agrees(claim, value));
                prop_assert!((0..bits).all(|bit| !ribbon.agrees(claim, value ^ 1 << bit)));
            }
        }
    }

    #[test]
    fn the_overhead_is_a_few_percent() {
        for (keys, most) in [(1000, 1.11), (20_000, 1.07), (200_000, 1.08)] {
            let claims: Vec<u64> = (0..keys).collect();
            let a_key = ribbon(&claims, 8).stored_bits() as f64 / (8 * keys) as f64;
            assert!((1.0..most).contains(&a_key), "{keys} keys: {a_key}");
        }
    }

    #[test]
    fn it_answers_from_its_vectors_alone() {
        let claims: Vec<u64> = (0..4000).collect();
        let (mut ribbon, values) = (ribbon(&claims, 1), values());
        ribbon.vectors.fill(0);
        let right = claims.iter().filter(|&&claim| ribbon.agrees(claim, values.of(claim))).count();
        assert!((1800..2200).contains(&right), "{right} of 4000 bits survive that nothing is stored");
    }

    #[test]
    fn no_key_takes_no_vector_of_no_bits() {
        assert_eq!(ribbon(&[], 0).stored_bits(), 128);
        assert!(ribbon(&[1, 2, 3], 0).agrees(77, 5));
    }
}
