//! The rows of a question: one from the command line, several where an option lists several values, or one for each
//! line of a CSV file.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::Question;
use super::field::Field;
use super::given::{Given, Place};
use super::mistake::{message, nearest};
use crate::cli::result::Failure;

/// Everything that is asked at once.
#[derive(Debug)]
pub(super) struct Rows {
    /// One for each answer.
    pub rows: Vec<Given>,
    /// The CSV file as it was, where there is one.
    pub table: Option<Table>,
}

/// A CSV file as it was read.
#[derive(Debug)]
pub(super) struct Table {
    pub header: StringRecord,
    pub records: Vec<StringRecord>,
}

/// The options as typed; a comma lists several values of an option, and then every combination is a row.
pub(super) fn from_command_line(typed: &[(&'static Field, String)]) -> Rows {
    let mut combinations: Vec<Vec<(&'static Field, String)>> = vec![Vec::new()];
    for (field, text) in typed {
        let values: Vec<&str> = if field.is_list { vec![text.as_str()] } else { text.split(',').collect() };
        combinations = combinations
            .iter()
            .flat_map(|before| {
                values.iter().map(|value| before.iter().cloned().chain([(*field, (*value).to_owned())]).collect())
            })
            .collect();
    }
    Rows { rows: combinations.into_iter().map(|texts| Given::new(Place::CommandLine, texts)).collect(), table: None }
}

/// The lines of a CSV file, or of standard input where its name is `-`; options that were typed go with every line.
pub(super) fn from_csv(
    question: &Question,
    name: &str,
    typed: &[(&'static Field, String)],
) -> Result<Rows, Failure> {
    let mut bytes = Vec::new();
    let read = if name == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(name).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    let file = if name == "-" { "stdin" } else { name };
    read.map_err(|error| refused(&format!("cannot read {file}: {error}"), "", "", ""))?;
    parse(question, file, &bytes, typed)
}

fn parse(question: &Question, file: &str, bytes: &[u8], typed: &[(&'static Field, String)]) -> Result<Rows, Failure> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().flexible(true).comment(Some(b'#')).trim(Trim::All).from_reader(bytes);
    let unreadable = |error: csv::Error| refused(&format!("{file}: {error}"), "", "a CSV file in UTF-8", "");
    let header = reader.headers().map_err(unreadable)?.clone();
    let columns = columns(question, file, &header, typed)?;
    let (mut rows, mut records) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != header.len() {
            let head = format!("{file}:{line}: {} values", record.len());
            return Err(refused(&head, "", &format!("{}, one for each column", header.len()), ""));
        }
        let filled = columns.iter().zip(&record).filter(|(_, text)| !text.is_empty());
        let texts = filled.map(|(field, text)| (*field, text.to_owned())).chain(typed.iter().cloned());
        rows.push(Given::new(Place::Line { file: file.to_owned(), line }, texts.collect()));
        records.push(record);
    }
    if rows.is_empty() {
        let fix = "give one line of values for each question below the names of the columns";
        return Err(refused(&format!("{file} holds no rows"), "", &allowed(question), fix));
    }
    Ok(Rows { rows, table: Some(Table { header, records }) })
}

/// The option of each column.
fn columns(
    question: &Question,
    file: &str,
    header: &StringRecord,
    typed: &[(&'static Field, String)],
) -> Result<Vec<&'static Field>, Failure> {
    let mut columns: Vec<&'static Field> = Vec::new();
    for (number, name) in header.iter().enumerate() {
        let head = format!("{file}:1: column {}, \"{name}\"", number + 1);
        let Some(field) = question.options.iter().copied().find(|field| field.name == name) else {
            let meant = nearest(name, question.options.iter().map(|field| field.name));
            let fix = meant.map_or_else(|| "remove it".to_owned(), |meant| format!("did you mean {meant}?"));
            let problem = format!("not an option of rote theory {}", question.name);
            return Err(refused(&head, &problem, &allowed(question), &fix));
        };
        if columns.iter().any(|other| other.name == name) {
            return Err(refused(&head, "an earlier column has the same name", "each option once", "remove one"));
        }
        if typed.iter().any(|(other, _)| other.name == name) {
            let problem = format!("--{name} is given as well");
            return Err(refused(&head, &problem, "either the column or the option", "remove one"));
        }
        columns.push(field);
    }
    Ok(columns)
}

fn allowed(question: &Question) -> String {
    question.options.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}

fn refused(head: &str, problem: &str, allowed: &str, fix: &str) -> Failure {
    Failure::request(message(head, problem, allowed, fix))
}
