//! CSV files as they are read: a header, then lines of as many values, each with its number for messages.

use std::io::{self, Read};
use std::sync::OnceLock;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::mistake::{message, nearest};

/// What stands for standard input in the place of a file's name.
pub(super) const STANDARD_INPUT: &str = "-";

/// What standard input held. It can be read only once, and every row of a question and its figure may ask for it.
static INPUT: OnceLock<Vec<u8>> = OnceLock::new();

/// A CSV file.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Its name in messages.
    pub file: String,
    pub from_standard_input: bool,
    pub header: StringRecord,
    /// The lines below the header, each as long as it.
    pub records: Vec<StringRecord>,
    /// The number of the header's line, then those of the records'.
    lines: Vec<u64>,
}

impl Sheet {
    /// Reads a file, or standard input for `-`. Blanks around values and lines that begin with `#` are left out.
    ///
    /// # Errors
    /// The whole message: a file that cannot be read, is not UTF-8, has no line below its header, or has a line with
    /// more or fewer values than the header.
    pub(super) fn read(name: &str) -> Result<Self, String> {
        let unreadable = |file, error: &io::Error| message(&format!("cannot read {file}: {error}"), "", "", "");
        if name == STANDARD_INPUT {
            let file = "stdin";
            let bytes = standard_input().map_err(|error| unreadable(file, &error))?;
            Ok(Self { from_standard_input: true, ..Self::parse(file, bytes)? })
        } else {
            Self::parse(name, &std::fs::read(name).map_err(|error| unreadable(name, &error))?)
        }
    }

    pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Self, String> {
        // Spreadsheets put a byte-order mark before the first name.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = ReaderBuilder::new().flexible(true).comment(Some(b'#')).trim(Trim::All).from_reader(bytes);
        let unreadable = |error: csv::Error| message(&format!("{file}: {error}"), "", "CSV in UTF-8", "");
        let header = reader.headers().map_err(unreadable)?.clone();
        let records = reader.records().collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let lines = [&header].into_iter().chain(&records).map(|record| line(bytes, record.position())).collect();
        if records.is_empty() {
            let allowed = "a line with the names of the columns, and below it at least one line of values";
            return Err(message(&format!("{file} holds no rows"), "", allowed, ""));
        }
        let sheet = Self { file: file.to_owned(), from_standard_input: false, header, records, lines };
        let columns = sheet.header.len();
        match sheet.records.iter().position(|record| record.len() != columns) {
            None => Ok(sheet),
            Some(row) => {
                let head = format!("{file}:{}: {} values", sheet.line(row), sheet.records[row].len());
                Err(message(&head, "", &format!("{columns}, one for each column"), ""))
            }
        }
    }

    /// Refuses a column that has none of the names, which is then said to be `problem`, or the name of an earlier one.
    ///
    /// # Errors
    /// The whole message.
    pub(super) fn require_columns(&self, names: &[&'static str], problem: &str) -> Result<(), String> {
        for (place, name) in self.header.iter().enumerate() {
            let head = self.column(place);
            let allowed = names.join(", ");
            if !names.contains(&name) {
                let meant = nearest(name, names.iter().copied());
                let fix = meant.map_or_else(|| "remove it".to_owned(), |meant| format!("did you mean {meant}?"));
                return Err(message(&head, problem, &allowed, &fix));
            }
            if self.header.iter().take(place).any(|other| other == name) {
                return Err(message(&head, "an earlier column has the same name", "each column once", "remove one"));
            }
        }
        Ok(())
    }

    /// The line that a record stands in.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines[row + 1]
    }

    /// How messages begin that are about a column: its place and its name.
    pub(super) fn column(&self, place: usize) -> String {
        format!("{}:{}: column {}, \"{}\"", self.file, self.lines[0], place + 1, &self.header[place])
    }
}

fn standard_input() -> io::Result<&'static [u8]> {
    if let Some(bytes) = INPUT.get() {
        return Ok(bytes);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(INPUT.get_or_init(|| bytes))
}

/// The line in which a record begins. The reader's own position is that of the empty lines and comments before it.
fn line(bytes: &[u8], position: Option<&csv::Position>) -> u64 {
    let Some(position) = position else { return 1 };
    let mut line = position.line();
    let mut rest = usize::try_from(position.byte()).ok().and_then(|byte| bytes.get(byte..)).unwrap_or_default();
    while let [first @ (b'\r' | b'\n' | b'#'), ..] = rest {
        let end =
            if *first == b'#' { rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len() - 1) } else { 0 };
        line += u64::from(rest[end] == b'\n');
        rest = &rest[end + 1..];
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_and_marks_are_no_values() {
        let sheet = Sheet::parse("a.csv", b"\xef\xbb\xbf a, b \n# a comment\n1 ,2\n\n 3,\n").unwrap();
        assert_eq!(sheet.header, StringRecord::from(vec!["a", "b"]));
        assert_eq!(sheet.records, [StringRecord::from(vec!["1", "2"]), StringRecord::from(vec!["3", ""])]);
        assert_eq!(sheet.lines, [1, 3, 5]);
        assert_eq!(sheet.column(1), "a.csv:1: column 2, \"b\"");
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        for (text, lines) in [
            ("# one\n\n#three\na\n1\n\n2\n", vec![4, 5, 7]),
            ("#\r\n\r\na\r\n# four\r\n1\r\n2\r\n", vec![3, 5, 6]),
            ("a\n\"1\n2\"\n3", vec![1, 2, 4]),
        ] {
            assert_eq!(Sheet::parse("a.csv", text.as_bytes()).unwrap().lines, lines, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_table_says_where() {
        let error = |text: &[u8]| Sheet::parse("a.csv", text).unwrap_err();
        assert!(error(b"a,b\n1,2\n3\n").starts_with("error: a.csv:3: 1 values\n  allowed: 2, one for each column\n"));
        assert!(error(b"a,b\n").starts_with("error: a.csv holds no rows\n"));
        assert!(error(b"").starts_with("error: a.csv holds no rows\n"));
        assert!(error(b"a\n\xff\n").contains("UTF-8"));
        assert!(Sheet::read("/nowhere/a.csv").unwrap_err().starts_with("error: cannot read /nowhere/a.csv: "));
    }
}
