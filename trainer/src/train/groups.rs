//! A population on a device: as many members together as fit, in groups one after the other. Members share nothing, so
//! how they are grouped changes no result, and a checkpoint knows nothing of it.

use std::ops::Range;

use burn::tensor::Device;
use rote_models::{Kernels, Losses};

use super::error::TrainError;
use super::learner::{Learner, Part};
use super::optimizer::Scalars;
use super::pieces::{Piece, pieces};
use super::population::Population;
use crate::backend::Division;
use crate::config;
use crate::record::NamedTensor;

/// So many members in groups of at most `most`, as equal as can be: kernels are made for few sizes then.
fn groups(all: usize, most: usize) -> impl ExactSizeIterator<Item = Range<usize>> {
    let count = all.div_ceil(most);
    (0..count).map(move |index| index * all / count..(index + 1) * all / count)
}

/// What a device computes at once of a population that is divided so: the largest group with the first piece of its
/// batch. All pieces are of that size, or a row smaller.
pub(super) fn at_once(population: &Population, division: Division) -> (usize, Piece) {
    let members = groups(population.members.len(), division.members).map(|members| members.len()).max().unwrap_or(0);
    let (facts, rows) = (population.facts_per_step(), population.rows());
    (members, pieces(facts, rows - facts, division.rows).swap_remove(0))
}

/// All members of a population, with their optimisers.
pub(crate) struct Groups<'a> {
    population: &'a Population,
    parts: Vec<(Range<usize>, Learner)>,
    device: &'a Device,
}

impl<'a> Groups<'a> {
    /// # Shapes
    /// `parameters` `[E, P]`, row-major.
    pub(crate) fn new(
        population: &'a Population,
        division: Division,
        parameters: &[f32],
        (optimizer, kernels): (config::Optimizer, Kernels),
        device: &'a Device,
    ) -> Self {
        let all = population.members.len();
        let count = groups(all, division.members).len();
        if count > 1 || division.rows < population.rows() {
            tracing::info!("{}: {count} groups of members, {} rows at a time", population.id, division.rows);
        }
        let each = population.shape.parameters();
        let groups = groups(all, division.members).map(|members| {
            let part = Part { population, members: members.clone(), rows_at_once: division.rows };
            let parameters = parameters[members.start * each..members.end * each].to_vec();
            (members, Learner::of(part, parameters, optimizer, kernels, device))
        });
        Self { population, parts: groups.collect(), device }
    }

    /// One step of every member at its own rate, on the batch of that step; the losses of each group.
    ///
    /// # Shapes
    /// `rates` `[E]`.
    pub(crate) fn step(&mut self, step: u64, rates: &[f64]) -> Vec<Losses> {
        let device = self.device.clone().autodiff();
        let steps = self.parts.iter_mut().map(|(members, learner)| {
            let words = self.population.batch_of(members.clone(), step, &device);
            learner.step(words, &rates[members.clone()])
        });
        steps.collect()
    }

    /// The parameters of all members, read from the device.
    ///
    /// # Shapes
    /// `[E, P]`, row-major.
    ///
    /// # Errors
    /// [`TrainError::Device`].
    pub(super) fn parameters(&self) -> Result<Vec<f32>, TrainError> {
        let parameters = self.parts.iter().map(|(_, learner)| learner.parameters());
        Ok(parameters.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The optimisers' state as one: tensors `[E, ...]`, and scalars, which all groups share.
    pub(super) fn optimizer_state(&self) -> Result<(Vec<NamedTensor>, Scalars), TrainError> {
        let states = self.parts.iter().map(|(_, learner)| learner.optimizer_state());
        let mut states = states.collect::<Result<Vec<_>, _>>()?.into_iter();
        let (mut tensors, scalars) = states.next().unwrap_or_default();
        for (others, _) in states {
            for (tensor, other) in tensors.iter_mut().zip(others) {
                if tensor.name != other.name || tensor.shape[1..] != other.shape[1..] {
                    return Err(TrainError::State(format!("{} differs from group to group", tensor.name)));
                }
                tensor.shape[0] += other.shape[0];
                tensor.data.extend(other.data);
            }
        }
        Ok((tensors, scalars))
    }

    /// Takes the state of a checkpoint over.
    pub(super) fn restore_optimizer(&mut self, tensors: &[NamedTensor], scalars: &Scalars) -> Result<(), TrainError> {
        let all = self.population.members.len();
        if let Some(tensor) = tensors.iter().find(|tensor| tensor.shape.first() != Some(&all)) {
            return Err(TrainError::State(format!("{} is not of {all} members", tensor.name)));
        }
        for (members, learner) in &mut self.parts {
            let part = |tensor: &NamedTensor| {
                let each = tensor.data.len() / all;
                let mut shape = tensor.shape.clone();
                shape[0] = members.len();
                let data = tensor.data[members.start * each..members.end * each].to_vec();
                NamedTensor { name: tensor.name.clone(), shape, data }
            };
            learner.restore_optimizer(tensors.iter().map(part).collect(), scalars, self.device)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
