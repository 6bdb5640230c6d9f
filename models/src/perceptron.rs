//! A population of multilayer perceptrons as a Burn module.

use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::kernels::{Kernels, Losses, composed, fused};
use crate::shape::Shape;

/// E perceptrons of one shape, trained together.
///
/// All parameters lie in one tensor `[E, P]`, a row a member in the order of [`Shape::layers`]: so an optimiser step, a
/// gradient norm and a checkpoint are one operation each, whatever the depth.
#[derive(Module, Debug)]
pub struct Perceptrons {
    /// `[E, P]`.
    pub parameters: Param<Tensor<2>>,
    #[module(skip)]
    shape: Shape,
}

impl Perceptrons {
    /// A population with the given parameters.
    ///
    /// # Shapes
    /// `parameters` `[E, P]`, row-major.
    ///
    /// # Panics
    /// If they are not `members` blocks of the shape's parameters.
    pub fn new(shape: Shape, members: usize, parameters: Vec<f32>, device: &Device) -> Self {
        let data = TensorData::new(parameters, [members, shape.parameters()]);
        Self { parameters: Param::from_data(data, device), shape }
    }

    /// The shape of every member.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Losses of every member on its own batch, whose first `facts` rows are facts.
    ///
    /// # Shapes
    /// `words_ebw` `[E, B, W]` of 32-bit integers, `negative_weights` `[E]`.
    pub fn loss(&self, words_ebw: Tensor<3, Int>, facts: usize, negative_weights: &[f32], kernels: Kernels) -> Losses {
        let parameters = self.parameters.val();
        match kernels {
            Kernels::Fused => fused::loss(&self.shape, words_ebw, facts, negative_weights, parameters),
            Kernels::Composed => {
                let weights = Tensor::from_data(negative_weights, &parameters.device());
                composed::loss(&self.shape, words_ebw, facts, weights, parameters)
            }
        }
    }

    /// Logits of every member on its own rows.
    ///
    /// # Shapes
    /// `words_ebw` `[E, B, W]` of 32-bit integers; returns `[E, B]`.
    pub fn logits(&self, words_ebw: Tensor<3, Int>, kernels: Kernels) -> Tensor<2> {
        match kernels {
            Kernels::Fused => fused::logits(&self.shape, words_ebw, self.parameters.val()),
            Kernels::Composed => composed::logits(&self.shape, words_ebw, self.parameters.val()),
        }
    }
}
