//! What two laws of the logit say in bits, as one function of them: of the measured laws and of every resample alike.

use crate::evaluate::distribution::Law;
use rote_theory::information::{Information, information};
use rote_theory::rate::LogLossRate;
use rote_theory::{Bits, DomainError, Nats, frontier, rate};

/// What stays the same for all laws of a member.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Terms {
    /// p = n/u.
    pub sparsity: f64,
    /// lambda.
    pub negative_weight: f64,
    /// Non-facts added to each bin of the information's histogram: 1/2 to a sample, so that an empty bin is no proof
    /// that there are none; 0 to a count of all.
    pub smoothing: f64,
}

/// The sampling smoothing.
pub(super) const OF_SAMPLE: f64 = 0.5;

impl Terms {
    pub fn new(sparsity: f64, negative_weight: f64, exhaustive: bool) -> Self {
        Self { sparsity, negative_weight, smoothing: if exhaustive { 0.0 } else { OF_SAMPLE } }
    }

    /// Weights of a mean over facts and of one over non-facts, as in training: `1/(1+lambda)` and `lambda/(1+lambda)`.
    pub fn class_weights(&self) -> [f64; 2] {
        let lambda = self.negative_weight;
        [1.0 / (1.0 + lambda), lambda / (1.0 + lambda)]
    }
}

/// Bits a fact, and the squared error that goes with them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    /// `R_p` at the laws' losses.
    pub rate: LogLossRate,
    /// `C(L)` at the laws' training loss.
    pub budget: Bits,
    /// `F_p` and KL of the binned laws, plug-in.
    pub information: Information,
    /// Mean squared error of the confidence, weighted as in training.
    pub brier: f64,
}

impl Estimate {
    pub fn new(facts: &Law, non_facts: &Law, terms: &Terms) -> Result<Self, DomainError> {
        let Terms { sparsity, negative_weight, smoothing } = *terms;
        let (fact_loss, non_fact_loss) = (Nats(facts.loss), Nats(non_facts.loss));
        let [of_facts, of_non_facts] = terms.class_weights();
        Ok(Self {
            rate: rate::log_loss(fact_loss, non_fact_loss, sparsity)?,
            budget: frontier::budget(fact_loss + non_fact_loss * negative_weight, negative_weight, sparsity)?,
            information: information(&facts.weights(0.0), &non_facts.weights(smoothing), sparsity)?,
            brier: of_facts * facts.brier + of_non_facts * non_facts.brier,
        })
    }
}
