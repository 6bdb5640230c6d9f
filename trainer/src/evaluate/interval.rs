//! Intervals for what a sample of non-facts estimates, given the network: Clopper-Pearson for shares, and for
//! everything else a percentile bootstrap of the sample. Facts are counted whole and do not vary.

use crate::evaluate::distribution::{Cells, INFORMATION_BINS, Law, NonFacts, Sums, information_bin};
use crate::record::evaluation_json::Interval;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Binomial, Distribution};
use rote_theory::{DomainError, certificate};
use std::array;

/// The confidence of every interval.
pub(super) const LEVEL: f64 = 0.95;

/// Resamples of a bootstrap. The 5th of 200 from either end leaves `5/201`, about the 2.5 % of each side, outside.
const REPLICATES: usize = 200;
const OUTSIDE: usize = 5;

/// Cells are joined until at most this many groups are left, or until a group is a bin of the information's histogram
/// wide.
const GROUPS: usize = 256;
/// Narrowest and widest group as powers of two of fine cells: 1/8 and 1/2 logit near zero.
const NARROWEST: u32 = 5;
const WIDEST: u32 = 7;

/// The Clopper-Pearson interval of a share of a sample.
///
/// # Errors
/// No trials, or more hits than trials.
pub(super) fn clopper_pearson(hits: u64, trials: u64) -> Result<Interval, DomainError> {
    let found = certificate::clopper_pearson(hits, trials, LEVEL)?;
    Ok(Interval { low: found.low, high: found.high, level: LEVEL, method: "clopper-pearson".to_owned() })
}

/// The ends of the Wilson score interval of a share, a closed form near [`clopper_pearson`]'s; trials at least 1.
pub(super) fn wilson(hits: u64, trials: u64) -> [f64; 2] {
    // The two-sided 95 % point of the normal law.
    let z = 1.959_964;
    let (hits, trials) = (hits as f64, trials as f64);
    let centre = hits + z * z / 2.0;
    let reach = z * (hits * (1.0 - hits / trials) + z * z / 4.0).sqrt();
    [centre - reach, centre + reach].map(|end| (end / (trials + z * z)).clamp(0.0, 1.0))
}

/// Claims of neighbouring logits, which a resample takes for alike.
#[derive(Clone, Copy, Debug)]
struct Group {
    count: u64,
    loss: f64,
    brier: f64,
    bin: usize,
}

/// A sample of non-facts, to be drawn from again.
#[derive(Clone, Debug)]
pub(super) struct Bootstrap {
    groups: Vec<Group>,
    count: u64,
}

impl Bootstrap {
    /// Prepares the resampling of `non_facts`.
    pub fn new(non_facts: &NonFacts) -> Self {
        let mut groups = grouped(non_facts.cells(), NARROWEST);
        for width in NARROWEST + 1..=WIDEST {
            if groups.len() > GROUPS {
                groups = grouped(non_facts.cells(), width);
            }
        }
        let sample = Self { groups, count: non_facts.count() };
        sample.scaled_to(&Law::of_non_facts(non_facts))
    }

    /// Removes what the width of the cells changed in the means, so that resamples centre on the measured ones.
    fn scaled_to(mut self, law: &Law) -> Self {
        let found = self.law_of(self.groups.iter().map(|group| group.count));
        let factor = |exact: f64, found: f64| if found > 0.0 { exact / found } else { 1.0 };
        let (of_loss, of_brier) = (factor(law.loss, found.loss), factor(law.brier, found.brier));
        for group in &mut self.groups {
            group.loss *= of_loss;
            group.brier *= of_brier;
        }
        self
    }

    /// Percentile intervals of what `statistic` makes of a resample.
    ///
    /// # Errors
    /// Those of `statistic`.
    pub fn intervals<const N: usize>(
        &self,
        key: [u8; 32],
        statistic: impl Fn(&Law) -> Result<[f64; N], DomainError>,
    ) -> Result<[Interval; N], DomainError> {
        let mut random = ChaCha8Rng::from_seed(key);
        let values = (0..REPLICATES).map(|_| statistic(&self.resample(&mut random))).collect::<Result<Vec<_>, _>>()?;
        Ok(array::from_fn(|of| {
            let mut sorted: Vec<f64> = values.iter().map(|values| values[of]).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            Interval {
                low: sorted[OUTSIDE - 1],
                high: sorted[REPLICATES - OUTSIDE],
                level: LEVEL,
                method: "bootstrap".to_owned(),
            }
        }))
    }

    /// As many claims as there are, drawn with replacement: one binomial draw a group, given what is left.
    fn resample(&self, random: &mut ChaCha8Rng) -> Law {
        let (mut drawn_left, mut claims_left) = (self.count, self.count);
        self.law_of(self.groups.iter().map(|group| {
            let share = group.count as f64 / claims_left as f64;
            // The share is at most 1, so there always is such a law; the last group takes all that is left.
            let drawn = Binomial::new(drawn_left, share).map_or(0, |law| law.sample(random)).min(drawn_left);
            claims_left -= group.count;
            drawn_left -= drawn;
            drawn
        }))
    }

    /// The law of so many claims of each group.
    fn law_of(&self, counts: impl Iterator<Item = u64>) -> Law {
        let claims = self.count.max(1) as f64;
        let mut law = Law { count: self.count, loss: 0.0, brier: 0.0, bins: [0; INFORMATION_BINS] };
        for (group, count) in self.groups.iter().zip(counts) {
            law.loss += count as f64 / claims * group.loss;
            law.brier += count as f64 / claims * group.brier;
            law.bins[group.bin] += count;
        }
        law
    }
}

/// Joins cells whose numbers agree but for the lowest `width` bits.
fn grouped(cells: &Cells, width: u32) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut last = None;
    for (index, cell) in cells.occupied() {
        let sums = Sums::of_non_fact(cell.mean_logit(index));
        let more = Group { count: cell.count, loss: sums.loss, brier: sums.brier, bin: information_bin(index) };
        match groups.last_mut() {
            Some(group) if last == Some(index >> width) => group.join(more),
            _ => groups.push(more),
        }
        last = Some(index >> width);
    }
    groups
}

impl Group {
    fn join(&mut self, more: Self) {
        let count = self.count + more.count;
        let share = more.count as f64 / count as f64;
        self.loss += share * (more.loss - self.loss);
        self.brier += share * (more.brier - self.brier);
        self.count = count;
    }
}

#[cfg(test)]
mod tests;
