//! What is told about a configuration that cannot be run: every problem with its place, what is allowed and the fix.

use std::fmt;
use std::path::Path;

/// A configuration that cannot be run, with all its problems.
///
/// It displays as one paragraph a problem, each opening with `error:`, ready to be printed as it is.
#[derive(Debug, thiserror::Error)]
#[error("{}", paragraphs(.problems))]
pub struct ConfigError {
    problems: Vec<Problem>,
}

/// One problem: a headline that names place, key and value, then labelled lines (`conflict`, `allowed`, `fix`, ...).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    headline: String,
    lines: Vec<(&'static str, String)>,
    order: Order,
    missing: Option<&'static str>,
}

/// Where a problem stands among the others: by line, then those of the whole file, then those of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Line(usize),
    File,
    CommandLine(usize),
}

impl ConfigError {
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.order);
        Self { problems }
    }

    pub(super) fn unreadable(path: &Path, reason: &std::io::Error) -> Self {
        let headline = format!("{}: cannot be read: {reason}", path.display());
        let fix = "give the path of a TOML file that you may read";
        Self::new(vec![Problem::new(headline, Order::File).line("fix", fix)])
    }

    /// The problems, in the order of their lines; at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl Problem {
    pub(super) fn new(headline: impl Into<String>, order: Order) -> Self {
        Self { headline: headline.into(), lines: Vec::new(), order, missing: None }
    }

    /// Adds a labelled line.
    pub(super) fn line(mut self, label: &'static str, text: impl Into<String>) -> Self {
        self.lines.push((label, text.into()));
        self
    }

    /// Marks the problem as "this required key is missing".
    pub(super) fn of_missing(mut self, key: &'static str) -> Self {
        self.missing = Some(key);
        self
    }

    /// The required key whose absence this problem tells of.
    pub(super) fn missing(&self) -> Option<&'static str> {
        self.missing
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.headline)?;
        self.lines.iter().try_for_each(|(label, text)| write!(f, "\n  {label}: {text}"))
    }
}

fn paragraphs(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
