//! The `[non_facts]` table: how many claims that are no facts are drawn, and how many are set aside.

use super::reader::{Noted, Reader};
use super::rules::{size, whole};

/// Which non-facts a member trains on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonFactsConfig {
    /// Non-facts drawn fresh at each step.
    pub per_step: usize,
    /// Non-facts set aside before training; 0: none, and every non-fact is trained on and scored. `None` until the
    /// universe is known, where the default holds.
    pub held_out: Option<u64>,
}

pub(super) fn read(reader: &mut Reader) -> Noted<NonFactsConfig> {
    let per_step = reader.or("non_facts.per_step", 2048, whole(1..=1 << 24));
    let held_out = reader.optional("non_facts.held_out", size(0..=u128::from(u64::MAX)));
    Ok(NonFactsConfig { per_step: per_step? as usize, held_out: held_out?.map(|count| count as u64) })
}
