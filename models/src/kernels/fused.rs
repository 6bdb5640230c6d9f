//! The fused operations as a Burn backend extension: packed bits and parameters in, losses out, and the gradient
//! registered with Burn's autodiff. `flex` computes them with the kernels of [`simd`].

use burn::backend::autodiff::{
    Autodiff,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, ExtensionType, Flex, backend_extension};
use burn::tensor::{Int, Tensor, TensorData};
use burn_flex::FlexTensor;

use super::Losses;
use super::simd::{self, Isa};
use crate::shape::Shape;

/// What a loss depends on besides words and parameters.
#[derive(Clone, Debug)]
pub struct LossSpec {
    /// The perceptron.
    pub shape: Shape,
    /// How many rows at the start of every member's batch are facts.
    pub facts: usize,
    /// `[E]`: λ of every member.
    pub negative_weights: Vec<f32>,
}

/// What the fused loss computes at once.
#[derive(ExtensionType)]
pub struct PopulationLoss<B: Backend> {
    /// `[E]`: training losses, nats.
    pub losses: FloatTensor<B>,
    /// `[E, 2]`: ε_K and ε_N, nats.
    pub parts: FloatTensor<B>,
    /// `[E, P]`: gradients of the training losses.
    pub gradients: FloatTensor<B>,
}

/// The perceptron population's fused operations.
#[backend_extension(Flex, Autodiff)]
pub trait PerceptronOps: Backend {
    /// Losses of every member on its own batch, with their gradients.
    ///
    /// # Shapes
    /// `words` `[E, B, W]`, `parameters` `[E, P]`.
    fn perceptron_loss(words: IntTensor<Self>, parameters: FloatTensor<Self>, spec: LossSpec) -> PopulationLoss<Self>;

    /// Logits of every member on its own rows; for scoring, so no gradient flows.
    ///
    /// # Shapes
    /// `words` `[E, B, W]`, `parameters` `[E, P]`; returns `[E, B]`.
    fn perceptron_logits(words: IntTensor<Self>, parameters: FloatTensor<Self>, shape: Shape) -> FloatTensor<Self>;
}

/// A flex tensor's words; the batches that arrive here are contiguous 32-bit integers.
fn words_of(tensor: &FlexTensor) -> &[u32] {
    bytemuck::cast_slice(tensor.as_slice::<i32>().expect("contiguous 32-bit words"))
}

fn float_tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

impl PerceptronOps for Flex {
    fn perceptron_loss(words: IntTensor<Self>, parameters: FloatTensor<Self>, spec: LossSpec) -> PopulationLoss<Self> {
        let parameters = parameters.to_contiguous();
        let values = parameters.as_slice::<f32>().expect("single-precision parameters");
        let members = spec.negative_weights.len();
        let result = simd::loss_and_gradient(
            Isa::best(),
            &spec.shape,
            words_of(&words),
            spec.facts,
            &spec.negative_weights,
            values,
        );
        PopulationLoss {
            losses: float_tensor(result.losses, [members]),
            parts: float_tensor(result.parts, [members, 2]),
            gradients: float_tensor(result.gradients, [members, spec.shape.parameters()]),
        }
    }

    fn perceptron_logits(words: IntTensor<Self>, parameters: FloatTensor<Self>, shape: Shape) -> FloatTensor<Self> {
        let parameters = parameters.to_contiguous();
        let values = parameters.as_slice::<f32>().expect("single-precision parameters");
        let members = values.len() / shape.parameters();
        let logits = simd::logits(Isa::best(), &shape, words_of(&words), values);
        let rows = logits.len() / members.max(1);
        float_tensor(logits, [members, rows])
    }
}

/// Scales the gradients that the forward pass kept by the gradient that arrives for each member's loss.
#[derive(Debug)]
struct ScaleGradients;

impl<B: Backend> Backward<B, 1> for ScaleGradients {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let [parameters] = ops.parents;
        let upstream_e = grads.consume::<B>(&ops.node);
        if let Some(node) = parameters {
            let [members] = burn::backend::TensorMetadata::shape(&upstream_e).dims();
            let upstream_e1 = B::float_reshape(upstream_e, [members, 1].into());
            grads.register::<B>(node.id, B::float_mul(ops.state, upstream_e1));
        }
    }
}

impl<B: Backend + PerceptronOps, C: CheckpointStrategy> PerceptronOps for Autodiff<B, C> {
    fn perceptron_loss(words: IntTensor<Self>, parameters: FloatTensor<Self>, spec: LossSpec) -> PopulationLoss<Self> {
        let (parameters, node) = parameters.into_parts();
        let result = B::perceptron_loss(words, parameters, spec);
        let losses = match ScaleGradients.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(result.gradients.clone(), result.losses),
            OpsKind::UnTracked(prep) => prep.finish(result.losses),
        };
        let constant = <Self as burn::backend::AutodiffBackend>::from_inner;
        PopulationLoss { losses, parts: constant(result.parts), gradients: constant(result.gradients) }
    }

    fn perceptron_logits(words: IntTensor<Self>, parameters: FloatTensor<Self>, shape: Shape) -> FloatTensor<Self> {
        let logits = B::perceptron_logits(words, parameters.into_primitive(), shape);
        <Self as burn::backend::AutodiffBackend>::from_inner(logits)
    }
}

/// Losses of every member on its own batch, whose first `facts` rows are facts.
///
/// # Shapes
/// `words_ebw` `[E, B, W]` of 32-bit integers, `parameters_ep` `[E, P]`, `negative_weights` `[E]`.
pub fn loss(
    shape: &Shape,
    words_ebw: Tensor<3, Int>,
    facts: usize,
    negative_weights: &[f32],
    parameters_ep: Tensor<2>,
) -> Losses {
    let spec = LossSpec { shape: shape.clone(), facts, negative_weights: negative_weights.to_vec() };
    let result = Dispatch::perceptron_loss(words_ebw.into_dispatch(), parameters_ep.into_dispatch(), spec);
    Losses { training: Tensor::from_dispatch(result.losses), parts: Tensor::from_dispatch(result.parts) }
}

/// Logits of every member on its own rows.
///
/// # Shapes
/// `words_ebw` `[E, B, W]` of 32-bit integers, `parameters_ep` `[E, P]`; returns `[E, B]`.
pub fn logits(shape: &Shape, words_ebw: Tensor<3, Int>, parameters_ep: Tensor<2>) -> Tensor<2> {
    let logits = Dispatch::perceptron_logits(words_ebw.into_dispatch(), parameters_ep.into_dispatch(), shape.clone());
    Tensor::from_dispatch(logits)
}
