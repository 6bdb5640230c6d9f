//! The thresholds at which non-facts are counted, and which of them a logit reaches.

use super::cells::cell_of;

/// Ascending thresholds. Every logit is compared with them, so its cell says where to begin: nearly always there is
/// nothing left to compare, where a binary search would take longer than the loss.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ladder {
    /// Ascending and distinct.
    thresholds: Vec<f32>,
    /// The cell of the lowest threshold.
    first: i32,
    /// How many thresholds lie in lower cells, for each cell from `first` to the one above the highest threshold.
    below: Vec<u8>,
}

impl Ladder {
    /// Orders thresholds; infinite ones, which no logit reaches, are left out.
    ///
    /// # Panics
    /// If more than 255 are distinct.
    pub fn new(mut thresholds: Vec<f32>) -> Self {
        thresholds.retain(|threshold| threshold.is_finite());
        thresholds.sort_unstable_by(f32::total_cmp);
        thresholds.dedup();
        assert!(u8::try_from(thresholds.len()).is_ok(), "a ladder has at most 255 thresholds");
        let cells: Vec<i32> = thresholds.iter().map(|&threshold| cell_of(threshold)).collect();
        let (first, last) = (cells.first().copied().unwrap_or(0), cells.last().copied().unwrap_or(0));
        let below = (first..=last + 1).map(|index| cells.partition_point(|&cell| cell < index) as u8).collect();
        Self { thresholds, first, below }
    }

    /// How many of the thresholds a finite logit of the given cell reaches.
    pub fn reached(&self, logit: f32, cell: i32) -> usize {
        let at = (cell.max(self.first) - self.first) as usize;
        let mut reached = usize::from(self.below[at.min(self.below.len() - 1)]);
        while self.thresholds.get(reached).is_some_and(|&threshold| threshold <= logit) {
            reached += 1;
        }
        reached
    }

    /// The place of a threshold among them.
    pub fn place(&self, threshold: f32) -> Option<usize> {
        let place = self.thresholds.partition_point(|&other| other < threshold);
        (self.thresholds.get(place) == Some(&threshold)).then_some(place)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.thresholds.len()
    }

    /// The thresholds, ascending.
    #[cfg(any(feature = "gpu", test))]
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_many_are_reached_as_a_search_finds(
            thresholds in proptest::collection::vec((-40_i32..40).prop_map(|z| z as f32 / 300.0), 0..60),
            wild in proptest::collection::vec(proptest::num::f32::NORMAL, 0..4),
            logits in proptest::collection::vec((-50_i32..50).prop_map(|z| z as f32 / 300.0), 1..60),
        ) {
            let ladder = Ladder::new(thresholds.iter().chain(&wild).copied().collect());
            for &logit in logits.iter().chain(&wild).chain(&thresholds) {
                let expected = ladder.thresholds().iter().filter(|&&threshold| threshold <= logit).count();
                prop_assert_eq!(ladder.reached(logit, cell_of(logit)), expected);
            }
        }
    }
}
