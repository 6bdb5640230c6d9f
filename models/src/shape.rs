//! The shape of a perceptron: which parameters it has, where they lie in its block, and how many there are.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::activation::Activation;

/// A multilayer perceptron from `inputs` ±1 features through equally wide or unequal hidden layers to one logit.
///
/// Its parameters form one contiguous block of [`Shape::parameters`] numbers: layer by layer the weights
/// `[in, out]` row-major, then the biases `[out]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// Input features d.
    pub inputs: usize,
    /// Units of each hidden layer, from the input on; at least one layer.
    pub widths: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
}

/// Where one dense layer lies in the parameter block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Features that enter.
    pub inputs: usize,
    /// Units.
    pub outputs: usize,
    /// Range of the weights, `[inputs, outputs]` row-major.
    pub weights: Range<usize>,
    /// Range of the biases, `[outputs]`.
    pub biases: Range<usize>,
}

/// Parameters by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterCounts {
    /// Weights of the first layer, which meets the input bits.
    pub input_weights: usize,
    /// Weights between hidden layers.
    pub hidden_weights: usize,
    /// Weights of the output unit.
    pub output_weights: usize,
    /// Biases of every layer.
    pub biases: usize,
}

impl ParameterCounts {
    /// Parameters of all kinds.
    pub fn total(self) -> usize {
        self.input_weights + self.hidden_weights + self.output_weights + self.biases
    }
}

impl Shape {
    /// `layers` hidden layers of `width` units each.
    pub fn uniform(inputs: usize, layers: usize, width: usize, activation: Activation) -> Self {
        Self { inputs, widths: vec![width; layers], activation }
    }

    /// The dense layers from the input to the logit, with their places in the parameter block.
    pub fn layers(&self) -> Vec<Layer> {
        let mut start = 0;
        let mut inputs = self.inputs;
        self.widths
            .iter()
            .chain(std::iter::once(&1))
            .map(|&outputs| {
                let weights = start..start + inputs * outputs;
                let biases = weights.end..weights.end + outputs;
                start = biases.end;
                let layer = Layer { inputs, outputs, weights, biases };
                inputs = outputs;
                layer
            })
            .collect()
    }

    /// P, the number of trained parameters: every weight and every bias.
    pub fn parameters(&self) -> usize {
        self.counts().total()
    }

    /// Parameters by kind.
    pub fn counts(&self) -> ParameterCounts {
        let first = self.widths.first().copied().unwrap_or(0);
        let last = self.widths.last().copied().unwrap_or(0);
        ParameterCounts {
            input_weights: self.inputs * first,
            hidden_weights: self.widths.windows(2).map(|pair| pair[0] * pair[1]).sum(),
            output_weights: last,
            biases: self.widths.iter().sum::<usize>() + 1,
        }
    }

    /// The width whose perceptron of `layers` hidden layers comes nearest to `target` parameters (the smaller one
    /// where two are equally near).
    pub fn width_for_parameters(inputs: usize, layers: usize, target: usize) -> usize {
        let parameters = |width| Self::uniform(inputs, layers, width, Activation::Tanh).parameters();
        let mut above = 1;
        while parameters(above) < target {
            above *= 2;
        }
        // Parameters grow strictly with the width, so bisection finds the first width that reaches the target.
        let mut below = above / 2;
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if parameters(middle) < target { below = middle } else { above = middle }
        }
        if below >= 1 && target - parameters(below) <= parameters(above).abs_diff(target) { below } else { above }
    }

    /// Multiplications and additions that one training step must do for each row of a batch: forward, gradients of
    /// the parameters and of the hidden units; the gradient with respect to the inputs is not needed.
    pub fn flops_per_row(&self) -> usize {
        6 * self.parameters() - 2 * self.counts().input_weights
    }
}

impl fmt::Display for Shape {
    /// Units from the inputs to the logit, then the activation: `32-24-24-1 tanh`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.inputs)?;
        for width in &self.widths {
            write!(f, "{width}-")?;
        }
        write!(f, "1 {}", self.activation.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_equal_layers_follow_the_formula() {
        for (d, w) in [(32, 8), (32, 24), (64, 512), (5, 1)] {
            assert_eq!(Shape::uniform(d, 2, w, Activation::Tanh).parameters(), d * w + w * w + 3 * w + 1);
        }
    }

    #[test]
    fn layers_tile_the_block() {
        let shape = Shape { inputs: 7, widths: vec![3, 5, 2], activation: Activation::Relu };
        let mut end = 0;
        for layer in shape.layers() {
            assert_eq!(layer.weights.start, end);
            assert_eq!(layer.weights.len(), layer.inputs * layer.outputs);
            assert_eq!(layer.biases.start, layer.weights.end);
            end = layer.biases.end;
        }
        assert_eq!(end, shape.parameters());
    }

    #[test]
    fn solved_width_is_the_nearest() {
        for target in [1, 10, 345, 346, 817, 1417, 2145, 100_000] {
            let width = Shape::width_for_parameters(32, 2, target);
            let miss = |w| Shape::uniform(32, 2, w, Activation::Tanh).parameters().abs_diff(target);
            assert!(miss(width) <= miss(width + 1) && (width == 1 || miss(width) <= miss(width - 1)), "{target}");
        }
        assert_eq!(Shape::width_for_parameters(32, 2, 1417), 24);
    }
}
