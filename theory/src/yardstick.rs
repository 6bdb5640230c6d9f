//! What else stores facts, and in how many bits: filters made for it, perceptrons at their capacity, and networks whose
//! capacity has been published.

pub mod filters;
mod normal;
pub mod perceptron;
mod published;

#[doc(inline)]
pub use filters::{FilterBits, filters};
#[doc(inline)]
pub use perceptron::{PerceptronCapacity, perceptron};
#[doc(inline)]
pub use published::{PUBLISHED, PublishedCapacity};
