//! What each operation should give, in double precision and plain Rust, with the error that single precision may make.

pub mod activation;
pub mod network;
pub mod optimizer;
pub mod product;
