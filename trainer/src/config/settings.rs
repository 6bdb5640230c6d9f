//! What was typed: the file's keys, flattened to dotted names, with the command line's options on top.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Overrides;
use super::keys;
use super::problem::{Order, Problem};
use super::value::{Origin, Typed, Value, quoted, shortened};

/// Dotted keys with their values and places.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    file: String,
    values: BTreeMap<String, Typed>,
}

impl Settings {
    /// Parses `text` and lays `overrides` on top.
    pub(super) fn read(text: &str, file: &Path, overrides: Overrides) -> Result<Self, Vec<Problem>> {
        let mut settings = Self { file: file.display().to_string(), values: BTreeMap::new() };
        let lines = Lines::new(text);
        let (document, errors) = DeTable::parse_recoverable(text);
        let locate = |byte| Origin::Line(lines.line(byte));
        let mut problems = Vec::new();
        flatten("", document.get_ref(), &locate, &mut settings.values);
        // One slip confuses a parser for many lines; the first errors are the ones to mend.
        for error in errors.iter().take(3) {
            problems.push(settings.syntax_problem(error, text, &lines));
        }
        for (number, set) in overrides.sets.iter().enumerate() {
            if let Err(problem) = settings.lay(number, set) {
                problems.push(problem);
            }
        }
        settings.lay_options(overrides);
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Typed> {
        self.values.get(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Typed)> {
        self.values.iter().map(|(key, typed)| (key.as_str(), typed))
    }

    /// `PLACE: KEY = VALUE` where the key was typed, else `KEY is MEANING`, `meaning` being what its absence means.
    pub(super) fn describe(&self, key: &str, meaning: &str) -> String {
        match self.get(key) {
            Some(typed) => self.describe_typed(key, typed),
            None => format!("{key} is {meaning}"),
        }
    }

    /// `PLACE: KEY = VALUE` of that value, which may be an entry of a list.
    pub(super) fn describe_typed(&self, key: &str, typed: &Typed) -> String {
        format!("{}: {key} = {}", self.place(&typed.origin), shortened(&typed.value.to_string()))
    }

    /// A problem of `key`, with its allowed values as the key list states them left to the caller.
    pub(super) fn problem(&self, key: &str, meaning: &str) -> Problem {
        match self.get(key) {
            Some(typed) => self.problem_at(key, typed),
            None => self.file_problem(&format!("{key} is {meaning}")),
        }
    }

    /// A problem of that value.
    pub(super) fn problem_at(&self, key: &str, typed: &Typed) -> Problem {
        let order = match typed.origin {
            Origin::Line(line) => Order::Line(line),
            Origin::Set(number, _) | Origin::Option(number, _) => Order::CommandLine(number),
        };
        Problem::new(self.describe_typed(key, typed), order)
    }

    /// A problem of the file as a whole.
    pub(super) fn file_problem(&self, what: &str) -> Problem {
        Problem::new(format!("{}: {what}", self.file), Order::File)
    }

    fn place(&self, origin: &Origin) -> String {
        match origin {
            Origin::Line(line) => format!("{}:{line}", self.file),
            Origin::Set(_, set) => format!("--set {}", shortened(set)),
            Origin::Option(_, option) => shortened(option),
        }
    }

    fn lay(&mut self, number: usize, set: &str) -> Result<(), Problem> {
        let Some((key, text)) = set.split_once('=').filter(|(key, _)| !key.trim().is_empty()) else {
            let headline = format!("--set {}: no key and value", shortened(set));
            return Err(Problem::new(headline, Order::CommandLine(number))
                .line("allowed", "KEY=VALUE with a dotted key")
                .line("fix", "write it like `--set train.steps=1000`"));
        };
        let locate = |_| Origin::Set(number, set.to_owned());
        let (key, text) = (key.trim(), text.trim());
        let value = DeValue::parse(text).map_or_else(|_| DeValue::String(text.into()), Spanned::into_inner);
        match &value {
            DeValue::Table(table) if !table.is_empty() => flatten(key, table, &locate, &mut self.values),
            value => _ = self.values.insert(key.to_owned(), Typed::new(value, locate(0), &locate)),
        }
        Ok(())
    }

    /// Lays the options that stand for a key of their own.
    fn lay_options(&mut self, Overrides { sets, backend, non_facts }: Overrides) {
        if backend.is_some()
            && self.get("backend.kernels").is_some_and(|kernels| matches!(kernels.origin, Origin::Line(_)))
        {
            self.values.remove("backend.kernels");
        }
        let options = [("--backend", "backend.name", backend), ("--non-facts", "evaluation.non_facts", non_facts)];
        for (number, (option, key, text)) in options.into_iter().enumerate() {
            if let Some(text) = text {
                let origin = Origin::Option(sets.len() + number, format!("{option} {text}"));
                self.values.insert(key.to_owned(), Typed { value: Value::Text(text.to_owned()), origin });
            }
        }
    }

    fn syntax_problem(&self, error: &toml::de::Error, text: &str, lines: &Lines) -> Problem {
        let byte = error.span().map_or(text.len(), |span| span.start);
        let (line, column) = (lines.line(byte), lines.column(text, byte));
        let typed = text.lines().nth(line - 1).unwrap_or("").trim();
        let headline = format!("{}:{line}:{column}: not TOML: {}", self.file, error.message());
        let problem = Problem::new(headline, Order::Line(line)).line("line", shortened(typed));
        if error.message().contains("duplicate key") {
            let key = error.span().and_then(|span| text.get(span)).unwrap_or("");
            return self.duplicate(problem, key, typed, text.lines().take(line - 1));
        }
        problem.line(
            "fix",
            match error.message() {
                _ if typed.ends_with('=') => "write a value behind the =",
                reason if reason.contains("boolean") || reason.starts_with("string values") => "put text in quotes",
                _ => "correct the line; https://toml.io shows the syntax",
            },
        )
    }

    /// Adds where the first of two equal keys, or the first of two equal table headers, stands.
    fn duplicate<'a>(
        &self,
        problem: Problem,
        key: &str,
        typed: &str,
        mut before: impl Iterator<Item = &'a str>,
    ) -> Problem {
        if typed.starts_with('[') {
            let first = before.position(|line| line.trim() == typed);
            let first = first.map(|line| format!("{}:{}: {typed}", self.file, line + 1));
            let problem = first.into_iter().fold(problem, |problem, first| problem.line("first", first));
            return problem.line("fix", format!("put the keys of both under one {}", shortened(typed)));
        }
        let mut namesakes = self.values.iter().filter(|(path, _)| path.rsplit('.').next() == Some(key));
        let problem = match (namesakes.next(), namesakes.next()) {
            (Some((path, first)), None) => problem.line("first", self.describe_typed(path, first)),
            _ => problem,
        };
        problem.line("fix", "keep one of the two")
    }
}

/// Adds the keys of `table` under their dotted names. An empty table is kept only if no key could stand in it, so
/// that a misspelt one is still told.
fn flatten(prefix: &str, table: &DeTable<'_>, locate: &dyn Fn(usize) -> Origin, values: &mut BTreeMap<String, Typed>) {
    for (name, value) in table {
        let (place, name) = (name.span().start, segment(name.get_ref()));
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => flatten(&key, inner, locate, values),
            DeValue::Table(_) if keys::is_table(&key) => {}
            value => _ = values.insert(key, Typed::new(value, locate(place), locate)),
        }
    }
}

/// A key's part as it stands in a dotted key: in quotes unless it is bare, so that a dot in it remains visible.
fn segment(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { quoted(name) }
}

/// Line and column of a byte.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(place, _)| place + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect() }
    }

    fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|&start| start <= byte)
    }

    fn column(&self, text: &str, byte: usize) -> usize {
        let start = self.starts[self.line(byte) - 1];
        text.get(start..byte).map_or(1, |before| before.chars().count() + 1)
    }
}
