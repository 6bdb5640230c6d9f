//! A law of the logit in the few numbers that the measurements need.

use super::{Cells, Facts, INFORMATION_BINS, NonFacts, Sums};

/// The law of the logits of some claims.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::evaluate) struct Law {
    /// Claims.
    pub count: u64,
    /// Mean log-loss, nats.
    pub loss: f64,
    /// Mean squared error of the confidence.
    pub brier: f64,
    /// Claims in each bin of the information's histogram.
    pub bins: [u64; INFORMATION_BINS],
}

impl Law {
    /// The law of facts, whose loss is `softplus(-z)`.
    pub fn of_facts(facts: &Facts) -> Self {
        Self::new(facts.count(), facts.sums(), facts.cells())
    }

    /// The law of non-facts, whose loss is `softplus(z)`.
    pub fn of_non_facts(non_facts: &NonFacts) -> Self {
        Self::new(non_facts.count(), non_facts.sums(), non_facts.cells())
    }

    fn new(count: u64, sums: Sums, cells: &Cells) -> Self {
        let claims = count.max(1) as f64;
        Self { count, loss: sums.loss / claims, brier: sums.brier / claims, bins: cells.information_bins() }
    }

    /// The bins as weights, with `smoothing` added to each.
    pub fn weights(&self, smoothing: f64) -> Vec<f64> {
        self.bins.iter().map(|&count| count as f64 + smoothing).collect()
    }
}
