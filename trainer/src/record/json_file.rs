//! JSON files with a `schema_version`: written whole, and refused when they are of a format that this build does not
//! know.

use super::{RecordError, SCHEMA_VERSION, write_atomically};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Writes a value as indented JSON that ends in a newline.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), RecordError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(RecordError::json(path))?;
    text.push(b'\n');
    write_atomically(path, &text)
}

/// Reads a JSON file that has a `schema_version`, which is looked at first: a file of a later format should be refused
/// for that, not for the first key that differs.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, RecordError> {
    let text = std::fs::read(path).map_err(RecordError::io("read", path))?;
    check_schema_version(path, &text)?;
    serde_json::from_slice(&text).map_err(RecordError::json(path))
}

pub(super) fn check_schema_version(path: &Path, text: &[u8]) -> Result<(), RecordError> {
    #[derive(Deserialize)]
    struct Version {
        schema_version: u64,
    }
    let Version { schema_version: got } = serde_json::from_slice(text).map_err(RecordError::json(path))?;
    if got == u64::from(SCHEMA_VERSION) {
        return Ok(());
    }
    Err(RecordError::SchemaVersion { path: path.to_path_buf(), expected: SCHEMA_VERSION, got })
}
