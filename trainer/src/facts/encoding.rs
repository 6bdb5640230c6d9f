//! Claims as the networks see them: rows of +-1 inputs, packed 32 to a word.

use super::stream::{derive, purpose, stream_key, threefry};
use super::{FactsError, Permutation, Universe};

/// Claims that are encoded at a time: few enough to stay in the first-level cache.
const BLOCK: usize = 256;

/// Which inputs a claim becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodingSpec {
    /// The claim's own bits, ceil(log2 u) of them.
    Bits,
    /// A random code of `inputs` bits, different for every claim, so that the number of inputs is free.
    Code {
        /// d, at least ceil(log2 u).
        inputs: usize,
    },
}

/// How one member turns claims into rows. A row of d inputs is ceil(d/32) words; bit b of word w is input 32 w + b; a
/// set bit is +1, a clear bit -1, and the bits from d on are clear.
#[derive(Clone, Debug)]
pub struct Encoding {
    inputs: usize,
    code: Option<Code>,
}

/// The first 64 bits of a code are a permutation's, which keeps codes apart; the others are random.
#[derive(Clone, Debug)]
struct Code {
    permutation: Permutation,
    // One for every two words from the third on.
    keys: Vec<[u32; 2]>,
    last_mask: u32,
}

impl Encoding {
    /// The encoding of `universe` for the member with this `seed`.
    ///
    /// # Errors
    /// [`FactsError::CodeTooNarrow`] if there are more claims than codes.
    pub fn new(spec: EncodingSpec, universe: Universe, seed: u64) -> Result<Self, FactsError> {
        let EncodingSpec::Code { inputs } = spec else {
            return Ok(Self { inputs: universe.bits() as usize, code: None });
        };
        if inputs < universe.bits() as usize {
            return Err(FactsError::CodeTooNarrow { inputs, universe });
        }
        let key = stream_key(seed, purpose::CODES);
        let pairs = inputs.div_ceil(32).saturating_sub(2).div_ceil(2);
        let code = Code {
            permutation: Permutation::new(&key, Universe::power_of_two(inputs.min(64) as u32)?),
            keys: (0..pairs).map(|pair| derive(&key, "words", pair as u128)).collect(),
            last_mask: u32::MAX >> (inputs.wrapping_neg() % 32),
        };
        Ok(Self { inputs, code: Some(code) })
    }

    /// d, the inputs a claim becomes.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The words a row takes, ceil(d/32).
    pub fn words_per_row(&self) -> usize {
        self.inputs.div_ceil(32)
    }

    /// Writes one row for each claim.
    ///
    /// # Shapes
    /// `claims`: `[rows]`; `words`: `[rows, words_per_row]`.
    ///
    /// # Panics
    /// If the shapes do not agree.
    pub fn encode(&self, claims: &[u64], words: &mut [u32]) {
        let width = self.words_per_row();
        assert_eq!(words.len(), claims.len() * width, "{} rows of {width} words", claims.len());
        if width == 0 {
            return;
        }
        let Some(code) = &self.code else {
            return write_low_words(claims, width, words);
        };
        let mut values = [0; BLOCK];
        for (claims, words) in claims.chunks(BLOCK).zip(words.chunks_mut(BLOCK * width)) {
            let values = &mut values[..claims.len()];
            values.copy_from_slice(claims);
            code.permutation.forward_all(values);
            write_low_words(values, width, words);
            if width > 2 {
                pulp::Arch::new().dispatch(HighWords { code, claims, width, words });
            }
        }
    }
}

/// Fills the words of codes from the third on, compiled once for each instruction set.
struct HighWords<'a> {
    code: &'a Code,
    claims: &'a [u64],
    width: usize,
    words: &'a mut [u32],
}

impl pulp::NullaryFnOnce for HighWords<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it must be compiled for the instruction set that dispatch chooses")]
    fn call(self) {
        let mut random = [[0; BLOCK]; 2];
        let [firsts, seconds] = &mut random;
        for (pair, key) in self.code.keys.iter().enumerate() {
            for ((claim, first), second) in self.claims.iter().zip(firsts.iter_mut()).zip(seconds.iter_mut()) {
                [*first, *second] = threefry(*key, halves(*claim));
            }
            for ((row, first), second) in self.words.chunks_exact_mut(self.width).zip(&*firsts).zip(&*seconds) {
                row[2 + 2 * pair] = *first;
                if let Some(word) = row.get_mut(3 + 2 * pair) {
                    *word = *second;
                }
            }
        }
        for row in self.words.chunks_exact_mut(self.width) {
            row[self.width - 1] &= self.code.last_mask;
        }
    }
}

/// Fills the first word of each row, and the second if there is one.
fn write_low_words(values: &[u64], width: usize, words: &mut [u32]) {
    // The two usual widths have loops of their own, because one whose stride is known is compiled to vector
    // instructions.
    match width {
        1 => values.iter().zip(words).for_each(|(value, word)| *word = *value as u32),
        2 => values.iter().zip(words.as_chunks_mut().0).for_each(|(value, row)| *row = halves(*value)),
        _ => values.iter().zip(words.chunks_exact_mut(width)).for_each(|(value, row)| {
            row[..2].copy_from_slice(&halves(*value));
        }),
    }
}

fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn rows(encoding: &Encoding, claims: &[u64]) -> Vec<Vec<u32>> {
        let mut words = vec![u32::MAX; claims.len() * encoding.words_per_row()];
        encoding.encode(claims, &mut words);
        words.chunks(encoding.words_per_row()).map(<[u32]>::to_vec).collect()
    }

    fn input(row: &[u32], number: usize) -> bool {
        row[number / 32] >> (number % 32) & 1 == 1
    }

    proptest! {
        #[test]
        fn input_i_is_bit_i_of_the_claim(bits in 1_u32..=64, claims in prop::collection::vec(any::<u64>(), 1..600)) {
            let universe = Universe::power_of_two(bits).unwrap();
            let claims: Vec<u64> = claims.iter().map(|claim| claim & universe.last()).collect();
            let encoding = Encoding::new(EncodingSpec::Bits, universe, 0).unwrap();
            prop_assert_eq!(encoding.inputs(), bits as usize);
            for (claim, row) in claims.iter().zip(rows(&encoding, &claims)) {
                let back = (0..encoding.inputs()).map(|i| u64::from(input(&row, i)) << i).sum::<u64>();
                prop_assert_eq!(back, *claim);
                prop_assert_eq!(row.iter().map(|word| word.count_ones()).sum::<u32>(), claim.count_ones());
            }
        }

        /// The first 64 bits lead back to the claim, so that no two claims share a code; bits beyond d are clear.
        #[test]
        fn codes_can_be_undone(
            inputs in 20_usize..200,
            seed: u64,
            claims in prop::collection::vec(0_u64..1 << 20, 1..600),
        ) {
            let universe = Universe::power_of_two(20).unwrap();
            let encoding = Encoding::new(EncodingSpec::Code { inputs }, universe, seed).unwrap();
            let permutation = &encoding.code.as_ref().unwrap().permutation;
            for (claim, row) in claims.iter().zip(rows(&encoding, &claims)) {
                let value = u64::from(row[0]) | row.get(1).map_or(0, |word| u64::from(*word) << 32);
                prop_assert_eq!(permutation.inverse(value), *claim);
                prop_assert!((inputs..row.len() * 32).all(|i| !input(&row, i)));
            }
        }
    }

    /// Each input of a code is set for half of the claims, and any two inputs agree for half of them; the limit is 5
    /// standard deviations of a fair coin.
    #[test]
    fn inputs_of_codes_are_fair_and_independent() {
        const CLAIMS: u64 = 4096;
        let universe = Universe::power_of_two(12).unwrap();
        let encoding = Encoding::new(EncodingSpec::Code { inputs: 100 }, universe, 3).unwrap();
        let rows = rows(&encoding, &(0..CLAIMS).collect::<Vec<_>>());
        let unfair = |hits: usize| (hits as f64 - CLAIMS as f64 / 2.0).abs() > 5.0 * (CLAIMS as f64 / 4.0).sqrt();
        for i in 0..100 {
            assert!(!unfair(rows.iter().filter(|row| input(row, i)).count()), "input {i}");
            for j in 0..i {
                assert!(!unfair(rows.iter().filter(|row| input(row, i) == input(row, j)).count()), "inputs {i}, {j}");
            }
        }
    }

    #[test]
    fn members_have_codes_of_their_own() {
        let universe = Universe::power_of_two(32).unwrap();
        let codes: HashSet<_> = (0..100)
            .map(|seed| rows(&Encoding::new(EncodingSpec::Code { inputs: 48 }, universe, seed).unwrap(), &[5]))
            .collect();
        assert_eq!(codes.len(), 100);
    }

    #[test]
    fn codes_must_be_wide_enough() {
        let universe = Universe::new(1025).unwrap();
        let error = Encoding::new(EncodingSpec::Code { inputs: 10 }, universe, 0).unwrap_err().to_string();
        assert!(error.contains("at least 11"), "{error}");
        assert!(Encoding::new(EncodingSpec::Code { inputs: 11 }, universe, 0).is_ok());
    }
}
