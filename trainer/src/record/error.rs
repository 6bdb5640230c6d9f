//! The one error type of this module. Every variant names the file or folder, what was expected and what was found,
//! and, where the reader can do something about it, what.

use std::io;
use std::path::{Path, PathBuf};

/// Why something in a run directory could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The operating system refused: a full disk, a read-only folder, a missing file.
    #[error("cannot {action} {}: {source}{}", path.display(), fix(source))]
    Io { path: PathBuf, action: &'static str, source: io::Error },

    /// A new run was asked for in a folder that holds something already.
    #[error(
        "{} exists and is not empty (it holds {found:?}): name another --out{}",
        path.display(),
        if *is_run { format!(", or go on with it: rote train --resume {}", path.display()) } else { String::new() }
    )]
    NotEmpty { path: PathBuf, found: String, is_run: bool },

    /// A folder was asked for where a file is.
    #[error("{} is a file\n  fix: name a folder; for a new run, one that does not exist or is empty", path.display())]
    NotAFolder { path: PathBuf },

    /// Another process holds the lock of the run directory.
    #[error("{} is in use by process {holder}: wait for it or stop it, then try again", path.display())]
    InUse { path: PathBuf, holder: String },

    /// The folder is no run directory.
    #[error("{} is not a run: it has no run.json", path.display())]
    NotARun { path: PathBuf },

    /// A JSON file, or a line of one, does not say what it should.
    #[error("{}: {source}", path.display())]
    Json { path: PathBuf, source: serde_json::Error },

    /// The file was written by a build whose format this one does not know.
    #[error("{} has schema_version {got}, this build reads {expected}: use the build that wrote it", path.display())]
    SchemaVersion { path: PathBuf, expected: u32, got: u64 },

    /// An appended file has lost bytes that a checkpoint counted on.
    #[error(
        "{} holds {got} bytes, but the checkpoint was taken when it held {expected}: part of the file is lost; restore it, \
         or start the run again in another folder",
        path.display()
    )]
    TooShort { path: PathBuf, expected: u64, got: u64 },

    /// A metric has the name of a key that every line has.
    #[error("{}: a metric cannot be named {key:?}, every line has that key", path.display())]
    ReservedMetric { path: PathBuf, key: String },

    /// A record of an event file is torn or altered.
    #[error("{}: the record at byte {offset} is damaged: {reason}", path.display())]
    EventRecord { path: PathBuf, offset: u64, reason: String },

    /// A file of a checkpoint is not the one that its manifest lists.
    #[error("{} is damaged: expected {expected}, got {got}", path.display())]
    Checkpoint { path: PathBuf, expected: String, got: String },

    /// There are checkpoints, and none of them is whole.
    #[error(
        "no checkpoint in {} is whole: {causes}; delete that folder and the population starts afresh",
        path.display()
    )]
    NoWholeCheckpoint { path: PathBuf, causes: String },

    /// A tensor cannot be written, or a safetensors file does not hold what it should.
    #[error("{}: {reason}", path.display())]
    Tensor { path: PathBuf, reason: String },

    /// The Parquet library refused.
    #[error("{}: {source}", path.display())]
    Parquet { path: PathBuf, source: parquet::errors::ParquetError },

    /// A scores file does not hold the columns or values that it should, or was given values that it cannot hold.
    #[error("{}: expected {expected}, got {got}", path.display())]
    Scores { path: PathBuf, expected: String, got: String },
}

/// What to do about a refusal that the reader can do something about.
fn fix(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "\n  fix: free some space and try again; a run that was training goes on with rote train --resume RUN"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "\n  fix: give yourself write access there, or choose a place that you may write to"
        }
        _ => "",
    }
}

impl RecordError {
    /// Whether the disk was full: no fault of the request.
    pub fn is_full_disk(&self) -> bool {
        let full = |kind| matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        matches!(self, Self::Io { source, .. } if full(source.kind()))
    }

    /// Turns an `io::Error` into one that says which path and what was being done to it ("write", "rename", ...).
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_path_buf(), action, source }
    }

    /// Turns a JSON error into one that says which file.
    pub(crate) fn json(path: &Path) -> impl FnOnce(serde_json::Error) -> Self {
        move |source| Self::Json { path: path.to_path_buf(), source }
    }
}
