//! How far a backend may be from the reference, and why. Every bound follows from what the operation must round.

use rote_models::Activation;
use serde::{Deserialize, Serialize};

use crate::reference::activation as exact;

/// Half the distance of neighbouring single-precision numbers, relative: the error of one rounding.
pub const ROUNDING: f64 = 1.0 / (1 << 24) as f64;
/// What a device may flush to 0: everything below the smallest normal number.
pub const SMALLEST: f64 = 1.2e-38;

/// The kinds of tolerance. The table names one for each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// Data that only move, and integers.
    Exact,
    /// Sums of products.
    Sums,
    /// Functions of one number.
    Functions,
    /// Whole networks.
    Network,
    /// Steps of an optimiser.
    Steps,
    /// Training side by side with flex.
    Path,
    /// Memory over a long run.
    Flat,
}

impl Class {
    /// Every kind, in the order of the legend.
    pub const ALL: [Self; 7] =
        [Self::Exact, Self::Sums, Self::Functions, Self::Network, Self::Steps, Self::Path, Self::Flat];

    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Sums => "sums",
            Self::Functions => "functions",
            Self::Network => "network",
            Self::Steps => "steps",
            Self::Path => "path",
            Self::Flat => "flat",
        }
    }

    /// What decides the tolerance.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Exact => "nothing is rounded, so nothing may differ",
            Self::Sums => {
                "(4 + 2 sqrt n) 2^-24 of the sum of the magnitudes of n terms, whatever their order; where matrix \
                 products take TF32 operands, 2e-3 of it"
            }
            Self::Functions => {
                "CPU: a few roundings, relative. GPU: what WGSL and Vulkan promise, which is absolute for tanh (1e-5) \
                 and for ln near 1 (2^-21), through the function's own steps"
            }
            Self::Network => {
                "the two above, carried through the network to first order: forward, loss and back; a unit within \
                 its error of a kink may take either slope"
            }
            Self::Steps => {
                "roundings of each step relative to the terms it adds; for Muon 2e-4 of a step, because its iteration \
                 amplifies small singular values 485 times"
            }
            Self::Path => {
                "1e-5 of the loss for 100 steps from the same start, after which trajectories part by rounding \
                 alone; TF32 parts earlier: 1e-2"
            }
            Self::Flat => {
                "from a third of a long training to its end memory grows by at most 1 % and 1 MiB, the process by \
                 16 MiB"
            }
        }
    }
}

/// How a device computes, as far as tolerances depend on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arithmetic {
    /// Functions come from a GPU's driver.
    pub gpu: bool,
    /// Operands of matrix products are rounded to TF32's ten bits.
    pub tf32: bool,
}

impl Arithmetic {
    /// Relative error that matrix products may add to a term.
    pub fn operands(self) -> f64 {
        if self.tf32 { 2e-3 } else { 0.0 }
    }

    /// Error of a sum of `terms` products, relative to the sum of their magnitudes.
    pub fn product(self, terms: usize) -> f64 {
        sum(terms) + self.operands()
    }

    /// Relative error of `e^x`.
    pub fn exp(self, x: f64) -> f64 {
        ROUNDING * if self.gpu { 8.0 + 4.0 * x.abs() } else { 8.0 }
    }

    /// Absolute error of `ln y`.
    fn ln(self, y: f64) -> f64 {
        let relative = 6.0 * ROUNDING * y.ln().abs();
        if self.gpu && (0.5..=2.0).contains(&y) { (0.5_f64).powi(21) } else { relative }
    }

    /// Absolute error of `ln(1 + y)` for `y >= 0`. GPUs add first, and lose what is small beside 1.
    pub fn ln_1p(self, y: f64) -> f64 {
        if self.gpu { self.ln(1.0 + y) + ROUNDING } else { 8.0 * ROUNDING * y.ln_1p() }
    }

    /// Absolute error of the error function.
    fn erf(self, y: f64) -> f64 {
        // CubeCL takes a rational approximation that is off by 1.5e-7, and computes it in some ten roundings.
        if self.gpu { 1e-6 } else { 8.0 * ROUNDING * y.abs() }
    }

    /// Relative error of the sigmoid, which Burn computes as `e^(-ln(1 + e^-x))`.
    fn sigmoid(self, x: f64) -> f64 {
        let exponent = exact::softplus(-x);
        let inner = ROUNDING + self.exp(x) * exact::sigmoid(-x);
        inner + self.ln(1.0 + (-x).exp()) + self.exp(exponent)
    }

    /// Absolute error of an activation's value at `x`.
    pub fn value(self, activation: Activation, x: f64) -> f64 {
        let y = exact::value(activation, x);
        let own = match activation {
            Activation::Tanh if self.gpu => 1e-5,
            // The fused kernels' rational approximation, and the library's.
            Activation::Tanh => 16.0 * ROUNDING * y.abs(),
            Activation::Relu => 0.0,
            Activation::Triangle => 4.0 * ROUNDING * (x.abs() + 2.0),
            Activation::Silu => y.abs() * (self.sigmoid(x) + ROUNDING),
            Activation::Gelu => 0.5 * x.abs() * (self.erf(x) + 4.0 * ROUNDING) + 4.0 * ROUNDING * y.abs(),
        };
        own + SMALLEST
    }

    /// Absolute error of an activation's slope at `x`.
    pub fn slope(self, activation: Activation, x: f64) -> f64 {
        let own = match activation {
            Activation::Tanh => 2.0 * self.value(activation, x) + 4.0 * ROUNDING,
            Activation::Relu | Activation::Triangle => 0.0,
            Activation::Silu => {
                let s = exact::sigmoid(x);
                let steep = 1.0 + x.abs() * (1.0 - 2.0 * s).abs();
                s * (self.sigmoid(x) * steep + 4.0 * ROUNDING * (1.0 + x.abs()))
            }
            Activation::Gelu => {
                let density = x.abs() * exact::normal_density(x);
                0.5 * (self.erf(1.0) + 4.0 * ROUNDING) + density * (self.exp(0.5 * x * x) + 8.0 * ROUNDING)
            }
        };
        own + 4.0 * ROUNDING * exact::slope(activation, x).abs() + SMALLEST
    }

    /// Absolute error of `ln(1 + e^a)` as the log loss computes it.
    pub fn softplus(self, a: f64) -> f64 {
        let tail = (-a.abs()).exp();
        let tail_error = self.exp(a) * tail / (1.0 + tail);
        self.ln_1p(tail) + tail_error + 4.0 * ROUNDING * exact::softplus(a) + SMALLEST
    }

    /// Absolute error of its slope, the sigmoid of `a`, which keeps its precision in both tails.
    pub fn softplus_slope(self, a: f64) -> f64 {
        let s = exact::sigmoid(a);
        s * (self.exp(a) * exact::sigmoid(-a).max(if a < 0.0 { 1.0 } else { 0.0 }) + 8.0 * ROUNDING) + SMALLEST
    }
}

/// Error of a sum of `terms` numbers in any order, relative to the sum of their magnitudes.
pub fn sum(terms: usize) -> f64 {
    // Random roundings would give the root; those of slowly changing terms of one sign go together for a while.
    ROUNDING * (4.0 + 2.0 * (terms as f64).sqrt())
}
