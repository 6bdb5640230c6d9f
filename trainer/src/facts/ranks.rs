//! Ranges of ranks as evaluation takes them: what is scored, what was drawn, and what serves as control.

use std::ops::Range;

use super::set::Source;
use super::{FactSet, FactsError};

impl FactSet {
    /// The ranks whose non-facts are scored: the held-out ones, or all where nothing is held out. Ranks are in random
    /// order, so that the first ones of any range are a uniform sample of it, without replacement.
    pub fn scored_ranks(&self) -> Range<u128> {
        match self.held_out {
            0 => self.drawn_ranks(),
            held_out => self.universe.size() - u128::from(held_out)..self.universe.size(),
        }
    }

    /// The ranks whose non-facts training draws.
    pub fn drawn_ranks(&self) -> Range<u128> {
        let start = match &self.source {
            Source::Ranks => u128::from(self.count),
            Source::File(_) => 0,
        };
        start..self.universe.size() - u128::from(self.held_out)
    }

    /// Divides [`FactSet::scored_ranks`] for an evaluation with control: the ranks to score, and behind them those
    /// whose n non-facts are scored in the place of the n facts.
    ///
    /// # Errors
    /// [`FactsError::ControlTooLarge`] if that leaves nothing to score.
    pub fn split_control(&self) -> Result<(Range<u128>, Range<u128>), FactsError> {
        let Range { start, end } = self.scored_ranks();
        let available = self.non_facts_in(&(start..end));
        if available <= u128::from(self.count) {
            return Err(FactsError::ControlTooLarge { wanted: self.count, available });
        }
        let scored = self.first_non_facts(&(start..end), available - u128::from(self.count));
        let middle = scored.end;
        Ok((scored, middle..end))
    }

    /// How many of these ranks are non-facts, neither facts nor never shown.
    pub fn non_facts_in(&self, ranks: &Range<u128>) -> u128 {
        let below = |rank: u128| match &self.source {
            Source::Ranks => rank.min(u128::from(self.count)),
            Source::File(file) => file.ranks.partition_point(|member| u128::from(*member) < rank) as u128,
        };
        (ranks.end - ranks.start) - (below(ranks.end) - below(ranks.start))
    }

    /// The shortest range at the beginning of `ranks` that holds `count` non-facts; all of it if there are not so
    /// many.
    pub fn first_non_facts(&self, ranks: &Range<u128>, count: u128) -> Range<u128> {
        let (mut low, mut high) = (ranks.start, ranks.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.non_facts_in(&(ranks.start..middle)) < count {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        ranks.start..low
    }

    /// Replaces the content of `claims` by the non-facts of these ranks, in the order of the ranks.
    ///
    /// # Panics
    /// If the ranks reach beyond the universe.
    pub fn fill_non_facts(&self, ranks: &Range<u128>, claims: &mut Vec<u64>) {
        assert!(ranks.end <= self.universe.size(), "ranks {ranks:?} of {}", self.universe);
        claims.clear();
        let mut push = |from: u128, to: u128| {
            claims.extend((0..to.saturating_sub(from) as u64).map(|offset| from as u64 + offset));
        };
        match &self.source {
            Source::Ranks => push(ranks.start.max(u128::from(self.count)), ranks.end),
            Source::File(file) => {
                let mut from = ranks.start;
                let first = file.ranks.partition_point(|member| u128::from(*member) < ranks.start);
                for member in file.ranks[first..].iter().map(|member| u128::from(*member)) {
                    if member >= ranks.end {
                        break;
                    }
                    push(from, member);
                    from = member + 1;
                }
                push(from, ranks.end);
            }
        }
        self.permutation.forward_all(claims);
    }
}
