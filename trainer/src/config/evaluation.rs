//! The `[evaluation]` table: what the trained networks are asked.

use super::reader::{Noted, Reader};
use super::rules::{flag, size, unless};

/// What is scored after training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationConfig {
    /// Non-facts that each member is scored on. `None` until the universe is known, where the default holds.
    pub non_facts: Option<ScoredNonFacts>,
    /// Whether fresh claims are scored in the place of facts as well.
    pub control: bool,
}

/// How many non-facts are scored: of the held-out ones, or of all where none are held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoredNonFacts {
    /// Each of them.
    All,
    /// A sample of so many.
    Count(u64),
}

pub(super) fn read(reader: &mut Reader) -> Noted<EvaluationConfig> {
    let non_facts = reader.optional("evaluation.non_facts", unless("all", size(1..=1 << 32)));
    let control = reader.or("evaluation.control", false, flag);
    let scored = |count: Option<u128>| count.map_or(ScoredNonFacts::All, |count| ScoredNonFacts::Count(count as u64));
    Ok(EvaluationConfig { non_facts: non_facts?.map(scored), control: control? })
}
