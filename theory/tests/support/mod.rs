//! Reading reference vectors and measuring against them; shared by the test files that do.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::print_stdout, reason = "a measurement to be read with --nocapture")]
#![allow(clippy::float_cmp, reason = "zeros and infinities of the vectors are exact")]

use std::collections::BTreeMap;

/// One vector file, as rows of named cells.
pub struct Table(pub Vec<BTreeMap<&'static str, &'static str>>);

impl Table {
    /// Reads comma-separated text whose first line names the columns.
    pub fn read(text: &'static str) -> Self {
        let mut lines = text.lines();
        let names: Vec<_> = lines.next().expect("a header").split(',').collect();
        let rows: Vec<BTreeMap<_, _>> =
            lines.map(|line| names.iter().copied().zip(line.split(',')).collect()).collect();
        assert!(rows.iter().all(|row| row.len() == names.len()), "ragged rows");
        Self(rows)
    }
}

/// The number in a cell that is never empty.
pub fn number(row: &BTreeMap<&str, &str>, column: &str) -> f64 {
    optional(row, column).unwrap_or_else(|| panic!("{column} is empty in {row:?}"))
}

/// The number in a cell, or `None` where it is empty.
pub fn optional(row: &BTreeMap<&str, &str>, column: &str) -> Option<f64> {
    let cell = row[column];
    (!cell.is_empty()).then(|| cell.parse().expect("a number"))
}

/// The numbers in a cell that separates them by semicolons.
pub fn numbers(row: &BTreeMap<&str, &str>, column: &str) -> Vec<f64> {
    row[column].split(';').map(|cell| cell.parse().expect("a number")).collect()
}

/// The largest relative error of each column, with the row it occurred in.
#[derive(Default)]
pub struct Errors(BTreeMap<&'static str, (usize, f64, String)>);

impl Errors {
    /// Compares; an expected 0 is compared absolutely, an expected infinity exactly.
    pub fn record(&mut self, column: &'static str, found: f64, expected: f64, row: &BTreeMap<&str, &str>) {
        let error = if found == expected {
            0.0
        } else if expected == 0.0 {
            found.abs()
        } else {
            ((found - expected) / expected).abs()
        };
        assert!(!error.is_nan(), "{column}: {found} for {expected} in {row:?}");
        let entry = self.0.entry(column).or_insert((0, -1.0, String::new()));
        entry.0 += 1;
        if error > entry.1 {
            (entry.1, entry.2) = (error, format!("{row:?}"));
        }
    }

    /// Prints the table and fails on the first column that misses its tolerance.
    pub fn settle(&self, file: &str, tolerances: &[(&str, f64, usize)]) {
        println!("{file}");
        for (column, (rows, error, _)) in &self.0 {
            println!("  {column:<28} {rows:>4} rows   largest relative error {error:.1e}");
        }
        for &(column, tolerance, rows) in tolerances {
            let (seen, error, row) = &self.0[column];
            assert_eq!(*seen, rows, "{file}, {column}: rows compared");
            assert!(*error <= tolerance, "{file}, {column}: {error:e} exceeds {tolerance:e} in {row}");
        }
        assert_eq!(self.0.len(), tolerances.len(), "{file}: a column without a tolerance");
    }
}
