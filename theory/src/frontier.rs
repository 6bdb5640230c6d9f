//! The frontier: the least training loss that a budget of bits allows, and the least budget that a loss betrays. One
//! file a loss.

mod log_loss;

pub use log_loss::{FrontierPoint, budget, log_loss};
