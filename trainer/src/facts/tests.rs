//! What these files promise together: sets, draws and batches for every kind of set, and the quality of the
//! permutation.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use super::stream::derive;
use super::*;

mod batches;
mod files;
mod permutations;
mod sets;

fn universe(size: u128) -> Universe {
    Universe::new(size).unwrap()
}

/// The claims of a file that is written for the purpose.
fn read(text: &str, format: &str, universe: Option<Universe>) -> Result<FileClaims, FileError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("claims.txt");
    std::fs::write(&path, text).unwrap();
    FileClaims::read(&path, &format.parse().unwrap(), universe)
}

/// A decimal file of these claims.
fn file_of(claims: &[u64], universe: Universe) -> Arc<FileClaims> {
    let lines: Vec<String> = claims.iter().map(u64::to_string).collect();
    Arc::new(read(&lines.join("\n"), "decimal", Some(universe)).unwrap())
}

/// Chi-square over equally likely cells, in standard deviations above its mean.
fn excess(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    let chi_square: f64 = counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
    let freedom = counts.len() as f64 - 1.0;
    (chi_square - freedom) / (2.0 * freedom).sqrt()
}
