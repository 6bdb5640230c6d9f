//! Why a run could not be made or went wrong.

use std::path::PathBuf;

use thiserror::Error;

use crate::backend::check::Difference;
use crate::backend::{BackendError, DeviceFailure, TooLarge};
use crate::config::ConfigError;
use crate::evaluate::EvaluateError;
use crate::facts::FactsError;
use crate::record::RecordError;
use crate::train::TrainError;

/// Why a run could not be made or went wrong.
#[derive(Debug, Error)]
pub enum RunError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The facts cannot be had.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// The backend cannot be had.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The run directory cannot be made, is no run, or is in use; nothing was written.
    #[error(transparent)]
    Directory(RecordError),
    /// A network is too large for the device; nothing was written.
    #[error("{population} on {backend}: {error}")]
    TooLarge {
        /// The population's id.
        population: String,
        /// The backend.
        backend: String,
        /// What is too large.
        error: TooLarge,
    },
    /// The device does not compute what it should; nothing was written.
    #[error(
        "{backend} is not trusted: it does not compute what the CPU computes: {difference}\n  fix: {fix}; --no-check \
         computes on it all the same"
    )]
    Differs {
        /// The backend.
        backend: String,
        /// What it computed.
        difference: Box<Difference>,
        /// What may help.
        fix: &'static str,
    },
    /// The device failed in its first computations; nothing was written.
    #[error("{backend} failed in its first computations: {failure}\n  fix: {fix}")]
    Unchecked {
        /// The backend.
        backend: String,
        /// How it failed.
        failure: DeviceFailure,
        /// What may help.
        fix: &'static str,
    },
    /// Something in the run directory cannot be written or read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Evaluation failed.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceFailure),
    /// The threads cannot be had.
    #[error("backend.threads = {threads}: the system gives no such pool of threads: {reason}")]
    Threads {
        /// As configured.
        threads: usize,
        /// The system's words.
        reason: String,
    },
    /// A run that is resumed was made from other facts.
    #[error(
        "{}: member {member} had the fact set {expected} and would now have {found}\n  fix: restore the file of claims \
         that the run was started with, or start a new run",
        path.display()
    )]
    OtherFacts {
        /// The run.
        path: PathBuf,
        /// The first member that differs.
        member: u32,
        /// Digest in run.json.
        expected: String,
        /// Digest of what the configuration gives today.
        found: String,
    },
}

impl RunError {
    /// Whether the request or its input is at fault and nothing was written.
    pub fn is_request(&self) -> bool {
        match self {
            Self::Config(_)
            | Self::Facts(_)
            | Self::Backend(_)
            | Self::OtherFacts { .. }
            | Self::TooLarge { .. }
            | Self::Threads { .. } => true,
            Self::Directory(error) => !error.is_full_disk(),
            Self::Train(error) => matches!(error, TrainError::NotTrained { .. }),
            Self::Record(_) | Self::Evaluate(_) | Self::Device(_) | Self::Differs { .. } | Self::Unchecked { .. } => {
                false
            }
        }
    }

    /// Whether the device's memory was too small for what it was given at a time.
    pub(super) fn is_out_of_memory(&self) -> bool {
        let (Self::Device(failure)
        | Self::Train(TrainError::Device { failure, .. })
        | Self::Evaluate(EvaluateError::Device(failure))
        | Self::Unchecked { failure, .. }) = self
        else {
            return false;
        };
        matches!(failure, DeviceFailure::OutOfMemory(_))
    }

    /// Whether the device failed: then the run can go on, elsewhere or later.
    pub(super) fn is_of_device(&self) -> bool {
        matches!(
            self,
            Self::Device(_) | Self::Train(TrainError::Device { .. }) | Self::Evaluate(EvaluateError::Device(_))
        )
    }
}
