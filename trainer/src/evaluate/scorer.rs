//! Claims into logits: by a network on its device, or by any other memory of facts.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;
use rote_models::{Kernels, Perceptrons, Shape};

#[cfg(feature = "gpu")]
use super::device_counter::DeviceCounter;
use super::distribution::{Facts, NonFacts};
use super::evaluation::EvaluateError;
use crate::backend::{self, Limits};
use crate::facts::{Encoding, FactSet};

/// Non-facts that are scored at a time.
const CHUNK: usize = 1 << 17;
/// Claims that are made or encoded by one thread at a time.
const PIECE: usize = 1 << 12;

/// The logit of a claim that is certainly a fact; its negative is that of one that certainly is none. Infinite logits
/// count as divergence; at these two the confidence is 1 or 0 and the loss of a right answer 0, exactly.
pub const CERTAIN: f32 = f32::MAX;

/// What tells how sure it is of any claim that the claim is a fact.
pub trait Scorer {
    /// The logits of claims, in their order.
    ///
    /// # Errors
    /// [`EvaluateError::Device`] if a device is asked and does not answer.
    fn score(&self, claims: &[u64]) -> Result<Vec<f32>, EvaluateError>;

    /// Where logits need not leave a device to be counted: what counts them there, beside these facts, from none on. With
    /// `keep`, those that reach the lowest fact's are handed over too.
    fn counter(&self, facts: &Facts, keep: bool) -> Option<Box<dyn Counter + '_>> {
        let _ = (facts, keep);
        None
    }
}

/// Scores non-facts and counts their logits where they are.
pub trait Counter {
    /// Counts more claims; their indices follow those of the claims before. What has gathered of logits that reach the
    /// lowest fact's goes to `keep` now and then, ascending.
    ///
    /// # Errors
    /// [`EvaluateError::Device`], and what `keep` returns.
    fn add(&mut self, claims: &[u64], keep: Keep) -> Result<(), EvaluateError>;

    /// What was counted.
    ///
    /// # Errors
    /// [`EvaluateError::Device`], and what `keep` returns.
    fn finish(self: Box<Self>, keep: Keep) -> Result<NonFacts, EvaluateError>;
}

/// Takes logits that reach the lowest fact's.
pub type Keep<'a> = &'a mut dyn FnMut(&[f32]) -> Result<(), EvaluateError>;

/// Hands the non-facts at these ranks over, chunk after chunk.
pub(super) fn chunks(
    facts: &FactSet,
    ranks: Range<u128>,
    mut take: impl FnMut(&[u64]) -> Result<(), EvaluateError>,
) -> Result<(), EvaluateError> {
    let mut start = ranks.start;
    while start < ranks.end {
        let end = (start + CHUNK as u128).min(ranks.end);
        take(&non_facts(facts, start..end))?;
        start = end;
    }
    Ok(())
}

fn non_facts(facts: &FactSet, ranks: Range<u128>) -> Vec<u64> {
    let pieces = ((ranks.end - ranks.start) as usize).div_ceil(PIECE);
    let piece = |index: usize| {
        let start = ranks.start + (index * PIECE) as u128;
        let mut claims = Vec::with_capacity(PIECE);
        facts.fill_non_facts(&(start..(start + PIECE as u128).min(ranks.end)), &mut claims);
        claims
    };
    (0..pieces).into_par_iter().map(piece).collect::<Vec<_>>().concat()
}

/// Claims that a network scores at a time.
pub(crate) fn claims_at_once(shape: &Shape, kernels: Kernels, limits: Limits) -> usize {
    match kernels {
        Kernels::Fused => CHUNK,
        Kernels::Composed => limits.rows_at_once(shape, 1 << 14),
    }
}

/// One member's network, on the device.
pub(super) struct NetworkScorer<'a> {
    model: Perceptrons,
    encoding: &'a Encoding,
    kernels: Kernels,
    device: &'a Device,
    /// Claims a call: many for the fused operation, which keeps nothing but its blocks; fewer for composed kernels,
    /// which keep every activation.
    chunk: usize,
}

impl<'a> NetworkScorer<'a> {
    /// # Shapes
    /// `parameters` `[P]`.
    pub(super) fn new(
        shape: &Shape,
        parameters: &[f32],
        encoding: &'a Encoding,
        (kernels, device, limits): (Kernels, &'a Device, Limits),
    ) -> Self {
        let model = Perceptrons::new(shape.clone(), 1, parameters.to_vec(), device);
        Self { model, encoding, kernels, device, chunk: claims_at_once(shape, kernels, limits) }
    }

    /// The logits of claims, [`Self::chunk`] at a time, on the device.
    ///
    /// # Shapes
    /// `[1, B]` each.
    pub(super) fn logits<'b>(&'b self, claims: &'b [u64]) -> impl Iterator<Item = Tensor<2>> + 'b {
        claims.chunks(self.chunk).map(|claims| {
            let width = self.encoding.words_per_row();
            let mut words = vec![0_u32; claims.len() * width];
            words
                .par_chunks_mut(PIECE * width)
                .zip(claims.par_chunks(PIECE))
                .for_each(|(words, claims)| self.encoding.encode(claims, words));
            let words: Vec<i32> = bytemuck::allocation::cast_vec(words);
            let data = TensorData::new(words, [1, claims.len(), width]);
            self.model.logits(Tensor::<3, Int>::from_data(data, self.device), self.kernels)
        })
    }
}

impl Scorer for NetworkScorer<'_> {
    fn score(&self, claims: &[u64]) -> Result<Vec<f32>, EvaluateError> {
        let mut logits = Vec::with_capacity(claims.len());
        for chunk in self.logits(claims) {
            logits.extend(backend::read(chunk)?);
        }
        Ok(logits)
    }

    #[cfg(feature = "gpu")]
    fn counter(&self, facts: &Facts, keep: bool) -> Option<Box<dyn Counter + '_>> {
        let count = || Box::new(DeviceCounter::new(self, self.device, facts, keep)) as Box<dyn Counter>;
        backend::is_gpu(self.device).then(count)
    }
}
