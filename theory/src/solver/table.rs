//! The scores that an optimal law can use, in order.

use super::Distortions;

/// A score that no other beats on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Score {
    /// Its place in the caller's tables.
    pub index: usize,
    /// `d_K` above the least one in the table; infinite at most for the first score.
    pub fact: f64,
    /// `d_N` above the least one in the table; infinite at most for the last score.
    pub non_fact: f64,
}

/// Undominated scores, from the best for non-facts to the best for facts: `non_fact` rises from 0 and `fact` falls to
/// 0.
///
/// Distortions count from the least because only differences enter the laws: a constant in `d_K` cancels in
/// `e^{-alpha d_K} / U`.
pub(super) struct Table {
    /// At least one.
    pub scores: Vec<Score>,
    /// What was subtracted from every `d_K`.
    pub least_fact: f64,
    /// What was subtracted from every `d_N`.
    pub least_non_fact: f64,
    /// `p`.
    pub sparsity: f64,
}

impl Table {
    /// In the sparse limit without the score whose `d_N` is infinite: no non-fact may have it, so a fact that had it
    /// would cost infinitely many bits.
    pub fn new(distortions: &Distortions, sparsity: f64) -> Self {
        let mut scores: Vec<Score> =
            distortions.pairs().enumerate().map(|(index, (fact, non_fact))| Score { index, fact, non_fact }).collect();
        scores.sort_by(|a, b| a.non_fact.total_cmp(&b.non_fact).then(a.fact.total_cmp(&b.fact)));
        let mut least_fact = f64::INFINITY;
        let mut first = true;
        scores.retain(|score| {
            let undominated = first || score.fact < least_fact;
            first = false;
            least_fact = least_fact.min(score.fact);
            undominated
        });
        if sparsity == 0.0 && scores[scores.len() - 1].non_fact.is_infinite() {
            scores.pop();
        }
        let (least_fact, least_non_fact) = (scores[scores.len() - 1].fact, scores[0].non_fact);
        for score in &mut scores {
            score.fact = above(score.fact, least_fact);
            score.non_fact -= least_non_fact;
        }
        Self { scores, least_fact, least_non_fact, sparsity }
    }

    /// The best score for non-facts.
    pub fn first(&self) -> Score {
        self.scores[0]
    }

    /// The best score for facts.
    pub fn last(&self) -> Score {
        self.scores[self.scores.len() - 1]
    }

    /// Whether some score has a finite distortion on both sides.
    pub fn has_finite_score(&self) -> bool {
        // Only the first d_K can be infinite, and only the last d_N.
        self.scores.len() > 2
            || self.scores.iter().any(|score| score.fact.is_finite() && score.non_fact.is_finite())
                && self.least_fact.is_finite()
    }
}

/// The score that is best for facts and, among equals, for non-facts.
pub(super) fn best_for_facts(distortions: &Distortions) -> usize {
    best(distortions.pairs())
}

/// The score that is best for non-facts and, among equals, for facts.
pub(super) fn best_for_non_facts(distortions: &Distortions) -> usize {
    best(distortions.pairs().map(|(fact, non_fact)| (non_fact, fact)))
}

fn best(costs: impl Iterator<Item = (f64, f64)>) -> usize {
    let order = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
    costs.enumerate().min_by(|(_, a), (_, b)| order(a, b)).map_or(0, |(index, _)| index)
}

fn above(distortion: f64, least: f64) -> f64 {
    // A table whose every usable d_K is infinite has no differences.
    if distortion <= least { 0.0 } else { distortion - least }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    fn table(on_facts: &[f64], on_non_facts: &[f64], sparsity: f64) -> Table {
        Table::new(&Distortions::new(on_facts.to_vec(), on_non_facts.to_vec()).unwrap(), sparsity)
    }

    #[test]
    fn dominated_scores_and_duplicates_are_left_out() {
        let found = table(&[1.0, 5.0, 3.0, 3.0, 4.0, 5.0], &[7.0, 2.0, 4.0, 4.0, 4.0, 3.0], 0.1);
        let indices: Vec<usize> = found.scores.iter().map(|score| score.index).collect();
        assert_eq!(indices, [1, 2, 0]);
        assert_eq!((found.least_fact, found.least_non_fact), (1.0, 2.0));
        assert_eq!((found.first().fact, found.last().non_fact), (4.0, 5.0));
    }

    #[test]
    fn only_a_sparse_universe_drops_the_score_that_no_non_fact_may_have() {
        let (on_facts, on_non_facts) = ([INF, 0.7, 0.0], [0.0, 0.7, INF]);
        assert_eq!(table(&on_facts, &on_non_facts, 0.1).scores.len(), 3);
        let sparse = table(&on_facts, &on_non_facts, 0.0);
        assert_eq!((sparse.last().index, sparse.least_fact), (1, 0.7));
        assert_eq!((sparse.first().fact, sparse.last().fact), (INF, 0.0));
    }

    #[test]
    fn a_finite_score_is_finite_on_both_sides() {
        assert!(table(&[INF, 0.7, 0.0], &[0.0, 0.7, INF], 0.1).has_finite_score());
        assert!(!table(&[INF, 0.0], &[0.0, INF], 0.1).has_finite_score());
        assert!(!table(&[INF, 0.0], &[0.0, INF], 0.0).has_finite_score());
        assert!(table(&[1.0], &[1.0], 0.0).has_finite_score());
    }
}
