//! The fused operations on the CPU: forward, log loss and gradients of a population of perceptrons in one pass over
//! blocks of rows, and the logits alone for scoring.
//!
//! One source serves every instruction set ([`Isa`]). Work is split into members and, within a member, into chunks of
//! rows whose size depends on the batch alone; partial sums are added in the order of the chunks. So a result depends
//! neither on the number of threads nor on the company that a member is in, and every instruction set that has a fused
//! multiply-add gives the same bits.

#![allow(
    clippy::inline_always,
    reason = "a kernel takes on the instruction set of the function that it is inlined into"
)]

mod activate;
mod block;
mod isa;
mod layout;
mod math;
mod member;
mod prepare;

use rayon::prelude::*;

pub use self::isa::Isa;
use self::layout::Layout;
use self::member::{Batch, Gradients};
use self::prepare::Prepared;
use crate::activation::Activation;
use crate::shape::Shape;

/// The deepest network that the fused operations take, in hidden layers.
pub const MAX_HIDDEN_LAYERS: usize = 3;

/// Whether the fused operations know this shape: one to three hidden layers, tanh or a piecewise linear activation.
pub fn supports(shape: &Shape) -> bool {
    (1..=MAX_HIDDEN_LAYERS).contains(&shape.widths.len())
        && matches!(shape.activation, Activation::Tanh | Activation::Relu | Activation::Triangle)
}

/// Losses of a population and the gradient of each member's training loss.
pub struct LossAndGradient {
    /// `[E]`: mean log loss of the facts plus the negative weight times that of the non-facts, nats.
    pub losses: Vec<f32>,
    /// `[E, 2]`: mean log loss of the facts and of the non-facts, nats.
    pub parts: Vec<f32>,
    /// `[E, P]`: gradient of `losses` in each parameter.
    pub gradients: Vec<f32>,
}

/// Losses and gradients of every member on its own batch.
///
/// # Shapes
/// `words` `[E, B, W]`: packed input bits, of which the first `facts` rows of every member are facts;
/// `negative_weights` `[E]`; `parameters` `[E, P]`.
///
/// # Panics
/// If a length contradicts the others or the shape is not supported.
pub fn loss_and_gradient(
    isa: Isa,
    shape: &Shape,
    words: &[u32],
    facts: usize,
    negative_weights: &[f32],
    parameters: &[f32],
) -> LossAndGradient {
    let (members, count) = (negative_weights.len(), shape.parameters());
    assert_eq!(parameters.len(), members * count, "one parameter block a member");
    assert!(supports(shape), "a shape that the fused operations know");
    let layout = Layout::new(shape, isa.lanes_for(shape));
    let member_words = words.len() / members.max(1);
    let rows = member_words / layout.words;
    assert!(words.len() == members * rows * layout.words && facts <= rows, "one batch a member");
    let mut result = LossAndGradient {
        losses: vec![0.0; members],
        parts: vec![0.0; 2 * members],
        gradients: vec![0.0; members * count],
    };
    let inputs = words.par_chunks_exact(member_words).zip(parameters.par_chunks_exact(count)).zip(negative_weights);
    result
        .gradients
        .par_chunks_exact_mut(count)
        .zip(result.losses.par_iter_mut().zip(result.parts.par_chunks_exact_mut(2)))
        .zip(inputs)
        .for_each(|((gradient, (loss, parts)), ((words, parameters), &negative_weight))| {
            let member = Prepared::new(shape, &layout, parameters, true);
            let batch = Batch::new(words, &layout, facts, negative_weight);
            let sums = batch.chunks().map(|chunk| batch.backward(isa, shape.activation, &layout, &member, chunk));
            let sums: Vec<Gradients> = sums.collect();
            let (fact_loss, non_fact_loss) = Gradients::reduce(&sums, shape, &layout, gradient);
            let fact_loss = fact_loss / facts.max(1) as f64;
            let non_fact_loss = non_fact_loss / (rows - facts).max(1) as f64;
            *loss = (fact_loss + f64::from(negative_weight) * non_fact_loss) as f32;
            parts.copy_from_slice(&[fact_loss as f32, non_fact_loss as f32]);
        });
    result
}

/// Logits of every member on its own rows.
///
/// # Shapes
/// `words` `[E, B, W]`, `parameters` `[E, P]`; returns `[E, B]`.
///
/// # Panics
/// If a length contradicts the others or the shape is not supported.
pub fn logits(isa: Isa, shape: &Shape, words: &[u32], parameters: &[f32]) -> Vec<f32> {
    let count = shape.parameters();
    let members = parameters.len() / count;
    assert_eq!(parameters.len(), members * count, "one parameter block a member");
    assert!(supports(shape), "a shape that the fused operations know");
    let layout = Layout::new(shape, isa.lanes_for(shape));
    let rows = words.len() / layout.words / members.max(1);
    assert_eq!(words.len(), members * rows * layout.words, "as many rows for every member");
    let mut logits = vec![0.0; members * rows];
    if rows == 0 {
        return logits;
    }
    logits
        .par_chunks_exact_mut(rows)
        .zip(words.par_chunks_exact(rows * layout.words).zip(parameters.par_chunks_exact(count)))
        .for_each(|(logits, (words, parameters))| {
            let member = Prepared::new(shape, &layout, parameters, false);
            member::score(isa, shape.activation, &layout, &member, words, logits);
        });
    logits
}

#[cfg(test)]
mod tests;
