//! A perceptron's logits, losses and gradients in double precision, row by row and without an engine.

use rote_models::{Layer, Shape};

use super::activation::{activate, distance_to_bend, logistic, slope};

/// What double precision says of one row.
pub struct Row {
    /// The logit.
    pub logit: f64,
    /// The sizes of the summands of the logit together: what rounding is measured against where they cancel.
    pub size: f64,
    /// How far the nearest input of a hidden unit is from a bend of the activation, where the slope jumps and rounding
    /// alone decides the gradient; infinite where the activation is smooth.
    pub margin: f64,
}

/// What double precision says of one member.
pub(super) struct Expected {
    /// Of every row.
    pub(super) rows: Vec<Row>,
    /// Mean losses in nats of facts and of the other rows.
    pub(super) losses: [f64; 2],
    /// Gradients of the training loss, `[P]`.
    pub(super) gradients: Vec<f64>,
    /// For each layer the largest gradient that a parameter of it has with the two kinds of rows pulling in one direction
    /// or in opposite ones, `[layers]`. What they leave of each other may be next to nothing, which rounding does not
    /// become smaller with.
    pub(super) scales: Vec<f64>,
}

/// Rows of a member, each with the share that it has in the mean loss of its kind.
pub(super) struct Batch<'a> {
    /// `[B, W]`, the facts first.
    pub(super) words: &'a [u32],
    /// `[B]`.
    pub(super) shares: &'a [f64],
    /// How many rows are facts.
    pub(super) facts: usize,
    /// λ.
    pub(super) negative_weight: f64,
}

/// One row through the network.
///
/// # Shapes
/// `words` `[W]`, `parameters` `[P]`.
pub fn row(shape: &Shape, words: &[u32], parameters: &[f32]) -> Row {
    Tape::of(shape, &shape.layers(), words, parameters).row(shape, &shape.layers(), parameters)
}

/// A member's batch through its network and back.
///
/// # Shapes
/// `parameters` `[P]`.
pub(super) fn member(shape: &Shape, batch: &Batch, parameters: &[f32]) -> Expected {
    let layers = shape.layers();
    let (mut losses, mut rows) = ([0.0; 2], Vec::with_capacity(batch.shares.len()));
    let mut gradients = [vec![0.0; parameters.len()], vec![0.0; parameters.len()]];
    let width = shape.inputs.div_ceil(32);
    for (index, (words, share)) in batch.words.chunks_exact(width).zip(batch.shares).enumerate() {
        let (kind, sign) = if index < batch.facts { (0, -1.0) } else { (1, 1.0) };
        let tape = Tape::of(shape, &layers, words, parameters);
        let row = tape.row(shape, &layers, parameters);
        losses[kind] += share * softplus(sign * row.logit);
        let delta = share * sign * logistic(sign * row.logit);
        tape.back(shape, &layers, parameters, delta, &mut gradients[kind]);
        rows.push(row);
    }
    let [facts, non_facts] = gradients;
    let pull = |index: usize, weight: f64| facts[index] + weight * non_facts[index];
    let either = |index: usize| pull(index, batch.negative_weight).abs().max(pull(index, -batch.negative_weight).abs());
    let scale = |layer: &Layer| (layer.weights.start..layer.biases.end).map(either).fold(0.0, f64::max);
    Expected {
        rows,
        losses,
        scales: layers.iter().map(scale).collect(),
        gradients: (0..parameters.len()).map(|index| pull(index, batch.negative_weight)).collect(),
    }
}

/// What a row leaves behind in each layer on its way.
struct Tape {
    /// What each layer is given.
    inputs: Vec<Vec<f64>>,
    /// What each makes of it before the activation.
    sums: Vec<Vec<f64>>,
}

impl Tape {
    fn of(shape: &Shape, layers: &[Layer], words: &[u32], parameters: &[f32]) -> Self {
        let bit = |index: usize| if words[index / 32] >> (index % 32) & 1 == 1 { 1.0 } else { -1.0 };
        let mut x: Vec<f64> = (0..shape.inputs).map(bit).collect();
        let mut tape = Self { inputs: Vec::with_capacity(layers.len()), sums: Vec::with_capacity(layers.len()) };
        for layer in layers {
            let mut sums: Vec<f64> = parameters[layer.biases.clone()].iter().map(|&bias| f64::from(bias)).collect();
            for (x, weights) in x.iter().zip(parameters[layer.weights.clone()].chunks_exact(layer.outputs)) {
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum += x * f64::from(weight);
                }
            }
            let next = sums.iter().map(|&sum| activate(shape.activation, sum)).collect();
            tape.inputs.push(std::mem::replace(&mut x, next));
            tape.sums.push(sums);
        }
        tape
    }

    fn row(&self, shape: &Shape, layers: &[Layer], parameters: &[f32]) -> Row {
        let last = &layers[layers.len() - 1];
        let weights = parameters[last.weights.clone()].iter().zip(&self.inputs[layers.len() - 1]);
        let bias = f64::from(parameters[last.biases.start]);
        let hidden = self.sums[..layers.len() - 1].iter().flatten();
        Row {
            logit: self.sums[layers.len() - 1][0],
            size: weights.map(|(&weight, x)| (f64::from(weight) * x).abs()).sum::<f64>() + bias.abs(),
            margin: hidden.map(|&sum| distance_to_bend(shape.activation, sum)).fold(f64::INFINITY, f64::min),
        }
    }

    /// Adds the gradients of a loss whose slope at the logit is `delta`.
    fn back(&self, shape: &Shape, layers: &[Layer], parameters: &[f32], delta: f64, gradients: &mut [f64]) {
        let mut deltas = vec![delta];
        for (index, layer) in layers.iter().enumerate().rev() {
            let x = &self.inputs[index];
            for (gradient, delta) in gradients[layer.biases.clone()].iter_mut().zip(&deltas) {
                *gradient += delta;
            }
            for (x, row) in x.iter().zip(gradients[layer.weights.clone()].chunks_exact_mut(layer.outputs)) {
                for (gradient, delta) in row.iter_mut().zip(&deltas) {
                    *gradient += x * delta;
                }
            }
            if index > 0 {
                let weights = parameters[layer.weights.clone()].chunks_exact(layer.outputs);
                let back = |(weights, &sum): (&[f32], &f64)| {
                    let pull: f64 = weights.iter().zip(&deltas).map(|(&weight, delta)| f64::from(weight) * delta).sum();
                    pull * slope(shape.activation, sum)
                };
                deltas = weights.zip(&self.sums[index - 1]).map(back).collect();
            }
        }
    }
}

/// `ln(1 + e^a)`.
fn softplus(a: f64) -> f64 {
    a.max(0.0) + (-a.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use rote_models::Activation;

    use super::*;

    #[test]
    fn a_network_by_hand() {
        // One input, one hidden unit: z = 3 tanh(±0.5 + 0.25) - 1.
        let shape = Shape::uniform(1, 1, 1, Activation::Tanh);
        let parameters = [0.5, 0.25, 3.0, -1.0];
        let [z, w] = [0.75_f64, -0.25].map(|x| 3.0 * x.tanh() - 1.0);
        assert!((row(&shape, &[1], &parameters).logit - z).abs() < 1e-15);
        assert!((row(&shape, &[0], &parameters).logit - w).abs() < 1e-15);
        let batch = Batch { words: &[1, 0], shares: &[1.0, 1.0], facts: 1, negative_weight: 2.0 };
        let found = member(&shape, &batch, &parameters);
        assert!((found.losses[0] + logistic(z).ln()).abs() < 1e-14);
        assert!((found.losses[1] + logistic(-w).ln()).abs() < 1e-14);
        // The output's bias feels σ(z) - 1 of the fact and λ σ(w) of the non-fact.
        assert!((found.gradients[3] - (logistic(z) - 1.0 + 2.0 * logistic(w))).abs() < 1e-14);
        assert!((found.rows[1].size - (3.0 * 0.25_f64.tanh() + 1.0)).abs() < 1e-15);
    }

    #[test]
    fn gradients_are_slopes_of_the_losses() {
        for activation in Activation::ALL {
            let shape = Shape::uniform(5, 2, 4, activation);
            let parameters: Vec<f32> = (0..shape.parameters()).map(|i| ((i * 37 % 64) as f32 - 31.0) / 64.0).collect();
            let batch = Batch {
                words: &[1, 6, 11, 29, 18],
                shares: &[0.75, 0.25, 0.5, 0.25, 0.25],
                facts: 2,
                negative_weight: 3.0,
            };
            let gradients = member(&shape, &batch, &parameters).gradients;
            for place in 0..shape.parameters() {
                let step = 2.0_f32.powi(-12);
                let [after, before] = [step, -step].map(|step| {
                    let mut moved = parameters.clone();
                    moved[place] += step;
                    let [fact, non_fact] = member(&shape, &batch, &moved).losses;
                    fact + 3.0 * non_fact
                });
                let quotient = (after - before) / (2.0 * f64::from(step));
                assert!((gradients[place] - quotient).abs() < 1e-6, "{activation:?} {place}: {quotient}");
            }
        }
    }
}
