//! One process at a time works in a run directory. The operating system holds the lock and drops it when the process
//! ends, however it ends; the file's text only tells others who holds it.

use super::RecordError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;

/// An exclusive lock, held as long as this value lives. The file stays, since removing it would let two processes lock
/// two files of the same name.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock at once or not at all.
    ///
    /// # Errors
    /// [`RecordError::InUse`] when another handle has it, in this process or in another.
    pub(super) fn take(path: &Path, run: &Path) -> Result<Self, RecordError> {
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let mut file = opened.map_err(RecordError::io("open", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RecordError::InUse { path: run.to_path_buf(), holder: holder(path) });
            }
            Err(TryLockError::Error(source)) => return Err(RecordError::io("lock", path)(source)),
        }
        file.set_len(0).map_err(RecordError::io("write", path))?;
        writeln!(file, "{}", std::process::id()).map_err(RecordError::io("write", path))?;
        Ok(Self { _file: file })
    }
}

fn holder(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    match text.trim() {
        // Between taking the lock and writing its number, the other process is there without one.
        "" => "unknown".to_owned(),
        number => number.to_owned(),
    }
}
