//! The fresh non-facts of each training step: uniform with replacement over the drawn ranks.

#![allow(clippy::inline_always, reason = "the loops must be compiled for the instruction set that dispatch chooses")]

use super::FactSet;
use super::set::Source;
use super::stream::{StreamKey, step_key, threefry};

/// Draws that are worked on at a time: few enough to stay in the first-level cache.
const BLOCK: usize = 256;

impl FactSet {
    /// Puts the non-facts number `first`, `first + 1`, ... of `step` into `claims`. Each is a function of (set, key,
    /// step, number) alone, however the work is divided: the first of its attempts whose draw is unbiased and no
    /// claim of a file.
    ///
    /// # Panics
    /// If the numbers reach beyond 2^32.
    pub fn draw_non_facts(&self, key: &StreamKey, step: u64, first: u32, claims: &mut [u64]) {
        assert!(u64::from(first) + claims.len() as u64 <= 1 << 32, "non-facts of a step are numbered in 32 bits");
        let draws = Draws::new(self, step_key(key, step));
        pulp::Arch::new().dispatch(Fill { draws: &draws, first, ranks: claims });
        self.permutation.forward_all(claims);
        if let Source::File(_) = self.source {
            for (index, claim) in claims.iter_mut().enumerate() {
                let mut attempt = 0;
                while self.is_member(*claim) {
                    let index = first.wrapping_add(index as u32);
                    let rank = draws.first_unbiased(index, &mut attempt);
                    *claim = self.permutation.forward(rank);
                }
            }
        }
    }
}

/// Uniform draws of ranks for one step.
struct Draws {
    key: [u32; 2],
    start: u64,
    // The number of ranks to draw from; 0 stands for 2^64.
    bound: u64,
    // 2^64 mod bound: how many of the 2^64 products have to be refused.
    refused: u64,
}

impl Draws {
    fn new(set: &FactSet, key: [u32; 2]) -> Self {
        let ranks = set.drawn_ranks();
        let bound = (ranks.end - ranks.start) as u64;
        Self { key, start: ranks.start as u64, bound, refused: bound.wrapping_neg().checked_rem(bound).unwrap_or(0) }
    }

    /// The ranks that the numbers from `first` on get: those of the first attempt that is not refused.
    #[inline(always)]
    fn fill(&self, first: u32, ranks: &mut [u64]) {
        // Two loops, because one with both widths would be compiled for as few lanes as the wide half allows.
        let (mut highs, mut lows) = ([0; BLOCK], [0; BLOCK]);
        for lane in 0..BLOCK {
            [highs[lane], lows[lane]] = threefry(self.key, [first.wrapping_add(lane as u32), 0]);
        }
        let mut any_refused = false;
        for ((rank, high), low) in ranks.iter_mut().zip(&highs).zip(&lows) {
            let (quotient, remainder) = self.scale(*high, *low);
            *rank = self.start.wrapping_add(quotient);
            any_refused |= remainder < self.refused;
        }
        if any_refused {
            for (index, rank) in ranks.iter_mut().enumerate() {
                *rank = self.first_unbiased(first.wrapping_add(index as u32), &mut 0);
            }
        }
    }

    /// The rank that number `index` gets from its first attempt, counted from `attempt`, that is not refused. Leaves
    /// `attempt` behind that one.
    fn first_unbiased(&self, index: u32, attempt: &mut u32) -> u64 {
        loop {
            let [high, low] = threefry(self.key, [index, *attempt]);
            *attempt += 1;
            let (quotient, remainder) = self.scale(high, low);
            if remainder >= self.refused {
                return self.start.wrapping_add(quotient);
            }
        }
    }

    /// Quotient and remainder of `x bound` by 2^64, x being the random 64 bits; with a bound of 2^64, x itself. The
    /// quotient is uniform over those x whose remainder is not refused. Lemire: Fast random integer generation in an
    /// interval (2019). Written in products of 32 bits, which are what vector units multiply.
    #[inline(always)]
    fn scale(&self, high: u32, low: u32) -> (u64, u64) {
        const LOW: u64 = 0xFFFF_FFFF;
        let (high, low) = (u64::from(high), u64::from(low));
        if self.bound == 0 {
            return (high << 32 | low, 0);
        }
        let (bound_high, bound_low) = (self.bound >> 32, self.bound & LOW);
        let lowest = low * bound_low;
        let one = high * bound_low + (lowest >> 32);
        let two = low * bound_high + (one & LOW);
        (high * bound_high + (one >> 32) + (two >> 32), two << 32 | lowest & LOW)
    }
}

/// [`Draws::fill`] for any number of ranks, compiled once for each instruction set.
struct Fill<'a> {
    draws: &'a Draws,
    first: u32,
    ranks: &'a mut [u64],
}

impl pulp::NullaryFnOnce for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (block, ranks) in self.ranks.chunks_mut(BLOCK).enumerate() {
            self.draws.fill(self.first.wrapping_add((block * BLOCK) as u32), ranks);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Universe;
    use super::*;

    fn draws(bound: u64) -> Draws {
        Draws { key: [1, 2], start: 0, bound, refused: bound.wrapping_neg().checked_rem(bound).unwrap_or(0) }
    }

    proptest! {
        /// The product is put together from four smaller ones, which is easily got wrong in the carries.
        #[test]
        fn scaling_is_the_product_of_128_bits(x: u64, bound in 1_u64..) {
            let product = u128::from(x) * u128::from(bound);
            prop_assert_eq!(draws(bound).scale((x >> 32) as u32, x as u32), ((product >> 64) as u64, product as u64));
        }
    }

    /// The bound that refuses the most, 2^63 + 1: the blocks' way and the attempts one by one must agree.
    #[test]
    fn refused_draws_are_made_again_with_the_next_attempt() {
        let draws = draws((1 << 63) + 1);
        let mut ranks = [0; BLOCK];
        draws.fill(7, &mut ranks);
        let mut second_attempts = 0;
        for (index, rank) in (7..).zip(ranks) {
            let mut attempt = 0;
            assert_eq!(draws.first_unbiased(index, &mut attempt), rank);
            assert!(rank <= 1 << 63);
            second_attempts += u32::from(attempt > 1);
        }
        assert!((64..192).contains(&second_attempts), "{second_attempts} of {BLOCK}, about half expected");
    }

    #[test]
    fn the_whole_range_of_64_bits_is_drawn_as_it_is() {
        assert_eq!(draws(0).scale(u32::MAX, 5), (u64::from(u32::MAX) << 32 | 5, 0));
        let set = FactSet::random(Universe::new(1 << 64).unwrap(), 1, 0, 1).unwrap();
        assert_eq!(Draws::new(&set, [0; 2]).bound, u64::MAX);
    }
}
