//! The reference: bits unpacked, dense layers, log loss from logits, all with Burn's own operations.
//!
//! Letters behind tensor names: E members, B rows of a batch, W words a row, D inputs, I and O a layer's inputs and
//! outputs, P parameters.

#![allow(clippy::needless_pass_by_value, reason = "tensors go by value, as in Burn's own operations")]

use std::f64::consts::FRAC_1_SQRT_2;

use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use super::Losses;
use crate::activation::Activation;
use crate::shape::Shape;

/// Unpacks bits to ±1 inputs: bit `b` of word `w` is input `32 w + b`, a set bit is +1.
///
/// # Shapes
/// `[E, B, W]` to `[E, B, inputs]`.
pub fn unpack(words_ebw: Tensor<3, Int>, inputs: usize) -> Tensor<3> {
    let [members, rows, words] = words_ebw.dims();
    let device: Device = words_ebw.device();
    let shifts: Vec<i32> = (0..32).collect();
    let shifts = Tensor::<4, Int>::from_data(TensorData::new(shifts, [1, 1, 1, 32]), &device);
    let shape = [members, rows, words, 32];
    let bits = words_ebw.unsqueeze_dim::<4>(3).expand(shape).bitwise_right_shift(shifts.expand(shape));
    let bits_ebd = bits.bitwise_and_scalar(1).reshape([members, rows, 32 * words]);
    bits_ebd.slice([0..members, 0..rows, 0..inputs]).float().mul_scalar(2.0).sub_scalar(1.0)
}

/// The activation of a hidden layer.
///
/// # Shapes
/// Any, returned unchanged.
pub fn activate(activation: Activation, x: Tensor<3>) -> Tensor<3> {
    match activation {
        Activation::Tanh => x.tanh(),
        // Burn's own gelu has the slope of another function on most backends: that of the approximation by tanh.
        Activation::Gelu => {
            let probability = x.clone().mul_scalar(FRAC_1_SQRT_2).erf().add_scalar(1.0).mul_scalar(0.5);
            x * probability
        }
        Activation::Silu => activation::silu(x),
        Activation::Relu => activation::relu(x),
        Activation::Triangle => {
            let periods = x.clone().detach().mul_scalar(0.25).round().mul_scalar(4.0);
            let t = x - periods;
            t.clone().add_scalar(1.0).abs() - t.clone().sub_scalar(1.0).abs() - t
        }
    }
}

/// Logits of every member on its own rows.
///
/// # Shapes
/// `words_ebw` `[E, B, W]`, `parameters_ep` `[E, P]`; returns `[E, B]`.
pub fn logits(shape: &Shape, words_ebw: Tensor<3, Int>, parameters_ep: Tensor<2>) -> Tensor<2> {
    let [members, rows, _] = words_ebw.dims();
    let layers = shape.layers();
    let mut x = unpack(words_ebw, shape.inputs);
    for (index, layer) in layers.iter().enumerate() {
        let weights_eio = parameters_ep.clone().slice([0..members, layer.weights.clone()]);
        let weights_eio = weights_eio.reshape([members, layer.inputs, layer.outputs]);
        let biases_e1o = parameters_ep.clone().slice([0..members, layer.biases.clone()]);
        x = x.matmul(weights_eio) + biases_e1o.reshape([members, 1, layer.outputs]);
        if index + 1 < layers.len() {
            x = activate(shape.activation, x);
        }
    }
    x.reshape([members, rows])
}

/// `ln(1 + e^a)`, without overflow, and with a slope that keeps its precision in both tails and at 0.
///
/// # Shapes
/// `[E, B]`, returned unchanged.
pub fn softplus(a: Tensor<2>) -> Tensor<2> {
    let positive = activation::relu(a.clone());
    // -|a|, written so that its slope at 0 is 1: there relu has slope 0, and the sum the 1/2 that it should.
    let minus_magnitude = a - positive.clone().mul_scalar(2.0);
    positive + minus_magnitude.exp().log1p()
}

/// Losses of every member on its own batch, whose first `facts` rows are facts.
///
/// # Shapes
/// `words_ebw` `[E, B, W]`, `parameters_ep` `[E, P]`, `negative_weights_e` `[E]`.
pub fn loss(
    shape: &Shape,
    words_ebw: Tensor<3, Int>,
    facts: usize,
    negative_weights_e: Tensor<1>,
    parameters_ep: Tensor<2>,
) -> Losses {
    let [members, rows, _] = words_ebw.dims();
    let logits_eb = logits(shape, words_ebw, parameters_ep);
    let mean = |losses: Tensor<2>, count: usize| losses.sum_dim(1).div_scalar(count.max(1) as f32);
    let facts_e1 = mean(softplus(logits_eb.clone().slice([0..members, 0..facts]).neg()), facts);
    let non_facts_e1 = mean(softplus(logits_eb.slice([0..members, facts..rows])), rows - facts);
    let weighted_e1 = non_facts_e1.clone() * negative_weights_e.reshape([members, 1]);
    Losses {
        training: (facts_e1.clone() + weighted_e1).reshape([members]),
        parts: Tensor::cat(vec![facts_e1, non_facts_e1], 1).detach(),
    }
}
