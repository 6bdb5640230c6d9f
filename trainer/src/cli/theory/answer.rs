//! What is answered: named quantities in order, and one sentence that says what they mean.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::field::Field;
use crate::record::Real;

/// The answer to one row.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The quantities, in order. One that does not apply has no value, but keeps its column in a CSV file.
    pub entries: Vec<Entry>,
    /// What they mean.
    pub meaning: String,
}

/// One quantity of an answer, or one option that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Its name in JSON and CSV.
    pub key: &'static str,
    /// Its name for reading.
    pub name: &'static str,
    /// Its unit, or what it is a share of.
    pub unit: &'static str,
    /// Its value, where it applies.
    pub value: Option<Value>,
    /// Whether it has one part for each score of a table: the scores first, then laws over them.
    pub is_law: bool,
}

/// The value of a quantity.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Text(String),
    List(Vec<f64>),
    Names(Vec<String>),
}

impl Entry {
    /// A number, where it applies.
    pub(super) fn number(
        key: &'static str,
        name: &'static str,
        unit: &'static str,
        value: impl Into<Option<f64>>,
    ) -> Self {
        Self { key, name, unit, value: value.into().map(Value::Number), is_law: false }
    }

    /// A word.
    pub(super) fn text(key: &'static str, name: &'static str, value: &str) -> Self {
        Self { key, name, unit: "", value: Some(Value::Text(value.to_owned())), is_law: false }
    }

    /// The scores of a table, or the share that a law has at each.
    pub(super) fn law(key: &'static str, name: &'static str, values: Value) -> Self {
        Self { key, name, unit: "share at each score", value: Some(values), is_law: true }
    }

    pub(super) fn given(field: &'static Field, value: Value) -> Self {
        Self { key: field.name, name: field.name, unit: field.unit, value: Some(value), is_law: false }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => Real(*number).serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(numbers) => serializer.collect_seq(numbers.iter().copied().map(Real)),
            Self::Names(names) => serializer.collect_seq(names),
        }
    }
}

/// Entries as one JSON object, in their order, without those that do not apply.
pub(super) struct Object<'a>(pub Vec<&'a Entry>);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for entry in &self.0 {
            if let Some(value) = &entry.value {
                object.serialize_entry(entry.key, value)?;
            }
        }
        object.end()
    }
}
