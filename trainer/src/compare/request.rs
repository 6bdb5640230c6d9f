//! What was asked for becomes a comparison that can be started: every backend's experiment is valid, and the directory
//! is free.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::CompareError;
use crate::backend;
use crate::config::{self, Experiment, Overrides};
use crate::record::{RecordError, RunPaths, utc_compact, write_atomically};
use crate::run::{Plan, RunError};

/// The steps whose losses are compared one by one.
const COMPARED_STEPS: u64 = 100;

/// A comparison as it was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The experiment's file.
    pub config: &'a Path,
    /// The backends, the first of them being what the others are compared with.
    pub backends: &'a [String],
    /// `--set KEY=VALUE`.
    pub sets: &'a [String],
    /// Where it goes, if not to a folder of its own below `runs/`.
    pub out: Option<&'a Path>,
}

/// A comparison that can be started.
pub struct Comparison {
    /// Where everything is written.
    pub directory: PathBuf,
    /// The experiment on the first backend, with its facts and populations.
    pub plan: Plan,
    /// The backends, the first of them being what the others are compared with.
    pub contestants: Vec<Contestant>,
    /// The first steps, whose losses are compared one by one. Speeds are measured after them.
    pub compared_steps: u64,
}

/// One backend.
pub struct Contestant {
    /// As it was asked for.
    pub name: String,
    /// The experiment on it.
    pub experiment: Experiment,
}

impl Comparison {
    /// Reads the experiment for every backend; touches no device and writes nothing.
    ///
    /// # Errors
    /// [`CompareError`], always one of the request.
    pub fn new(request: Request) -> Result<Self, CompareError> {
        let Request { config, backends, .. } = request;
        if backends.len() < 2 {
            return Err(CompareError::TooFew { given: backends.join(","), count: backends.len() });
        }
        if backends.iter().any(|name| name.trim().is_empty()) {
            return Err(CompareError::NoName { given: backends.join(",") });
        }
        let contestants = backends.iter().map(|name| Contestant::new(request, name));
        let mut contestants = contestants.collect::<Result<Vec<_>, _>>()?;
        let steps = contestants[0].experiment.train.steps;
        // Steps that are read one by one say nothing of the speed, so a short training is not watched to its end.
        let compared_steps = COMPARED_STEPS.min(steps.div_ceil(2));
        for contestant in &mut contestants {
            contestant.experiment.train.log_first = compared_steps;
        }
        let plan = Plan::new(&contestants[0].experiment)?;
        let asked = config::load(config, Overrides { sets: request.sets, ..Overrides::default() })?;
        let default = || default_directory(&asked, SystemTime::now());
        let directory = request.out.map_or_else(default, Path::to_path_buf);
        RunPaths::new(&directory).require_free().map_err(RunError::Directory)?;
        Ok(Self { directory, plan, contestants, compared_steps })
    }

    /// The name of a backend's run directory: its place, since a backend may be named twice, and its name.
    pub(super) fn run_name(&self, index: usize) -> String {
        // Colons are no part of names that every file system takes.
        format!("{}-{}", index + 1, self.contestants[index].name.replace(':', "-"))
    }

    pub(super) fn run_directory(&self, index: usize) -> PathBuf {
        self.directory.join(self.run_name(index))
    }

    pub(super) fn config_path(&self, index: usize) -> PathBuf {
        self.directory.join(format!("{}.toml", self.run_name(index)))
    }

    /// Writes the configuration that a backend's process is given.
    pub(super) fn write_config(&self, index: usize) -> Result<PathBuf, RecordError> {
        let path = self.config_path(index);
        write_atomically(&path, self.contestants[index].experiment.resolved_toml().as_bytes())?;
        Ok(path)
    }
}

impl Contestant {
    fn new(request: Request, name: &str) -> Result<Self, CompareError> {
        let name = name.trim();
        let overrides = Overrides { sets: request.sets, backend: Some(name), non_facts: None };
        let experiment = config::load(request.config, overrides)?;
        // Opening it is left to the process that computes on it, whose settings it takes.
        backend::require(&experiment.backend).map_err(RunError::from)?;
        Ok(Self { name: name.to_owned(), experiment })
    }
}

/// `runs/<name>-compare-<time>-<digest>`.
fn default_directory(experiment: &Experiment, time: SystemTime) -> PathBuf {
    let (name, digest) = (&experiment.name, experiment.digest());
    Path::new("runs").join(format!("{name}-compare-{}-{}", utc_compact(time), &digest[..6]))
}
