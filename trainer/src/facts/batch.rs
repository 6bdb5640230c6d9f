//! The rows of every training step of one member: its facts, then fresh non-facts.

use std::sync::Arc;

use super::stream::{StreamKey, derive, purpose, stream_key};
use super::{Encoding, EncodingSpec, FactSet, FactsError, Permutation, Universe};

/// Claims that are drawn and encoded at a time: few enough to stay in the first-level cache.
const BLOCK: usize = 256;

/// What one member trains on: a function of (seed, step), whatever steps were asked for before.
#[derive(Clone, Debug)]
pub struct BatchStream {
    facts: Arc<FactSet>,
    encoding: Encoding,
    fact_words: Vec<u32>,
    facts_per_step: usize,
    non_facts_per_step: usize,
    order: StreamKey,
    draws: StreamKey,
}

impl BatchStream {
    /// The batches of the member whose facts these are: `facts_per_step` facts and `non_facts_per_step` non-facts
    /// each.
    ///
    /// # Errors
    /// [`FactsError`] if the encoding is too narrow or the numbers are out of range.
    pub fn new(
        facts: Arc<FactSet>,
        encoding: EncodingSpec,
        facts_per_step: usize,
        non_facts_per_step: usize,
    ) -> Result<Self, FactsError> {
        if facts_per_step == 0 || facts_per_step as u64 > facts.count() {
            return Err(FactsError::FactsPerStep { given: facts_per_step, facts: facts.count() });
        }
        if non_facts_per_step as u64 > 1 << 32 {
            return Err(FactsError::NonFactsPerStep { given: non_facts_per_step });
        }
        let encoding = Encoding::new(encoding, facts.universe(), facts.seed())?;
        let mut claims = vec![0; facts.count() as usize];
        facts.fill_facts(0, &mut claims);
        let mut fact_words = vec![0; claims.len() * encoding.words_per_row()];
        encoding.encode(&claims, &mut fact_words);
        let key = |purpose| stream_key(facts.seed(), purpose);
        let (order, draws) = (key(purpose::BATCHES), key(purpose::NEGATIVES));
        Ok(Self { facts, encoding, fact_words, facts_per_step, non_facts_per_step, order, draws })
    }

    /// Rows a step: facts first, then non-facts.
    pub fn rows(&self) -> usize {
        self.facts_per_step + self.non_facts_per_step
    }

    /// How many of the rows, the first ones, are facts.
    pub fn facts_per_step(&self) -> usize {
        self.facts_per_step
    }

    /// The facts that the batches are made of.
    pub fn facts(&self) -> &FactSet {
        &self.facts
    }

    /// How claims become rows.
    pub fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// The rows of all facts in order.
    ///
    /// # Shapes
    /// `[facts, words_per_row]`
    pub fn fact_words(&self) -> &[u32] {
        &self.fact_words
    }

    /// Writes the rows of `step`.
    ///
    /// # Shapes
    /// `words`: `[rows, words_per_row]`
    ///
    /// # Panics
    /// If the shape is another.
    pub fn fill(&self, step: u64, words: &mut [u32]) {
        let width = self.encoding.words_per_row();
        assert_eq!(words.len(), self.rows() * width, "{} rows of {width} words", self.rows());
        let (facts, non_facts) = words.split_at_mut(self.facts_per_step * width);
        self.fill_facts(step, facts);
        let mut claims = [0; BLOCK];
        for (block, words) in non_facts.chunks_mut(BLOCK * width).enumerate() {
            let claims = &mut claims[..words.len() / width];
            self.facts.draw_non_facts(&self.draws, step, (block * BLOCK) as u32, claims);
            self.encoding.encode(claims, words);
        }
    }

    /// All facts in order; or, where a step takes fewer, the next ones of an endless row of epochs, in each of which
    /// every fact comes once, in a new order.
    fn fill_facts(&self, step: u64, words: &mut [u32]) {
        if words.len() == self.fact_words.len() {
            return words.copy_from_slice(&self.fact_words);
        }
        let width = self.encoding.words_per_row();
        let count = u128::from(self.facts.count());
        let mut position = u128::from(step) * self.facts_per_step as u128;
        let mut rows = words.chunks_exact_mut(width);
        while rows.len() > 0 {
            let (epoch, start) = (position / count, (position % count) as u64);
            let order =
                Permutation::new(&derive(&self.order, "epoch", epoch), Universe::ending_at(self.facts.count() - 1));
            let mut places: Vec<u64> = (start..self.facts.count()).take(rows.len()).collect();
            order.forward_all(&mut places);
            position += places.len() as u128;
            for (place, row) in places.iter().zip(&mut rows) {
                let from = *place as usize * width;
                row.copy_from_slice(&self.fact_words[from..from + width]);
            }
        }
    }
}
