//! The activations a perceptron may use, by name.

use serde::{Deserialize, Serialize};

/// An elementwise activation of the hidden layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// Hyperbolic tangent.
    Tanh,
    /// Gaussian error linear unit, `x Φ(x)`.
    Gelu,
    /// Sigmoid linear unit, `x σ(x)`.
    Silu,
    /// Rectified linear unit, `max(x, 0)`.
    Relu,
    /// Triangle wave of period 4, slope ±1 and range [-1, 1], odd, rising through 0.
    Triangle,
}

impl Activation {
    /// Every activation, in the order that help texts list them.
    pub const ALL: [Self; 5] = [Self::Tanh, Self::Gelu, Self::Silu, Self::Relu, Self::Triangle];

    /// The name used in configurations and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tanh => "tanh",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Relu => "relu",
            Self::Triangle => "triangle",
        }
    }

    /// The activation of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|activation| activation.name() == name)
    }
}
