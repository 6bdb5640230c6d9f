//! One row of what is asked: the texts of the options, from the command line or from a line of a CSV file, and their
//! reading. What is read is remembered, so that results can say what they are results of.

use super::answer::{Entry, Value};
use super::field::Field;
use super::mistake::Mistake;
use super::number;

/// Where the texts of a row stand.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    CommandLine,
    Line { file: String, line: u64, from_standard_input: bool },
}

impl Place {
    /// Whether the row came through standard input.
    pub(super) fn is_standard_input(&self) -> bool {
        matches!(self, Self::Line { from_standard_input: true, .. })
    }
}

/// The options of one row.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub place: Place,
    texts: Vec<(&'static Field, String)>,
    read: Vec<Entry>,
}

impl Given {
    pub(super) fn new(place: Place, texts: Vec<(&'static Field, String)>) -> Self {
        Self { place, texts, read: Vec::new() }
    }

    /// What was written for an option; its default where nothing was.
    pub(super) fn text(&self, field: &Field) -> Option<&str> {
        let written = self.texts.iter().find(|(other, _)| other.name == field.name).map(|(_, text)| text.as_str());
        written.or(field.default)
    }

    /// The options that were read so far, as entries of a result.
    pub(super) fn read(&self) -> &[Entry] {
        &self.read
    }

    /// Puts what was read into the order of the options.
    pub(super) fn sort(&mut self, options: &[&'static Field]) {
        self.read.sort_by_key(|entry| options.iter().position(|field| field.name == entry.key));
    }

    /// The question as it was typed.
    pub(super) fn as_typed(&self, question: &str) -> String {
        let options = self.texts.iter().map(|(field, text)| format!(" --{} {text}", field.name));
        format!("rote theory {question}{}", options.collect::<String>())
    }

    /// Refuses options that would have no effect.
    pub(super) fn only(&self, because: &'static str, fields: &[&'static Field]) -> Result<(), Mistake> {
        let useless = self.texts.iter().find(|(field, _)| !fields.iter().any(|other| other.name == field.name));
        useless.map_or(Ok(()), |&(field, _)| Err(Mistake::Useless { field, because, instead: fields.to_vec() }))
    }

    /// A number that must be given.
    pub(super) fn number(&mut self, field: &'static Field) -> Result<f64, Mistake> {
        self.optional_number(field)?.ok_or(Mistake::Missing(field))
    }

    /// A number that need not be given.
    pub(super) fn optional_number(&mut self, field: &'static Field) -> Result<Option<f64>, Mistake> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let value = number::parse(text).map_err(|problem| Mistake::value(field, text, problem))?;
        self.remember(field, Value::Number(value));
        Ok(Some(value))
    }

    /// Numbers with commas or semicolons between.
    pub(super) fn numbers(&mut self, field: &'static Field) -> Result<Vec<f64>, Mistake> {
        let text = self.text(field).ok_or(Mistake::Missing(field))?;
        let parts = text.split([',', ';']).map(|part| {
            number::parse(part)
                .map_err(|problem| Mistake::value(field, text, format!("\"{}\": {problem}", part.trim())))
        });
        let values = parts.collect::<Result<Vec<f64>, Mistake>>()?;
        self.remember(field, Value::List(values.clone()));
        Ok(values)
    }

    /// `K/N`: a number of hits and of what was counted.
    pub(super) fn counts(&mut self, field: &'static Field) -> Result<(u64, u64), Mistake> {
        let text = self.text(field).ok_or(Mistake::Missing(field))?;
        let refuse = |problem| Mistake::value(field, text, problem);
        let (hits, trials) = text.split_once('/').ok_or_else(|| refuse("not of the form K/N"))?;
        let count = |part| number::parse_count(part).map_err(refuse);
        let (hits, trials) = (count(hits)?, count(trials)?);
        self.remember(field, Value::Text(format!("{hits}/{trials}")));
        Ok((hits, trials))
    }

    /// One of several words.
    pub(super) fn choice(&mut self, field: &'static Field, choices: &[&'static str]) -> Result<&'static str, Mistake> {
        let text = self.text(field).ok_or(Mistake::Missing(field))?;
        let found = choices.iter().copied().find(|choice| *choice == text);
        let chosen = found.ok_or_else(|| Mistake::choice(field, text, choices))?;
        self.remember(field, Value::Text(chosen.to_owned()));
        Ok(chosen)
    }

    /// A text that must be given, such as the name of a file.
    pub(super) fn word(&mut self, field: &'static Field) -> Result<String, Mistake> {
        let text = self.text(field).ok_or(Mistake::Missing(field))?.to_owned();
        self.remember(field, Value::Text(text.clone()));
        Ok(text)
    }

    /// Reading twice, for an answer and for its figure, leaves one entry.
    fn remember(&mut self, field: &'static Field, value: Value) {
        let entry = Entry::given(field, value);
        match self.read.iter_mut().find(|known| known.key == entry.key) {
            Some(known) => *known = entry,
            None => self.read.push(entry),
        }
    }
}
