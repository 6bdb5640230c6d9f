//! What goes into a measurement, and why one can be refused.

use crate::evaluate::distribution::{Facts, NonFacts};
use crate::record::evaluation_json::{MemberEvaluation, MemberStatus, NonFactSet};
use rote_theory::DomainError;
use std::collections::BTreeMap;

/// What a member is, and what its scores were taken over.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Its number in the run.
    pub member: u32,
    /// The id of its population.
    pub population: String,
    /// The seed of all its random streams.
    pub seed: u64,
    /// The network that it is, if it is one.
    pub network: Option<Network>,
    /// n: the facts that were trained.
    pub facts: u64,
    /// u: all plausible claims.
    pub universe: u128,
    /// lambda of the training loss; positive and finite.
    pub negative_weight: f64,
    /// Bits in which the memory is stored, in all, where that is known: `32 P` for a network in raw `f32`.
    pub stored_bits: Option<f64>,
    /// Which non-facts were scored.
    pub non_fact_set: NonFactSet,
    /// Whether those are all non-facts of the universe: nothing is smoothed then, and nothing has an interval.
    pub exhaustive: bool,
}

/// What is recorded of networks only.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Widths of the hidden layers, first to last.
    pub widths: Vec<u64>,
    /// The activation's name in the configuration.
    pub activation: String,
    /// P: every weight and bias.
    pub parameters: u64,
    /// Steps of training done.
    pub steps: u64,
}

/// The scores of one member.
#[derive(Clone, Copy, Debug)]
pub struct Scores<'a> {
    /// The trained facts, all of them.
    pub facts: &'a Facts,
    /// The non-facts that the headline numbers are about.
    pub non_facts: &'a NonFacts,
    /// A sample of the non-facts that training draws from.
    pub drawn: Option<&'a NonFacts>,
    /// Facts of a file that were neither trained nor drawn.
    pub never_shown: Option<&'a Facts>,
    /// Fresh claims in the place of facts.
    pub control: Option<&'a Facts>,
}

/// Why scores could not be measured.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MeasureError {
    /// Not every trained fact was scored, or more than those.
    #[error("member {member}: {got} facts were scored, expected all {expected} that were trained")]
    FactCount { member: u32, expected: u64, got: u64 },
    /// No non-fact was scored.
    #[error("member {member}: no non-fact was scored, expected at least 1")]
    NoNonFacts { member: u32 },
    /// Non-facts were counted at the thresholds of other facts.
    #[error("member {member}: non-facts were compared with other facts than those measured")]
    OtherFacts { member: u32 },
    /// A number outside the domain of the theory, such as a negative weight of 0.
    #[error("member {member}: {source}")]
    Theory { member: u32, source: DomainError },
}

impl Subject {
    /// p = n/u.
    pub fn sparsity(&self) -> f64 {
        self.facts as f64 / self.universe as f64
    }

    /// The record of a member whose scores are not all finite numbers: what it is, and no metrics.
    pub fn diverged(&self) -> MemberEvaluation {
        self.record(MemberStatus::Diverged)
    }

    pub(super) fn record(&self, status: MemberStatus) -> MemberEvaluation {
        let network = self.network.as_ref();
        MemberEvaluation {
            member: self.member,
            population: self.population.clone(),
            seed: self.seed,
            status,
            widths: network.map(|network| network.widths.clone()),
            activation: network.map(|network| network.activation.clone()),
            parameters: network.map(|network| network.parameters),
            steps: network.map(|network| network.steps),
            facts: self.facts,
            universe: self.universe,
            sparsity: self.sparsity(),
            negative_weight: self.negative_weight,
            fact_loss_nats: None,
            non_fact_loss_nats: None,
            rate_bits_per_fact: None,
            regime: None,
            information_bits_per_fact: None,
            kl_bits_per_fact: None,
            information_bias_bits: None,
            information_bins: None,
            budget_bits_per_fact: None,
            certificate_bits_per_fact: None,
            certifiable_bits_per_fact: None,
            undersampled: None,
            rate_bits_per_parameter: None,
            information_bits_per_parameter: None,
            hallucination_at_recall: None,
            hallucination_bound_at_recall: None,
            hallucination_at_half: None,
            recall_at_half: None,
            forgetting_rate: None,
            brier_score: None,
            calibration_error: None,
            loss_excess: None,
            predicted: None,
            non_fact_set: None,
            non_facts_scored: None,
            exhaustive: None,
            drawn: None,
            never_shown: None,
            control: None,
            structure_bits_per_fact: None,
            memory_bits_per_fact: None,
            intervals: BTreeMap::new(),
            violations: Vec::new(),
        }
    }
}

impl Scores<'_> {
    /// Whether every logit was a finite number; if not, the member has diverged.
    pub fn all_finite(&self) -> bool {
        let facts = [Some(self.facts), self.never_shown, self.control];
        facts.into_iter().flatten().all(Facts::all_finite) && self.non_facts().all(NonFacts::all_finite)
    }

    /// Whether non-facts were counted at the thresholds of these facts.
    pub(super) fn compared_with_facts(&self) -> bool {
        self.non_facts().all(|non_facts| non_facts.compared_with(self.facts))
    }

    fn non_facts(&self) -> impl Iterator<Item = &NonFacts> {
        [Some(self.non_facts), self.drawn].into_iter().flatten()
    }
}
