//! The run directory as a whole: where each file lies, whether it can be started, resumed or is complete, and the lock
//! that keeps a second process out.

use super::atomic::{ASIDE, names_in, remove_leftovers, sync_folder, sync_folder_of};
use super::lock::Lock;
use super::{EvaluationFile, RecordError, RunRecord, write_atomically};
use std::fs;
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";
const CONFIG: &str = "config.toml";

/// Where the files of a run lie. Says nothing about whether they are there, and takes no lock: this is what readers
/// use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunPaths {
    root: PathBuf,
}

impl RunPaths {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The resolved configuration, which runs again as it is.
    pub fn config(&self) -> PathBuf {
        self.root.join(CONFIG)
    }

    pub fn run_json(&self) -> PathBuf {
        self.root.join("run.json")
    }

    pub fn metrics(&self) -> PathBuf {
        self.root.join("metrics.jsonl")
    }

    /// The folder of event files of one member of a population, or of their mean.
    pub fn events(&self, population: &str, member: Option<u32>) -> PathBuf {
        let name = member.map_or_else(|| "mean".to_owned(), |number| number.to_string());
        self.root.join("events").join(population).join(name)
    }

    pub fn checkpoints(&self, population: &str) -> PathBuf {
        self.root.join("checkpoints").join(population)
    }

    pub fn scores(&self) -> PathBuf {
        self.root.join("scores.parquet")
    }

    pub fn evaluation(&self) -> PathBuf {
        self.root.join("evaluation.json")
    }

    /// The folder of the evaluations that were made after the run's own.
    pub fn evaluations(&self) -> PathBuf {
        self.root.join("evaluations")
    }

    /// What the directory can be used for. A missing or empty directory is absent, and so is one whose process was
    /// killed before it had written `run.json`.
    ///
    /// # Errors
    /// [`RecordError::Io`] when it cannot be looked into; [`RecordError::Json`] or [`RecordError::SchemaVersion`] when
    /// `run.json` is there and cannot be read.
    pub fn state(&self) -> Result<RunState, RecordError> {
        let run_json = self.run_json();
        if run_json.exists() {
            let record = Box::new(RunRecord::read(&run_json)?);
            return Ok(match record.status {
                super::RunStatus::Complete => RunState::Complete(record),
                _ => RunState::Resumable(record),
            });
        }
        let holds_nothing = self.foreign_entry()?.is_none();
        Ok(if holds_nothing { RunState::Absent } else { RunState::NotARun })
    }

    /// Whether a new run may start here.
    ///
    /// # Errors
    /// [`RecordError::NotEmpty`] when the directory exists and holds something, [`RecordError::NotAFolder`],
    /// [`RecordError::Io`].
    pub fn require_free(&self) -> Result<(), RecordError> {
        match self.foreign_entry()? {
            Some(found) => {
                Err(RecordError::NotEmpty { path: self.root.clone(), found, is_run: self.run_json().exists() })
            }
            None => Ok(()),
        }
    }

    /// The first thing in the directory that keeps a new run from starting there.
    fn foreign_entry(&self) -> Result<Option<String>, RecordError> {
        if !self.root.exists() {
            return Ok(None);
        }
        if !self.root.is_dir() {
            return Err(RecordError::NotAFolder { path: self.root.clone() });
        }
        let names = names_in(&self.root)?;
        // With the lock file there, the rest is what a start leaves that was killed before run.json; without it, a
        // config.toml is somebody's own.
        let killed_start = names.iter().any(|name| name == LOCK);
        let ours = |name: &str| killed_start && (name == LOCK || name == CONFIG || name.ends_with(ASIDE));
        Ok(names.into_iter().find(|name| !ours(name)))
    }
}

/// What a directory can be used for.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// Nothing is there: a run can be created.
    Absent,
    /// A run that is not complete.
    Resumable(Box<RunRecord>),
    /// A run that is complete.
    Complete(Box<RunRecord>),
    /// Something is there, and it is no run.
    NotARun,
}

/// A run directory that this process alone may write to, as long as the value lives.
#[derive(Debug)]
pub struct RunDirectory {
    paths: RunPaths,
    _lock: Lock,
}

impl RunDirectory {
    /// Creates the directory and its parents, and locks it. [`RunDirectory::begin`] makes it a run.
    ///
    /// # Errors
    /// [`RecordError::NotEmpty`] when it exists and holds something, [`RecordError::InUse`] when another process is
    /// starting a run there, [`RecordError::Io`]. Nothing was written inside it then.
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        let paths = RunPaths::new(path);
        paths.require_free()?;
        fs::create_dir_all(path).map_err(RecordError::io("create", path))?;
        sync_folder_of(path)?;
        let lock = Lock::take(&path.join(LOCK), path)?;
        // Another process may have made a run here between the first look and the lock.
        paths.require_free()?;
        remove_leftovers(path)?;
        Ok(Self { paths, _lock: lock })
    }

    /// Locks the directory of an existing run, complete or not, and removes what a killed process left unfinished.
    ///
    /// # Errors
    /// [`RecordError::NotARun`] without a `run.json`, [`RecordError::InUse`], [`RecordError::Io`].
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let paths = RunPaths::new(path);
        if !paths.run_json().exists() {
            return Err(RecordError::NotARun { path: path.to_path_buf() });
        }
        let lock = Lock::take(&path.join(LOCK), path)?;
        remove_leftovers(path)?;
        Ok(Self { paths, _lock: lock })
    }

    pub fn paths(&self) -> &RunPaths {
        &self.paths
    }

    /// Writes the configuration and then `run.json`, whose presence makes the directory a run.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn begin(&self, config_toml: &str, record: &RunRecord) -> Result<(), RecordError> {
        write_atomically(&self.paths.config(), config_toml.as_bytes())?;
        record.write(&self.paths.run_json())
    }

    /// Writes a later evaluation under the next free number, `evaluations/1.json` being the first, and returns its
    /// path.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn add_evaluation(&self, evaluation: &EvaluationFile) -> Result<PathBuf, RecordError> {
        let folder = self.paths.evaluations();
        fs::create_dir_all(&folder).map_err(RecordError::io("create", &folder))?;
        remove_leftovers(&folder)?;
        let numbers = names_in(&folder)?.into_iter().filter_map(|name| name.strip_suffix(".json")?.parse::<u64>().ok());
        let path = folder.join(format!("{}.json", numbers.max().unwrap_or(0) + 1));
        evaluation.write(&path)?;
        sync_folder(self.paths.root())?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::super::run_json::tests::sample;
    use super::*;
    use crate::record::RunStatus;

    #[test]
    fn a_directory_goes_from_absent_to_resumable_to_complete() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("runs/first");
        let paths = RunPaths::new(&root);
        assert_eq!(paths.state().unwrap(), RunState::Absent);

        let directory = RunDirectory::create(&root).unwrap();
        assert_eq!(paths.state().unwrap(), RunState::Absent);
        let mut record = sample();
        directory.begin("name = \"first\"\n", &record).unwrap();
        for status in [RunStatus::Running, RunStatus::Interrupted, RunStatus::Failed] {
            record.status = status;
            record.write(&paths.run_json()).unwrap();
            assert_eq!(paths.state().unwrap(), RunState::Resumable(Box::new(record.clone())));
        }
        record.status = RunStatus::Complete;
        record.write(&paths.run_json()).unwrap();
        assert_eq!(paths.state().unwrap(), RunState::Complete(Box::new(record)));
    }

    #[test]
    fn the_lock_keeps_a_second_handle_out_and_names_the_holder() {
        let folder = tempfile::tempdir().unwrap();
        let directory = RunDirectory::create(folder.path()).unwrap();
        directory.begin("", &sample()).unwrap();
        let error = RunDirectory::open(folder.path()).unwrap_err();
        let RecordError::InUse { holder, .. } = &error else { panic!("{error}") };
        assert_eq!(*holder, std::process::id().to_string());
        drop(directory);
        RunDirectory::open(folder.path()).unwrap();
    }

    #[test]
    fn create_refuses_what_holds_something_and_writes_nothing_there() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), "mine").unwrap();
        let error = RunDirectory::create(folder.path()).unwrap_err();
        assert!(
            matches!(&error, RecordError::NotEmpty { found, is_run: false, .. } if found == "config.toml"),
            "{error}"
        );
        assert_eq!(names_in(folder.path()).unwrap(), ["config.toml"]);
        assert_eq!(RunPaths::new(folder.path()).state().unwrap(), RunState::NotARun);
        assert!(matches!(RunDirectory::open(folder.path()).unwrap_err(), RecordError::NotARun { .. }));
        assert_eq!(names_in(folder.path()).unwrap(), ["config.toml"]);
    }

    #[test]
    fn create_refuses_a_run_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let directory = RunDirectory::create(folder.path()).unwrap();
        directory.begin("", &sample()).unwrap();
        drop(directory);
        let error = RunDirectory::create(folder.path()).unwrap_err();
        assert!(
            error.to_string().ends_with(&format!("or go on with it: rote train --resume {}", folder.path().display()))
        );
    }

    #[test]
    fn create_refuses_a_file_and_says_what_it_wants() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "mine").unwrap();
        let error = RunDirectory::create(&file).unwrap_err();
        assert!(matches!(error, RecordError::NotAFolder { .. }) && error.to_string().contains("fix: name a folder"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }

    /// Killed after config.toml and in the middle of run.json, the same command must be able to start over.
    #[test]
    fn a_start_that_was_killed_can_be_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let directory = RunDirectory::create(folder.path()).unwrap();
        fs::write(directory.paths().config(), "name = 1").unwrap();
        fs::write(folder.path().join("run.json.tmp"), "{").unwrap();
        drop(directory);
        assert_eq!(RunPaths::new(folder.path()).state().unwrap(), RunState::Absent);
        let directory = RunDirectory::create(folder.path()).unwrap();
        directory.begin("", &sample()).unwrap();
        assert_eq!(names_in(folder.path()).unwrap(), ["config.toml", "lock", "run.json"]);
    }

    #[test]
    fn open_removes_what_was_never_finished() {
        let folder = tempfile::tempdir().unwrap();
        let directory = RunDirectory::create(folder.path()).unwrap();
        directory.begin("", &sample()).unwrap();
        drop(directory);
        fs::write(folder.path().join("scores.parquet.tmp"), "PAR1").unwrap();
        RunDirectory::open(folder.path()).unwrap();
        assert_eq!(names_in(folder.path()).unwrap(), ["config.toml", "lock", "run.json"]);
    }

    #[test]
    fn later_evaluations_are_numbered_on_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let directory = RunDirectory::create(folder.path()).unwrap();
        let evaluation = EvaluationFile::new(vec![]);
        for number in ["1.json", "2.json", "3.json"] {
            assert!(directory.add_evaluation(&evaluation).unwrap().ends_with(number));
        }
        fs::remove_file(directory.paths().evaluations().join("1.json")).unwrap();
        assert!(directory.add_evaluation(&evaluation).unwrap().ends_with("4.json"));
    }

    #[test]
    fn event_folders_are_named_by_member_or_mean() {
        let paths = RunPaths::new("run");
        assert_eq!(paths.events("w8", Some(3)), Path::new("run/events/w8/3"));
        assert_eq!(paths.events("w8", None), Path::new("run/events/w8/mean"));
    }
}
