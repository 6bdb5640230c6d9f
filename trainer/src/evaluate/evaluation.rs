//! All members of a run through evaluation, one after the other; and memories that are no networks through the same.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Device;
use rote_models::Kernels;
use thiserror::Error;

use super::examine::{Ranks, examine};
use super::measure::{self, MeasureError, Subject};
use super::scorer::{NetworkScorer, Scorer};
use crate::backend::{DeviceFailure, Limits};
use crate::config::Resolved;
use crate::facts::{FactSet, FactsError};
use crate::progress::Progress;
use crate::record::evaluation_json::NonFactSet;
use crate::record::{EvaluationFile, MemberEvaluation, RecordError, ScoresWriter};
use crate::run::Plan;
use crate::train::{Member, MemberStatus, Population, Trained};

/// Bits in which a parameter is stored: raw `f32`.
const RAW_BITS: f64 = 32.0;

/// Why an evaluation cannot go on.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// The facts leave nothing to score.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// The scores cannot be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The scores cannot be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The device failed.
    #[error("logits could not be read: {0}")]
    Device(#[from] DeviceFailure),
}

/// How to evaluate a run.
pub struct Evaluation<'a> {
    /// The experiment and its populations.
    pub plan: &'a Plan,
    /// Fused or composed.
    pub kernels: Kernels,
    /// Where to score.
    pub device: &'a Device,
    /// What fits there.
    pub limits: Limits,
}

impl Evaluation<'_> {
    /// Evaluates every member, in their order; writes the scores if a path is given. `None` if it was stopped.
    ///
    /// # Errors
    /// [`EvaluateError`]; no file is left then.
    pub fn run(
        &self,
        trained: &[Trained],
        scores: Option<&Path>,
        stop: &AtomicBool,
        progress: &dyn Progress,
    ) -> Result<Option<EvaluationFile>, EvaluateError> {
        let mut writer = scores.map(ScoresWriter::create).transpose()?;
        let total: usize = self.plan.populations.iter().map(|population| population.members.len()).sum();
        progress.begin("evaluate", "network", total as u64, 0);
        let mut members = Vec::with_capacity(total);
        for (population, trained) in self.plan.populations.iter().zip(trained) {
            let blocks = trained.parameters.chunks_exact(population.shape.parameters());
            for ((member, &status), parameters) in population.members.iter().zip(&trained.members).zip(blocks) {
                if stop.load(Ordering::Relaxed) {
                    progress.end();
                    return Ok(None);
                }
                let network = Network { population, member, status, steps: trained.steps, parameters };
                members.push(self.member(&network, writer.as_mut())?);
                progress.advance(members.len() as u64, &String::new);
            }
        }
        if let Some(writer) = writer {
            writer.finish()?;
        }
        progress.end();
        Ok(Some(EvaluationFile::new(members)))
    }

    fn member(&self, network: &Network, writer: Option<&mut ScoresWriter>) -> Result<MemberEvaluation, EvaluateError> {
        let Network { population, member, parameters, .. } = *network;
        let set = member.batches.facts();
        let ranks = Ranks::of(set, &self.plan.resolved)?;
        let subject = network.subject(self.plan, ranks.exhaustive);
        if network.status.is_diverged() {
            return Ok(subject.diverged());
        }
        let encoding = member.batches.encoding();
        let engine = (self.kernels, self.device, self.limits);
        let scorer = NetworkScorer::new(&population.shape, parameters, encoding, engine);
        examine(&scorer, &subject, set, ranks, writer)
    }
}

/// One trained network.
struct Network<'a> {
    population: &'a Population,
    member: &'a Member,
    status: MemberStatus,
    steps: u64,
    parameters: &'a [f32],
}

impl Network<'_> {
    fn subject(&self, plan: &Plan, exhaustive: bool) -> Subject {
        let (shape, set) = (&self.population.shape, self.member.batches.facts());
        let parameters = shape.parameters() as u64;
        Subject {
            member: self.member.number,
            population: self.population.id.clone(),
            seed: self.member.seed,
            network: Some(measure::Network {
                widths: shape.widths.iter().map(|&width| width as u64).collect(),
                activation: shape.activation.name().to_owned(),
                parameters,
                steps: self.status.steps(self.steps),
            }),
            facts: set.count(),
            universe: plan.resolved.universe,
            negative_weight: self.member.negative_weight,
            // Structure need not be stored fact by fact, so only random facts are held against the size of the network.
            stored_bits: set.is_random().then_some(RAW_BITS * parameters as f64),
            non_fact_set: non_fact_set(set),
            exhaustive,
        }
    }
}

fn non_fact_set(set: &FactSet) -> NonFactSet {
    if set.held_out() == 0 { NonFactSet::All } else { NonFactSet::HeldOut }
}

/// What the record says of a memory that is no network.
pub struct Memory {
    /// Its number among those that are evaluated.
    pub number: u32,
    /// What it is called, in the place of a population.
    pub name: String,
    /// lambda.
    pub negative_weight: f64,
    /// Bits in which it is stored, in all.
    pub stored_bits: f64,
}

/// Evaluates any memory of the facts of `set` as a network that was trained on them would be.
///
/// # Errors
/// [`EvaluateError`].
pub fn evaluate_memory(
    memory: &Memory,
    scorer: &dyn Scorer,
    set: &FactSet,
    resolved: &Resolved,
) -> Result<MemberEvaluation, EvaluateError> {
    let ranks = Ranks::of(set, resolved)?;
    let subject = Subject {
        member: memory.number,
        population: memory.name.clone(),
        seed: set.seed(),
        network: None,
        facts: set.count(),
        universe: resolved.universe,
        negative_weight: memory.negative_weight,
        stored_bits: Some(memory.stored_bits),
        non_fact_set: non_fact_set(set),
        exhaustive: ranks.exhaustive,
    };
    examine(scorer, &subject, set, ranks, None)
}
