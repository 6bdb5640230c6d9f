//! How a population's loss, gradients and logits are computed: with Burn's own operations ([`composed`], the reference,
//! on every backend) or by one fused operation registered with Burn ([`fused`]).

pub mod composed;
pub mod fused;
pub mod simd;

use burn::tensor::Tensor;

/// Which kernels compute a population's loss and logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernels {
    /// One operation of ours; see [`fused`] for the backends and [`simd::supports`] for the shapes that have it.
    Fused,
    /// Burn's own operations, on every backend.
    Composed,
}

impl Kernels {
    /// Every choice, the default first.
    pub const ALL: [Self; 2] = [Self::Fused, Self::Composed];

    /// The name in configurations and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fused => "fused",
            Self::Composed => "composed",
        }
    }
}

/// Losses of a population, a number a member, nats.
pub struct Losses {
    /// `[E]`: `ε_K + λ ε_N`, which training minimises. It carries the gradient.
    pub training: Tensor<1>,
    /// `[E, 2]`: ε_K and ε_N, the mean log losses of the batch's facts and non-facts. No gradient flows through them.
    pub parts: Tensor<2>,
}
