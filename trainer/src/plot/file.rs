//! The file that a figure goes to. Nothing on the disk is lost: only a file that this program drew is drawn over.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::Figure;
use crate::record::{RecordError, write_atomically};

/// What a file that this program drew holds near its beginning.
pub(super) const MARKER: &str = "<desc>Drawn by rote ";

/// How far into a file the marker is looked for.
const BEGINNING: u64 = 1024;

/// Why a figure is not drawn.
#[derive(Debug, Error)]
pub enum PlotError {
    /// The name does not say SVG.
    #[error("{} does not end in .svg, the only format that is drawn", .path.display())]
    Name {
        /// The name.
        path: PathBuf,
    },
    /// The folder that it would go to is missing.
    #[error("{} would go to a folder that does not exist", .path.display())]
    Folder {
        /// The name.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("{} exists and was not drawn by rote; it is left as it is", .path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
    },
    /// What is there cannot be looked at.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] RecordError),
    /// An axis has no extent.
    #[error("the axis \"{name}\" cannot run from {} to {}", .ends.0, .ends.1)]
    Axis {
        /// Its name.
        name: String,
        /// Its ends.
        ends: (f64, f64),
    },
}

/// A file that a figure may be written to.
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
}

impl Target {
    /// Checks a name before anything is computed.
    ///
    /// # Errors
    /// A name that does not end in `.svg`, a folder that does not exist, or a file there that is not a figure of ours.
    pub fn new(path: &Path) -> Result<Self, PlotError> {
        let path = path.to_path_buf();
        if !path.extension().is_some_and(|end| end.eq_ignore_ascii_case("svg")) {
            return Err(PlotError::Name { path });
        }
        if path.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
            return Err(PlotError::Folder { path });
        }
        match is_ours(&path) {
            Ok(true) => Ok(Self { path }),
            Ok(false) => Err(PlotError::Foreign { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { path }),
            Err(source) => Err(PlotError::Read { path, source }),
        }
    }

    /// Draws a figure and writes it whole.
    ///
    /// # Errors
    /// As [`Figure::svg`]; a folder that cannot be written, a full disk.
    pub fn write(&self, figure: &Figure) -> Result<(), PlotError> {
        Ok(write_atomically(&self.path, figure.svg()?.as_bytes())?)
    }
}

fn is_ours(path: &Path) -> io::Result<bool> {
    // Opening a folder succeeds on some systems; a pipe would be waited for.
    if !fs::metadata(path)?.is_file() {
        return Ok(false);
    }
    let mut beginning = Vec::new();
    fs::File::open(path)?.take(BEGINNING).read_to_end(&mut beginning)?;
    Ok(String::from_utf8_lossy(&beginning).contains(MARKER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Axis, Curve, Ink, Panel};

    fn figure() -> Figure {
        let line = Curve::solid("a line", Ink::Blue, vec![(0.0, 0.0), (1.0, 1.0)]);
        let (x, y) = (Axis::linear("x", 0.0, 1.0), Axis::linear("y", 0.0, 1.0));
        let panel = Panel { x, y, curves: vec![line], marks: Vec::new(), borders: Vec::new() };
        Figure { description: "a test".to_owned(), panels: vec![panel] }
    }

    #[test]
    fn a_figure_of_ours_is_drawn_over_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.svg");
        Target::new(&path).unwrap().write(&figure()).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        Target::new(&path).unwrap().write(&figure()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        for precious in ["", "<svg></svg>", "notes"] {
            fs::write(&path, precious).unwrap();
            assert!(matches!(Target::new(&path), Err(PlotError::Foreign { .. })), "{precious}");
            assert_eq!(fs::read_to_string(&path).unwrap(), precious);
        }
        fs::create_dir(folder.path().join("folder.svg")).unwrap();
        assert!(matches!(Target::new(&folder.path().join("folder.svg")), Err(PlotError::Foreign { .. })));
    }

    #[test]
    fn names_and_folders_are_checked_first() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Target::new(&folder.path().join("a.png")), Err(PlotError::Name { .. })));
        assert!(matches!(Target::new(&folder.path().join("none/a.svg")), Err(PlotError::Folder { .. })));
    }
}
