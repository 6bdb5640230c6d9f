//! `manifest.json` of a checkpoint: its files with sizes and BLAKE3 digests, and its own digest, so that one altered
//! byte anywhere in the folder is noticed.

use super::json_file::check_schema_version;
use super::{RecordError, SCHEMA_VERSION, number};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What the digest of a manifest is taken with in the digest's own place.
const BLANK: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One file of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileEntry {
    pub name: String,
    #[serde(with = "number::whole")]
    pub bytes: u64,
    /// In hexadecimal.
    pub blake3: String,
}

/// The manifest. `digest` comes first in the text, and is the BLAKE3 of the text in which its own 64 digits are zeros.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest<X> {
    digest: String,
    pub schema_version: u32,
    #[serde(with = "number::whole")]
    pub step: u64,
    pub files: Vec<FileEntry>,
    /// What the caller wants to find again, such as the lengths of appended files.
    pub extra: X,
}

impl<X: Serialize> Manifest<X> {
    pub(super) fn new(step: u64, files: Vec<FileEntry>, extra: X) -> Self {
        Self { digest: BLANK.to_owned(), schema_version: SCHEMA_VERSION, step, files, extra }
    }

    /// The file's text, digest included. `path` is only for errors.
    pub(super) fn seal(&self, path: &Path) -> Result<String, RecordError> {
        let blank = serde_json::to_string_pretty(self).map_err(RecordError::json(path))?;
        let digest = blake3::hash(blank.as_bytes()).to_hex();
        Ok(blank.replacen(BLANK, &digest, 1) + "\n")
    }
}

impl<X: DeserializeOwned> Manifest<X> {
    /// Reads a manifest and verifies its digest before it believes anything else in it.
    ///
    /// # Errors
    /// [`RecordError::Checkpoint`] when it is missing or altered; [`RecordError::SchemaVersion`] or
    /// [`RecordError::Json`] when it is as it was written, but of another format.
    pub(super) fn read(path: &Path) -> Result<Self, RecordError> {
        let text = read_file(path)?;
        verify(&text, path)?;
        check_schema_version(path, &text)?;
        serde_json::from_slice(&text).map_err(RecordError::json(path))
    }
}

fn verify(text: &[u8], path: &Path) -> Result<(), RecordError> {
    #[derive(Deserialize)]
    struct Sealed {
        digest: String,
    }
    let damaged = |expected: &str, got: String| RecordError::Checkpoint {
        path: path.to_path_buf(),
        expected: expected.to_owned(),
        got,
    };
    let sealed = std::str::from_utf8(text).map_err(|error| error.to_string()).and_then(|text| {
        let Sealed { digest } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Ok((text, digest))
    });
    let (text, digest) = sealed.map_err(|error| damaged("a manifest", error))?;
    let blank = text.strip_suffix('\n').unwrap_or_default().replacen(&digest, BLANK, 1);
    let actual = blake3::hash(blank.as_bytes()).to_hex();
    if actual.as_str() == digest { Ok(()) } else { Err(damaged(&format!("BLAKE3 {digest}"), format!("{actual}"))) }
}

impl FileEntry {
    /// Reads the file in `folder` and verifies that it is the one listed.
    ///
    /// # Errors
    /// [`RecordError::Checkpoint`] with what was expected and what is there, [`RecordError::Io`].
    pub(super) fn read_verified(&self, folder: &Path) -> Result<Vec<u8>, RecordError> {
        let path = folder.join(&self.name);
        let bytes = read_file(&path)?;
        let damaged = |expected: String, got: String| RecordError::Checkpoint { path: path.clone(), expected, got };
        if bytes.len() as u64 != self.bytes {
            return Err(damaged(format!("{} bytes", self.bytes), format!("{}", bytes.len())));
        }
        let actual = blake3::hash(&bytes).to_hex();
        if actual.as_str() != self.blake3 {
            return Err(damaged(format!("BLAKE3 {}", self.blake3), format!("{actual}")));
        }
        Ok(bytes)
    }
}

/// Reads a file of a checkpoint, whose absence is damage to the checkpoint.
fn read_file(path: &Path) -> Result<Vec<u8>, RecordError> {
    std::fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            RecordError::Checkpoint { path: path.to_path_buf(), expected: "a file".to_owned(), got: "none".to_owned() }
        }
        _ => RecordError::io("read", path)(error),
    })
}

/// Writes one file of a checkpoint and learns its size and digest on the way.
pub(super) struct DigestingFile {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl DigestingFile {
    pub(super) fn create(path: &Path) -> Result<Self, RecordError> {
        let file = File::create(path).map_err(RecordError::io("create", path))?;
        Ok(Self { file: BufWriter::new(file), hasher: blake3::Hasher::new(), bytes: 0 })
    }

    /// Forces the file to the disk. `path` is the one it was created with.
    pub(super) fn finish(self, path: &Path) -> Result<FileEntry, RecordError> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all()).map_err(RecordError::io("write", path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(FileEntry { name, bytes: self.bytes, blake3: self.hasher.finalize().to_hex().to_string() })
    }
}

impl Write for DigestingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
