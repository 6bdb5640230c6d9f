//! Files that only grow, and go on after a kill: whatever lies beyond the offset that a checkpoint recorded is cut off
//! on resume and written again.

use super::RecordError;
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How much may wait in memory before it is written.
const BUFFER_BYTES: usize = 1 << 16;

/// An append-only file. It is opened for each write and closed again, so that a population of thousands of members with
/// a file each stays below the system's limit on open files.
#[derive(Debug)]
pub(super) struct AppendFile {
    path: PathBuf,
    written: u64,
    waiting: Vec<u8>,
}

impl AppendFile {
    /// Opens the file so that the next byte goes to `offset`, which was the file's length once. Offset 0 starts it
    /// afresh, whether it exists or not, in a folder that is created if need be.
    ///
    /// # Errors
    /// [`RecordError::TooShort`] when bytes before `offset` are missing, [`RecordError::Io`].
    pub(super) fn resume(path: &Path, offset: u64) -> Result<Self, RecordError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(RecordError::io("create", folder))?;
        }
        let got = match fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(RecordError::io("read", path)(error)),
        };
        if got < offset {
            return Err(RecordError::TooShort { path: path.to_path_buf(), expected: offset, got });
        }
        let file = open(path)?;
        file.set_len(offset).map_err(RecordError::io("truncate", path))?;
        Ok(Self { path: path.to_path_buf(), written: offset, waiting: Vec::new() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The length that the file has once everything appended so far is written.
    pub(super) fn offset(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    /// Takes whole records. They are written now, with all that waited, if there is much of it.
    pub(super) fn append(&mut self, records: &[u8]) -> Result<(), RecordError> {
        self.waiting.extend_from_slice(records);
        if self.waiting.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes what waits, so that readers of the file see it.
    pub(super) fn flush(&mut self) -> Result<(), RecordError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.write_out(&mut open(&self.path)?)
    }

    /// Writes what waits and forces it to the disk: a checkpoint may count on all bytes before the returned offset.
    pub(super) fn sync(&mut self) -> Result<u64, RecordError> {
        let mut file = open(&self.path)?;
        self.write_out(&mut file)?;
        file.sync_data().map_err(RecordError::io("write", &self.path))?;
        Ok(self.written)
    }

    fn write_out(&mut self, file: &mut File) -> Result<(), RecordError> {
        let at_the_end = file.seek(SeekFrom::Start(self.written));
        at_the_end.and_then(|_| file.write_all(&self.waiting)).map_err(|error| {
            // A full disk can leave a part of a record; what is not whole must not be there. The first error is the one
            // to report, and what waits is kept for a later attempt.
            let _ = file.set_len(self.written);
            RecordError::io("write", &self.path)(error)
        })?;
        self.written += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }
}

impl Drop for AppendFile {
    fn drop(&mut self) {
        // Nothing counts on bytes that were not flushed; whoever needs them to be there calls `flush` and sees errors.
        let _ = self.flush();
    }
}

fn open(path: &Path) -> Result<File, RecordError> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    opened.map_err(RecordError::io("open", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_on_from_the_offset_and_drops_what_came_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events/w8/0/log");
        let mut file = AppendFile::resume(&path, 0).unwrap();
        file.append(b"one\n").unwrap();
        let offset = file.sync().unwrap();
        file.append(b"two\nthr").unwrap();
        drop(file);
        let mut file = AppendFile::resume(&path, offset).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
        file.append(b"two\n").unwrap();
        assert_eq!(file.offset(), 8);
        file.flush().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn missing_bytes_are_an_error_that_says_how_many() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, b"one\n").unwrap();
        let error = AppendFile::resume(&path, 5).unwrap_err();
        assert!(matches!(error, RecordError::TooShort { expected: 5, got: 4, .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
    }

    #[test]
    fn small_records_wait_and_large_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut file = AppendFile::resume(&path, 0).unwrap();
        file.append(b"one\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        file.append(&vec![b'.'; BUFFER_BYTES]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 4 + BUFFER_BYTES as u64);
    }

    /// `/dev/full` takes no byte: every write to it fails as on a full disk.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_with_the_path() {
        let mut file = AppendFile { path: PathBuf::from("/dev/full"), written: 0, waiting: Vec::new() };
        file.append(b"one\n").unwrap();
        let error = file.flush().unwrap_err();
        assert!(matches!(&error, RecordError::Io { path, .. } if path.ends_with("full")), "{error}");
        assert_eq!(file.offset(), 4);
    }
}
