//! Answers for readers: aligned tables with units, CSV, or JSON.

use std::fmt::Write;

use serde::Serialize;

use super::answer::{Answer, Entry, Object, Value};
use super::given::Given;
use super::number::shown;
use super::sheet::Sheet;

/// One row with its answer.
pub(super) type Answered = (Given, Answer);

/// Answers that stand side by side in a table.
const ABREAST: usize = 4;
/// A score that has less of both kinds is left out of a table of laws: only rounding keeps such shares from 0.
const NO_SHARE: f64 = 1e-9;

/// One answer for reading: what was given, what follows, and what it means.
pub(super) fn one((given, answer): &Answered) -> String {
    let laws = laws(&answer.entries);
    format!("{}\n{}{laws}\n{}\n", table(&[given.read()]), table(&[&answer.entries]), answer.meaning)
}

/// Several answers for reading, side by side, below what they have in common.
pub(super) fn several(answers: &[Answered]) -> String {
    let first = answers.first().map_or(&[][..], |(given, _)| given.read());
    let common = |entry: &Entry| answers.iter().all(|(given, _)| given.read().contains(entry));
    let shared: Vec<Entry> = first.iter().filter(|entry| common(entry)).cloned().collect();
    let blocks = answers.chunks(ABREAST).map(|block| {
        let own = |(given, _): &Answered| given.read().iter().filter(|entry| !common(entry)).cloned().collect();
        let varied: Vec<Vec<Entry>> = block.iter().map(own).collect();
        let varied: Vec<&[Entry]> = varied.iter().map(Vec::as_slice).collect();
        let answered: Vec<&[Entry]> = block.iter().map(|(_, answer)| answer.entries.as_slice()).collect();
        // Apart, since an option and a quantity may have the same key, but in columns of the same width.
        aligned(&[lines(&varied), lines(&answered)].concat())
    });
    [table(&[&shared])].into_iter().chain(blocks).collect::<Vec<_>>().join("\n")
}

/// The answers as JSON: an object for one question, an array for several or for the lines of a file.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Json<'a> {
    One(Object<'a>),
    All(Vec<Object<'a>>),
}

/// Each answer as an object of the quantities that apply, after the options that were read. A key occurs once: an option
/// that is named as a quantity, such as `loss`, makes room for it.
pub(super) fn json(answers: &[Answered], is_table: bool) -> Json<'_> {
    let mut objects: Vec<Object> = answers.iter().map(object).collect();
    match objects.pop() {
        Some(only) if objects.is_empty() && !is_table => Json::One(only),
        last => Json::All(objects.into_iter().chain(last).collect()),
    }
}

fn object((given, answer): &Answered) -> Object<'_> {
    let applies = |key| answer.entries.iter().any(|entry| entry.key == key && entry.value.is_some());
    Object(given.read().iter().filter(|option| !applies(option.key)).chain(&answer.entries).collect())
}

/// The CSV file as it was, with a column for each quantity that any answer has. A quantity that is named as a column of
/// the file, such as `loss`, is called its value.
pub(super) fn csv(sheet: &Sheet, answers: &[Answered]) -> Result<String, csv::Error> {
    let found: Vec<&[Entry]> = answers.iter().map(|(_, answer)| answer.entries.as_slice()).collect();
    let keys: Vec<&str> = of_all(&found).iter().map(|entry| entry.key).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let name = |key: &&str| {
        if sheet.header.iter().any(|column| column == *key) { format!("{key}_value") } else { (*key).to_owned() }
    };
    let names: Vec<String> = keys.iter().map(name).collect();
    writer.write_record(sheet.header.iter().chain(names.iter().map(String::as_str)))?;
    for (record, entries) in sheet.records.iter().zip(found) {
        let cells: Vec<String> = keys
            .iter()
            .map(|key| entries.iter().find(|entry| entry.key == *key).and_then(|entry| entry.value.as_ref()))
            .map(|value| value.map_or_else(String::new, exact))
            .collect();
        writer.write_record(record.iter().chain(cells.iter().map(String::as_str)))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Names, values and units: a column of values for each list of entries, a line for each quantity that any of them has.
fn table(columns: &[&[Entry]]) -> String {
    aligned(&lines(columns))
}

fn lines(columns: &[&[Entry]]) -> Vec<Vec<String>> {
    let mut lines: Vec<Vec<String>> = Vec::new();
    for entry in of_all(columns).into_iter().filter(|entry| !entry.is_law) {
        let value_in = |column: &&[Entry]| {
            let found = column.iter().find(|other| other.key == entry.key)?;
            found.value.as_ref().map(readable)
        };
        let values: Vec<Option<String>> = columns.iter().map(value_in).collect();
        if values.iter().any(Option::is_some) {
            let cells = values.into_iter().map(|value| value.unwrap_or_else(|| "-".to_owned()));
            lines.push([entry.name.to_owned()].into_iter().chain(cells).chain([entry.unit.to_owned()]).collect());
        }
    }
    lines
}

/// The laws among the quantities as columns of a table of their own, without the lines in which none has a share.
fn laws(entries: &[Entry]) -> String {
    let laws: Vec<(&str, &Value)> = entries
        .iter()
        .filter(|entry| entry.is_law)
        .filter_map(|entry| Some((entry.name, entry.value.as_ref()?)))
        .collect();
    let Some(((_, scores), shares)) = laws.split_first() else { return String::new() };
    let columns: Vec<Vec<String>> = laws.iter().map(|(_, value)| cells(value)).collect();
    let held = |place: &usize| {
        shares.iter().any(|(_, value)| matches!(value, Value::List(shares) if shares[*place] > NO_SHARE))
    };
    let head = laws.iter().map(|(name, _)| (*name).to_owned()).collect();
    let lines =
        (0..cells(scores).len()).filter(held).map(|place| columns.iter().map(|column| column[place].clone()).collect());
    format!("\n{}", aligned(&[head].into_iter().chain(lines).collect::<Vec<Vec<String>>>()))
}

/// The parts of a list, for reading.
fn cells(value: &Value) -> Vec<String> {
    match value {
        Value::Number(number) => vec![shown(*number)],
        Value::Text(text) => vec![text.clone()],
        Value::List(numbers) => numbers.iter().map(|number| shown(*number)).collect(),
        Value::Names(names) => names.clone(),
    }
}

/// The entries that any of the lists has, each once, in order.
fn of_all<'a>(columns: &[&'a [Entry]]) -> Vec<&'a Entry> {
    let mut all: Vec<&Entry> = Vec::new();
    for entry in columns.iter().flat_map(|column| column.iter()) {
        if !all.iter().any(|known| known.key == entry.key) {
            all.push(entry);
        }
    }
    all
}

fn readable(value: &Value) -> String {
    cells(value).join(", ")
}

/// The shortest text that reads back as the same number; lists with semicolons, which need no quotes in CSV.
fn exact(value: &Value) -> String {
    match value {
        Value::Number(number) => format!("{number:?}"),
        Value::Text(text) => text.clone(),
        Value::List(numbers) => numbers.iter().map(|number| format!("{number:?}")).collect::<Vec<_>>().join(";"),
        Value::Names(names) => names.join(";"),
    }
}

/// Cells in columns as wide as their widest, two blanks between.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}
