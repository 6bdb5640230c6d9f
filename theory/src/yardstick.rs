//! What else stores facts, and in how many bits: filters made for it, perceptrons at their capacity, and networks whose
//! capacity has been published.

mod filters;
mod normal;
mod perceptron;
mod published;

pub use filters::{FilterBits, filters};
pub use perceptron::{PerceptronCapacity, perceptron};
pub use published::{PUBLISHED, PublishedCapacity};
