//! What holds for a finite number of facts, where rates and frontiers speak of the limit of many.
//!
//! A set of `n` facts out of `u` claims takes `log2 C(u, n)` bits to name ([`crate::entropy::fact_set_bits`]), slightly
//! less than the `n H2(p)/p` that `u` independent claims would take, since their number is known. The shortfall is at
//! most `log2(8n)/2` bits in all (Stirling), and it is all that independence buys: memory is at least
//! `n F_p - log2(8n)/2` bits whatever the laws (Guo & Li, Lemma 3.4). [`converse_slack`] is that term a fact,
//! [`least_memory`] the bound.

use crate::error::{DomainError, require};
use crate::units::Bits;

/// By how much a memory of `facts` facts may fall short of its rate: `log2(8n) / (2n)` bits a fact (Guo & Li,
/// Lemma 3.4).
///
/// # Errors
/// No facts.
pub fn converse_slack(facts: u64) -> Result<Bits, DomainError> {
    Ok(slack_in_all(facts)? / facts as f64)
}

/// The least memory in all, not a fact, of `facts` facts whose laws or losses have the given `rate` in bits a fact:
/// `n R - log2(8n)/2`, and never below 0 (Guo & Li, Lemma 3.4).
///
/// The rate may be a [`crate::rate`], an [`crate::information`] or a certificate, at the sparsity of the universe; an
/// infinite rate needs infinite memory.
///
/// # Errors
/// A negative or undefined rate, no facts.
pub fn least_memory(rate: Bits, facts: u64) -> Result<Bits, DomainError> {
    require(rate.0 >= 0.0, "rate", rate.0, "be at least 0 bits a fact (infinity included)")?;
    let memory = rate * facts as f64 - slack_in_all(facts)?;
    Ok(Bits(memory.0.max(0.0)))
}

fn slack_in_all(facts: u64) -> Result<Bits, DomainError> {
    require(facts > 0, "facts", 0.0, "be at least 1")?;
    Ok(Bits(0.5 * (3.0 + (facts as f64).log2())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::{fact_set_bits, lossless_wall};

    #[test]
    fn a_single_fact_may_fall_short_by_a_bit_and_a_half() {
        assert_eq!(converse_slack(1), Ok(Bits(1.5)));
        assert_eq!(least_memory(Bits(1.0), 1), Ok(Bits(0.0)));
        assert_eq!(least_memory(Bits(4.0), 2), Ok(Bits(6.0)));
        assert_eq!(least_memory(Bits(f64::INFINITY), 2), Ok(Bits(f64::INFINITY)));
    }

    /// The set itself, which loses nothing, is a memory: the bound must not exceed it, and comes within a bit.
    #[test]
    fn no_set_of_facts_is_named_in_less_than_the_bound() {
        for universe in [2_u64, 10, 1000, 1 << 24, 1 << 50] {
            for facts in [1, 2, 7, 500, 1 << 16, 1 << 23].into_iter().filter(|facts| facts * 2 <= universe) {
                let wall = lossless_wall(facts as f64 / universe as f64).unwrap();
                let (bound, set) = (least_memory(wall, facts).unwrap(), fact_set_bits(facts, universe).unwrap());
                assert!(bound.0 <= set.0 * (1.0 + 1e-14), "C({universe}, {facts}): {bound} above {set}");
                assert!(set.0 - bound.0 < 1.0 + 1e-12 * set.0, "C({universe}, {facts}): {bound} below {set}");
            }
        }
    }

    #[test]
    fn arguments_are_checked_by_name() {
        assert!(converse_slack(0).unwrap_err().to_string().starts_with("facts = 0"));
        assert!(least_memory(Bits(1.0), 0).unwrap_err().to_string().starts_with("facts = 0"));
        assert!(least_memory(Bits(-1.0), 3).unwrap_err().to_string().starts_with("rate = -1"));
        assert!(least_memory(Bits(f64::NAN), 3).unwrap_err().to_string().starts_with("rate = NaN"));
    }
}
