//! The table: every case, in the order in which it runs.

mod activations;
mod biases;
mod bits;
mod fusion;
mod network;
mod optimizers;
mod path;
mod products;
mod reductions;
mod slices;
mod upstream;

use crate::case::Case;
use crate::length::Length;

/// Every case. The first backward pass of a process comes first: burn#5162 depends on it.
pub fn all(length: Length) -> Vec<Case> {
    [
        network::first(),
        fusion::cases(),
        bits::cases(),
        activations::cases(),
        reductions::cases(),
        products::cases(),
        biases::cases(),
        slices::cases(),
        network::cases(),
        optimizers::cases(),
        path::cases(length),
        upstream::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
