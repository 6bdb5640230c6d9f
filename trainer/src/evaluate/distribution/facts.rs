//! The logits of facts, and the thresholds at which non-facts are counted beside them.

use super::cells::{Cells, cell_of};
use super::ladder::Ladder;
use super::sums::{BLOCK, SumTree, Sums};
use std::sync::Arc;

/// The recalls at which hallucination is reported: the key in records, and the recall in percent.
pub const RECALLS: [(&str, u32); 4] = [("0.5", 50), ("0.9", 90), ("0.95", 95), ("0.99", 99)];

/// Thresholds among which the certificate chooses.
const CANDIDATES: usize = 64;

/// A threshold that the certificate may choose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::evaluate) struct Candidate {
    pub threshold: f32,
    /// Facts at or above it, those of even and those of odd index.
    pub hits: [u64; 2],
}

/// The logits of a set of facts.
#[derive(Clone, Debug)]
pub struct Facts {
    descending: Vec<f32>,
    all_finite: bool,
    halves: [u64; 2],
    candidates: Vec<Candidate>,
    cells: Cells,
    sums: Sums,
    ladder: Arc<Ladder>,
}

impl Facts {
    /// Takes the logits in the order of the facts; the certificate chooses its threshold on those of even index and
    /// counts those of odd index. Logits that are not finite are left out and remembered ([`Facts::all_finite`]).
    pub fn new(mut logits: Vec<f32>) -> Self {
        let given = logits.len();
        logits.retain(|logit| logit.is_finite());
        let halves = [0, 1].map(|parity| {
            let mut half: Vec<f32> = logits.iter().copied().skip(parity).step_by(2).collect();
            half.sort_unstable_by(|a, b| b.total_cmp(a));
            half
        });
        let mut cells = Cells::default();
        let mut tree = SumTree::default();
        for (block, logits) in (0..).zip(logits.chunks(BLOCK as usize)) {
            let mut sums = Sums::default();
            for &logit in logits {
                cells.add(logit);
                sums += Sums::of_non_fact(-f64::from(logit));
            }
            tree.add_block(block, sums);
        }
        let all_finite = logits.len() == given;
        logits.sort_unstable_by(|a, b| b.total_cmp(a));
        let mut facts = Self {
            descending: logits,
            all_finite,
            candidates: candidates(&halves),
            halves: halves.map(|half| half.len() as u64),
            cells,
            sums: tree.total(),
            ladder: Arc::new(Ladder::new(Vec::new())),
        };
        facts.ladder = Arc::new(Ladder::new(facts.counted_thresholds()));
        facts
    }

    /// 0, those of the recalls, the lowest fact's, and those that the certificate may choose.
    fn counted_thresholds(&self) -> Vec<f32> {
        let mut thresholds = vec![0.0, self.lowest()];
        thresholds.extend(RECALLS.map(|(_, percent)| self.threshold(percent)));
        thresholds.extend(self.candidates.iter().map(|candidate| candidate.threshold));
        thresholds
    }

    /// How many facts there are, those of undefined or infinite logit not counted.
    pub fn count(&self) -> u64 {
        self.descending.len() as u64
    }

    /// Whether every logit was a finite number. A member of which that is false has diverged.
    pub fn all_finite(&self) -> bool {
        self.all_finite
    }

    /// The logits, highest first.
    pub fn descending(&self) -> &[f32] {
        &self.descending
    }

    /// The lowest logit, infinite if there is no fact.
    pub fn lowest(&self) -> f32 {
        self.descending.last().copied().unwrap_or(f32::INFINITY)
    }

    /// The logit of the `ceil(r n)`-th highest fact for a recall `r` in percent; infinite if there is no fact.
    pub fn threshold(&self, percent: u32) -> f32 {
        let rank = (self.descending.len() as u128 * u128::from(percent)).div_ceil(100);
        rank.checked_sub(1).and_then(|place| self.descending.get(place as usize)).copied().unwrap_or(f32::INFINITY)
    }

    /// How many facts reach a threshold, ties included.
    pub fn reaching(&self, threshold: f32) -> u64 {
        self.descending.partition_point(|&logit| logit >= threshold) as u64
    }

    /// Every threshold at which non-facts are counted.
    pub(super) fn ladder(&self) -> &Arc<Ladder> {
        &self.ladder
    }

    /// Those thresholds, ascending.
    #[cfg(feature = "gpu")]
    pub(in crate::evaluate) fn thresholds(&self) -> &[f32] {
        self.ladder.thresholds()
    }

    pub(in crate::evaluate) fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Facts of even and of odd index.
    pub(in crate::evaluate) fn halves(&self) -> [u64; 2] {
        self.halves
    }

    pub(in crate::evaluate) fn cells(&self) -> &Cells {
        &self.cells
    }

    pub(in crate::evaluate) fn sums(&self) -> Sums {
        self.sums
    }

    /// Share of the facts whose cell is at or below that of a logit: ties to 1/256 logit count.
    pub(in crate::evaluate) fn share_up_to_cell(&self, index: i32) -> f64 {
        let above = self.descending.partition_point(|&logit| cell_of(logit) > index) as u64;
        share(self.count() - above, self.count())
    }
}

/// `part / whole`, 0 of nothing.
pub(in crate::evaluate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Thresholds at quantiles of the first half of the facts, descending and distinct.
fn candidates(halves: &[Vec<f32>; 2]) -> Vec<Candidate> {
    let [chosen_on, _] = halves;
    let number = CANDIDATES.min(chosen_on.len());
    let mut thresholds: Vec<f32> = (1..=number).map(|i| chosen_on[i * chosen_on.len() / number - 1]).collect();
    thresholds.dedup();
    thresholds
        .into_iter()
        .map(|threshold| Candidate {
            threshold,
            hits: [0, 1].map(|half: usize| halves[half].partition_point(|&logit| logit >= threshold) as u64),
        })
        .collect()
}
