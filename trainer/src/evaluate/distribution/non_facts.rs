//! The accumulator of non-facts: a stream of logits in, counts and sums out, in memory that does not grow with them.

use super::cells::Cells;
#[cfg(any(feature = "gpu", test))]
use super::cells::edges;
#[cfg(feature = "gpu")]
use super::counted::Counted;
use super::facts::{Facts, share};
use super::ladder::Ladder;
use super::sums::{BLOCK, SumTree, Sums};
use std::sync::Arc;

/// What is known about the non-facts scored so far. Two accumulators of the same facts merge into what one would have
/// gathered, bit for bit if claims were divided at multiples of [`BLOCK`].
#[derive(Clone, Debug, PartialEq)]
pub struct NonFacts {
    /// The facts' thresholds.
    ladder: Arc<Ladder>,
    /// Non-facts of even and of odd index by how many of the thresholds they reach.
    reached: [Vec<u64>; 2],
    lowest_fact: f32,
    not_finite: u64,
    cells: Cells,
    sums: SumTree,
}

impl NonFacts {
    /// Starts with none, to be compared with `facts`.
    pub fn new(facts: &Facts) -> Self {
        let none = vec![0; facts.ladder().len() + 1];
        Self {
            reached: [none.clone(), none],
            ladder: Arc::clone(facts.ladder()),
            lowest_fact: facts.lowest(),
            not_finite: 0,
            cells: Cells::default(),
            sums: SumTree::default(),
        }
    }

    /// Adds the logits of the non-facts `first_index..`, by their place among those that are scored. Logits that are
    /// not finite are left out and remembered ([`NonFacts::all_finite`]).
    pub fn add(&mut self, logits: &[f32], first_index: u64) {
        let mut index = first_index;
        let mut rest = logits;
        while !rest.is_empty() {
            let room = BLOCK - index % BLOCK;
            let (block, later) = rest.split_at(rest.len().min(room as usize));
            self.add_within_block(block, index);
            index += block.len() as u64;
            rest = later;
        }
    }

    fn add_within_block(&mut self, logits: &[f32], first_index: u64) {
        let mut sums = Sums::default();
        for (index, &logit) in (first_index..).zip(logits) {
            if !logit.is_finite() {
                self.not_finite += 1;
                continue;
            }
            let cell = self.cells.add(logit);
            self.reached[(index % 2) as usize][self.ladder.reached(logit, cell)] += 1;
            sums += Sums::of_non_fact(f64::from(logit));
        }
        self.sums.add_block(first_index / BLOCK, sums);
    }

    /// Adds what `other` has gathered.
    ///
    /// # Panics
    /// If the two were started with facts of different thresholds.
    pub fn merge(&mut self, other: &Self) {
        assert!(self.ladder == other.ladder, "non-facts that were compared with other facts cannot be merged");
        for (into, from) in self.reached.iter_mut().zip(&other.reached) {
            into.iter_mut().zip(from).for_each(|(count, more)| *count += more);
        }
        self.not_finite += other.not_finite;
        self.cells.merge(&other.cells);
        self.sums.merge(&other.sums);
    }

    /// How many were scored, those of undefined or infinite logit not counted.
    pub fn count(&self) -> u64 {
        self.halves().iter().sum()
    }

    /// Whether every logit was a finite number. A member of which that is false has diverged.
    pub fn all_finite(&self) -> bool {
        self.not_finite == 0
    }

    /// Whether these were started with facts of the same thresholds.
    pub(in crate::evaluate) fn compared_with(&self, facts: &Facts) -> bool {
        &self.ladder == facts.ladder()
    }

    /// How many reach a threshold of the facts or 0, ties included; none for any other threshold.
    pub fn reaching(&self, threshold: f32) -> Option<u64> {
        self.reaching_by_half(threshold).map(|halves| halves.iter().sum())
    }

    /// The same for the non-facts of even and of odd index apart.
    pub(in crate::evaluate) fn reaching_by_half(&self, threshold: f32) -> Option<[u64; 2]> {
        let place = self.ladder.place(threshold)?;
        Some([0, 1].map(|half: usize| self.reached[half][place + 1..].iter().sum()))
    }

    /// Share that reaches a threshold of the facts or 0; 0 for any other threshold.
    pub(in crate::evaluate) fn share_reaching(&self, threshold: f32) -> f64 {
        share(self.reaching(threshold).unwrap_or(0), self.count())
    }

    /// Non-facts of even and of odd index.
    pub(in crate::evaluate) fn halves(&self) -> [u64; 2] {
        [0, 1].map(|half: usize| self.reached[half].iter().sum())
    }

    /// The cell of the median, the lower one of two; none without non-facts.
    pub(in crate::evaluate) fn median_cell(&self) -> Option<i32> {
        self.cells.cell_of_rank(self.count().div_ceil(2).max(1))
    }

    pub(in crate::evaluate) fn cells(&self) -> &Cells {
        &self.cells
    }

    pub(in crate::evaluate) fn sums(&self) -> Sums {
        self.sums.total()
    }

    /// Standard deviation of the mean loss over samples of so many non-facts, nats.
    pub(in crate::evaluate) fn standard_error_of_loss(&self) -> f64 {
        let claims = self.count().max(1) as f64;
        let sums = self.sums();
        let mean = sums.loss / claims;
        ((sums.loss_squared / claims - mean * mean).max(0.0) / claims).sqrt()
    }

    pub(super) fn lowest_fact(&self) -> f32 {
        self.lowest_fact
    }
}

#[cfg(any(feature = "gpu", test))]
impl NonFacts {
    /// Whether both counted the same, whatever their sums of losses are.
    #[cfg(feature = "gpu")]
    pub(in crate::evaluate) fn counts_as(&self, other: &Self) -> bool {
        self.ladder == other.ladder
            && self.reached == other.reached
            && self.not_finite == other.not_finite
            && self.cells == other.cells
    }

    /// Adds what a device has counted. Its sums of losses follow from the cells: [`NonFacts::sum_cells`].
    #[cfg(feature = "gpu")]
    pub(in crate::evaluate) fn add_counted(&mut self, counted: &Counted) {
        for (index, [count, places]) in counted.cells() {
            self.cells.add_counted(index, count, places);
        }
        for (into, from) in self.reached.iter_mut().zip(counted.reached()) {
            into.iter_mut().zip(from).for_each(|(count, &more)| *count += u64::from(more));
        }
        self.not_finite += counted.not_finite();
    }

    /// Takes the sums of losses from the cells, for want of the logits.
    pub(in crate::evaluate) fn sum_cells(&mut self) {
        let mut sums = Sums::default();
        for (index, cell) in self.cells.occupied() {
            let [low, high] = edges(index);
            sums += Sums::of_cell(cell.mean_logit(index), high - low, cell.count);
        }
        self.sums = SumTree::default();
        self.sums.add_block(0, sums);
    }
}
