//! `compare.json`: what was measured on every backend, and what that says.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::CompareError;
use super::agreement::{Agreement, agreement};
use super::child::Ended;
use super::finished::Finished;
use super::kernels::KernelTimes;
use super::request::Comparison;
use crate::record::run_json::{DeviceRecord, EngineRecord, RunStatus, Timings};
use crate::record::{RecordError, RunPaths, RunRecord, SCHEMA_VERSION, write_atomically};
use crate::train::{Population, WARM_UP};

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonFile {
    /// The version of this format.
    pub schema_version: u32,
    /// The experiment's name.
    pub name: String,
    /// The version of this program.
    pub rote: String,
    /// When the comparison was started, RFC 3339, UTC.
    pub started: String,
    /// Steps of training.
    pub steps: u64,
    /// The first of them, whose losses were compared one by one.
    pub compared_steps: u64,
    /// The first of them, which no speed counts: those compared, and 10 at least.
    #[serde(default)]
    pub warm_up_steps: u64,
    /// Members of each population.
    pub members: usize,
    /// The backends in the order in which they ran; the first is what the others are compared with.
    pub backends: Vec<BackendReport>,
}

/// What is left of a backend once its processes have ended.
pub(super) struct Ran {
    pub(super) ended: Ended,
    /// Its run, if that came to an evaluation.
    pub(super) finished: Result<Finished, CompareError>,
    /// Where its time goes, or why that is not known.
    pub(super) kernels: Result<Vec<KernelTimes>, String>,
}

impl Ran {
    /// Why it is not complete, where its run does not say so.
    fn reason(&self) -> String {
        match &self.finished {
            Err(error) if self.ended.status.success() => error.to_string(),
            _ => self.ended.reason(),
        }
    }
}

/// Whether a backend ran to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendStatus {
    /// It did.
    Complete,
    /// It did not; `reason` says why.
    Failed,
}

/// One backend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendReport {
    /// Its name as it was asked for.
    pub backend: String,
    /// Whether it ran to the end.
    pub status: BackendStatus,
    /// Why it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its run directory, below that of the comparison.
    pub run: String,
    /// The device that it found, if it came so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceRecord>,
    /// How the kernels of a GPU were made, and how precise its matrix products are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineRecord>,
    /// CPU threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// Seconds of its process from start to end, evaluation included.
    pub wall_seconds: f64,
    /// The most memory that its process held at once, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// The most memory that its device was seen to hold, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_memory_bytes: Option<u64>,
    /// Why the share of time in matrix products is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matmul_unknown: Option<String>,
    /// Bounds that its networks are reported to beat: a fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<String>,
    /// What was measured, population by population.
    pub populations: Vec<PopulationReport>,
    /// Whether it agrees with the first backend; absent for that one, and where one of the two has no results. False of a
    /// GPU, too, that did not compute what the CPU computes and was not trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agree: Option<bool>,
}

/// One population on one backend. What could not be measured is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PopulationReport {
    /// Its id.
    pub population: String,
    /// The shape of its networks.
    pub shape: String,
    /// P of one network.
    pub parameters: usize,
    /// Rows of one network's batch.
    pub rows: usize,
    /// The floating-point operations that a step of the population must do: (6 P - 2 d w) a row of every member.
    pub flops_per_step: u64,
    /// Steps a second of the whole population after the warm-up, without the writing of checkpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps_per_second: Option<f64>,
    /// The steps over which that was measured.
    #[serde(default)]
    pub measured_steps: u64,
    /// Work that must be done, 10^9 operations a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gflops: Option<f64>,
    /// Steps a second over those of the first backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_ratio: Option<f64>,
    /// Share of the time of all kernels that went to matrix products, what was fused with them included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matmul_share: Option<f64>,
    /// Seconds to the first step's losses: opening the device (first population only), compiling, choosing kernels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_step_seconds: Option<f64>,
    /// Seconds of training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_seconds: Option<f64>,
    /// Seconds of evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluate_seconds: Option<f64>,
    /// How its results compare with the first backend's; absent, too, where every member diverged on both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
}

impl ComparisonFile {
    /// Whether a backend disagrees with the first, or beats a bound.
    pub fn disagrees(&self) -> bool {
        self.backends.iter().any(|backend| backend.agree == Some(false) || !backend.violations.is_empty())
    }

    /// Whether a backend failed.
    pub fn failed(&self) -> bool {
        self.backends.iter().any(|backend| backend.status == BackendStatus::Failed)
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), RecordError> {
        let mut text = serde_json::to_vec_pretty(self).map_err(RecordError::json(path))?;
        text.push(b'\n');
        write_atomically(path, &text)
    }
}

impl Comparison {
    pub(super) fn file(&self, started: String, backends: Vec<BackendReport>) -> ComparisonFile {
        let experiment = &self.plan.resolved.experiment;
        ComparisonFile {
            schema_version: SCHEMA_VERSION,
            name: experiment.name.clone(),
            rote: env!("CARGO_PKG_VERSION").to_owned(),
            started,
            steps: experiment.train.steps,
            compared_steps: self.compared_steps,
            warm_up_steps: self.compared_steps.max(WARM_UP),
            members: experiment.seeds.len(),
            backends,
        }
    }

    /// What is told of a backend; `first` is what ran on the first one, unless this is the first.
    pub(super) fn report(&self, index: usize, ran: &Ran, first: Option<&(BackendReport, Ran)>) -> BackendReport {
        // A run that failed before its evaluation still tells its device and its times.
        let record = RunRecord::read(&RunPaths::new(self.run_directory(index)).run_json()).ok();
        let complete = ran.finished.is_ok() && record.as_ref().is_some_and(|r| r.status == RunStatus::Complete);
        let reason = || record.as_ref().and_then(|record| record.reason.clone()).unwrap_or_else(|| ran.reason());
        let reference = first.and_then(|(_, ran)| ran.finished.as_ref().ok());
        let pair = ran.finished.as_ref().ok().zip(reference);
        // Two runs in which nobody is left have nothing to agree on.
        let agreements = pair.map(|(ran, reference)| agreement(reference, ran)).filter(|all| !all.is_empty());
        let populations = self.plan.populations.iter().map(|population| {
            let timings = record.as_ref().and_then(|record| record.timings.get(&population.id));
            let mut report = PopulationReport::new(population, timings.copied().unwrap_or_default());
            let first = first.and_then(|(first, _)| first.populations.iter().find(|p| p.population == population.id));
            report.speed_ratio = ratio(report.steps_per_second, first.unwrap_or(&report).steps_per_second);
            let times = ran.kernels.iter().flatten().find(|times| times.population == population.id);
            report.matmul_share = times.and_then(KernelTimes::matmul_share);
            report.agreement = agreements.as_ref().and_then(|all| all.get(&population.id).cloned());
            report
        });
        // A backend that fails the comparison with the CPU at the start of a run has no results to disagree with.
        let refused = (ran.finished.is_err() && ran.ended.status.code() == Some(1)).then_some(false);
        let members = ran.finished.iter().flat_map(|finished| &finished.evaluation.members);
        BackendReport {
            backend: self.contestants[index].name.clone(),
            status: if complete { BackendStatus::Complete } else { BackendStatus::Failed },
            reason: (!complete).then(reason),
            run: self.run_name(index),
            device: record.as_ref().map(|record| record.device.clone()),
            engine: record.as_ref().and_then(|record| record.engine.clone()),
            threads: record.as_ref().map(|record| record.threads),
            wall_seconds: ran.ended.seconds,
            peak_memory_bytes: record.as_ref().and_then(|record| record.peak_memory_bytes),
            device_memory_bytes: record.as_ref().and_then(|record| record.device_memory_bytes),
            matmul_unknown: ran.kernels.as_ref().err().cloned(),
            violations: members.flat_map(|member| member.violations.clone()).collect(),
            populations: populations.collect(),
            agree: agreements.as_ref().map_or(refused, |all| Some(all.values().all(|agreement| agreement.agree))),
        }
    }
}

fn ratio(speed: Option<f64>, reference: Option<f64>) -> Option<f64> {
    Some(speed? / reference?)
}

impl PopulationReport {
    fn new(population: &Population, timings: Timings) -> Self {
        let (shape, rows) = (&population.shape, population.rows());
        let flops_per_step = (population.members.len() * rows * shape.flops_per_row()) as u64;
        let positive = |seconds: f64| (seconds > 0.0).then_some(seconds);
        Self {
            population: population.id.clone(),
            shape: shape.to_string(),
            parameters: shape.parameters(),
            rows,
            flops_per_step,
            steps_per_second: timings.steps_per_second,
            measured_steps: timings.measured_steps,
            gflops: timings.steps_per_second.map(|speed| speed * flops_per_step as f64 / 1e9),
            speed_ratio: None,
            matmul_share: None,
            first_step_seconds: timings.first_step_seconds,
            train_seconds: positive(timings.train_seconds),
            evaluate_seconds: positive(timings.evaluate_seconds),
            agreement: None,
        }
    }
}
