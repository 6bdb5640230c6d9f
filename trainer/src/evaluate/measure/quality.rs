//! Numbers that need the fine cells: calibration, and the information at full resolution.

use super::Scores;
use super::estimate::Terms;
use crate::evaluate::distribution::{Cells, Facts, INFORMATION_BINS, NonFacts, information_bin};
use rote_theory::information::information;
use rote_theory::{Bits, DomainError};
use std::collections::BTreeMap;

/// The expected calibration error over the information's bins, facts and non-facts weighted as in training: the sum of
/// the bins' weights times the distance of their mean confidence from their share of facts.
pub(super) fn calibration_error(facts: &Facts, non_facts: &NonFacts, terms: &Terms) -> f64 {
    let [of_facts, of_non_facts] = terms.class_weights();
    let mut distances = [0.0; INFORMATION_BINS];
    add_distances(&mut distances, facts.cells(), of_facts / facts.count() as f64, 1.0);
    add_distances(&mut distances, non_facts.cells(), of_non_facts / non_facts.count() as f64, 0.0);
    distances.iter().map(|distance| distance.abs()).sum()
}

/// Adds each cell's weight times its confidence less the `truth`.
fn add_distances(distances: &mut [f64; INFORMATION_BINS], cells: &Cells, weight: f64, truth: f64) {
    for (index, cell) in cells.occupied() {
        let confidence = 1.0 / (1.0 + (-cell.mean_logit(index)).exp());
        distances[information_bin(index)] += weight * cell.count as f64 * (confidence - truth);
    }
}

/// `F_p` over the finest cells, unsmoothed: all that the counted scores carry. It is no estimate of what they carry in
/// general, far too high for that, but no rate at their losses exceeds it.
pub(super) fn resolved_information(scores: &Scores<'_>, sparsity: f64) -> Result<Bits, DomainError> {
    let mut counts: BTreeMap<i32, [f64; 2]> = BTreeMap::new();
    for (class, cells) in [scores.facts.cells(), scores.non_facts.cells()].into_iter().enumerate() {
        for (index, cell) in cells.occupied() {
            counts.entry(index).or_default()[class] += cell.count as f64;
        }
    }
    let [facts, non_facts]: [Vec<f64>; 2] =
        [0, 1].map(|class: usize| counts.values().map(|pair| pair[class]).collect());
    Ok(information(&facts, &non_facts, sparsity)?.bits)
}
