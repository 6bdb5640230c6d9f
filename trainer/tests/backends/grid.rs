//! Tables that read well as text and as Markdown.

use std::fmt::Write;

/// A Markdown table with aligned columns; the first is at least `first` characters wide.
pub fn grid<const N: usize>(text: &mut String, head: &[&str; N], lines: &[[String; N]], first: usize) {
    let mut widths = head.map(|title| title.chars().count());
    widths[0] = widths[0].max(first);
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut row = |cells: [&str; N]| {
        for (cell, &width) in cells.iter().zip(&widths) {
            let _ = write!(text, "| {cell:<width$} ");
        }
        text.push_str("|\n");
    };
    row(*head);
    let rules = widths.map(|width| "-".repeat(width));
    row(std::array::from_fn(|column| rules[column].as_str()));
    for line in lines {
        row(std::array::from_fn(|column| line[column].as_str()));
    }
}
