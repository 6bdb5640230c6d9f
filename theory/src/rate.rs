//! The rate `R_p`: the least bits a fact that any memory with given losses stores, one file a loss.

mod log_loss;
mod zero_one;

pub use log_loss::{LogLossRate, Slopes, log_loss};
pub(crate) use log_loss::{forgetting_rate, hallucination_rate};
pub use zero_one::{ZeroOneRate, ZeroOneRegime, least_false_positive_rate, zero_one};
