//! The keyed bijection of `0..u` that gives every claim a rank, so that fact sets need no memory and membership no
//! search.

#![allow(clippy::inline_always, reason = "the loops must be compiled for the instruction set that dispatch chooses")]

use super::Universe;
use super::stream::{StreamKey, derive};

/// Rounds where the halves have more than [`FEW_BITS`] bits in all: twice the four after which a network of random
/// functions is taken for a random permutation (Luby, Rackoff 1988).
const ROUNDS: usize = 8;

/// Rounds of smaller universes. Halves of one or two bits mix slowly: on two bits a round halves the distance from
/// uniform permutations, so that sixteen leave less than 10^5 seeds could show.
const MOST_ROUNDS: usize = 16;

/// Up to this many bits a universe counts as small.
const FEW_BITS: u32 = 20;

/// Ranks that [`Permutation::forward_all`] works on at a time: few enough to stay in the first-level cache.
const BLOCK: usize = 256;

/// A keyed bijection of `0..u`: a Feistel network on exactly ceil(log2 u) bits whose two halves (the left one is a
/// bit wider where the number is odd) are changed in turn, followed by itself until the value lies below u (cycle
/// walking; at most two passes on average, and one where u is a power of two). Black, Rogaway: Ciphers with arbitrary
/// finite domains (CT-RSA 2002).
///
/// Halves have at most 32 bits and all arithmetic is in `u32`, so that a GPU can compute the same.
#[derive(Clone, Debug)]
pub struct Permutation {
    universe: Universe,
    keys: [u32; MOST_ROUNDS],
    rounds: usize,
    left_mask: u32,
    right_mask: u32,
    right_bits: u32,
}

impl Permutation {
    /// The permutation of `universe` that `key` names. Universes of different sizes get unrelated permutations.
    pub fn new(key: &StreamKey, universe: Universe) -> Self {
        let right_bits = universe.bits() / 2;
        let mask = |bits: u32| u32::MAX.checked_shr(32 - bits).unwrap_or(0);
        Self {
            universe,
            keys: derive(key, "permutation", universe.size()),
            rounds: if universe.bits() > FEW_BITS { ROUNDS } else { MOST_ROUNDS },
            left_mask: mask(universe.bits() - right_bits),
            right_mask: mask(right_bits),
            right_bits,
        }
    }

    /// What it permutes.
    pub fn universe(&self) -> Universe {
        self.universe
    }

    /// The claim of this rank.
    ///
    /// # Panics
    /// If `rank` is not below u, where the walk might never end.
    pub fn forward(&self, rank: u64) -> u64 {
        assert!(self.universe.contains(rank), "rank {rank} lies outside a universe of {}", self.universe);
        let mut value = rank;
        loop {
            let (mut left, mut right) = ([self.left(value)], [self.right(value)]);
            self.network(&mut left, &mut right);
            value = self.join(left[0], right[0]);
            if self.universe.contains(value) {
                return value;
            }
        }
    }

    /// The rank of this claim.
    ///
    /// # Panics
    /// If `claim` is not below u.
    pub fn inverse(&self, claim: u64) -> u64 {
        assert!(self.universe.contains(claim), "claim {claim} lies outside a universe of {}", self.universe);
        let mut value = claim;
        loop {
            let (mut left, mut right) = (self.left(value), self.right(value));
            for keys in self.keys[..self.rounds].rchunks_exact(2) {
                right ^= mix(left ^ keys[1]) & self.right_mask;
                left ^= mix(right ^ keys[0]) & self.left_mask;
            }
            value = self.join(left, right);
            if self.universe.contains(value) {
                return value;
            }
        }
    }

    /// Puts the claim in the place of each rank: [`Permutation::forward`], many at a time.
    ///
    /// # Panics
    /// If a rank is not below u.
    pub fn forward_all(&self, ranks: &mut [u64]) {
        pulp::Arch::new().dispatch(ForwardAll { permutation: self, ranks });
    }

    #[inline(always)]
    fn forward_block(&self, values: &mut [u64]) {
        let greatest = values.iter().copied().max().unwrap_or(0);
        assert!(self.universe.contains(greatest), "rank {greatest} lies outside a universe of {}", self.universe);
        let (mut lefts, mut rights) = ([0; BLOCK], [0; BLOCK]);
        let (lefts, rights) = (&mut lefts[..values.len()], &mut rights[..values.len()]);
        for ((value, left), right) in values.iter().zip(lefts.iter_mut()).zip(rights.iter_mut()) {
            (*left, *right) = (self.left(*value), self.right(*value));
        }
        self.network(lefts, rights);
        for ((value, left), right) in values.iter_mut().zip(lefts.iter()).zip(rights.iter()) {
            *value = self.join(*left, *right);
        }
        if !self.universe.size().is_power_of_two() {
            self.walk(values, lefts, rights);
        }
    }

    /// Sends the values that left the universe through the network again until all are back. They are packed together
    /// first: a loop over all values would pay for the slowest one in every lane.
    #[inline(always)]
    fn walk(&self, values: &mut [u64], lefts: &mut [u32], rights: &mut [u32]) {
        let mut outside = [0_u8; BLOCK];
        let mut count = 0;
        for (place, value) in values.iter().enumerate() {
            outside[count] = place as u8;
            count += usize::from(!self.universe.contains(*value));
        }
        while count > 0 {
            for ((place, left), right) in outside[..count].iter().zip(lefts.iter_mut()).zip(rights.iter_mut()) {
                let value = values[usize::from(*place)];
                (*left, *right) = (self.left(value), self.right(value));
            }
            self.network(&mut lefts[..count], &mut rights[..count]);
            let mut left_over = 0;
            for number in 0..count {
                let place = outside[number];
                let value = self.join(lefts[number], rights[number]);
                values[usize::from(place)] = value;
                outside[left_over] = place;
                left_over += usize::from(!self.universe.contains(value));
            }
            count = left_over;
        }
    }

    /// One pass of the network over many values, given as their halves. A round goes over all values before the next
    /// one, because the rounds of one value wait for each other and the values do not.
    #[inline(always)]
    fn network(&self, lefts: &mut [u32], rights: &mut [u32]) {
        for keys in self.keys[..self.rounds].chunks_exact(2) {
            for (left, right) in lefts.iter_mut().zip(rights.iter()) {
                *left ^= mix(right ^ keys[0]) & self.left_mask;
            }
            for (left, right) in lefts.iter().zip(rights.iter_mut()) {
                *right ^= mix(left ^ keys[1]) & self.right_mask;
            }
        }
    }

    #[inline(always)]
    fn left(&self, value: u64) -> u32 {
        (value >> self.right_bits) as u32
    }

    #[inline(always)]
    fn right(&self, value: u64) -> u32 {
        value as u32 & self.right_mask
    }

    #[inline(always)]
    fn join(&self, left: u32, right: u32) -> u64 {
        u64::from(left) << self.right_bits | u64::from(right)
    }
}

/// [`Permutation::forward_all`], compiled once for each instruction set. Not a closure, because closures are not
/// always inlined into the function that enables the instructions.
struct ForwardAll<'a> {
    permutation: &'a Permutation,
    ranks: &'a mut [u64],
}

impl pulp::NullaryFnOnce for ForwardAll<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for block in self.ranks.chunks_mut(BLOCK) {
            self.permutation.forward_block(block);
        }
    }
}

/// The finaliser of `MurmurHash3`: a bijection of 32 bits in which each input bit changes each output bit half the
/// time.
#[inline(always)]
fn mix(word: u32) -> u32 {
    let word = (word ^ (word >> 16)).wrapping_mul(0x85EB_CA6B);
    let word = (word ^ (word >> 13)).wrapping_mul(0xC2B2_AE35);
    word ^ (word >> 16)
}
