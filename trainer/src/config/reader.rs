//! Takes the typed keys one by one and gathers every problem on the way; what nobody took is unknown.

use std::collections::BTreeSet;

use super::keys;
use super::problem::Problem;
use super::rules::{Fault, Reading};
use super::settings::Settings;
use super::value::{Typed, Value};

/// Settings that are being read.
///
/// A refused value is noted and reading goes on, so that one run tells all problems.
pub(super) struct Reader {
    pub(super) settings: Settings,
    taken: BTreeSet<&'static str>,
    problems: Vec<Problem>,
}

/// A value was refused; its problem is noted with the reader.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused;

/// What was read, unless it was refused.
pub(super) type Noted<T> = Result<T, Refused>;

impl Reader {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, taken: BTreeSet::new(), problems: Vec::new() }
    }

    pub(super) fn given(&self, key: &str) -> bool {
        self.settings.get(key).is_some()
    }

    /// The value of `key`, or `default` where it is absent.
    pub(super) fn or<T>(&mut self, key: &'static str, default: T, rule: impl Fn(&Typed) -> Reading<T>) -> Noted<T> {
        self.optional(key, rule).map(|value| value.unwrap_or(default))
    }

    /// The value of `key`, or `None` where it is absent.
    pub(super) fn optional<T>(&mut self, key: &'static str, rule: impl Fn(&Typed) -> Reading<T>) -> Noted<Option<T>> {
        self.taken.insert(key);
        let Some(typed) = self.settings.get(key) else { return Ok(None) };
        match rule(typed) {
            Ok(value) => Ok(Some(value)),
            Err(fault) => {
                let problem = refusal(&self.settings, key, typed, fault);
                self.problems.push(problem);
                Err(Refused)
            }
        }
    }

    /// The value of `key`, which must be there.
    pub(super) fn required<T>(&mut self, key: &'static str, rule: impl Fn(&Typed) -> Reading<T>) -> Noted<T> {
        self.optional(key, rule)?.ok_or_else(|| {
            let problem = self.settings.file_problem(&format!("{key} is missing"));
            let problem = problem.line("allowed", allowed(key)).line("fix", addition(key)).of_missing(key);
            self.problems.push(problem);
            Refused
        })
    }

    /// Takes `key`, which has no effect here, and notes that if it was typed.
    pub(super) fn refuse(&mut self, key: &'static str, because: (&str, &str), allowed: &str, fix: &str) {
        self.taken.insert(key);
        if self.given(key) {
            self.conflict(key, because, allowed, fix);
        }
    }

    /// Notes that `key` contradicts another one, given as its name and what its absence means.
    pub(super) fn conflict(&mut self, key: &str, other: (&str, &str), allowed: &str, fix: &str) {
        let problem = conflict(&self.settings, (key, "not set"), other, allowed, fix);
        self.problems.push(problem);
    }

    pub(super) fn note(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Notes the keys nobody took. What they were meant to be does not count as missing as well.
    pub(super) fn finish(mut self) -> (Settings, Vec<Problem>) {
        let unknown = self.settings.iter().filter(|(key, _)| !self.taken.contains(key));
        let told = unknown.map(|(key, typed)| unknown_key(&self.settings, key, typed));
        let (problems, meant): (Vec<Problem>, Vec<Option<&str>>) = told.unzip();
        let told = |key: Option<&str>| key.is_some() && meant.contains(&key);
        let missing = |key: &'static str| !told(Some(key)) && !told(keys::table_of(key));
        self.problems.retain(|problem| problem.missing().is_none_or(missing));
        self.problems.extend(problems);
        (self.settings, self.problems)
    }
}

/// A contradiction between two keys, each given as its name and what its absence means.
pub(super) fn conflict(
    settings: &Settings,
    (key, meaning): (&str, &str),
    (other, other_meaning): (&str, &str),
    allowed: &str,
    fix: &str,
) -> Problem {
    let problem = settings.problem(key, meaning).line("conflict", settings.describe(other, other_meaning));
    problem.line("allowed", allowed).line("fix", fix)
}

/// What the key list says a key may be.
pub(super) fn allowed(key: &str) -> &'static str {
    keys::find(key).map_or("", |key| key.allowed)
}

/// What the key list says of choosing a value.
pub(super) fn advice(key: &str) -> &'static str {
    keys::find(key).map_or("", |key| key.advice)
}

fn addition(key: &str) -> String {
    let place = keys::table_of(key).map_or_else(|| "at the top".to_owned(), |table| format!("under [{table}]"));
    format!("add {} {place}; {}", keys::leaf_of(key), advice(key))
}

fn refusal(settings: &Settings, key: &str, typed: &Typed, fault: Fault) -> Problem {
    let problem = match fault.entry.as_deref() {
        Some((number, entry)) => settings.problem_at(&format!("{key}[{number}]"), entry),
        None => settings.problem_at(key, typed),
    };
    problem.line("allowed", allowed(key)).line("fix", fault.fix.unwrap_or_else(|| advice(key).to_owned()))
}

/// The problem of a key nobody took, and the key or table it was meant to be.
fn unknown_key<'a>(settings: &Settings, key: &'a str, typed: &Typed) -> (Problem, Option<&'a str>) {
    if keys::is_table(key) {
        let allowed = format!("a table [{key}] with the keys {}", keys::listed(Some(key)));
        let problem = settings.problem_at(key, typed).line("allowed", allowed);
        return (problem.line("fix", format!("write [{key}] on a line, its keys below, once in the file")), Some(key));
    }
    let problem = settings.problem_at(key, typed).line("problem", "unknown key");
    if key.split('.').next() == Some("sweep") {
        let problem = problem.line("allowed", "one experiment: a sweep's lists have no effect here");
        return (problem.line("fix", "remove the table [sweep]"), None);
    }
    let table = keys::table_of(key).filter(|table| keys::is_table(table));
    let place = table.map_or_else(|| "at the top".to_owned(), |table| format!("under [{table}]"));
    let problem = problem.line("allowed", format!("{place}: {}", keys::listed(table)));
    let meant = keys::meant(key);
    let meant_table = || keys::meant_table(key).filter(|_| matches!(typed.value, Value::Table));
    let fix = match (meant_table(), meant) {
        (Some(table), _) => format!("did you mean [{table}]?"),
        (None, Some(meant)) => format!("did you mean {meant}?"),
        (None, None) => "remove it".to_owned(),
    };
    (problem.line("fix", fix), meant)
}
