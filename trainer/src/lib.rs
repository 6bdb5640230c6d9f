//! Rote: trains neural networks to memorise random facts and measures what they then say about non-facts.
//!
//! Data flows one way: [`config`] makes an experiment, [`facts`] the claims, [`train`] the networks, [`evaluate`] the
//! numbers beside their bounds, [`mod@record`] the files, [`plot`] the curves. [`run`] joins them, [`compare`] runs one
//! experiment on several backends, and [`cli`] is how people ask for it.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod backend;
pub mod cli;
pub mod compare;
pub mod config;
pub mod evaluate;
pub mod facts;
pub mod filters;
pub mod plot;
pub mod progress;
pub mod record;
pub mod run;
pub mod train;
