//! Sums of losses that come out bit for bit alike however the claims were divided among threads.
//!
//! Addition of floats is not associative, so the order is fixed by the claims' indices: blocks of [`BLOCK`] claims are
//! summed in order, and blocks pairwise, as the leaves of one binary tree. An accumulator keeps only the largest
//! complete subtrees of what it has seen, at most one of each height while it goes through claims in order.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use crate::evaluate::CERTAIN;

/// Claims of a block. Whoever divides claims among accumulators does it at multiples of this many.
pub const BLOCK: u64 = 1 << 12;

/// What is summed over claims.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::evaluate) struct Sums {
    /// Log-loss, nats.
    pub loss: f64,
    /// Its square.
    pub loss_squared: f64,
    /// Squared error of the confidence.
    pub brier: f64,
}

impl Sums {
    /// The errors of a non-fact with this logit: `softplus(z)` and `sigmoid(z)^2`. A fact's are those of a non-fact at
    /// `-z`.
    pub fn of_non_fact(logit: f64) -> Self {
        let e = (-logit.abs()).exp();
        // Short of certainty no loss is 0: where it is below the smallest float, 0 would claim a perfect memory.
        let least = if logit.abs() < f64::from(CERTAIN) { f64::MIN_POSITIVE } else { 0.0 };
        let loss = (logit.max(0.0) + e.ln_1p()).max(least);
        let confidence = (if logit < 0.0 { e } else { 1.0 }) / (1.0 + e);
        Self { loss, loss_squared: loss * loss, brier: confidence * confidence }
    }
}

#[cfg(any(feature = "gpu", test))]
impl Sums {
    /// The errors of `count` non-facts of which only the mean logit is known, and that they lie in one cell of this
    /// width: as if they were spread over it evenly. Where they are not, that is off by less than `width^2 / 12` of the
    /// second derivative: with cells of 1/256, by less than 1.3e-6 of a loss and 5.2e-6 of a square.
    pub fn of_cell(mean: f64, width: f64, count: u64) -> Self {
        let claims = count as f64;
        // What is left of a uniform law's variance about the mean of so many, halved, as Taylor's formula has it.
        let bend = width * width / 24.0 * (1.0 - 1.0 / claims);
        let at = Self::of_non_fact(mean);
        let confidence = at.brier.sqrt();
        let slope = confidence * (1.0 - confidence);
        let squared = 2.0 * (at.brier + at.loss * slope);
        let brier = 2.0 * confidence * slope * (2.0 - 3.0 * confidence);
        Self {
            loss: claims * (at.loss + bend * slope),
            loss_squared: claims * (at.loss_squared + bend * squared),
            brier: claims * (at.brier + bend * brier),
        }
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.loss += other.loss;
        self.loss_squared += other.loss_squared;
        self.brier += other.brier;
    }
}

/// The complete subtrees, by height and position among those of that height.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SumTree {
    nodes: BTreeMap<(u32, u64), Sums>,
}

impl SumTree {
    /// Adds the sums over one block, which may be the last and shorter.
    pub fn add_block(&mut self, block: u64, sums: Sums) {
        self.insert(0, block, sums);
    }

    /// Adds what another accumulator has seen.
    pub fn merge(&mut self, other: &Self) {
        for (&(height, position), &sums) in &other.nodes {
            self.insert(height, position, sums);
        }
    }

    /// The sums over everything.
    pub fn total(&self) -> Sums {
        let mut total = Sums::default();
        for &sums in self.nodes.values() {
            total += sums;
        }
        total
    }

    fn insert(&mut self, mut height: u32, mut position: u64, mut sums: Sums) {
        // A block that was handed over in pieces: still summed, but in an order that depends on the pieces.
        if let Some(before) = self.nodes.get_mut(&(height, position)) {
            *before += sums;
            return;
        }
        while let Some(sibling) = self.nodes.remove(&(height, position ^ 1)) {
            sums += sibling;
            height += 1;
            position >>= 1;
        }
        let mut node = self.nodes.remove(&(height, position)).unwrap_or_default();
        node += sums;
        self.nodes.insert((height, position), node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(loss: f64) -> Sums {
        Sums { loss, ..Sums::default() }
    }

    #[test]
    fn losses_keep_their_digits_where_confidence_saturates() {
        assert!((Sums::of_non_fact(-100.0).loss / (-100.0_f64).exp() - 1.0).abs() < 1e-14);
        assert!((Sums::of_non_fact(100.0).loss - 100.0).abs() < 1e-13);
        assert!((Sums::of_non_fact(0.0).loss - std::f64::consts::LN_2).abs() < 1e-16);
        assert!((Sums::of_non_fact(0.0).brier - 0.25).abs() < 1e-16);
        assert!((Sums::of_non_fact(f64::from(f32::MAX)).brier - 1.0).abs() < 1e-16);
        assert!(Sums::of_non_fact(-1e6).loss > 0.0 && Sums::of_non_fact(-f64::from(CERTAIN)).loss == 0.0);
    }

    #[test]
    fn memory_grows_with_the_logarithm_of_the_blocks() {
        let mut tree = SumTree::default();
        for block in 0..1023 {
            tree.add_block(block, sums(1.0));
        }
        assert_eq!(tree.nodes.len(), 10);
        assert!((tree.total().loss - 1023.0).abs() < 1e-9);
    }

    #[test]
    fn every_order_of_blocks_gives_the_same_bits() {
        let value = |block: u64| sums((block as f64 + 0.1).recip());
        let mut forward = SumTree::default();
        (0..77).for_each(|block| forward.add_block(block, value(block)));
        let mut shuffled = SumTree::default();
        (0..77).map(|i| i * 30 % 77).for_each(|block| shuffled.add_block(block, value(block)));
        assert_eq!(forward, shuffled);
        assert_eq!(forward.total().loss.to_bits(), shuffled.total().loss.to_bits());
    }

    #[test]
    fn pieces_of_a_block_are_all_counted() {
        let mut tree = SumTree::default();
        for block in [0, 1, 1, 0, 2, 2] {
            tree.add_block(block, sums(1.0));
        }
        assert!((tree.total().loss - 6.0).abs() < 1e-15);
    }
}
