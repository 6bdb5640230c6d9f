//! Evaluation: every fact and the held-out non-facts scored by every network, and what their scores say, each number
//! beside its bound.
//!
//! [`distribution`] counts a stream of scores in bounded memory, [`measure`] turns counts into the numbers of
//! evaluation.json with [`interval`]s, and [`verdict`] says whether a number beats its bound; none of them knows where
//! scores come from. [`scorer`] says what it takes to score claims, and takes them through a network; [`examine`] leads
//! one scorer through all of it.

#[cfg(feature = "gpu")]
mod device_counter;
mod distribution;
mod evaluation;
mod examine;
mod interval;
mod measure;
mod scorer;
mod verdict;

pub use self::evaluation::{EvaluateError, Evaluation, Memory, evaluate_memory};
pub use self::measure::MeasureError;
pub(crate) use self::scorer::claims_at_once;
pub use self::scorer::{CERTAIN, Scorer};
