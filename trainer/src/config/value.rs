//! One value as it was typed, with the place it was typed at.

use std::fmt::{self, Write as _};

use toml::de::DeValue;

/// Where a value was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A line of the file, counted from 1.
    Line(usize),
    /// A `--set` option: its number on the command line and its `KEY=VALUE`.
    Set(usize, String),
    /// An option that stands for a key: its number after those, and the option as typed.
    Option(usize, String),
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// A TOML value. Numbers keep their text, so that a message shows what was typed.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Flag(bool),
    /// The number is `None` beyond 128 bits.
    Integer(String, Option<i128>),
    Float(String, f64),
    Text(String),
    Date(String),
    List(Vec<Typed>),
    /// A table where a value belongs: inside a list.
    Table,
}

impl Typed {
    /// Copies a parsed value; `locate` turns a byte of the source into a place.
    pub(super) fn new(value: &DeValue<'_>, origin: Origin, locate: &dyn Fn(usize) -> Origin) -> Self {
        let value = match value {
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Integer(number) => {
                Value::Integer(number.to_string(), i128::from_str_radix(number.as_str(), number.radix()).ok())
            }
            DeValue::Float(number) => {
                Value::Float(number.as_str().to_owned(), number.as_str().parse().unwrap_or(f64::NAN))
            }
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
            DeValue::Array(items) => Value::List(
                items.iter().map(|item| Self::new(item.get_ref(), locate(item.span().start), locate)).collect(),
            ),
            DeValue::Table(_) => Value::Table,
        };
        Self { value, origin }
    }

    /// What stands behind the `=` of a `--set` option, whatever TOML takes it for: the shell has eaten the quotes.
    pub(super) fn bare_text(&self) -> Option<&str> {
        match &self.origin {
            Origin::Set(_, option) => option.split_once('=').map(|(_, text)| text.trim()),
            Origin::Line(_) | Origin::Option(..) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Integer(text, _) | Self::Float(text, _) | Self::Date(text) => f.write_str(text),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.value.to_string()).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Table => f.write_str("{ ... }"),
        }
    }
}

/// `text` as a TOML string on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if character.is_control() => _ = write!(out, "\\u{:04X}", u32::from(character)),
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

/// `text`, cut after 60 characters so that a message keeps to its line.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// A whole number with its thousands apart, as messages write it.
pub(super) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
