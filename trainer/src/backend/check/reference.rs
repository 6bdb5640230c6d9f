//! A perceptron's losses in double precision, row by row and without an engine.

use rote_models::{Activation, Shape};

/// What double precision says of one row.
pub struct Row {
    /// The logit.
    pub logit: f64,
    /// How far the nearest input of a hidden unit is from a bend of the activation, where the slope jumps and rounding
    /// alone decides the gradient; infinite where the activation is smooth.
    pub margin: f64,
}

/// Mean losses in nats of a member's facts and of its other rows.
///
/// # Shapes
/// `words` `[B, W]`, `parameters` `[P]`.
pub(super) fn losses(shape: &Shape, words: &[u32], rows: usize, facts: usize, parameters: &[f32]) -> [f64; 2] {
    let width = words.len() / rows;
    let mut sums = [0.0; 2];
    for (index, words) in words.chunks_exact(width).enumerate() {
        let logit = row(shape, words, parameters).logit;
        sums[usize::from(index >= facts)] += softplus(if index < facts { -logit } else { logit });
    }
    [sums[0] / facts as f64, sums[1] / (rows - facts) as f64]
}

/// One row through the network.
///
/// # Shapes
/// `words` `[W]`, `parameters` `[P]`.
pub fn row(shape: &Shape, words: &[u32], parameters: &[f32]) -> Row {
    let bit = |index: usize| if words[index / 32] >> (index % 32) & 1 == 1 { 1.0 } else { -1.0 };
    let mut x: Vec<f64> = (0..shape.inputs).map(bit).collect();
    let mut margin = f64::INFINITY;
    let layers = shape.layers();
    for (index, layer) in layers.iter().enumerate() {
        let mut sums: Vec<f64> = parameters[layer.biases.clone()].iter().map(|&bias| f64::from(bias)).collect();
        for (x, weights) in x.iter().zip(parameters[layer.weights.clone()].chunks_exact(layer.outputs)) {
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum += x * f64::from(weight);
            }
        }
        if index + 1 < layers.len() {
            margin = sums.iter().fold(margin, |margin, &sum| margin.min(distance_to_bend(shape.activation, sum)));
            for sum in &mut sums {
                *sum = activate(shape.activation, *sum);
            }
        }
        x = sums;
    }
    Row { logit: x[0], margin }
}

/// `ln(1 + e^a)`.
fn softplus(a: f64) -> f64 {
    a.max(0.0) + (-a.abs()).exp().ln_1p()
}

fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Tanh => x.tanh(),
        Activation::Gelu => 0.5 * x * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2)),
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Relu => x.max(0.0),
        Activation::Triangle => {
            let t = x - 4.0 * (x / 4.0).round();
            (t + 1.0).abs() - (t - 1.0).abs() - t
        }
    }
}

fn distance_to_bend(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Relu => x.abs(),
        // The wave turns at the odd numbers.
        Activation::Triangle => (x - 2.0 * ((x - 1.0) / 2.0).round() - 1.0).abs(),
        Activation::Tanh | Activation::Gelu | Activation::Silu => f64::INFINITY,
    }
}

/// The error function by its series of positive terms (Abramowitz and Stegun 7.1.6), which loses nothing to cancellation.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum, mut n) = (x, x, 0.0);
    while term.abs() > 1e-17 * sum.abs() {
        n += 1.0;
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_function_is_known() {
        // Abramowitz and Stegun, table 7.1.
        for (x, value) in [(0.0, 0.0), (0.5, 0.520_499_877_8), (1.0, 0.842_700_792_9), (2.0, 0.995_322_265_0)] {
            assert!((erf(x) - value).abs() < 1e-10 && (erf(-x) + value).abs() < 1e-10, "{x}");
        }
        assert!((erf(5.9) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn the_wave_bends_at_odd_numbers() {
        for (x, distance) in [(0.0, 1.0), (0.75, 0.25), (1.0, 0.0), (-1.5, 0.5), (2.0, 1.0), (5.25, 0.25)] {
            assert!((distance_to_bend(Activation::Triangle, x) - distance).abs() < 1e-12, "{x}");
        }
        assert!((activate(Activation::Triangle, 5.25) - 0.75).abs() < 1e-12);
    }

    #[test]
    fn a_network_by_hand() {
        // One input, one hidden unit: z = 3 tanh(±0.5 + 0.25) - 1.
        let shape = Shape::uniform(1, 1, 1, Activation::Tanh);
        let parameters = [0.5, 0.25, 3.0, -1.0];
        assert!((row(&shape, &[1], &parameters).logit - (3.0 * 0.75_f64.tanh() - 1.0)).abs() < 1e-15);
        assert!((row(&shape, &[0], &parameters).logit - (3.0 * (-0.25_f64).tanh() - 1.0)).abs() < 1e-15);
        let [fact, non_fact] = losses(&shape, &[1, 0], 2, 1, &parameters);
        let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
        assert!((fact + sigmoid(3.0 * 0.75_f64.tanh() - 1.0).ln()).abs() < 1e-14);
        assert!((non_fact + (1.0 - sigmoid(3.0 * (-0.25_f64).tanh() - 1.0)).ln()).abs() < 1e-14);
    }
}
