//! Why a training cannot go on.

use std::path::PathBuf;

use thiserror::Error;

use crate::backend::{DeviceFailure, TooLarge};
use crate::record::RecordError;

/// Why a training cannot go on.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The run directory refused.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A checkpoint holds another population or another optimiser's state.
    #[error("the checkpoint does not fit the experiment: {0}; restore config.toml or start a new run")]
    State(String),
    /// Networks that are to be evaluated are not there yet.
    #[error("{population} has no checkpoint yet; finish the training with rote train --resume {}", run.display())]
    NotTrained {
        /// The population's id.
        population: String,
        /// The run directory.
        run: PathBuf,
    },
    /// A network is too large for the device.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The device failed.
    #[error("{what} could not be read: {failure}")]
    Device {
        /// What was to be read.
        what: &'static str,
        /// How the device failed.
        failure: DeviceFailure,
    },
}

impl TrainError {
    pub(super) fn state(error: impl std::fmt::Display) -> Self {
        Self::State(error.to_string())
    }
}
