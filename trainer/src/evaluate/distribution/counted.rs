//! What a device has counted, as the row of integers that it counts in.

use super::cells::{CELLS, FAR, NEAR};

/// Where logits that are no finite numbers are counted: behind three blocks of [`CELLS`], which are counts, and the sums
/// of the upper and of the lower bytes of places.
pub(in crate::evaluate) const NOT_FINITE: usize = 3 * CELLS;
/// Where those that are kept are counted.
pub(in crate::evaluate) const KEPT: usize = NOT_FINITE + 1;
/// Where those begin that are counted by how many thresholds they reach: of even index, then of odd index.
pub(in crate::evaluate) const REACHED: usize = NOT_FINITE + 2;
/// Logits after which a sum of upper bytes, of 256 at most each, could exceed 32 bits.
pub(in crate::evaluate) const MOST: usize = (1 << 24) - 1;

/// Counts of at most [`MOST`] logits.
pub(in crate::evaluate) struct Counted(Vec<u32>);

impl Counted {
    /// Integers of a row for so many thresholds.
    pub fn len(thresholds: usize) -> usize {
        REACHED + 2 * (thresholds + 1)
    }

    /// Takes a row.
    ///
    /// # Panics
    /// If it is shorter than one without thresholds.
    pub fn new(row: Vec<u32>) -> Self {
        assert!(row.len() >= Self::len(0), "a row has room for every cell");
        Self(row)
    }

    /// Every cell's index, its count and the sum of its places.
    pub fn cells(&self) -> impl Iterator<Item = (i32, [u64; 2])> {
        let at = |place: usize| u64::from(self.0[place]);
        (0..CELLS).map(move |cell| {
            let places = (at(CELLS + cell) << 8) + at(2 * CELLS + cell);
            (cell as i32 - NEAR - FAR, [at(cell), places])
        })
    }

    /// How many of even and of odd index reach each number of thresholds.
    pub fn reached(&self) -> [&[u32]; 2] {
        let both = &self.0[REACHED..];
        let (even, odd) = both.split_at(both.len() / 2);
        [even, odd]
    }

    /// How many are in cells, and how many are counted by thresholds: the same, if nothing was lost.
    pub fn totals(&self) -> [u64; 2] {
        [&self.0[..CELLS], &self.0[REACHED..]].map(|counts| counts.iter().map(|&count| u64::from(count)).sum())
    }

    /// How many are no finite numbers.
    pub fn not_finite(&self) -> u64 {
        u64::from(self.0[NOT_FINITE])
    }

    /// How many were to be kept.
    pub fn kept(&self) -> usize {
        self.0[KEPT] as usize
    }
}
