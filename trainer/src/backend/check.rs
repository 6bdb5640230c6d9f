//! The comparison at the start of a run on a GPU: losses, gradients and logits in the run's own shapes, beside what they
//! are in double precision. Cheap, and the last thing between a wrong kernel and weeks of wrong results.

mod activation;
mod comparison;
mod precision;
mod reference;

use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;
use rote_models::{Kernels, Perceptrons, Shape};
use thiserror::Error;

use self::comparison::Comparison;
pub use self::comparison::Difference;
pub use self::precision::Precision;
use self::reference::{Batch, Expected};
pub use self::reference::{Row, row};
use super::failure::{DeviceFailure, guarded_on, read};
use crate::record::run_json::CheckRecord;

/// What a device computes at once in a run. Which kernel it takes, and how that one tiles its work, depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Members in one tensor.
    pub members: usize,
    /// Facts of each in one piece of a batch.
    pub facts: usize,
    /// Non-facts of each.
    pub non_facts: usize,
    /// Rows of one member that the evaluation scores at a time.
    pub scored: usize,
}

impl Extent {
    /// Rows of each member in one piece of a batch.
    pub fn rows(&self) -> usize {
        self.facts + self.non_facts
    }
}

/// What is compared: members of a population at the start of their training, each with rows of its own first batch. As
/// many as the CPU can do, over and over until they fill what the device computes at once.
pub struct Subject {
    /// The population's id.
    pub population: String,
    /// The shape of its networks.
    pub shape: Shape,
    /// What the device computes.
    pub extent: Extent,
    /// How many of the distinct rows at the start of each batch are facts; at most those of the extent.
    pub facts: usize,
    /// λ of every distinct member.
    pub negative_weights: Vec<f32>,
    /// `[m, b, W]`, row-major: the rows of m distinct members, b distinct ones each.
    pub words: Vec<u32>,
    /// `[m, P]`, row-major.
    pub parameters: Vec<f32>,
}

/// Why a device is not trusted.
#[derive(Debug, Error)]
pub enum CheckError {
    /// It failed on the way.
    #[error(transparent)]
    Device(#[from] DeviceFailure),
    /// It computes something else.
    #[error("{0}")]
    Differs(Box<Difference>),
}

/// What one device makes of a subject.
pub(crate) struct Answer {
    /// `[E]`.
    pub(crate) training: Vec<f32>,
    /// `[E, 2]`.
    pub(crate) parts: Vec<f32>,
    /// `[E, P]`.
    pub(crate) gradients: Vec<f32>,
    /// Of the first member, `[scored]`.
    pub(crate) logits: Vec<f32>,
}

/// Compares what a device answers with the same in double precision.
///
/// # Errors
/// [`CheckError`].
pub(crate) fn check(
    subject: &Subject,
    precision: Precision,
    answer: impl FnOnce(&Subject) -> Result<Answer, DeviceFailure>,
) -> Result<CheckRecord, CheckError> {
    let started = std::time::Instant::now();
    let got = answer(subject)?;
    let expected = subject.expected();
    let comparison = Comparison { subject, expected: &expected, precision };
    Ok(CheckRecord {
        population: subject.population.clone(),
        members: subject.extent.members as u32,
        rows: subject.extent.rows() as u32,
        distinct_members: subject.members() as u32,
        distinct_rows: subject.rows() as u32,
        scored_rows: subject.extent.scored as u32,
        loss_difference: comparison.losses(&got)?,
        gradient_difference: comparison.gradients(&got.gradients)?,
        logit_difference: comparison.logits(&got.logits)?,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// How precise the matrix products of a device are in the shapes that it will compute.
///
/// # Errors
/// [`DeviceFailure`].
pub(crate) fn probe(device: &Device, shape: &Shape, extent: &Extent) -> Result<Precision, DeviceFailure> {
    guarded_on(device, || precision::of(device, shape, extent.members, extent.rows())).flatten()
}

impl Subject {
    /// Distinct members.
    fn members(&self) -> usize {
        self.negative_weights.len()
    }

    fn width(&self) -> usize {
        self.shape.inputs.div_ceil(32)
    }

    /// Distinct rows of each.
    fn rows(&self) -> usize {
        self.words.len() / (self.members() * self.width())
    }

    /// λ of a member of the device.
    fn negative_weight(&self, member: usize) -> f64 {
        f64::from(self.negative_weights[member % self.members()])
    }

    /// What each distinct member should give.
    fn expected(&self) -> Vec<Expected> {
        let kinds = [(self.facts, self.extent.facts), (self.rows() - self.facts, self.extent.non_facts)];
        let shares = kinds.into_iter().flat_map(|(distinct, all)| {
            let times = move |index: usize| all / distinct + usize::from(index < all % distinct);
            (0..distinct).map(move |index| times(index) as f64 / all as f64)
        });
        let shares: Vec<f64> = shares.collect();
        let words = self.words.par_chunks_exact(self.rows() * self.width());
        let members = words.zip(self.parameters.par_chunks_exact(self.shape.parameters())).zip(&self.negative_weights);
        let expected = members.map(|((words, parameters), &weight)| {
            let batch = Batch { words, shares: &shares, facts: self.facts, negative_weight: f64::from(weight) };
            reference::member(&self.shape, &batch, parameters)
        });
        expected.collect()
    }

    /// One forward and backward pass as a training step does it, and one chunk of logits as the evaluation does it.
    ///
    /// # Errors
    /// [`DeviceFailure`].
    pub(crate) fn answer(&self, device: &Device, kernels: Kernels) -> Result<Answer, DeviceFailure> {
        guarded_on(device, || {
            let training = self.training(&device.clone().autodiff(), kernels)?;
            Ok(Answer { logits: self.logits(device, kernels)?, ..training })
        })
        .flatten()
    }

    fn training(&self, device: &Device, kernels: Kernels) -> Result<Answer, DeviceFailure> {
        let members = self.extent.members;
        let split = self.facts * self.width();
        let of_member = |words: &[u32]| {
            let (facts, others) = words.split_at(split);
            [self.repeated(facts, self.extent.facts), self.repeated(others, self.extent.non_facts)].concat()
        };
        let distinct: Vec<Vec<i32>> = self.words.chunks_exact(self.rows() * self.width()).map(of_member).collect();
        let words: Vec<i32> = distinct.iter().cycle().take(members).flatten().copied().collect();
        let words = TensorData::new(words, [members, self.extent.rows(), self.width()]);
        let parameters = self.parameters.chunks_exact(self.shape.parameters()).cycle().take(members);
        let weights: Vec<f32> = self.negative_weights.iter().cycle().take(members).copied().collect();
        let model = Perceptrons::new(self.shape.clone(), members, parameters.flatten().copied().collect(), device);
        let losses = model.loss(Tensor::<3, Int>::from_data(words, device), self.extent.facts, &weights, kernels);
        let gradients = model.parameters.val().grad(&losses.training.clone().sum().backward());
        let gradients = gradients.map_or_else(|| Ok(Vec::new()), read)?;
        Ok(Answer {
            training: read(losses.training.inner())?,
            parts: read(losses.parts)?,
            gradients,
            logits: Vec::new(),
        })
    }

    fn logits(&self, device: &Device, kernels: Kernels) -> Result<Vec<f32>, DeviceFailure> {
        let words = self.repeated(&self.words[..self.rows() * self.width()], self.extent.scored);
        let words = TensorData::new(words, [1, self.extent.scored, self.width()]);
        let parameters = self.parameters[..self.shape.parameters()].to_vec();
        let model = Perceptrons::new(self.shape.clone(), 1, parameters, device);
        read(model.logits(Tensor::<3, Int>::from_data(words, device), kernels))
    }

    /// Rows over and over until there are `count`.
    fn repeated(&self, words: &[u32], count: usize) -> Vec<i32> {
        words.iter().cycle().take(count * self.width()).map(|&word| word.cast_signed()).collect()
    }
}

#[cfg(test)]
mod tests;
