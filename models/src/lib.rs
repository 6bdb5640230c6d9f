//! Rote's networks: populations of perceptrons on Burn, their shapes and sizes, and the kernels that compute them.
//!
//! A population is E networks of one shape with weights of their own, computed together; every tensor has the member as
//! its leading axis. Nothing here knows of files, facts or configurations.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod activation;
mod initial;
pub mod kernels;
mod perceptron;
mod shape;

pub use self::activation::Activation;
pub use self::initial::initial_parameters;
pub use self::kernels::{Kernels, Losses};
pub use self::perceptron::Perceptrons;
pub use self::shape::{Layer, ParameterCounts, Shape};
