//! What figures have in common that show losses against the memory.

use rote_theory::entropy::lossless_wall;
use rote_theory::{Bits, DomainError};

use super::number::{shown, sparsity_name};
use crate::plot::{Axis, Border, Curve, Ink, Samples, Stroke};

/// The memory that is drawn at least where there is no wall, bits a fact.
const ENOUGH: f64 = 12.0;

pub(super) const BOLD: (Ink, Stroke) = (Ink::Vermilion, Stroke::Solid);
pub(super) const DOTTED: (Ink, Stroke) = (Ink::Black, Stroke::Dotted);
pub(super) const THIN: (Ink, Stroke) = (Ink::Green, Stroke::Dotted);

/// From nothing to just beyond the wall; without a wall, to where the losses have shown their shape, and beyond the
/// memory that was asked for.
pub(super) fn memory_axis(asked_for: Bits, negative_weight: f64, sparsity: f64) -> Result<Axis, DomainError> {
    let wall = lossless_wall(sparsity)?.0;
    let asked_for = if asked_for.0.is_finite() { asked_for.0 } else { 0.0 };
    let shape = ENOUGH.max(1.25 * asked_for).max(negative_weight.log2() + 6.0);
    let name = format!("memory B (bits a fact); λ = {}, {}", shown(negative_weight), sparsity_name(sparsity));
    Ok(Axis::linear(name, 0.0, shape.min(1.04 * wall)))
}

pub(super) fn wall_border(sparsity: f64) -> Result<Border, DomainError> {
    Ok(Border { name: "lossless wall".to_owned(), at: lossless_wall(sparsity)?.0 })
}

/// The loss and its two parts; `of` says what the losses on facts and on non-facts are, where there are any.
pub(super) fn loss_curves<T>(
    samples: &Samples<T>,
    negative_weight: f64,
    of: impl Fn(&T) -> Option<[f64; 2]>,
) -> Vec<Curve> {
    let number =
        |sample: &T, sum: fn([f64; 2], f64) -> f64| of(sample).map_or(f64::NAN, |both| sum(both, negative_weight));
    vec![
        samples.curve("loss L", BOLD, |sample| number(sample, |[fact, non_fact], lambda| fact + lambda * non_fact)),
        samples.curve("loss on facts", DOTTED, |sample| number(sample, |[fact, _], _| fact)),
        samples
            .curve("λ × loss on non-facts", THIN, |sample| number(sample, |[_, non_fact], lambda| lambda * non_fact)),
    ]
}
