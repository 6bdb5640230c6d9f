//! One member's network by hand, forward and back, in double precision, with the error that single precision may make
//! carried along to first order: every number below comes as a pair of value and error.

use rote_models::{Activation, Layer, Shape};

use super::activation as exact;
use crate::tolerance::{Arithmetic, ROUNDING, sum};

/// Numbers with the error that a device may make in each.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    pub values: Vec<f64>,
    pub errors: Vec<f64>,
}

/// What one member's batch should give.
pub struct Outcome {
    /// `[B]`.
    pub logits: Numbers,
    /// ε_K and ε_N.
    pub parts: Numbers,
    /// The training loss.
    pub loss: Numbers,
    /// `[P]`: the gradient of the training loss.
    pub gradient: Numbers,
}

/// One member with its batch.
pub struct Member<'a> {
    pub shape: &'a Shape,
    /// `[P]`.
    pub parameters: &'a [f32],
    /// `[B, W]`.
    pub words: &'a [i32],
    pub facts: usize,
    pub negative_weight: f32,
}

impl Numbers {
    fn zeros(count: usize) -> Self {
        Self { values: vec![0.0; count], errors: vec![0.0; count] }
    }

    fn push(&mut self, value: f64, error: f64) {
        self.values.push(value);
        self.errors.push(error);
    }

    fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.values.iter().copied().zip(self.errors.iter().copied())
    }

    pub fn append(&mut self, mut other: Self) {
        self.values.append(&mut other.values);
        self.errors.append(&mut other.errors);
    }
}

impl Member<'_> {
    /// The ±1 inputs of a row.
    fn inputs(&self, row: usize) -> Vec<f64> {
        let width = self.shape.inputs.div_ceil(32);
        let words = &self.words[row * width..][..width];
        let bit = |input: usize| words[input / 32].cast_unsigned() >> (input % 32) & 1;
        (0..self.shape.inputs).map(|input| 2.0 * f64::from(bit(input)) - 1.0).collect()
    }

    fn rows(&self) -> usize {
        self.words.len() / self.shape.inputs.div_ceil(32)
    }

    pub fn outcome(&self, arithmetic: Arithmetic) -> Outcome {
        let rows = self.rows();
        let mut outcome = Outcome {
            logits: Numbers::default(),
            parts: Numbers::zeros(2),
            loss: Numbers::default(),
            gradient: Numbers::zeros(self.shape.parameters()),
        };
        // Sums of what a gradient adds, which its own rounding goes by.
        let mut magnitudes = vec![0.0; self.shape.parameters()];
        for row in 0..rows {
            let pass = Pass::forward(self, row, arithmetic);
            let (logit, error) = (pass.logit.values[0], pass.logit.errors[0]);
            outcome.logits.push(logit, error);
            let (part, sign, count) =
                if row < self.facts { (0, -1.0, self.facts) } else { (1, 1.0, rows - self.facts) };
            let share = 1.0 / count as f64;
            outcome.parts.values[part] += share * exact::softplus(sign * logit);
            let slope = exact::sigmoid(sign * logit);
            outcome.parts.errors[part] += share * (arithmetic.softplus(sign * logit) + slope * error);
            let weight = sign * share * if part == 0 { 1.0 } else { f64::from(self.negative_weight) };
            let slope_error =
                arithmetic.softplus_slope(sign * logit) + slope * (1.0 - slope) * error + 4.0 * ROUNDING * slope;
            pass.backward(self, weight * slope, weight.abs() * slope_error, arithmetic, |parameter, value, error| {
                outcome.gradient.values[parameter] += value;
                outcome.gradient.errors[parameter] += error;
                magnitudes[parameter] += value.abs();
            });
        }
        for (part, count) in [self.facts, rows - self.facts].into_iter().enumerate() {
            outcome.parts.errors[part] += sum(count) * outcome.parts.values[part];
        }
        for (error, magnitude) in outcome.gradient.errors.iter_mut().zip(magnitudes) {
            // Through the slices of the one block of parameters gradients are added to zeros, and the losses summed.
            *error += (arithmetic.product(rows) + 4.0 * ROUNDING) * magnitude;
        }
        let lambda = f64::from(self.negative_weight);
        let loss = outcome.parts.values[0] + lambda * outcome.parts.values[1];
        let error = outcome.parts.errors[0] + lambda * outcome.parts.errors[1];
        outcome.loss.push(loss, error + 4.0 * ROUNDING * loss);
        outcome
    }
}

/// One row on its way through the network.
struct Pass {
    layers: Vec<Layer>,
    /// What enters each layer.
    inputs: Vec<Numbers>,
    /// What each hidden layer's units sum up before their activation.
    sums: Vec<Numbers>,
    logit: Numbers,
}

impl Pass {
    fn forward(member: &Member, row: usize, arithmetic: Arithmetic) -> Self {
        let layers = member.shape.layers();
        let first = member.inputs(row);
        let mut x = Numbers { errors: vec![0.0; first.len()], values: first };
        let mut pass = Self { layers: Vec::new(), inputs: Vec::new(), sums: Vec::new(), logit: Numbers::default() };
        for (index, layer) in layers.iter().enumerate() {
            let z = dense(layer, member.parameters, &x, arithmetic);
            pass.inputs.push(x);
            if index + 1 == layers.len() {
                pass.logit = z;
                break;
            }
            x = Numbers::default();
            let activation = member.shape.activation;
            for (z, error) in z.pairs() {
                let steepest = exact::slope(activation, z).abs() + exact::slope_change(activation, z, error);
                x.push(exact::value(activation, z), steepest * error + arithmetic.value(activation, z));
            }
            pass.sums.push(z);
        }
        pass.layers = layers;
        pass
    }

    /// Gives `add` each parameter's share of the gradient, from the slope of the loss in the logit.
    fn backward(
        &self,
        member: &Member,
        slope: f64,
        slope_error: f64,
        arithmetic: Arithmetic,
        mut add: impl FnMut(usize, f64, f64),
    ) {
        let mut delta = Numbers { values: vec![slope], errors: vec![slope_error] };
        for (index, layer) in self.layers.iter().enumerate().rev() {
            for (output, (d, d_error)) in delta.pairs().enumerate() {
                add(layer.biases.start + output, d, d_error);
                for (input, (x, x_error)) in self.inputs[index].pairs().enumerate() {
                    let place = layer.weights.start + input * layer.outputs + output;
                    add(place, x * d, x.abs() * d_error + x_error * d.abs());
                }
            }
            if index > 0 {
                delta = through(layer, member, &delta, &self.sums[index - 1], arithmetic);
            }
        }
    }
}

/// The slopes of the loss in the sums of the layer before.
fn through(layer: &Layer, member: &Member, delta: &Numbers, sums: &Numbers, arithmetic: Arithmetic) -> Numbers {
    let activation: Activation = member.shape.activation;
    let mut before = Numbers::default();
    for (input, (z, z_error)) in sums.pairs().enumerate() {
        let row = &member.parameters[layer.weights.start + input * layer.outputs..][..layer.outputs];
        let (mut value, mut error, mut magnitude) = (0.0, 0.0, 0.0);
        for (&weight, (d, d_error)) in row.iter().zip(delta.pairs()) {
            let weight = f64::from(weight);
            value += weight * d;
            error += weight.abs() * d_error;
            magnitude += (weight * d).abs();
        }
        error += arithmetic.product(layer.outputs) * magnitude;
        let slope = exact::slope(activation, z);
        let slope_error = exact::slope_change(activation, z, z_error) + arithmetic.slope(activation, z);
        before.push(value * slope, error * (slope.abs() + slope_error) + value.abs() * slope_error);
    }
    before
}

/// One layer's sums: biases plus weights times what enters.
fn dense(layer: &Layer, parameters: &[f32], x: &Numbers, arithmetic: Arithmetic) -> Numbers {
    let mut z = Numbers::default();
    for output in 0..layer.outputs {
        let bias = f64::from(parameters[layer.biases.start + output]);
        let (mut value, mut error, mut magnitude) = (bias, 0.0, 0.0);
        for (input, (x, x_error)) in x.pairs().enumerate() {
            let weight = f64::from(parameters[layer.weights.start + input * layer.outputs + output]);
            value += weight * x;
            error += weight.abs() * x_error;
            magnitude += (weight * x).abs();
        }
        let rounding = arithmetic.product(layer.inputs) * magnitude + 2.0 * ROUNDING * (magnitude + bias.abs());
        z.push(value, error + rounding);
    }
    z
}
