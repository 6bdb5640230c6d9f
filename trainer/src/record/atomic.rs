//! Files that are there whole or not at all: written under a name aside, forced to the disk, then renamed. A killed
//! process leaves either the old file or the new one, beside at most a leftover that ends in [`ASIDE`].

use super::RecordError;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What the name of everything unfinished ends in. Nothing that ends in it is ever read; the next open removes it.
pub(super) const ASIDE: &str = ".tmp";

/// The name under which `path` is written before it is renamed.
pub(super) fn aside_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ASIDE);
    PathBuf::from(name)
}

/// Replaces the file at `path`, or creates it, so that no reader and no crash ever sees a part of it.
///
/// # Errors
/// [`RecordError::Io`] when the folder is missing or cannot be written, or the disk is full; the old file is then
/// intact.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    let mut file = AsideFile::create(path)?;
    file.write_all(bytes).map_err(RecordError::io("write", path))?;
    file.commit()
}

/// A file that is being written aside. It takes its name at [`AsideFile::commit`]; dropped before, it is removed.
pub(super) struct AsideFile {
    file: File,
    aside: PathBuf,
    path: PathBuf,
    committed: bool,
}

impl AsideFile {
    pub(super) fn create(path: &Path) -> Result<Self, RecordError> {
        let aside = aside_of(path);
        let file = File::create(&aside).map_err(RecordError::io("create", &aside))?;
        Ok(Self { file, aside, path: path.to_path_buf(), committed: false })
    }

    pub(super) fn commit(mut self) -> Result<(), RecordError> {
        self.file.sync_all().map_err(RecordError::io("write", &self.aside))?;
        fs::rename(&self.aside, &self.path).map_err(RecordError::io("rename", &self.aside))?;
        self.committed = true;
        sync_folder_of(&self.path)
    }
}

impl Write for AsideFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AsideFile {
    fn drop(&mut self) {
        if !self.committed {
            // The next open removes what cannot be removed now.
            let _ = fs::remove_file(&self.aside);
        }
    }
}

/// Forces the entry of `path` in its folder to the disk: without it a rename can be undone by a power loss.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), RecordError> {
    sync_folder(folder_of(path))
}

/// Forces the entries of a folder to the disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), RecordError> {
    if !cfg!(unix) {
        return Ok(());
    }
    let synced = File::open(folder).and_then(|file| file.sync_all());
    match synced {
        // Some network and user-space file systems cannot do this to a folder; the rename itself has happened.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        other => other.map_err(RecordError::io("write", folder)),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Removes every file and folder directly in `folder` whose name says that it was never finished.
pub(super) fn remove_leftovers(folder: &Path) -> Result<(), RecordError> {
    for name in names_in(folder)? {
        if name.ends_with(ASIDE) {
            remove(&folder.join(name))?;
        }
    }
    Ok(())
}

/// Removes a file or a folder with all it holds; it may be gone already.
pub(super) fn remove(path: &Path) -> Result<(), RecordError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(RecordError::io("remove", path)),
    }
}

/// The names of what `folder` holds, sorted.
pub(super) fn names_in(folder: &Path) -> Result<Vec<String>, RecordError> {
    let entries = fs::read_dir(folder).map_err(RecordError::io("list", folder))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(RecordError::io("list", folder))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_whole_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latest");
        write_atomically(&path, b"step-100000").unwrap();
        write_atomically(&path, b"step-2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"step-2");
        assert_eq!(names_in(folder.path()).unwrap(), ["latest"]);
    }

    #[test]
    fn an_unfinished_file_leaves_the_old_one_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        write_atomically(&path, b"old").unwrap();
        let mut torn = AsideFile::create(&path).unwrap();
        torn.write_all(b"ne").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        drop(torn);
        assert_eq!(names_in(folder.path()).unwrap(), ["run.json"]);
    }

    #[test]
    fn leftovers_of_a_killed_process_go_and_finished_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("scores.parquet.tmp"), b"half").unwrap();
        fs::create_dir(folder.path().join("step-3.tmp")).unwrap();
        fs::write(folder.path().join("step-3.tmp/state.json"), b"{").unwrap();
        fs::write(folder.path().join("config.toml"), b"").unwrap();
        remove_leftovers(folder.path()).unwrap();
        assert_eq!(names_in(folder.path()).unwrap(), ["config.toml"]);
    }

    #[test]
    fn a_missing_folder_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone/run.json");
        let error = write_atomically(&path, b"{}").unwrap_err();
        assert!(error.to_string().contains("gone/run.json"), "{error}");
    }
}
