//! Classical memories of facts, evaluated exactly as networks are, so that what a network does can be held against a
//! memory whose theory is known.
//!
//! Two are built for every budget: [`HashStore`], which attains the bound, and [`Forgetting`], which spends the same
//! bits on fewer facts. A [`Filter`] only says of each claim whether it recognises it; what it answers follows from how
//! often it errs by design, see [`answers`]. Another filter is another file here and a variant of [`Kind`].

mod answers;
mod forgetting;
mod hash_store;
mod ribbon;
mod sorted_set;
#[cfg(test)]
mod tests;

pub use answers::Design;
pub use forgetting::Forgetting;
pub use hash_store::HashStore;

use std::sync::atomic::{AtomicBool, Ordering};

use rote_theory::{Bits, DomainError, frontier};
use serde::Serialize;

use self::answers::Answers;
use crate::config::Resolved;
use crate::evaluate::{EvaluateError, MeasureError, Memory, evaluate_memory};
use crate::facts::{FactSet, purpose, stream_key};
use crate::progress::Progress;
use crate::record::MemberEvaluation;
use crate::run::Plan;
use crate::train::Member;

/// The largest budget that a filter can be asked for: beyond, no evaluation could tell a hit from none.
pub const MOST_BITS: f64 = 32.0;

/// A memory of facts that says yes or no to a claim, from what it stores and nothing else.
pub trait Filter: Sync {
    /// Whether it takes `claim` for a fact.
    fn recognises(&self, claim: u64) -> bool;

    /// The share of non-facts that it recognises by design.
    fn hallucinated(&self) -> f64;

    /// The share of facts that it does not recognise, by design.
    fn forgotten(&self) -> f64;

    /// Bits in all that its content takes, were it written without waste.
    fn nominal_bits(&self) -> f64;

    /// Bits in all that it answers from as it lies in memory; hash functions, which know no facts, do not count.
    fn stored_bits(&self) -> u64;
}

/// Which filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// [`HashStore`].
    Hash,
    /// [`Forgetting`].
    Forgetting,
}

impl Kind {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Hash, Self::Forgetting];

    /// The name in records and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Forgetting => "forgetting",
        }
    }

    /// A memory of the facts of `set` of `budget` bits a fact.
    fn build(self, set: &FactSet, budget: Bits) -> Box<dyn Filter> {
        let mut facts = vec![0; set.count() as usize];
        set.fill_facts(0, &mut facts);
        match self {
            Self::Hash => Box::new(HashStore::new(&stream_key(set.seed(), purpose::FILTERS), &facts, budget.0)),
            Self::Forgetting => Box::new(Forgetting::new(&facts, set.universe().size(), budget.0)),
        }
    }
}

/// The least losses of any memory of the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Frontier {
    /// The kind of memory that attains them.
    pub regime: &'static str,
    /// `eps_K`, nats; absent in the regime `calibrated`, where only the sum is determined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact_loss_nats: Option<f64>,
    /// `eps_N`, nats; absent like `fact_loss_nats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub non_fact_loss_nats: Option<f64>,
    /// `eps_K + lambda eps_N`, nats.
    pub loss_nats: f64,
}

impl Frontier {
    fn at(budget: Bits, negative_weight: f64, sparsity: f64) -> Result<Self, DomainError> {
        let point = frontier::log_loss(budget, negative_weight, sparsity)?;
        Ok(Self {
            regime: point.regime.as_str(),
            fact_loss_nats: point.fact_loss.map(|loss| loss.0),
            non_fact_loss_nats: point.non_fact_loss.map(|loss| loss.0),
            loss_nats: point.loss.0,
        })
    }
}

/// What one filter's scores say, beside the frontier at its budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FilterEvaluation {
    /// Which filter.
    pub filter: Kind,
    /// B: the bits a fact that it was allowed.
    pub bits_per_fact: f64,
    /// Bits a fact that its content takes, were it written without waste.
    pub nominal_bits_per_fact: f64,
    /// Bits a fact that it answers from as it lies in memory.
    pub stored_bits_per_fact: f64,
    /// How it errs and what it answers.
    pub design: Design,
    /// `eps_K + lambda eps_N` as measured, nats; absent like the losses it is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_nats: Option<f64>,
    /// The least losses at B bits a fact.
    pub frontier: Frontier,
    /// Everything that is measured of a network.
    pub evaluation: MemberEvaluation,
}

/// Builds every filter for every budget and every seed of the experiment, and evaluates it. `None` if it was stopped.
///
/// # Errors
/// [`EvaluateError`], such as a budget outside the range from 0 to [`MOST_BITS`].
pub fn evaluate(
    plan: &Plan,
    budgets: &[Bits],
    stop: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Option<Vec<FilterEvaluation>>, EvaluateError> {
    // Every population has the same facts at the same seeds.
    let members = plan.populations.first().map_or(&[][..], |population| &population.members);
    let total = Kind::ALL.len() * budgets.len() * members.len();
    let mut evaluations = Vec::with_capacity(total);
    progress.begin("evaluate", "filter", total as u64, 0);
    for kind in Kind::ALL {
        for &budget in budgets {
            for member in members {
                if stop.load(Ordering::Relaxed) {
                    progress.end();
                    return Ok(None);
                }
                let number = evaluations.len() as u32;
                evaluations.push(evaluate_one(kind, budget, number, member, &plan.resolved)?);
                progress.advance(evaluations.len() as u64, &String::new);
            }
        }
    }
    progress.end();
    Ok(Some(evaluations))
}

fn require_budget(budget: Bits) -> Result<(), DomainError> {
    let allowed = "lie from 0 to 32 bits a fact";
    let wrong = DomainError::OutOfRange { name: "budget", value: budget.0, allowed };
    if (0.0..=MOST_BITS).contains(&budget.0) { Ok(()) } else { Err(wrong) }
}

fn evaluate_one(
    kind: Kind,
    budget: Bits,
    number: u32,
    member: &Member,
    resolved: &Resolved,
) -> Result<FilterEvaluation, EvaluateError> {
    let (set, negative_weight) = (member.batches.facts(), member.negative_weight);
    let frontier = require_budget(budget).and_then(|()| Frontier::at(budget, negative_weight, set.sparsity()));
    let frontier = frontier.map_err(|source| MeasureError::Theory { member: number, source })?;
    let filter = kind.build(set, budget);
    let (filter, facts) = (filter.as_ref(), set.count() as f64);
    let stored_bits = filter.stored_bits() as f64;
    let name = format!("{}-{}", kind.name(), budget.0);
    let memory = Memory { number, name, negative_weight, stored_bits };
    let evaluation = evaluate_memory(&memory, &Answers::new(filter, negative_weight), set, resolved)?;
    let losses = evaluation.fact_loss_nats.zip(evaluation.non_fact_loss_nats);
    Ok(FilterEvaluation {
        filter: kind,
        bits_per_fact: budget.0,
        nominal_bits_per_fact: filter.nominal_bits() / facts,
        stored_bits_per_fact: stored_bits / facts,
        design: Design::of(filter, negative_weight),
        loss_nats: losses.map(|(fact, non_fact)| fact + negative_weight * non_fact),
        frontier,
        evaluation,
    })
}
