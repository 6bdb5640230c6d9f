//! Bits that the counts certify, whatever the scorer: the threshold is chosen on one half of the claims and judged on
//! the other, so that choosing it costs no confidence.

use crate::evaluate::distribution::{Facts, NonFacts};
use crate::evaluate::interval::{LEVEL, wilson};
use rote_theory::certificate::certificate;
use rote_theory::rate::zero_one;
use rote_theory::{Bits, DomainError};

/// The halves, by the parity of a claim's index.
const CHOOSING: usize = 0;
const JUDGING: usize = 1;

/// The certified bits a fact at confidence [`LEVEL`]; 0 where a half is empty.
pub(super) fn certified(facts: &Facts, non_facts: &NonFacts, sparsity: f64) -> Result<Bits, DomainError> {
    let (of_facts, of_non_facts) = (facts.halves(), non_facts.halves());
    if of_facts.contains(&0) || of_non_facts.contains(&0) {
        return Ok(Bits(0.0));
    }
    let mut best = (Bits(0.0), None);
    for candidate in facts.candidates() {
        let rivals = non_facts.reaching_by_half(candidate.threshold).unwrap_or(of_non_facts);
        // What it would certify, but for the exact interval: that takes long where hits are many, and any choice is
        // valid.
        let [recall, _] = wilson(candidate.hits[CHOOSING], of_facts[CHOOSING]);
        let [_, false_positive_rate] = wilson(rivals[CHOOSING], of_non_facts[CHOOSING]);
        let promised = zero_one(1.0 - recall, false_positive_rate, sparsity)?.bits;
        if promised > best.0 {
            best = (promised, Some((candidate.hits[JUDGING], rivals[JUDGING])));
        }
    }
    match best.1 {
        None => Ok(Bits(0.0)),
        Some((hits, rivals)) => {
            let found = certificate(hits, of_facts[JUDGING], rivals, of_non_facts[JUDGING], LEVEL, sparsity)?;
            Ok(found.bits)
        }
    }
}
