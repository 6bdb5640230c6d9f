//! Rows for `scores.parquet`: logits as they are where facts may lie too, cells of 1/256 logit below.

use super::cells::{cell_of, edges};
use super::{Facts, NonFacts};

impl Facts {
    /// All facts as (logit, count), ascending, equal ones together.
    pub fn rows(&self) -> Vec<(f32, u64)> {
        together(self.descending().iter().rev().copied())
    }
}

/// The logits at or above the lowest fact's, as (logit, count), ascending, equal ones together. Logits that are not
/// finite are left out.
pub fn above(facts: &Facts, logits: &[f32]) -> Vec<(f32, u64)> {
    let lowest = facts.lowest();
    let mut kept: Vec<f32> = logits.iter().copied().filter(|logit| logit.is_finite() && *logit >= lowest).collect();
    kept.sort_unstable_by(f32::total_cmp);
    together(kept.into_iter())
}

impl NonFacts {
    /// Those below the lowest fact's logit, as (centre of the cell, count), ascending.
    ///
    /// The cell in which the lowest fact lies counts only what is below that fact, at the middle of that part of it, so
    /// that with [`above`] every non-fact is in exactly one row, and on its side of the lowest fact.
    pub fn below(&self) -> Vec<(f32, u64)> {
        let limit = self.lowest_fact();
        let last = if limit.is_finite() { cell_of(limit) } else { i32::MAX };
        let below = self.count() - self.reaching(limit).unwrap_or(0);
        let mut rows = Vec::new();
        let mut counted = 0;
        for (index, cell) in self.cells().occupied().take_while(|&(index, _)| index <= last) {
            let [low, high] = edges(index);
            let high = high.min(f64::from(limit));
            let count = if index == last { below - counted } else { cell.count };
            counted += count;
            if count > 0 {
                let middle = f64::midpoint(low, high) as f32;
                rows.push((if middle < limit { middle } else { limit.next_down() }, count));
            }
        }
        rows
    }
}

fn together(ascending: impl Iterator<Item = f32>) -> Vec<(f32, u64)> {
    let mut rows: Vec<(f32, u64)> = Vec::new();
    for logit in ascending {
        match rows.last_mut() {
            Some((last, count)) if last.total_cmp(&logit).is_eq() => *count += 1,
            _ => rows.push((logit, 1)),
        }
    }
    rows
}
