//! Initial weights, drawn on the host from explicit keys, so that every backend starts from the same numbers.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use crate::shape::Shape;

/// Variance of the hidden layers' weights times their inputs.
const HIDDEN_GAIN: f32 = 2.0;
/// Variance of the output unit's weights times its inputs: small, so that training starts near the score 1/2.
const OUTPUT_GAIN: f32 = 0.01;

/// One member's initial parameters `[P]`: weights normal with mean 0 and variance `gain / inputs`, biases 0.
pub fn initial_parameters(shape: &Shape, key: [u8; 32]) -> Vec<f32> {
    let mut random = ChaCha8Rng::from_seed(key);
    let layers = shape.layers();
    let mut parameters = vec![0.0; shape.parameters()];
    for (index, layer) in layers.iter().enumerate() {
        let gain = if index + 1 < layers.len() { HIDDEN_GAIN } else { OUTPUT_GAIN };
        let deviation = (gain / layer.inputs as f32).sqrt();
        for weight in &mut parameters[layer.weights.clone()] {
            let normal: f32 = StandardNormal.sample(&mut random);
            *weight = deviation * normal;
        }
    }
    parameters
}
