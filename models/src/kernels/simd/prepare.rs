//! A member's parameters rearranged for the vector kernels: sums of four input weights in tables, the other weights and
//! their transposes in panels.

use super::layout::{Aligned, Columns, Layout, whole_lines};
use crate::shape::{Layer, Shape};

/// Input bits that one table answers for.
pub(super) const GROUP: usize = 4;
/// Entries of a table: every setting of its bits.
pub(super) const ENTRIES: usize = 1 << GROUP;

/// Matrices cut into panels of columns: panel after panel, `[rows, panel width]` each.
pub(super) struct Packed {
    data: Aligned,
    rows: usize,
}

impl Packed {
    /// Packs `value(row, column)`, with zeros in the padding columns.
    fn new(rows: usize, columns: &Columns, lanes: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let mut data = Aligned::zeros(rows * columns.padded);
        let mut rest = data.as_mut_slice();
        for panel in &columns.panels {
            let width = panel.count * lanes;
            let (packed, behind) = rest.split_at_mut(rows * width);
            for (row, packed) in packed.chunks_exact_mut(width).enumerate() {
                let first = panel.start * lanes;
                for (column, slot) in (first..columns.units).zip(packed) {
                    *slot = value(row, column);
                }
            }
            rest = behind;
        }
        Self { data, rows }
    }

    /// The panel that starts at vector `start` and spans `count` vectors.
    pub(super) fn panel(&self, start: usize, count: usize, lanes: usize) -> &[f32] {
        &self.data.as_slice()[self.rows * start * lanes..][..self.rows * count * lanes]
    }
}

/// A hidden layer behind the first.
pub(super) struct Dense {
    /// The weights `[in, out]`, cut along `out`.
    pub(super) forward: Packed,
    /// The transposed weights `[out, in]`, cut along `in`.
    pub(super) backward: Packed,
    /// `[padded out]`.
    pub(super) biases: Aligned,
}

/// One member, ready for the kernels.
pub(super) struct Prepared {
    /// For each group of four input bits and each setting of them, the sum of ± their weights: `[groups · 16, width]`.
    pub(super) tables: Packed,
    /// Biases of the first layer, padded.
    pub(super) first_biases: Aligned,
    pub(super) dense: Vec<Dense>,
    /// Weights of the output unit, padded.
    pub(super) head: Aligned,
    pub(super) head_bias: f32,
}

fn padded(values: &[f32], len: usize) -> Aligned {
    let mut aligned = Aligned::zeros(whole_lines(len));
    aligned.as_mut_slice()[..values.len()].copy_from_slice(values);
    aligned
}

impl Prepared {
    /// Rearranges one member's parameter block `[P]`. The transposes are for gradients alone, so scoring leaves them out.
    pub(super) fn new(shape: &Shape, layout: &Layout, parameters: &[f32], with_gradients: bool) -> Self {
        let layers = shape.layers();
        let (first, behind) = (&layers[0], &layers[1..]);
        let (head, dense) = (&behind[behind.len() - 1], &behind[..behind.len() - 1]);
        let lanes = layout.lanes;
        let dense = dense
            .iter()
            .zip(layout.hidden.windows(2))
            .map(|(layer, columns)| {
                let weights = &parameters[layer.weights.clone()];
                let (inputs, outputs) = (layer.inputs, layer.outputs);
                let at = |input: usize, output: usize| {
                    if input < inputs && output < outputs { weights[input * outputs + output] } else { 0.0 }
                };
                let backward_rows = if with_gradients { columns[1].padded } else { 0 };
                Dense {
                    forward: Packed::new(columns[0].padded, &columns[1], lanes, at),
                    backward: Packed::new(backward_rows, &columns[0], lanes, |output, input| at(input, output)),
                    biases: padded(&parameters[layer.biases.clone()], columns[1].padded),
                }
            })
            .collect();
        Self {
            tables: tables(first, &layout.hidden[0], lanes, parameters),
            first_biases: padded(&parameters[first.biases.clone()], layout.hidden[0].padded),
            dense,
            head: padded(&parameters[head.weights.clone()], layout.hidden[layout.hidden.len() - 1].padded),
            head_bias: parameters[head.biases.start],
        }
    }
}

/// A set bit adds its weight and a clear one takes it away, in the order ((w0 + w1) + w2) + w3 whatever the signs.
fn tables(layer: &Layer, columns: &Columns, lanes: usize, parameters: &[f32]) -> Packed {
    let weights = &parameters[layer.weights.clone()];
    Packed::new(layer.inputs.div_ceil(GROUP) * ENTRIES, columns, lanes, |row, column| {
        let (group, setting) = (row / ENTRIES, row % ENTRIES);
        (0..GROUP)
            .filter(|bit| group * GROUP + bit < layer.inputs)
            .map(|bit| {
                let weight = weights[(group * GROUP + bit) * layer.outputs + column];
                if setting >> bit & 1 == 1 { weight } else { -weight }
            })
            .sum()
    })
}
