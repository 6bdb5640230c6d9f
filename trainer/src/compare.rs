//! One experiment on several backends: how fast each is, what it takes, and whether they agree.
//!
//! Every backend trains and evaluates in a process of its own, so that settings of the engine, peaks of memory and
//! crashes stay apart. What is told of it is read from the run directory that it leaves. [`agreement`] compares two such
//! directories; it needs no backend and no device.

mod agreement;
mod child;
mod csv;
mod finals;
mod finished;
mod kernels;
mod report;
mod request;
mod rounding;
mod spread;

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use thiserror::Error;

pub use self::agreement::{Agreement, agreement};
use self::child::Ended;
pub use self::finals::{Final, Metric};
pub use self::finished::{Finished, Setting};
pub use self::kernels::{KernelError, KernelTimes, kernel_times};
use self::report::Ran;
pub use self::report::{BackendReport, BackendStatus, ComparisonFile, PopulationReport};
pub use self::request::{Comparison, Contestant, Request};
pub use self::rounding::{MemberRounding, Rounding, Tolerance};
use crate::config::ConfigError;
use crate::progress::{Progress, Silent};
use crate::record::{RecordError, RunPaths, utc_rfc3339, write_atomically};
use crate::run::RunError;

/// Why a comparison cannot be made.
#[derive(Debug, Error)]
pub enum CompareError {
    /// There is nothing to compare.
    #[error(
        "--backends {given}: names {count}\n  allowed: two backends or more, with commas\n  fix: write it like --backends flex,ndarray"
    )]
    TooFew {
        /// As typed.
        given: String,
        /// How many it names.
        count: usize,
    },
    /// One of the backends has no name.
    #[error(
        "--backends {given}: a name is missing\n  allowed: two backends or more, with commas\n  fix: write it like \
         --backends flex,ndarray"
    )]
    NoName {
        /// As typed.
        given: String,
    },
    /// The request of a run, on one of the backends, is wrong.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The directory refuses.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The process of a backend cannot be started or watched.
    #[error("{backend}: its process cannot be run: {reason}")]
    Process {
        /// The backend.
        backend: String,
        /// The system's words.
        reason: std::io::Error,
    },
}

impl From<ConfigError> for CompareError {
    fn from(error: ConfigError) -> Self {
        Self::Run(error.into())
    }
}

impl CompareError {
    /// Whether the request is at fault and nothing was written.
    pub fn is_request(&self) -> bool {
        match self {
            Self::TooFew { .. } | Self::NoName { .. } => true,
            Self::Run(error) => error.is_request(),
            Self::Record(_) | Self::Process { .. } => false,
        }
    }
}

impl Comparison {
    /// Runs every backend in turn, `program` being this program, and writes `compare.json` and `compare.csv`. `None` if
    /// it was stopped; the runs that were finished by then stay.
    ///
    /// # Errors
    /// [`CompareError`] if the directory cannot be written or a process not be started. A backend that fails is no
    /// error: the report says so.
    pub fn run(
        &self,
        program: &Path,
        stop: &AtomicBool,
        progress: &dyn Progress,
    ) -> Result<Option<ComparisonFile>, CompareError> {
        let created = std::fs::create_dir_all(&self.directory).map_err(RecordError::io("create", &self.directory));
        created.map_err(RunError::Directory)?;
        let started = utc_rfc3339(SystemTime::now());
        let mut first = None;
        let mut others = Vec::new();
        for index in 0..self.contestants.len() {
            let ended = self.train(program, index, stop, progress)?;
            let kernels = if ended.status.success() { self.kernels(program, index, stop)? } else { Ok(Vec::new()) };
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let finished = Finished::read(&RunPaths::new(self.run_directory(index)), self.compared_steps);
            let ran = Ran { ended, finished, kernels };
            let report = self.report(index, &ran, first.as_ref());
            if first.is_none() {
                first = Some((report, ran));
            } else {
                others.push(report);
            }
        }
        let backends = first.into_iter().map(|(report, _)| report).chain(others).collect();
        let file = self.file(started, backends);
        file.write(&self.directory.join("compare.json"))?;
        write_atomically(&self.directory.join("compare.csv"), csv::render(&file).as_bytes())?;
        Ok(Some(file))
    }

    /// Trains and evaluates on one backend, in a process of its own, to its end or until `stop` is set.
    fn train(
        &self,
        program: &Path,
        index: usize,
        stop: &AtomicBool,
        progress: &dyn Progress,
    ) -> Result<Ended, CompareError> {
        let (contestant, run) = (&self.contestants[index], self.run_directory(index));
        let config = self.write_config(index)?;
        let mut command = Command::new(program);
        command.args(["train", "--quiet", "--progress-events"]).arg(&config).arg("--out").arg(&run);
        let title = format!("{} ({} of {})", contestant.name, index + 1, self.contestants.len());
        let ended = child::run(command, &title, stop, progress);
        ended.map_err(|reason| CompareError::Process { backend: contestant.name.clone(), reason })
    }

    /// Where the time goes on a GPU, from a short pass of its own; why it is not known, elsewhere.
    fn kernels(
        &self,
        program: &Path,
        index: usize,
        stop: &AtomicBool,
    ) -> Result<Result<Vec<KernelTimes>, String>, CompareError> {
        let contestant = &self.contestants[index];
        if contestant.experiment.backend.kind.is_cpu() {
            return Ok(Err("CPU backends do not tell their kernels apart".to_owned()));
        }
        let mut command = Command::new(program);
        command.args(["kernel-times", "--quiet"]).arg(self.config_path(index));
        let ended = child::run(command, &contestant.name, stop, &Silent);
        let ended = ended.map_err(|reason| CompareError::Process { backend: contestant.name.clone(), reason })?;
        Ok(match serde_json::from_str(&ended.stdout) {
            Ok(times) if ended.status.success() => Ok(times),
            _ => Err(ended.reason()),
        })
    }
}
