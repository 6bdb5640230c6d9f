//! The rival of the hash store: with the same bits it keeps as many facts as they can name, exactly, and has nothing
//! to say of any other claim.
//!
//! Which m of the n facts it keeps is left to chance, so that it holds one of `C(u, m)` sets: it keeps the most for
//! which `log2 C(u, m) <= n B`. At u = 2^32, n = 1000 and 8 bits a fact that is three facts of ten. The forgetting
//! channel of the theory takes `H2(f)` bits a fact less, f being the share forgotten: it is free to keep those facts that
//! happen to be short to name. This one does not look for them.

use super::Filter;
use super::sorted_set::SortedSet;

/// Some of the facts.
#[derive(Clone, Debug)]
pub struct Forgetting {
    kept: SortedSet,
    forgotten: f64,
    nominal_bits: f64,
}

impl Forgetting {
    /// A memory of `facts`, all different, below `universe` and in random order, of `budget` bits a fact.
    pub fn new(facts: &[u64], universe: u128, budget: f64) -> Self {
        let (kept, nominal_bits) = most_kept(facts.len(), universe, budget * facts.len() as f64);
        let forgotten = (facts.len() - kept) as f64 / facts.len() as f64;
        Self { kept: SortedSet::new(facts[..kept].to_vec(), universe), forgotten, nominal_bits }
    }
}

/// How many of the facts `bits` bits can name, and `log2 C(u, m)` of that number.
fn most_kept(facts: usize, universe: u128, bits: f64) -> (usize, f64) {
    let mut named = 0.0;
    for kept in 0..facts {
        let one_more = ((universe - kept as u128) as f64 / (kept + 1) as f64).log2();
        if named + one_more > bits {
            return (kept, named);
        }
        named += one_more;
    }
    (facts, named)
}

impl Filter for Forgetting {
    fn recognises(&self, claim: u64) -> bool {
        self.kept.contains(claim)
    }

    fn hallucinated(&self) -> f64 {
        0.0
    }

    fn forgotten(&self) -> f64 {
        self.forgotten
    }

    fn nominal_bits(&self) -> f64 {
        self.nominal_bits
    }

    fn stored_bits(&self) -> u64 {
        self.kept.stored_bits()
    }
}
