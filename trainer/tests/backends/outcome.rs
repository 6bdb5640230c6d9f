//! What a worker tells its driver, one JSON object a line, so that nothing is lost if it dies.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::case::Found;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The backend is there, and what it is.
    Opened(About),
    /// It is not, and why.
    Unavailable(String),
    /// A trial begins, counted over all of them.
    Began { trial: usize },
    /// It ended.
    Ended { trial: usize, outcome: Outcome },
    /// Everything was run.
    Finished,
}

/// What a trial came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// What it found, or why it found nothing.
    pub result: Result<Found, String>,
    pub seconds: f64,
}

/// What a backend turned out to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The backend's name, as it is recorded.
    pub backend: String,
    /// The device's name and driver.
    pub device: String,
    /// What turns operations into programs, on GPUs.
    pub compiler: Option<String>,
    /// `f32` or `TF32`, as measured.
    pub products: String,
    pub fusion: Option<bool>,
    pub autotune: Option<bool>,
}

/// The worker's end.
pub struct Writer(File);

impl Writer {
    pub fn append(path: &Path) -> std::io::Result<Self> {
        Ok(Self(File::options().append(true).create(true).open(path)?))
    }

    pub fn write(&mut self, line: &Line) -> std::io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.0.write_all(text.as_bytes())
    }
}

/// The driver's end: every whole line so far.
///
/// # Errors
/// If the file is gone, which somebody else must have removed.
pub fn read(path: &Path) -> Result<Vec<Line>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}
