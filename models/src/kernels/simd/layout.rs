//! How a member's numbers are laid out for the vector kernels: rows padded to whole vectors, columns cut into panels of
//! up to three vectors, cache-line aligned buffers.

use bytemuck::{Pod, Zeroable};

use crate::shape::Shape;

/// One cache line of `f32`.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// A zeroed, cache-line aligned buffer of `f32`.
#[derive(Default)]
pub(super) struct Aligned(Vec<Line>);

impl Aligned {
    pub(super) fn zeros(len: usize) -> Self {
        Self(vec![Line::zeroed(); len.div_ceil(16)])
    }

    pub(super) fn as_slice(&self) -> &[f32] {
        bytemuck::cast_slice(&self.0)
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.0)
    }

    /// At least `len` numbers of whatever value.
    pub(super) fn at_least(&mut self, len: usize) -> &mut [f32] {
        if self.0.len() * 16 < len {
            self.0.resize(len.div_ceil(16), Line::zeroed());
        }
        self.as_mut_slice()
    }
}

/// Rounds a length up to whole cache lines, so that what lies behind it starts on one.
pub(super) fn whole_lines(len: usize) -> usize {
    len.next_multiple_of(16)
}

/// A run of one, two or three neighbouring vectors of columns, which a register tile covers at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Panel {
    /// First vector.
    pub(super) start: usize,
    /// Vectors.
    pub(super) count: usize,
}

/// The width of a layer in vectors and how it is cut.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// Units that exist.
    pub(super) units: usize,
    /// Numbers in a padded row.
    pub(super) padded: usize,
    pub(super) panels: Vec<Panel>,
}

impl Columns {
    pub(super) fn new(units: usize, lanes: usize) -> Self {
        // Row tiles read up to eight columns of the layer before at once, whatever the lanes.
        let padded = units.next_multiple_of(lanes.max(8));
        let vectors = padded / lanes;
        // As few panels as possible, none of one vector beside others: single vectors starve the multipliers.
        let count = vectors.div_ceil(3);
        let mut start = 0;
        let panels = (0..count)
            .map(|index| {
                let wide = if vectors % 3 == 1 && count > 1 { count - 2 } else { vectors / 3 };
                let size = if index < wide { 3 } else { (vectors - start).min(2) };
                let panel = Panel { start, count: size };
                start += size;
                panel
            })
            .collect();
        Self { units, padded, panels }
    }
}

/// Offsets of one dense layer's parts in a padded gradient buffer.
#[derive(Clone, Debug)]
pub(super) struct PaddedLayer {
    /// `[inputs, padded outputs]`.
    pub(super) weights: usize,
    /// `[padded outputs]`.
    pub(super) biases: usize,
}

/// The padded layout of one member for vectors of `lanes` numbers.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) lanes: usize,
    /// Input bits d.
    pub(super) inputs: usize,
    /// Words that hold them.
    pub(super) words: usize,
    /// The hidden layers.
    pub(super) hidden: Vec<Columns>,
    /// Where the gradients of the hidden layers lie.
    pub(super) gradients: Vec<PaddedLayer>,
    /// Where the output unit's weights `[padded width]` and, behind them, its bias lie.
    pub(super) head: usize,
    pub(super) head_bias: usize,
    /// Length of a padded gradient buffer.
    pub(super) gradient_len: usize,
    /// Rows that are worked on while they stay in cache.
    pub(super) block_rows: usize,
}

impl Layout {
    pub(super) fn new(shape: &Shape, lanes: usize) -> Self {
        let hidden: Vec<Columns> = shape.widths.iter().map(|&units| Columns::new(units, lanes)).collect();
        let mut end = 0;
        let mut inputs = shape.inputs;
        let gradients = hidden
            .iter()
            .map(|columns| {
                let weights = end;
                let biases = weights + whole_lines(inputs * columns.padded);
                end = biases + whole_lines(columns.padded);
                inputs = columns.padded;
                PaddedLayer { weights, biases }
            })
            .collect();
        let head = end;
        let head_bias = head + whole_lines(inputs);
        // Wide layers take shorter blocks, so that their rows still fit the second-level cache.
        let block_rows = if hidden.iter().all(|columns| columns.units <= 128) { 64 } else { 32 };
        Self {
            lanes,
            inputs: shape.inputs,
            words: shape.inputs.div_ceil(32),
            hidden,
            gradients,
            head,
            head_bias,
            gradient_len: head_bias + 16,
            block_rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_tile_every_width_without_lone_vectors() {
        for lanes in [1, 4, 8, 16] {
            for units in 1..=200 {
                let columns = Columns::new(units, lanes);
                let mut next = 0;
                for panel in &columns.panels {
                    assert_eq!(panel.start, next, "{units} units, {lanes} lanes");
                    next += panel.count;
                    assert!((1..=3).contains(&panel.count));
                    assert!(panel.count > 1 || columns.panels.len() == 1, "{units} units, {lanes} lanes");
                }
                assert_eq!(next * lanes, columns.padded);
            }
        }
    }
}
