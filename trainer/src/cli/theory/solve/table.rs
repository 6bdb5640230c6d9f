//! The table of distortions of a user's own loss: a CSV file with one line for each score.

use rote_theory::solver::Distortions;

use super::TABLE;
use crate::cli::theory::given::Given;
use crate::cli::theory::mistake::{Mistake, message};
use crate::cli::theory::number;
use crate::cli::theory::sheet::{STANDARD_INPUT, Sheet};

const COLUMNS: [&str; 3] = ["score", "fact_distortion", "non_fact_distortion"];

/// Scores and what each costs.
pub(super) struct Table {
    /// The scores, numbers or names.
    pub scores: Vec<String>,
    /// The greatest finite distortion of a non-fact.
    pub most_on_non_facts: f64,
    pub distortions: Distortions,
}

impl Table {
    pub(super) fn read(given: &mut Given) -> Result<Self, Mistake> {
        let name = given.word(&TABLE)?;
        if name == STANDARD_INPUT && given.place.is_standard_input() {
            return Err(Mistake::value(&TABLE, &name, "standard input holds the rows of --csv"));
        }
        let sheet = Sheet::read(&name).map_err(Mistake::Told)?;
        let [score, on_facts, on_non_facts] = places(&sheet).map_err(Mistake::Told)?;
        let column = |place| numbers(&sheet, place).map_err(Mistake::Told);
        let (on_facts, on_non_facts) = (column(on_facts)?, column(on_non_facts)?);
        let finite = on_non_facts.iter().copied().filter(|entry| entry.is_finite());
        Ok(Self {
            scores: sheet.records.iter().map(|record| record[score].to_owned()).collect(),
            most_on_non_facts: finite.fold(0.0, f64::max),
            distortions: Distortions::new(on_facts, on_non_facts)?,
        })
    }
}

/// Where each of the columns is.
fn places(sheet: &Sheet) -> Result<[usize; 3], String> {
    sheet.require_columns(&COLUMNS, "not a column of a table of distortions")?;
    let allowed = COLUMNS.join(", ");
    let mut places = [0; 3];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        let found = sheet.header.iter().position(|column| column == name);
        *place = found.ok_or_else(|| message(&format!("{}: no column {name}", sheet.file), "", &allowed, ""))?;
    }
    Ok(places)
}

fn numbers(sheet: &Sheet, place: usize) -> Result<Vec<f64>, String> {
    let read = |(row, record): (usize, &csv::StringRecord)| {
        let text = &record[place];
        let refuse = |problem| {
            let head = format!("{}:{}: {} = {text}", sheet.file, sheet.line(row), &sheet.header[place]);
            message(&head, problem, "a number of at least 0; inf too", "write it like 0.25")
        };
        let value = number::parse(text).map_err(refuse)?;
        if value < 0.0 { Err(refuse("must be at least 0")) } else { Ok(value) }
    };
    sheet.records.iter().enumerate().map(read).collect()
}
