//! Evaluation: every fact and the held-out non-facts scored by every network, and what their scores say, each number
//! beside its bound.
//!
//! [`distribution`] counts a stream of scores in bounded memory, [`measure`] turns counts into the numbers of
//! evaluation.json with [`interval`]s, and [`verdict`] says whether a number beats its bound; none of them knows where
//! scores come from. [`scorer`] takes claims through a network.

mod distribution;
mod evaluation;
mod interval;
mod measure;
mod scorer;
mod verdict;

pub use self::evaluation::{EvaluateError, Evaluation};
