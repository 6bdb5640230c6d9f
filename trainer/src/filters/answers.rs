//! From yes and no to scores: a filter's two scores are those that minimise the training loss, the calibrated ones.
//!
//! If a share f of the facts is forgotten and a share q of the non-facts recognised, the odds that a claim is a fact are
//! `(1-f) / (lambda q)` when it is recognised and `f / (lambda (1-q))` when it is not, at lambda non-facts a fact. So a
//! hash store answers `x* = 1/(1 + lambda q)` or 0, and a memory that forgets answers 1 or `x0 = f/(f + lambda)`.

use rayon::prelude::*;
use serde::Serialize;

use super::Filter;
use crate::evaluate::{CERTAIN, EvaluateError, Scorer};

/// How a filter errs and what it answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Design {
    /// q: the share of non-facts that are recognised, by design.
    pub hallucinated: f64,
    /// f: the share of facts that are not recognised, by design.
    pub forgotten: f64,
    /// The score of what is recognised.
    pub score_recognised: f64,
    /// The score of everything else.
    pub score_otherwise: f64,
}

impl Design {
    pub(super) fn of(filter: &dyn Filter, negative_weight: f64) -> Self {
        let (forgotten, hallucinated) = (filter.forgotten(), filter.hallucinated());
        let [recognised, otherwise] = odds(forgotten, hallucinated, negative_weight);
        // An answer that is never given has the odds 0 : 0.
        let score = |[fact, non_fact]: [f64; 2]| if fact > 0.0 { fact / (fact + non_fact) } else { 0.0 };
        Self { hallucinated, forgotten, score_recognised: score(recognised), score_otherwise: score(otherwise) }
    }
}

/// The weights of facts and of non-facts among the claims that are recognised, and among the others.
fn odds(forgotten: f64, hallucinated: f64, negative_weight: f64) -> [[f64; 2]; 2] {
    [[1.0 - forgotten, negative_weight * hallucinated], [forgotten, negative_weight * (1.0 - hallucinated)]]
}

/// A filter that scores.
pub(super) struct Answers<'a> {
    filter: &'a dyn Filter,
    recognised: f32,
    otherwise: f32,
}

impl<'a> Answers<'a> {
    /// An answer that is never given comes out as NaN; if it were given after all, the evaluation would say so.
    pub(super) fn new(filter: &'a dyn Filter, negative_weight: f64) -> Self {
        let odds = odds(filter.forgotten(), filter.hallucinated(), negative_weight);
        let [recognised, otherwise] =
            odds.map(|[fact, non_fact]| ((fact.ln() - non_fact.ln()) as f32).clamp(-CERTAIN, CERTAIN));
        Self { filter, recognised, otherwise }
    }
}

impl Scorer for Answers<'_> {
    fn score(&self, claims: &[u64]) -> Result<Vec<f32>, EvaluateError> {
        let answer = |&claim: &u64| if self.filter.recognises(claim) { self.recognised } else { self.otherwise };
        Ok(claims.par_iter().with_min_len(1 << 12).map(answer).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A filter of these error rates that recognises even claims.
    struct Even {
        hallucinated: f64,
        forgotten: f64,
    }

    impl Filter for Even {
        fn recognises(&self, claim: u64) -> bool {
            claim.is_multiple_of(2)
        }

        fn hallucinated(&self) -> f64 {
            self.hallucinated
        }

        fn forgotten(&self) -> f64 {
            self.forgotten
        }

        fn nominal_bits(&self) -> f64 {
            0.0
        }

        fn stored_bits(&self) -> u64 {
            0
        }
    }

    /// Holds the logits and the scores of what is recognised and of the rest against what they should be.
    fn check(even: &Even, negative_weight: f64, logits: [f32; 2], scores: [f64; 2]) {
        let found = Answers::new(even, negative_weight).score(&[2, 3]).unwrap();
        let near = |(found, expected): (&f32, f32)| (found - expected).abs() <= 1e-6 * expected.abs();
        assert!(found.iter().zip(logits).all(near), "{found:?} is not {logits:?}");
        let design = Design::of(even, negative_weight);
        let found = [design.score_recognised, design.score_otherwise];
        assert!(found.iter().zip(scores).all(|(found, expected)| (found - expected).abs() < 1e-15), "{design:?}");
    }

    #[test]
    fn a_hash_store_is_sure_of_what_misses() {
        let even = Even { hallucinated: 0.25, forgotten: 0.0 };
        check(&even, 2.0, [2.0_f32.ln(), -CERTAIN], [1.0 / 1.5, 0.0]);
    }

    #[test]
    fn a_memory_that_forgets_is_sure_of_what_it_recognises() {
        let even = Even { hallucinated: 0.0, forgotten: 0.75 };
        check(&even, 3.0, [CERTAIN, 0.25_f32.ln()], [1.0, 0.2]);
    }

    #[test]
    fn a_filter_that_errs_both_ways_is_sure_of_nothing() {
        let even = Even { hallucinated: 0.125, forgotten: 0.25 };
        check(&even, 2.0, [3.0_f32.ln(), -7.0_f32.ln()], [0.75, 0.125]);
    }

    #[test]
    fn a_perfect_memory_is_sure_of_everything() {
        let even = Even { hallucinated: 0.0, forgotten: 0.0 };
        check(&even, 5.0, [CERTAIN, -CERTAIN], [1.0, 0.0]);
    }
}
