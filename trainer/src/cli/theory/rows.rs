//! The rows of a question: one from the command line, several where an option lists several values, or one for each
//! line of a CSV file.

use csv::StringRecord;

use super::Question;
use super::field::Field;
use super::given::{Given, Place};
use super::mistake::message;
use super::sheet::Sheet;

/// Everything that is asked at once.
#[derive(Debug)]
pub(super) struct Rows {
    /// One for each answer.
    pub rows: Vec<Given>,
    /// The CSV file that they come from, where there is one.
    pub sheet: Option<Sheet>,
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
    Rows { rows: combinations.into_iter().map(|texts| Given::new(Place::CommandLine, texts)).collect(), sheet: None }
}

/// The lines of a CSV file; options that were typed go with every line.
///
/// # Errors
/// The whole message.
pub(super) fn from_sheet(
    question: &Question,
    sheet: Sheet,
    typed: &[(&'static Field, String)],
) -> Result<Rows, String> {
    let columns = columns(question, &sheet, typed)?;
    let row = |(row, record): (usize, &StringRecord)| {
        let filled = columns.iter().zip(record).filter(|(_, text)| !text.is_empty());
        let texts = filled.map(|(field, text)| (*field, text.to_owned())).chain(typed.iter().cloned());
        Given::new(
            Place::Line {
                file: sheet.file.clone(),
                line: sheet.line(row),
                from_standard_input: sheet.from_standard_input,
            },
            texts.collect(),
        )
    };
    Ok(Rows { rows: sheet.records.iter().enumerate().map(row).collect(), sheet: Some(sheet) })
}

/// The option of each column.
fn columns(
    question: &Question,
    sheet: &Sheet,
    typed: &[(&'static Field, String)],
) -> Result<Vec<&'static Field>, String> {
    let names: Vec<&'static str> = question.options.iter().map(|field| field.name).collect();
    sheet.require_columns(&names, &format!("not an option of rote theory {}", question.name))?;
    let twice = |name: &str| typed.iter().any(|(field, _)| field.name == name);
    if let Some((place, name)) = sheet.header.iter().enumerate().find(|(_, name)| twice(name)) {
        let problem = format!("--{name} is given as well");
        return Err(message(&sheet.column(place), &problem, "either the column or the option", "remove one"));
    }
    let field = |name| question.options.iter().copied().find(|field| field.name == name);
    Ok(sheet.header.iter().filter_map(field).collect())
}

#[cfg(test)]
mod tests {
    use super::super::field::{BITS, FIELD, NEGATIVE_WEIGHT};
    use super::*;

    const LIST: Field = Field { name: "facts", is_list: true, ..FIELD };

    #[test]
    fn every_combination_of_listed_values_is_a_row() {
        let typed = [(&BITS, "1,2".to_owned()), (&LIST, "7,8".to_owned()), (&NEGATIVE_WEIGHT, "3,4,5".to_owned())];
        let rows = from_command_line(&typed).rows;
        let of = |given: &Given| [&BITS, &LIST, &NEGATIVE_WEIGHT].map(|field| given.text(field).unwrap().to_owned());
        assert_eq!(rows.len(), 6);
        assert_eq!(of(&rows[1]), ["1", "7,8", "4"]);
        assert_eq!(of(&rows[5]), ["2", "7,8", "5"]);
        assert_eq!(from_command_line(&[]).rows.len(), 1);
    }
}
