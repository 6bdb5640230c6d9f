//! Counts by fine cells of the logit: a dense window of integers whose size depends on where logits lie and never on
//! how many there are.
//!
//! Within 256 of zero a cell is 1/256 wide. Beyond, where only a runaway network goes, a cell is 1/128 of a binade, so
//! that every finite `f32` has its cell and no two logits of one cell differ by more than a percent. There are some
//! 162 000 cells in all, 16 bytes each; the window holds those between the lowest and the highest logit seen.

/// Bins of the information's histogram: 64 of width 1/2 on [-16, 16) and the two open tails.
pub const INFORMATION_BINS: usize = 66;

/// Cells in a unit of the logit, within [`NEAR`] cells of zero.
pub(in crate::evaluate) const PER_LOGIT: f32 = 256.0;
/// Cells on either side of zero that are 1/256 wide.
pub(in crate::evaluate) const NEAR: i32 = 1 << 16;
/// The logit at which they end.
const FAR_LOGIT: f32 = 256.0;
/// A far cell's number is its logit's bit pattern without these low bits, counted from [`FAR_LOGIT`]'s: the patterns of
/// positive floats are ordered as the floats are.
pub(in crate::evaluate) const FAR_BITS: u32 = 16;
/// The bit pattern of [`FAR_LOGIT`].
pub(in crate::evaluate) const FAR_PATTERN: u32 = FAR_LOGIT.to_bits();
/// Cells on either side beyond, up to the largest finite logit.
#[cfg(feature = "gpu")]
pub(in crate::evaluate) const FAR: i32 = ((f32::INFINITY.to_bits() - FAR_PATTERN) >> FAR_BITS) as i32;
/// All cells; the lowest has the index `-NEAR - FAR`.
#[cfg(feature = "gpu")]
pub(in crate::evaluate) const CELLS: usize = 2 * (NEAR + FAR) as usize;
/// Steps in which a logit's place within its cell is kept.
pub(in crate::evaluate) const STEPS: f32 = 65536.0;
/// The window grows by whole multiples of this many cells, so that it grows seldom and its ends depend only on what it
/// holds.
const GROWTH: i32 = 2048;

/// The logits in one cell: how many, and the sum of their places within it in steps, from which their mean follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::evaluate) struct Cell {
    pub count: u64,
    places: u64,
}

/// Counts by cell. Everything in it is an integer, so it does not depend on the order of additions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::evaluate) struct Cells {
    first: i32,
    window: Vec<Cell>,
}

impl Cells {
    /// Counts a finite logit; returns its cell's index.
    pub fn add(&mut self, logit: f32) -> i32 {
        let (index, place) = place(logit);
        let mut at = index.wrapping_sub(self.first) as usize;
        if at >= self.window.len() {
            self.reach(index, index);
            at = (index - self.first) as usize;
        }
        let cell = &mut self.window[at];
        cell.count += 1;
        cell.places += place;
        index
    }

    /// Adds logits that were counted elsewhere: how many lie in a cell, and the sum of their places within it in steps.
    #[cfg(feature = "gpu")]
    pub fn add_counted(&mut self, index: i32, count: u64, places: u64) {
        if count > 0 {
            self.reach(index, index);
            let cell = &mut self.window[(index - self.first) as usize];
            cell.count += count;
            cell.places += places;
        }
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        if other.window.is_empty() {
            return;
        }
        self.reach(other.first, other.end() - 1);
        let offset = (other.first - self.first) as usize;
        for (cell, more) in self.window[offset..].iter_mut().zip(&other.window) {
            cell.count += more.count;
            cell.places += more.places;
        }
    }

    /// Occupied cells with their indices, lowest first.
    pub fn occupied(&self) -> impl Iterator<Item = (i32, Cell)> {
        (self.first..).zip(self.window.iter().copied()).filter(|(_, cell)| cell.count > 0)
    }

    /// Logits in each of the information's bins.
    pub fn information_bins(&self) -> [u64; INFORMATION_BINS] {
        let mut bins = [0; INFORMATION_BINS];
        for (index, cell) in self.occupied() {
            bins[information_bin(index)] += cell.count;
        }
        bins
    }

    /// The cell of the `rank`-th lowest logit, counted from 1; none if there are fewer.
    pub fn cell_of_rank(&self, rank: u64) -> Option<i32> {
        let mut passed = 0;
        self.occupied().find_map(|(index, cell)| {
            passed += cell.count;
            (passed >= rank).then_some(index)
        })
    }

    /// Cells that the window holds, occupied or not.
    #[cfg(test)]
    pub fn window_len(&self) -> usize {
        self.window.len()
    }

    /// The cell behind the window's last.
    fn end(&self) -> i32 {
        self.first + self.window.len().cast_signed() as i32
    }

    /// Widens the window to hold the cells from `low` to `high`.
    fn reach(&mut self, low: i32, high: i32) {
        let low = low.div_euclid(GROWTH) * GROWTH;
        let high = (high.div_euclid(GROWTH) + 1) * GROWTH;
        if self.window.is_empty() {
            self.first = low;
            self.window.resize((high - low) as usize, Cell::default());
            return;
        }
        if high > self.end() {
            self.window.resize((high - self.first) as usize, Cell::default());
        }
        if low < self.first {
            let more = (self.first - low) as usize;
            self.window.splice(0..0, std::iter::repeat_n(Cell::default(), more));
            self.first = low;
        }
    }
}

impl Cell {
    /// The mean of its logits, to 2^-16 of the cell's width; `index` is its own.
    pub fn mean_logit(self, index: i32) -> f64 {
        let [low, high] = edges(index);
        let share = self.places as f64 / (self.count as f64 * f64::from(STEPS));
        // Places in far cells below zero count from the end that is nearer to zero, as the bit patterns do.
        if index < -NEAR { high + share * (low - high) } else { low + share * (high - low) }
    }
}

/// The cell of a logit.
pub(super) fn cell_of(logit: f32) -> i32 {
    place(logit).0
}

/// The bin of the information's histogram that a cell lies in.
pub(in crate::evaluate) fn information_bin(index: i32) -> usize {
    // A bin of width 1/2 is 128 cells.
    (((index >> 7) + 33).max(0) as usize).min(INFORMATION_BINS - 1)
}

/// The ends of a cell. Near cells and positive far ones hold their lower end, negative far ones their upper.
pub(super) fn edges(index: i32) -> [f64; 2] {
    if (-NEAR..NEAR).contains(&index) {
        let per_logit = f64::from(PER_LOGIT);
        return [f64::from(index) / per_logit, f64::from(index + 1) / per_logit];
    }
    if index >= 0 {
        far_edges((index - NEAR) as u32)
    } else {
        let [near, far] = far_edges((-NEAR - 1 - index) as u32);
        [-far, -near]
    }
}

fn far_edges(number: u32) -> [f64; 2] {
    let bits = FAR_PATTERN + (number << FAR_BITS);
    let low = f64::from(f32::from_bits(bits));
    // The exponent alone is the power of two below; a binade has 2^23 patterns, hence 2^(23 - FAR_BITS) cells.
    let binade = f64::from(f32::from_bits(bits & f32::INFINITY.to_bits()));
    [low, low + binade / f64::from(1_u32 << (23 - FAR_BITS))]
}

/// The cell of a finite logit, and the logit's place within it in steps.
fn place(logit: f32) -> (i32, u64) {
    let scaled = logit * PER_LOGIT;
    if scaled.abs() < NEAR as f32 {
        let toward_zero = scaled as i32;
        let index = toward_zero - i32::from(toward_zero as f32 > scaled);
        return (index, ((scaled - index as f32) * STEPS) as u64);
    }
    let pattern = logit.abs().to_bits() - FAR_PATTERN;
    let number = (pattern >> FAR_BITS).cast_signed();
    let index = if logit > 0.0 { NEAR + number } else { -NEAR - 1 - number };
    (index, u64::from(pattern & ((1 << FAR_BITS) - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bins_begin_at_their_lower_end() {
        let bin = |logit| information_bin(cell_of(logit));
        assert_eq!((bin(-16.001), bin(-16.0), bin(-15.5), bin(15.999), bin(16.0)), (0, 1, 2, 64, 65));
        assert_eq!((bin(-0.001), bin(-0.0), bin(0.0)), (32, 33, 33));
        assert_eq!((bin(f32::MIN), bin(f32::MAX)), (0, 65));
    }

    #[test]
    fn the_widest_logits_need_under_three_mebibytes() {
        let mut cells = Cells::default();
        for logit in [f32::MIN, f32::MAX, 0.0, f32::MIN_POSITIVE, -1e30, 1e-30] {
            cells.add(logit);
        }
        assert!(cells.window_len() * size_of::<Cell>() < 3 << 20, "{}", cells.window_len());
    }

    proptest! {
        #[test]
        fn a_cell_holds_its_logit_and_knows_its_place(logit in proptest::num::f32::NORMAL | proptest::num::f32::ZERO) {
            let mut cells = Cells::default();
            cells.add(logit);
            let (index, cell) = cells.occupied().next().unwrap();
            let [low, high] = edges(index);
            prop_assert!(low <= f64::from(logit) && f64::from(logit) <= high);
            prop_assert!((cell.mean_logit(index) - f64::from(logit)).abs() <= (high - low) / 65536.0);
        }

        #[test]
        fn cells_are_ordered_as_logits_are(a in -1e4_f32..1e4, b in -1e4_f32..1e4) {
            prop_assert!((a <= b) == (cell_of(a) <= cell_of(b)) || cell_of(a) == cell_of(b));
        }
    }
}
