//! The run directory and everything written in it: plain data in, files out, and back. Nothing here knows tensors of an
//! engine, devices or how a number was computed, so that reports and other tools can read a run with this module alone.

mod append;
mod atomic;
pub mod checkpoint;
mod constant_chunk;
mod directory;
mod error;
pub mod evaluation_json;
pub mod events;
mod json_file;
mod lock;
mod manifest;
pub mod metrics;
mod number;
pub mod run_json;
pub mod scores;
mod scores_read;
mod tensors;
mod utc;

pub use atomic::write_atomically;
pub use checkpoint::{Checkpoint, Checkpoints, LoadedCheckpoint};
pub use directory::{RunDirectory, RunPaths, RunState};
pub use error::RecordError;
pub use evaluation_json::{EvaluationFile, MemberEvaluation};
pub use events::EventsWriter;
pub use metrics::{MetricsRecord, MetricsWriter, read_metrics};
pub use number::Real;
pub use run_json::{RunRecord, RunStatus};
pub use scores::{ScoreKind, ScoresWriter};
pub use scores_read::{ScoreBatch, read_scores};
pub use tensors::{NamedTensor, TensorFile};
pub use utc::{utc_compact, utc_rfc3339};

/// The version written into every JSON file of a run directory, and the only one that this build reads.
pub const SCHEMA_VERSION: u32 = 1;
