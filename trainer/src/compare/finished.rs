//! What the run of one backend left, as far as a comparison needs it.

use std::collections::BTreeMap;

use crate::config::{self, Overrides, TrainConfig};
use crate::record::evaluation_json::MemberStatus;
use crate::record::{EvaluationFile, Real, RunPaths, RunRecord, read_metrics};
use crate::run::RunError;

/// A run after its evaluation.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its `run.json`.
    pub record: RunRecord,
    /// By (member, step): the training losses of the first steps.
    pub losses: BTreeMap<(u32, u64), [f64; LOSSES.len()]>,
    /// Its `evaluation.json`.
    pub evaluation: EvaluationFile,
    /// The recipe of every member; those of one recipe and population differ by their seed alone.
    pub recipes: BTreeMap<u32, Recipe>,
}

/// What a member may have of its own besides its seed: learning rate, λ and largest gradient norm, as bit patterns.
pub type Recipe = [u64; 3];

/// The losses of a line of metrics that are compared.
pub const LOSSES: [&str; 3] = ["loss_nats", "fact_loss_nats", "non_fact_loss_nats"];

impl Finished {
    /// Whether a member lived to be evaluated.
    pub(super) fn has_results(&self) -> bool {
        self.evaluation.members.iter().any(|member| member.status == MemberStatus::Complete)
    }

    /// Reads a run directory, and the training losses of its first `steps` steps.
    ///
    /// # Errors
    /// [`RunError`] if the run was not evaluated or a file is damaged.
    pub fn read(paths: &RunPaths, steps: u64) -> Result<Self, RunError> {
        let record = RunRecord::read(&paths.run_json())?;
        let recipes = recipes(&record, &config::load(&paths.config(), Overrides::default())?.train);
        let evaluation = EvaluationFile::read(&paths.evaluation())?;
        let lines = read_metrics(&paths.metrics())?.into_iter();
        let lines = lines.filter(|line| line.split == "train" && line.step <= steps);
        let losses = lines.map(|line| {
            let loss = |name| line.values.get(name).map_or(f64::NAN, |&Real(value)| value);
            ((line.member, line.step), LOSSES.map(loss))
        });
        Ok(Self { record, losses: losses.collect(), evaluation, recipes })
    }
}

/// A population's members are those of the seeds, in their order, and so are the values of a recipe.
fn recipes(record: &RunRecord, train: &TrainConfig) -> BTreeMap<u32, Recipe> {
    let members = record.populations.iter().flat_map(|population| population.members.iter().enumerate());
    let value = |values: &[f64], place: usize| values.get(place).map_or(0, |value| value.to_bits());
    let recipe = |place| {
        let clip = train.clip.as_ref().map_or(0, |clips| value(clips, place));
        [value(&train.learning_rate, place), value(&train.negative_weight, place), clip]
    };
    members.map(|(place, &member)| (member, recipe(place))).collect()
}
