//! The laws of the logits of facts and of non-facts, gathered in one pass: exact counts wherever a number depends on a
//! threshold, fine cells for everything else, and sums of losses that do not depend on how the pass was divided.

pub(super) mod cells;
#[cfg(feature = "gpu")]
pub(super) mod counted;
mod facts;
mod ladder;
mod law;
mod non_facts;
mod rows;
mod sums;

pub use cells::INFORMATION_BINS;
pub use facts::{Facts, RECALLS};
pub use non_facts::NonFacts;
pub use rows::above;
pub use sums::BLOCK;

pub(super) use cells::{Cells, information_bin};
pub(super) use facts::share;
pub(super) use law::Law;
pub(super) use sums::Sums;

#[cfg(test)]
mod tests;
