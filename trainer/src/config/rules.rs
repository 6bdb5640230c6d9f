//! How one value is read: a rule turns what was typed into what the experiment needs, or says what is wrong with it.

use std::ops::RangeInclusive;

use super::keys;
use super::value::{Typed, Value};

/// Why a value was refused; the key's own entry in the key list fills what is left out.
#[derive(Default)]
pub(super) struct Fault {
    /// The refused entry of a list, and its number.
    pub(super) entry: Option<Box<(usize, Typed)>>,
    /// What to do about it.
    pub(super) fix: Option<String>,
}

impl Fault {
    pub(super) fn fix(fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..Self::default() }
    }

    fn of_entry(self, number: usize, entry: &Typed) -> Self {
        Self { entry: Some(Box::new((number, entry.clone()))), ..self }
    }
}

pub(super) type Reading<T> = Result<T, Fault>;

/// A whole number, written as a number.
pub(super) fn whole(range: RangeInclusive<u64>) -> impl Fn(&Typed) -> Reading<u64> {
    move |typed| match &typed.value {
        Value::Integer(_, Some(number)) => {
            u64::try_from(*number).ok().filter(|number| range.contains(number)).ok_or_else(Fault::default)
        }
        Value::Text(text) if text.parse().is_ok_and(|number| range.contains(&number)) => {
            Err(Fault::fix(format!("write {text} without quotes")))
        }
        Value::Float(_, number) if number.fract() == 0.0 && range.contains(&(*number as u64)) => {
            Err(Fault::fix(format!("write {number:.0}, without point or exponent")))
        }
        _ => Err(Fault::default()),
    }
}

/// A whole number, written as a number, as `"2^K"` or as decimal digits in quotes.
pub(super) fn size(range: RangeInclusive<u128>) -> impl Fn(&Typed) -> Reading<u128> {
    move |typed| {
        let number = match &typed.value {
            Value::Integer(_, number) => number.and_then(|number| u128::try_from(number).ok()),
            Value::Text(text) => match text.strip_prefix("2^") {
                Some(power) => digits(power).and_then(|power| 1u128.checked_shl(u32::try_from(power).ok()?)),
                None => digits(text),
            },
            _ => None,
        };
        number.filter(|number| range.contains(number)).ok_or_else(Fault::default)
    }
}

/// A number in decimal digits alone; `parse` by itself would take a sign too.
fn digits(text: &str) -> Option<u128> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// A finite number that satisfies `fits`.
pub(super) fn number(fits: impl Fn(f64) -> bool) -> impl Fn(&Typed) -> Reading<f64> {
    move |typed| {
        let number = match typed.value {
            Value::Integer(_, Some(number)) => number as f64,
            Value::Float(_, number) => number,
            _ => return Err(Fault::default()),
        };
        if number.is_finite() && fits(number) { Ok(number) } else { Err(Fault::default()) }
    }
}

/// The bound that keeps weights, norms and losses within what f32 can hold.
pub(super) fn positive(typed: &Typed) -> Reading<f64> {
    number(|number| number > 0.0 && number <= 1e18)(typed)
}

pub(super) fn flag(typed: &Typed) -> Reading<bool> {
    if let Value::Flag(flag) = typed.value { Ok(flag) } else { Err(Fault::default()) }
}

pub(super) fn text(typed: &Typed) -> Reading<String> {
    match &typed.value {
        Value::Text(text) => Ok(text.clone()),
        _ => typed.bare_text().map(str::to_owned).ok_or_else(Fault::default),
    }
}

/// One of `choices`.
pub(super) fn choice(choices: &[&'static str]) -> impl Fn(&Typed) -> Reading<&'static str> {
    move |typed| {
        let Value::Text(text) = &typed.value else { return Err(Fault::default()) };
        choices.iter().copied().find(|choice| choice == text).ok_or_else(|| {
            let meant = keys::meant_choice(text, choices);
            meant.map_or_else(Fault::default, |meant| Fault::fix(format!("did you mean \"{meant}\"?")))
        })
    }
}

/// A list of one entry or more, each read by `rule`.
pub(super) fn list<T>(rule: impl Fn(&Typed) -> Reading<T>) -> impl Fn(&Typed) -> Reading<Vec<T>> {
    move |typed| {
        let Value::List(entries) = &typed.value else { return Err(Fault::default()) };
        if entries.is_empty() {
            return Err(Fault::default());
        }
        let read = |(number, entry)| rule(entry).map_err(|fault: Fault| fault.of_entry(number, entry));
        entries.iter().enumerate().map(read).collect()
    }
}

/// A list as [`list`] reads it, whose entries differ.
pub(super) fn distinct<T: PartialEq>(rule: impl Fn(&Typed) -> Reading<T>) -> impl Fn(&Typed) -> Reading<Vec<T>> {
    let rule = list(rule);
    move |typed| {
        let values = rule(typed)?;
        match (1..values.len()).find(|&number| values[..number].contains(&values[number])) {
            Some(number) => {
                let Value::List(entries) = &typed.value else { return Err(Fault::default()) };
                Err(Fault::fix("remove the entry, which the list has already").of_entry(number, &entries[number]))
            }
            None => Ok(values),
        }
    }
}

/// `None` for that word, else what `rule` reads.
pub(super) fn unless<T>(word: &str, rule: impl Fn(&Typed) -> Reading<T>) -> impl Fn(&Typed) -> Reading<Option<T>> {
    move |typed| match &typed.value {
        Value::Text(text) if text == word => Ok(None),
        _ => rule(typed).map(Some),
    }
}
