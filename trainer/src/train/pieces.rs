//! A batch in pieces that are computed one after the other, and how much each piece's mean losses weigh in those of the
//! whole batch.

use std::ops::Range;

/// Some facts and some non-facts of a batch.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// Rows of facts, counted from the first row of the batch.
    pub(super) facts: Range<usize>,
    /// Rows of non-facts, likewise.
    pub(super) non_facts: Range<usize>,
    /// What its mean loss of facts weighs in that of the batch.
    pub(super) fact_share: f64,
    /// What its mean loss of non-facts weighs.
    pub(super) non_fact_share: f64,
}

/// A batch of `facts` facts and then `non_facts` non-facts, at least one of each, in as few pieces of at most `limit` rows
/// (at least 2) as can be.
///
/// Every piece has rows of both kinds, since the mean over none is no number. Of a kind with fewer rows than there are
/// pieces, every piece has all.
pub(super) fn pieces(facts: usize, non_facts: usize, limit: usize) -> Vec<Piece> {
    let rows = |kind: usize, count: usize| if kind < count { kind } else { kind.div_ceil(count) };
    let fits = |count: usize| rows(facts, count) + rows(non_facts, count) <= limit.max(2);
    // So many pieces at least; a few more where the rows do not divide evenly.
    let fewest = (facts + non_facts).div_ceil(limit.max(2)).max(1);
    let most = facts.max(non_facts);
    let count = (fewest..most).find(|&count| fits(count)).unwrap_or(most.max(1));
    let part = |kind: usize, index: usize| {
        if kind < count {
            (0..kind, 1.0 / count as f64)
        } else {
            let range = kind * index / count..kind * (index + 1) / count;
            let share = range.len() as f64 / kind as f64;
            (range, share)
        }
    };
    let piece = |index: usize| {
        let (of_facts, fact_share) = part(facts, index);
        let (others, non_fact_share) = part(non_facts, index);
        Piece { facts: of_facts, non_facts: facts + others.start..facts + others.end, fact_share, non_fact_share }
    };
    (0..count).map(piece).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_batch_that_fits_is_one_piece() {
        let whole = Piece { facts: 0..3, non_facts: 3..10, fact_share: 1.0, non_fact_share: 1.0 };
        assert_eq!(pieces(3, 7, 10), [whole]);
    }

    #[test]
    fn a_few_facts_are_in_every_piece() {
        let found = pieces(2, 9, 5);
        assert_eq!(found.iter().map(|piece| piece.non_facts.clone()).collect::<Vec<_>>(), [2..5, 5..8, 8..11]);
        assert!(found.iter().all(|piece| piece.facts == (0..2) && (piece.fact_share - 1.0 / 3.0).abs() < 1e-15));
    }

    proptest! {
        #[test]
        fn pieces_make_up_the_batch(facts in 1..400_usize, non_facts in 1..400_usize, limit in 2..500_usize) {
            let found = pieces(facts, non_facts, limit);
            // A kind of which every piece has all must fit beside a row of the other; else nothing smaller can be had.
            let least = found.len() == facts.max(non_facts);
            let (mut of_facts, mut others) = (vec![0.0; facts], vec![0.0; non_facts]);
            for piece in &found {
                prop_assert!(!piece.facts.is_empty() && !piece.non_facts.is_empty());
                prop_assert!(piece.facts.len() + piece.non_facts.len() <= limit || least);
                piece.facts.clone().for_each(|row| of_facts[row] += piece.fact_share / piece.facts.len() as f64);
                piece.non_facts.clone().for_each(|row| {
                    others[row - facts] += piece.non_fact_share / piece.non_facts.len() as f64;
                });
            }
            // Every row weighs as in the mean over the batch.
            prop_assert!(of_facts.iter().all(|weight| (weight * facts as f64 - 1.0).abs() < 1e-9));
            prop_assert!(others.iter().all(|weight| (weight * non_facts as f64 - 1.0).abs() < 1e-9));
        }
    }
}
