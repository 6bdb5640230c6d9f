//! What can be wrong with what is asked, and how it is said: the place, the problem, the domain and a way out.

use std::fmt::Write;

use rote_theory::DomainError;

use super::Question;
use super::field::Field;
use super::given::{Given, Place};

/// What is wrong.
#[derive(Debug)]
pub(super) enum Mistake {
    /// A value that cannot be read, or that is outside its domain.
    Value(Box<WrongValue>),
    /// An option that must be given.
    Missing(&'static Field),
    /// An option that would have no effect.
    Useless { field: &'static Field, because: &'static str, instead: Vec<&'static Field> },
    /// What a function of the theory refuses.
    Domain(DomainError),
    /// A mistake in another file, with its whole message.
    Told(String),
}

/// A value and what is wrong with it.
#[derive(Debug)]
pub(super) struct WrongValue {
    pub field: &'static Field,
    pub text: String,
    pub problem: String,
    /// In place of the field's own domain.
    pub allowed: Option<String>,
    /// In place of the field's own example.
    pub fix: Option<String>,
}

impl From<DomainError> for Mistake {
    fn from(error: DomainError) -> Self {
        Self::Domain(error)
    }
}

impl From<WrongValue> for Mistake {
    fn from(wrong: WrongValue) -> Self {
        Self::Value(Box::new(wrong))
    }
}

impl Mistake {
    /// A value outside the domain of its field.
    pub(super) fn value(field: &'static Field, text: &str, problem: impl Into<String>) -> Self {
        WrongValue { field, text: text.to_owned(), problem: problem.into(), allowed: None, fix: None }.into()
    }

    /// A word that is none of the choices.
    pub(super) fn choice(field: &'static Field, text: &str, choices: &[&'static str]) -> Self {
        WrongValue {
            field,
            text: text.to_owned(),
            problem: "not one of the choices".to_owned(),
            allowed: Some(choices.join(", ")),
            fix: nearest(text, choices.iter().copied()).map(|meant| format!("did you mean {meant}?")),
        }
        .into()
    }

    /// The whole message.
    pub(super) fn told(&self, question: &Question, given: &Given) -> String {
        let place = &given.place;
        match self {
            Self::Value(wrong) => {
                let fix = wrong.fix.clone().unwrap_or_else(|| like(place, wrong.field));
                let allowed = wrong.allowed.as_deref().unwrap_or(wrong.field.allowed);
                message(&assigned(place, wrong.field, &wrong.text), &wrong.problem, allowed, &fix)
            }
            Self::Missing(field) => {
                let head = format!("{}{} is missing", before(place), option(place, field));
                message(&head, "", field.allowed, &like(place, field))
            }
            Self::Useless { field, because, instead } => {
                let names: Vec<String> = instead.iter().map(|field| option(place, field)).collect();
                let problem = format!("it has no effect {because}");
                let head = assigned(place, field, given.text(field).unwrap_or_default());
                let fix = match place {
                    Place::CommandLine => "leave it out",
                    Place::Line { .. } => "leave it empty in this line",
                };
                message(&head, &problem, &names.join(", "), fix)
            }
            Self::Domain(error) => domain(error, question, given),
            Self::Told(message) => message.clone(),
        }
    }
}

/// What a function of the theory says of an argument, said of the option that the argument came from.
fn domain(error: &DomainError, question: &Question, given: &Given) -> String {
    let (argument, problem) = match error {
        DomainError::OutOfRange { name, allowed, .. } => (*name, format!("must {allowed}")),
        DomainError::NoWeight { name } => (*name, "no weight in any bin".to_owned()),
        DomainError::UnequalBins { .. } | DomainError::UnequalHalves { .. } => ("", String::new()),
    };
    let place = &given.place;
    match question.option_of(argument) {
        Some(field) => {
            let head = assigned(place, field, given.text(field).unwrap_or_default());
            message(&head, &problem, field.allowed, &like(place, field))
        }
        None => message(&format!("{}{error}", before(place)), "", "", ""),
    }
}

/// A message: a head, then whatever of the rest there is.
pub(super) fn message(head: &str, problem: &str, allowed: &str, fix: &str) -> String {
    let mut text = format!("error: {head}\n");
    for (name, phrase) in [("problem", problem), ("allowed", allowed), ("fix", fix)] {
        if !phrase.is_empty() {
            let _ = writeln!(text, "  {name}: {phrase}");
        }
    }
    text
}

/// `--bits -1` or `rows.csv:3: bits = -1`.
fn assigned(place: &Place, field: &Field, text: &str) -> String {
    match place {
        Place::CommandLine => format!("--{} {text}", field.name),
        Place::Line { .. } => format!("{}{} = {text}", before(place), field.name),
    }
}

fn like(place: &Place, field: &Field) -> String {
    match place {
        Place::CommandLine => format!("write it like --{} {}", field.name, field.example),
        Place::Line { .. } => format!("write it like {}", field.example),
    }
}

fn option(place: &Place, field: &Field) -> String {
    match place {
        Place::CommandLine => format!("--{}", field.name),
        Place::Line { .. } => field.name.to_owned(),
    }
}

fn before(place: &Place) -> String {
    match place {
        Place::CommandLine => String::new(),
        Place::Line { file, line, .. } => format!("{file}:{line}: "),
    }
}

/// The name that was probably meant.
pub(super) fn nearest(typed: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let typed = typed.trim_start_matches('-').replace('_', "-").to_lowercase();
    let rated = names.map(|name| (strsim::normalized_damerau_levenshtein(&typed, name), name));
    rated.filter(|(likeness, _)| *likeness >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// Below it two words have little in common.
const ALIKE: f64 = 0.6;
