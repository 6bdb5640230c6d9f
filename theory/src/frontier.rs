//! The frontier: the least training loss that a budget of bits allows, and the least budget that a loss betrays. One
//! file a loss.

mod abstain;
mod brier;
mod log_loss;
mod rivals;
mod root;
mod two_scores;
mod zero_one;

pub use abstain::{AbstainCost, AbstainPhases, AbstainPoint, abstain, critical_abstain_cost};
pub use brier::{BrierPoint, brier};
pub use log_loss::{FrontierPoint, budget, log_loss};
pub use rivals::{Rivals, rivals};
pub use zero_one::{ZeroOnePoint, zero_one};

use crate::error::{DomainError, require};
use crate::units::Bits;

fn require_budget(budget: Bits) -> Result<(), DomainError> {
    require(budget.0 >= 0.0, "budget", budget.0, "be at least 0 bits (infinity included)")
}
