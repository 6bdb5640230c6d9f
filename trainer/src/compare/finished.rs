//! What the run of one backend left, as far as a comparison needs it.

use std::collections::BTreeMap;

use crate::record::evaluation_json::MemberStatus;
use crate::record::{EvaluationFile, Real, RecordError, RunPaths, RunRecord, read_metrics};

/// A run after its evaluation.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its `run.json`.
    pub record: RunRecord,
    /// By (member, step): the training losses of the first steps.
    pub losses: BTreeMap<(u32, u64), [f64; LOSSES.len()]>,
    /// Its `evaluation.json`.
    pub evaluation: EvaluationFile,
}

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
    /// [`RecordError`] if the run was not evaluated or a file is damaged.
    pub fn read(paths: &RunPaths, steps: u64) -> Result<Self, RecordError> {
        let record = RunRecord::read(&paths.run_json())?;
        let evaluation = EvaluationFile::read(&paths.evaluation())?;
        let lines = read_metrics(&paths.metrics())?.into_iter();
        let lines = lines.filter(|line| line.split == "train" && line.step <= steps);
        let losses = lines.map(|line| {
            let loss = |name| line.values.get(name).map_or(f64::NAN, |&Real(value)| value);
            ((line.member, line.step), LOSSES.map(loss))
        });
        Ok(Self { record, losses: losses.collect(), evaluation })
    }
}
