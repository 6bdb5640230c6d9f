//! The frontier: the least training loss that a budget of bits allows, and the least budget that a loss betrays. One
//! module a loss, which begins with the derivation; [`two_scores`] holds what three of them have in common.

pub mod abstain;
pub mod brier;
pub mod log_loss;
pub mod rivals;
mod root;
pub mod two_scores;
pub mod zero_one;

#[doc(inline)]
pub use abstain::{AbstainCost, AbstainPhases, AbstainPoint, abstain, critical_abstain_cost};
#[doc(inline)]
pub use brier::{BrierPoint, brier};
#[doc(inline)]
pub use log_loss::{FrontierPoint, budget, log_loss};
#[doc(inline)]
pub use rivals::{Rivals, rivals};
#[doc(inline)]
pub use zero_one::{ZeroOnePoint, zero_one};
