//! Activations and the log loss, in double precision.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use rote_models::Activation;

/// `1 / (1 + e^-x)`.
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
}

/// `ln(1 + e^a)`.
pub fn softplus(a: f64) -> f64 {
    a.max(0.0) + (-a.abs()).exp().ln_1p()
}

/// The density of the standard normal law.
pub fn normal_density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// The error function, by its series of positive terms `2/√π e^{-x²} Σ 2^n x^{2n+1} / (2n+1)!!`.
pub fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while term.abs() > 1e-18 * sum.abs() {
        odd += 2.0;
        term *= 2.0 * x * x / odd;
        sum += term;
    }
    2.0 / PI.sqrt() * (-x * x).exp() * sum
}

/// The normal law below `x`.
fn normal(x: f64) -> f64 {
    0.5 * (1.0 + erf(x * FRAC_1_SQRT_2))
}

/// Where in its period of 4, in [-2, 2], a triangle wave is.
fn in_period(x: f64) -> f64 {
    x - 4.0 * (0.25 * x).round()
}

/// The activation's value.
pub fn value(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Tanh => x.tanh(),
        Activation::Gelu => x * normal(x),
        Activation::Silu => x * sigmoid(x),
        Activation::Relu => x.max(0.0),
        Activation::Triangle => {
            let t = in_period(x);
            if t > 1.0 {
                2.0 - t
            } else if t < -1.0 {
                -2.0 - t
            } else {
                t
            }
        }
    }
}

/// The activation's slope; on a kink that of either side.
pub fn slope(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Tanh => 1.0 - x.tanh().powi(2),
        Activation::Gelu => normal(x) + x * normal_density(x),
        Activation::Silu => sigmoid(x) * (1.0 + x * sigmoid(-x)),
        Activation::Relu => f64::from(u8::from(x > 0.0)),
        Activation::Triangle => {
            if in_period(x).abs() > 1.0 {
                -1.0
            } else {
                1.0
            }
        }
    }
}

/// How much the slope may change when `x` moves by `shift`: the curvature's share, or a kink's whole jump.
pub fn slope_change(activation: Activation, x: f64, shift: f64) -> f64 {
    match activation {
        Activation::Tanh => 2.0 * x.tanh().abs() * slope(activation, x) * shift,
        Activation::Gelu => normal_density(x) * (2.0 - x * x).abs() * shift,
        Activation::Silu => {
            let s = sigmoid(x);
            s * (1.0 - s) * (2.0 + x * (1.0 - 2.0 * s)).abs() * shift
        }
        Activation::Relu => f64::from(u8::from(x.abs() <= shift)),
        Activation::Triangle => 2.0 * f64::from(u8::from((in_period(x).abs() - 1.0).abs() <= shift)),
    }
}
