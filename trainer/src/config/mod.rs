//! From TOML as typed to an [`Experiment`] that cannot be invalid: every problem of a file is found here, before a
//! fact is drawn or a device is touched, and is told with its place, what is allowed and the fix.

mod backend;
mod evaluation;
mod experiment;
mod facts;
mod keys;
mod model;
mod non_facts;
mod problem;
mod reader;
mod render;
mod resolve;
mod rules;
mod settings;
#[cfg(test)]
mod tests;
mod train;
mod value;

use std::path::Path;

pub use backend::{AUTOTUNE, BackendConfig, BackendKind};
pub use evaluation::{EvaluationConfig, ScoredNonFacts};
pub use experiment::Experiment;
pub use facts::{Encoding, FactCounts, FactsConfig, Format, Source};
pub use keys::{KEYS, Key};
pub use model::{ModelConfig, Sizes};
pub use non_facts::NonFactsConfig;
pub use problem::{ConfigError, Problem};
pub use resolve::Resolved;
pub use train::{FactsPerStep, Optimizer, TrainConfig};

/// What the command line lays over the keys of a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Overrides<'a> {
    /// `--set KEY=VALUE`, the last one of a key above the others.
    pub sets: &'a [String],
    /// `--backend NAME`: in place of the file's name and kernels both, since kernels belong to a backend.
    pub backend: Option<&'a str>,
    /// `--non-facts N|all`, in place of `evaluation.non_facts`.
    pub non_facts: Option<&'a str>,
}

/// Reads the experiment in the file at `path`, with `overrides` laid on top.
///
/// # Errors
/// All problems of the file and of `overrides`, in the order of their lines.
pub fn load(path: &Path, overrides: Overrides) -> Result<Experiment, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|reason| ConfigError::unreadable(path, &reason))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    from_text(&text, path, folder, overrides)
}

/// Reads an experiment from `text`. `origin` names the text in messages, `base_dir` is the folder that
/// `facts.file` is relative to.
///
/// # Errors
/// All problems of the text and of `overrides`, in the order of their lines.
pub fn from_text(text: &str, origin: &Path, base_dir: &Path, overrides: Overrides) -> Result<Experiment, ConfigError> {
    let settings = settings::Settings::read(text, origin, overrides).map_err(ConfigError::new)?;
    experiment::read(settings, origin, base_dir)
}
