//! The memory that attains the bound: it keeps a fingerprint of every fact, and takes each claim for a fact whose
//! fingerprint is the one it finds.
//!
//! The fingerprints lie in a retrieval structure, so a fact always hits, and a non-fact hits with a chance of `2^-r` for
//! fingerprints of r bits: there is nothing else to tell it by. That is the law which is optimal for sparse facts
//! (Guo & Li, Theorem 4.1), at `log2(1/q)` bits a fact.
//!
//! A budget of B bits that is no whole number is mixed: a hash gives a share `B - floor(B)` of all claims one bit more
//! than the rest. The memory is then B bits a fact, and the share of non-facts that hit is the mean of the two,
//! slightly above `2^-B` (by at most 6.2 %): mixing lies above the frontier, which is convex.

use super::Filter;
use super::ribbon::Ribbon;
use crate::facts::{ClaimHash, StreamKey};

/// Fingerprints of a set of facts.
#[derive(Clone, Debug)]
pub struct HashStore {
    fingerprints: ClaimHash,
    /// The whole bits of every fact's fingerprint.
    whole: Ribbon,
    /// One bit more of some, where the budget is no whole number.
    longer: Option<Longer>,
    whole_bits: u32,
    nominal_bits: f64,
}

/// The claims whose fingerprints are a bit longer.
#[derive(Clone, Debug)]
struct Longer {
    share: f64,
    choice: ClaimHash,
    bit: Ribbon,
}

impl HashStore {
    /// A memory of `facts`, all different, of `budget` bits a fact, from 0 to 63. `key` names its hash functions.
    pub fn new(key: &StreamKey, facts: &[u64], budget: f64) -> Self {
        let fingerprints = ClaimHash::new(key, "fingerprints", 0);
        let whole_bits = budget.floor() as u32;
        let whole = Ribbon::new(key, facts, whole_bits, |claim| fingerprints.of(claim));
        let mut nominal_bits = f64::from(whole_bits) * facts.len() as f64;
        let share = budget.fract();
        let longer = (share > 0.0).then(|| {
            let choice = ClaimHash::new(key, "longer fingerprints", 0);
            let chosen: Vec<u64> = facts.iter().copied().filter(|&fact| chooses(choice, share, fact)).collect();
            nominal_bits += chosen.len() as f64;
            Longer { share, choice, bit: Ribbon::new(key, &chosen, 1, |claim| fingerprints.of(claim) >> whole_bits) }
        });
        Self { fingerprints, whole, longer, whole_bits, nominal_bits }
    }
}

/// Whether a claim belongs to the share whose fingerprints are longer.
fn chooses(choice: ClaimHash, share: f64, claim: u64) -> bool {
    ((choice.of(claim) >> 11) as f64) < share * (1_u64 << 53) as f64
}

impl Filter for HashStore {
    fn recognises(&self, claim: u64) -> bool {
        let fingerprint = self.fingerprints.of(claim);
        let longer = self.longer.as_ref().filter(|longer| chooses(longer.choice, longer.share, claim));
        self.whole.agrees(claim, fingerprint)
            && longer.is_none_or(|longer| longer.bit.agrees(claim, fingerprint >> self.whole_bits))
    }

    fn hallucinated(&self) -> f64 {
        let share = self.longer.as_ref().map_or(0.0, |longer| longer.share);
        (1.0 - share / 2.0) * 0.5_f64.powi(self.whole_bits.cast_signed())
    }

    fn forgotten(&self) -> f64 {
        0.0
    }

    fn nominal_bits(&self) -> f64 {
        self.nominal_bits
    }

    fn stored_bits(&self) -> u64 {
        self.whole.stored_bits() + self.longer.as_ref().map_or(0, |longer| longer.bit.stored_bits())
    }
}
