//! The rate `R_p`: the least bits a fact that any memory with given losses stores, one module a loss.

pub mod log_loss;
pub mod zero_one;

#[doc(inline)]
pub use log_loss::{LogLossRate, Slopes, log_loss};
pub(crate) use log_loss::{forgetting_rate, hallucination_rate};
#[doc(inline)]
pub use zero_one::{ZeroOneRate, ZeroOneRegime, least_false_positive_rate, zero_one};
