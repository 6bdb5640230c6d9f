//! What the run of one backend left, as far as a comparison needs it.

use std::collections::BTreeMap;

use super::CompareError;
use crate::config::{self, Experiment, Overrides};
use crate::record::evaluation_json::MemberStatus;
use crate::record::{EvaluationFile, Real, RunPaths, RunRecord, read_metrics};

/// A run after its evaluation.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its `run.json`.
    pub record: RunRecord,
    /// By (member, step): the training losses of the first steps.
    pub losses: BTreeMap<(u32, u64), [f64; LOSSES.len()]>,
    /// Its `evaluation.json`.
    pub evaluation: EvaluationFile,
    /// By seed, from its configuration.
    pub settings: BTreeMap<u64, Setting>,
}

/// What sets members of one shape apart besides the seed: the bits of numbers that are equal or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Peak learning rate.
    pub learning_rate: u64,
    /// λ.
    pub negative_weight: u64,
    /// Largest norm of the gradient, if it is clipped.
    pub clip: Option<u64>,
}

/// The losses of a line of metrics that are compared.
pub const LOSSES: [&str; 3] = ["loss_nats", "fact_loss_nats", "non_fact_loss_nats"];

impl Finished {
    /// Whether the loss of a member stopped being finite.
    pub(super) fn has_diverged(&self, member: u32) -> bool {
        let found = self.evaluation.members.iter().find(|found| found.member == member);
        found.is_some_and(|found| found.status == MemberStatus::Diverged)
    }

    /// Reads a run directory, and the training losses of its first `steps` steps.
    ///
    /// # Errors
    /// [`CompareError`] if the run was not evaluated or a file is damaged.
    pub fn read(paths: &RunPaths, steps: u64) -> Result<Self, CompareError> {
        let record = RunRecord::read(&paths.run_json())?;
        let evaluation = EvaluationFile::read(&paths.evaluation())?;
        let lines = read_metrics(&paths.metrics())?.into_iter();
        let lines = lines.filter(|line| line.split == "train" && line.step <= steps);
        let losses = lines.map(|line| {
            let loss = |name| line.values.get(name).map_or(f64::NAN, |&Real(value)| value);
            ((line.member, line.step), LOSSES.map(loss))
        });
        let settings = settings(&config::load(&paths.config(), Overrides::default())?);
        Ok(Self { record, losses: losses.collect(), evaluation, settings })
    }
}

fn settings(experiment: &Experiment) -> BTreeMap<u64, Setting> {
    let train = &experiment.train;
    let setting = |place: usize| Setting {
        learning_rate: train.learning_rate[place].to_bits(),
        negative_weight: train.negative_weight[place].to_bits(),
        clip: train.clip.as_ref().map(|clips| clips[place].to_bits()),
    };
    experiment.seeds.iter().enumerate().map(|(place, &seed)| (seed, setting(place))).collect()
}
