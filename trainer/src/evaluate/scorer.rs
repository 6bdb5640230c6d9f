//! Claims through one network: encoded in parallel, scored on the device, chunk by chunk.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;
use rote_models::{Kernels, Perceptrons, Shape};

use super::evaluation::EvaluateError;
use crate::facts::{Encoding, FactSet};

/// Claims that are encoded by one thread at a time.
const PIECE: usize = 1 << 12;

/// One member's network, on the device.
pub(super) struct Scorer<'a> {
    model: Perceptrons,
    encoding: &'a Encoding,
    kernels: Kernels,
    device: &'a Device,
    /// Claims a call: many for the fused operation, which keeps nothing but its blocks; fewer for composed kernels,
    /// which keep every activation.
    chunk: usize,
}

impl<'a> Scorer<'a> {
    /// # Shapes
    /// `parameters` `[P]`.
    pub(super) fn new(
        shape: &Shape,
        parameters: &[f32],
        encoding: &'a Encoding,
        kernels: Kernels,
        device: &'a Device,
    ) -> Self {
        let model = Perceptrons::new(shape.clone(), 1, parameters.to_vec(), device);
        let chunk = match kernels {
            Kernels::Fused => 1 << 17,
            Kernels::Composed => 1 << 14,
        };
        Self { model, encoding, kernels, device, chunk }
    }

    /// The logits of claims, in their order.
    pub(super) fn score(&self, claims: &[u64]) -> Result<Vec<f32>, EvaluateError> {
        let mut logits = Vec::with_capacity(claims.len());
        for claims in claims.chunks(self.chunk) {
            let width = self.encoding.words_per_row();
            let mut words = vec![0_u32; claims.len() * width];
            words
                .par_chunks_mut(PIECE * width)
                .zip(claims.par_chunks(PIECE))
                .for_each(|(words, claims)| self.encoding.encode(claims, words));
            logits.extend(self.score_words(words)?);
        }
        Ok(logits)
    }

    /// Hands the logits of the non-facts at these ranks over, chunk after chunk.
    pub(super) fn score_ranks(
        &self,
        facts: &FactSet,
        ranks: Range<u128>,
        mut take: impl FnMut(&[f32]) -> Result<(), EvaluateError>,
    ) -> Result<(), EvaluateError> {
        let mut start = ranks.start;
        while start < ranks.end {
            let end = (start + self.chunk as u128).min(ranks.end);
            take(&self.score_words(self.encode_ranks(facts, start..end))?)?;
            start = end;
        }
        Ok(())
    }

    fn encode_ranks(&self, facts: &FactSet, ranks: Range<u128>) -> Vec<u32> {
        let pieces = ((ranks.end - ranks.start) as usize).div_ceil(PIECE);
        let piece = |index: usize| {
            let start = ranks.start + (index * PIECE) as u128;
            let mut claims = Vec::with_capacity(PIECE);
            facts.fill_non_facts(&(start..(start + PIECE as u128).min(ranks.end)), &mut claims);
            let mut words = vec![0; claims.len() * self.encoding.words_per_row()];
            self.encoding.encode(&claims, &mut words);
            words
        };
        (0..pieces).into_par_iter().map(piece).collect::<Vec<_>>().concat()
    }

    fn score_words(&self, words: Vec<u32>) -> Result<Vec<f32>, EvaluateError> {
        let width = self.encoding.words_per_row();
        let rows = words.len() / width;
        if rows == 0 {
            return Ok(Vec::new());
        }
        let words: Vec<i32> = bytemuck::allocation::cast_vec(words);
        let words = Tensor::<3, Int>::from_data(TensorData::new(words, [1, rows, width]), self.device);
        let logits = self.model.logits(words, self.kernels).try_into_data();
        let logits = logits.map_err(|error| EvaluateError::Device(format!("{error:?}")))?;
        logits.try_to_vec().map_err(|error| EvaluateError::Device(format!("{error:?}")))
    }
}
