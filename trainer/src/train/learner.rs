//! Members of a population that learn: one step at a time, on whatever batch they are given. Knows neither files nor
//! schedules.

use std::ops::Range;

use burn::module::Param;
use burn::tensor::{Device, Int, Tensor};
use rote_models::{Kernels, Losses, Perceptrons};

use super::error::TrainError;
use super::optimizer::{PopulationOptimizer, Rates, Scalars, clip};
use super::pieces::pieces;
use super::population::Population;
use crate::backend;
use crate::config;
use crate::record::NamedTensor;

/// The networks of a population, or of a part of it, with their optimiser, on a device.
pub struct Learner {
    model: Perceptrons,
    optimizer: PopulationOptimizer,
    kernels: Kernels,
    facts_per_step: usize,
    /// Rows of a member that are computed at a time.
    rows_at_once: usize,
    negative_weights: Vec<f32>,
    /// Largest gradient norms, where any member is clipped.
    clips: Option<Vec<f32>>,
}

/// Neighbouring members of a population, and how many of their rows are computed at a time.
pub(super) struct Part<'a> {
    pub(super) population: &'a Population,
    pub(super) members: Range<usize>,
    pub(super) rows_at_once: usize,
}

impl Learner {
    /// All members of a population.
    ///
    /// # Shapes
    /// `parameters` `[E, P]`, row-major.
    pub fn new(
        population: &Population,
        parameters: Vec<f32>,
        optimizer: config::Optimizer,
        kernels: Kernels,
        device: &Device,
    ) -> Self {
        let part = Part { population, members: 0..population.members.len(), rows_at_once: usize::MAX };
        Self::of(part, parameters, optimizer, kernels, device)
    }

    /// Some members of a population.
    ///
    /// # Shapes
    /// `parameters` `[E, P]` of these members, row-major.
    pub(super) fn of(
        part: Part,
        parameters: Vec<f32>,
        optimizer: config::Optimizer,
        kernels: Kernels,
        device: &Device,
    ) -> Self {
        let (population, members) = (part.population, &part.population.members[part.members]);
        let limit = |clip: Option<f64>| clip.map_or(f32::INFINITY, |clip| clip as f32);
        let clipped = members.iter().any(|member| member.clip.is_some());
        let device = device.clone().autodiff();
        Self {
            model: Perceptrons::new(population.shape.clone(), members.len(), parameters, &device),
            optimizer: PopulationOptimizer::new(optimizer, &population.shape),
            kernels,
            facts_per_step: population.facts_per_step(),
            rows_at_once: part.rows_at_once,
            negative_weights: members.iter().map(|member| member.negative_weight as f32).collect(),
            clips: clipped.then(|| members.iter().map(|member| limit(member.clip)).collect()),
        }
    }

    /// One step of every member at its own rate. The losses are those of the batch before the step; they stay on the
    /// device.
    ///
    /// # Shapes
    /// `words` `[E, B, W]`, the facts first; `rates` `[E]`.
    pub fn step(&mut self, words: Tensor<3, Int>, rates: &[f64]) -> Losses {
        let [_, rows, _] = words.dims();
        let (losses, gradients) = if rows <= self.rows_at_once {
            self.with_gradients(words, self.facts_per_step, &self.negative_weights, 1.0)
        } else {
            self.piece_by_piece(&words)
        };
        let gradients = match &self.clips {
            Some(clips) => clip(gradients, clips),
            None => gradients,
        };
        let updated = self.optimizer.step(self.model.parameters.val().inner(), gradients, &Rates::of(rates));
        self.model.parameters = Param::from_tensor(Tensor::from_inner(updated).require_grad());
        losses
    }

    /// Losses of a batch, and the gradients of `share` times the training loss.
    fn with_gradients(
        &self,
        words: Tensor<3, Int>,
        facts: usize,
        negative_weights: &[f32],
        share: f64,
    ) -> (Losses, Tensor<2>) {
        let mut losses = self.model.loss(words, facts, negative_weights, self.kernels);
        if share < 1.0 {
            losses.training = losses.training.mul_scalar(share);
        }
        let gradients = self.model.parameters.val().grad(&losses.training.clone().sum().backward());
        (losses, gradients.expect("the loss depends on the parameters"))
    }

    /// Losses of a batch that is too large to be computed at once, and the gradients of the training loss: sums over its
    /// pieces. What a piece keeps for its backward pass is gone before the next one begins.
    fn piece_by_piece(&self, words: &Tensor<3, Int>) -> (Losses, Tensor<2>) {
        let [members, rows, width] = words.dims();
        let take = |rows: Range<usize>| words.clone().slice([0..members, rows, 0..width]);
        let summands =
            pieces(self.facts_per_step, rows - self.facts_per_step, self.rows_at_once).into_iter().map(|piece| {
                let facts = piece.facts.len();
                let rows = Tensor::cat(vec![take(piece.facts), take(piece.non_facts)], 1);
                // The loss of facts has the weight 1 in what `loss` returns, so the other one's is given relative to it.
                let ratio = (piece.non_fact_share / piece.fact_share) as f32;
                let weights: Vec<f32> = self.negative_weights.iter().map(|weight| weight * ratio).collect();
                let (losses, gradients) = self.with_gradients(rows, facts, &weights, piece.fact_share);
                let shares = [[piece.fact_share as f32, piece.non_fact_share as f32]];
                let parts = losses.parts * Tensor::from_data(shares, &words.device());
                (Losses { training: losses.training.detach(), parts }, gradients)
            });
        let sum = |(sum, gradients): (Losses, Tensor<2>), (losses, more): (Losses, Tensor<2>)| {
            let (training, parts) = (sum.training + losses.training, sum.parts + losses.parts);
            (Losses { training, parts }, gradients + more)
        };
        summands.reduce(sum).expect("a batch has rows")
    }

    /// The parameters of all members, read from the device.
    ///
    /// # Shapes
    /// `[E, P]`, row-major.
    ///
    /// # Errors
    /// [`TrainError::Device`].
    pub fn parameters(&self) -> Result<Vec<f32>, TrainError> {
        read(self.model.parameters.val().inner(), "parameters")
    }

    pub(super) fn optimizer_state(&self) -> Result<(Vec<NamedTensor>, Scalars), TrainError> {
        self.optimizer.save()
    }

    pub(super) fn restore_optimizer(
        &mut self,
        tensors: Vec<NamedTensor>,
        scalars: &Scalars,
        device: &Device,
    ) -> Result<(), TrainError> {
        self.optimizer.restore(tensors, scalars, device)
    }
}

/// A tensor's numbers, read from the device: the moment at which it tells of all that failed before.
pub(super) fn read<const D: usize>(tensor: Tensor<D>, what: &'static str) -> Result<Vec<f32>, TrainError> {
    backend::read(tensor).map_err(|failure| TrainError::Device { what, failure })
}
