//! Checkpoints of one population: each a folder that is there whole or not at all, with a digest of every file, and
//! beside them the text file `latest` that names the one to go on from. The newest two are kept, so that a damaged one
//! costs the steps since the one before it and not the run.

use super::atomic::{ASIDE, aside_of, names_in, remove, remove_leftovers, sync_folder};
use super::manifest::{DigestingFile, FileEntry, Manifest};
use super::{RecordError, TensorFile, write_atomically};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

const MODEL: &str = "model.safetensors";
const OPTIMISER: &str = "optimiser.safetensors";
const STATE: &str = "state.json";
const MANIFEST: &str = "manifest.json";
const LATEST: &str = "latest";
/// What the folder of a step is called while a new one of the same step takes its place.
const REPLACED: &str = ".replaced";

/// What a checkpoint holds, to be written.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoint<'a, S, X> {
    /// Steps of training done.
    pub step: u64,
    /// The parameters of every member.
    pub model: &'a TensorFile,
    /// The optimiser's moments.
    pub optimiser: &'a TensorFile,
    /// What the loop keeps on the host, small.
    pub state: &'a S,
    /// What belongs to the run rather than to the training, such as the lengths of appended files; in the manifest.
    pub extra: &'a X,
}

/// A checkpoint that was read and verified.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedCheckpoint<S, X> {
    pub step: u64,
    pub model: TensorFile,
    pub optimiser: TensorFile,
    pub state: S,
    pub extra: X,
    /// Why this is not the checkpoint that was expected, to be shown to the user; empty when it is.
    pub warnings: Vec<String>,
}

/// The checkpoints of one population. Only the holder of the run directory may have one.
#[derive(Debug)]
pub struct Checkpoints {
    folder: PathBuf,
}

impl Checkpoints {
    /// Opens `checkpoints/<population>`, creates it if need be, and clears up what a killed process left there.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn open(folder: &Path) -> Result<Self, RecordError> {
        fs::create_dir_all(folder).map_err(RecordError::io("create", folder))?;
        let store = Self { folder: folder.to_path_buf() };
        store.settle_replacements()?;
        remove_leftovers(folder)?;
        Ok(store)
    }

    /// A kill between the two renames of a replacement leaves the old folder under its second name alone.
    fn settle_replacements(&self) -> Result<(), RecordError> {
        for name in names_in(&self.folder)? {
            let Some(step) = name.strip_suffix(REPLACED) else {
                continue;
            };
            let replaced = self.folder.join(&name);
            let current = self.folder.join(step);
            if current.exists() {
                discard(&replaced)?;
            } else {
                rename(&replaced, &current)?;
            }
        }
        sync_folder(&self.folder)
    }

    /// Writes a checkpoint, makes it the latest, and removes all but it and the one before. A checkpoint of the same
    /// step is replaced. A kill at any moment leaves the old latest or the new one.
    ///
    /// # Errors
    /// [`RecordError::Io`], [`RecordError::Tensor`] for a tensor that cannot be written, [`RecordError::Json`] for a
    /// state that is no JSON. The checkpoints that were there still are.
    pub fn save<S: Serialize, X: Serialize>(&self, checkpoint: &Checkpoint<S, X>) -> Result<PathBuf, RecordError> {
        let name = name_of(checkpoint.step);
        let path = self.folder.join(&name);
        let aside = aside_of(&path);
        remove(&aside)?;
        if let Err(error) = write_folder(&aside, checkpoint) {
            // A full disk should not stay fuller for the attempt; the next open removes what stays.
            let _ = remove(&aside);
            return Err(error);
        }
        self.put_in_place(&aside, &path)?;
        write_atomically(&self.folder.join(LATEST), format!("{name}\n").as_bytes())?;
        self.remove_older(checkpoint.step)?;
        Ok(path)
    }

    fn put_in_place(&self, aside: &Path, path: &Path) -> Result<(), RecordError> {
        let replaced = with_suffix(path, REPLACED);
        let had_one = path.exists();
        if had_one {
            rename(path, &replaced)?;
            sync_folder(&self.folder)?;
        }
        rename(aside, path)?;
        sync_folder(&self.folder)?;
        if had_one { discard(&replaced) } else { Ok(()) }
    }

    fn remove_older(&self, latest: u64) -> Result<(), RecordError> {
        let steps = self.steps()?;
        let before = steps.iter().copied().filter(|&step| step < latest).max();
        for step in steps {
            if step != latest && Some(step) != before {
                discard(&self.folder.join(name_of(step)))?;
            }
        }
        Ok(())
    }

    /// The steps of all checkpoints that are there, ascending.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn steps(&self) -> Result<Vec<u64>, RecordError> {
        let names = names_in(&self.folder)?;
        let mut steps: Vec<u64> = names.iter().filter_map(|name| step_of(name)).collect();
        steps.sort_unstable();
        Ok(steps)
    }

    /// Reads the checkpoint that `latest` names, with every digest verified. If it is damaged, the newest other one
    /// that is whole is read instead, and `warnings` says so. `None` when there are no checkpoints.
    ///
    /// # Errors
    /// [`RecordError::NoWholeCheckpoint`] when all are damaged, with the reasons; [`RecordError::SchemaVersion`],
    /// [`RecordError::Json`] or [`RecordError::Tensor`] when one is whole but of another format; [`RecordError::Io`].
    pub fn load_latest<S, X>(&self) -> Result<Option<LoadedCheckpoint<S, X>>, RecordError>
    where
        S: DeserializeOwned,
        X: DeserializeOwned,
    {
        let mut candidates = self.steps()?;
        candidates.reverse();
        let mut warnings = Vec::new();
        match self.latest() {
            Ok(Some(latest)) => {
                candidates.retain(|&step| step != latest);
                candidates.insert(0, latest);
            }
            Ok(None) if candidates.is_empty() => return Ok(None),
            Ok(None) => warnings.push(format!("{} is missing", self.folder.join(LATEST).display())),
            Err(damage @ RecordError::Checkpoint { .. }) => warnings.push(damage.to_string()),
            Err(error) => return Err(error),
        }
        for step in candidates {
            match self.load(step) {
                Ok(mut loaded) => {
                    if !warnings.is_empty() {
                        warnings.push(format!("the checkpoint of step {step} takes its place"));
                    }
                    loaded.warnings = warnings;
                    return Ok(Some(loaded));
                }
                Err(damage @ RecordError::Checkpoint { .. }) => warnings.push(damage.to_string()),
                Err(error) => return Err(error),
            }
        }
        Err(RecordError::NoWholeCheckpoint { path: self.folder.clone(), causes: warnings.join("; ") })
    }

    /// Reads the checkpoint of one step, with every digest verified.
    ///
    /// # Errors
    /// [`RecordError::Checkpoint`] when it is damaged or not there, and those of [`Checkpoints::load_latest`].
    pub fn load<S, X>(&self, step: u64) -> Result<LoadedCheckpoint<S, X>, RecordError>
    where
        S: DeserializeOwned,
        X: DeserializeOwned,
    {
        let folder = self.folder.join(name_of(step));
        let manifest_path = folder.join(MANIFEST);
        let manifest = Manifest::<X>::read(&manifest_path)?;
        if manifest.step != step {
            return Err(RecordError::Checkpoint {
                path: manifest_path,
                expected: format!("step {step}"),
                got: format!("step {}", manifest.step),
            });
        }
        let file = |name: &str| listed(&manifest.files, name, &manifest_path)?.read_verified(&folder);
        let model = TensorFile::parse(&file(MODEL)?, &folder.join(MODEL))?;
        let optimiser = TensorFile::parse(&file(OPTIMISER)?, &folder.join(OPTIMISER))?;
        let state = serde_json::from_slice(&file(STATE)?).map_err(RecordError::json(&folder.join(STATE)))?;
        Ok(LoadedCheckpoint { step, model, optimiser, state, extra: manifest.extra, warnings: Vec::new() })
    }

    /// The step that `latest` names, if there is such a file.
    fn latest(&self) -> Result<Option<u64>, RecordError> {
        let path = self.folder.join(LATEST);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RecordError::io("read", &path)(error)),
        };
        let text = String::from_utf8_lossy(&bytes);
        step_of(text.trim_end()).map(Some).ok_or_else(|| RecordError::Checkpoint {
            path,
            expected: "step-N".to_owned(),
            got: format!("{text:?}"),
        })
    }
}

fn write_folder<S: Serialize, X: Serialize>(folder: &Path, checkpoint: &Checkpoint<S, X>) -> Result<(), RecordError> {
    fs::create_dir(folder).map_err(RecordError::io("create", folder))?;
    let tensors = |name: &str, tensors: &TensorFile| {
        let path = folder.join(name);
        let mut file = DigestingFile::create(&path)?;
        tensors.write_to(&mut file, &path)?;
        file.finish(&path)
    };
    let state = || {
        let path = folder.join(STATE);
        let text = serde_json::to_vec_pretty(checkpoint.state).map_err(RecordError::json(&path))?;
        let mut file = DigestingFile::create(&path)?;
        file.write_all(&text).map_err(RecordError::io("write", &path))?;
        file.finish(&path)
    };
    let files = vec![tensors(MODEL, checkpoint.model)?, tensors(OPTIMISER, checkpoint.optimiser)?, state()?];
    let path = folder.join(MANIFEST);
    let manifest = Manifest::new(checkpoint.step, files, checkpoint.extra).seal(&path)?;
    let mut file = DigestingFile::create(&path)?;
    file.write_all(manifest.as_bytes()).map_err(RecordError::io("write", &path))?;
    file.finish(&path)?;
    sync_folder(folder)
}

fn listed<'a>(files: &'a [FileEntry], name: &str, manifest: &Path) -> Result<&'a FileEntry, RecordError> {
    files.iter().find(|file| file.name == name).ok_or_else(|| RecordError::Checkpoint {
        path: manifest.to_path_buf(),
        expected: format!("an entry for {name}"),
        got: "none".to_owned(),
    })
}

fn name_of(step: u64) -> String {
    format!("step-{step}")
}

fn step_of(name: &str) -> Option<u64> {
    let step = name.strip_prefix("step-")?.parse().ok()?;
    // `parse` takes forms that this never writes, such as a leading plus.
    (name_of(step) == name).then_some(step)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn rename(from: &Path, to: &Path) -> Result<(), RecordError> {
    fs::rename(from, to).map_err(RecordError::io("rename", from))
}

/// Removes a folder by way of a name that says it is unfinished: a kill halfway must not leave a folder that has its
/// name still and only some of its files.
fn discard(folder: &Path) -> Result<(), RecordError> {
    let aside = with_suffix(folder, ASIDE);
    remove(&aside)?;
    rename(folder, &aside)?;
    remove(&aside)
}

#[cfg(test)]
mod tests;
