//! One member's batch: cut into chunks of rows, each taken block by block through the network.

use std::cell::RefCell;
use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::activate::{Activate, Relu, Tanh, Triangle};
use super::block;
use super::isa::Isa;
use super::layout::{Aligned, Layout, whole_lines};
use super::math;
use super::prepare::{ENTRIES, GROUP, Prepared};
use crate::activation::Activation;
use crate::shape::Shape;

/// Rows of one chunk at least. Smaller ones would spend their time on adding up gradients.
const CHUNK_ROWS: usize = 512;
/// Chunks at most, since each holds a gradient of its own.
const MAX_CHUNKS: usize = 16;
/// Rows that a register tile may take at once: what a block is filled up to.
const TILE_ROWS: usize = 8;

thread_local! {
    /// Working memory of this thread, kept between calls because fresh pages would cost more than the arithmetic.
    static SCRATCH: RefCell<Aligned> = RefCell::default();
}

/// One member's rows with the weight that each carries in the loss.
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    words: &'a [u32],
    words_per_row: usize,
    facts: usize,
    fact_weight: f32,
    non_fact_weight: f32,
}

/// What one chunk contributes.
pub(super) struct Gradients {
    /// Padded gradient of the training loss.
    gradient: Aligned,
    /// Summed log losses.
    fact_loss: f64,
    non_fact_loss: f64,
}

impl<'a> Batch<'a> {
    pub(super) fn new(words: &'a [u32], layout: &Layout, facts: usize, negative_weight: f32) -> Self {
        let non_facts = words.len() / layout.words - facts;
        Self {
            words,
            words_per_row: layout.words,
            facts,
            fact_weight: 1.0 / facts.max(1) as f32,
            non_fact_weight: negative_weight / non_facts.max(1) as f32,
        }
    }

    fn rows(&self) -> usize {
        self.words.len() / self.words_per_row
    }

    /// The chunks of rows, which depend on the number of rows alone.
    pub(super) fn chunks(&self) -> impl IndexedParallelIterator<Item = Range<usize>> + use<> {
        let rows = self.rows();
        let size = rows.div_ceil(MAX_CHUNKS).max(CHUNK_ROWS).next_multiple_of(64);
        (0..rows.div_ceil(size)).into_par_iter().map(move |chunk| chunk * size..((chunk + 1) * size).min(rows))
    }

    /// Losses and gradients of one chunk.
    pub(super) fn backward(
        &self,
        isa: Isa,
        activation: Activation,
        layout: &Layout,
        member: &Prepared,
        rows: Range<usize>,
    ) -> Gradients {
        match activation {
            Activation::Relu => self.backward_with::<Relu>(isa, layout, member, rows),
            Activation::Triangle => self.backward_with::<Triangle>(isa, layout, member, rows),
            _ => self.backward_with::<Tanh>(isa, layout, member, rows),
        }
    }

    fn backward_with<A: Activate>(
        &self,
        isa: Isa,
        layout: &Layout,
        member: &Prepared,
        rows: Range<usize>,
    ) -> Gradients {
        SCRATCH.with_borrow_mut(|scratch| {
            let scratch = Scratch::<A>::carve(layout, scratch);
            isa.run(layout.lanes, Backward { batch: *self, layout, member, rows, scratch })
        })
    }
}

impl Gradients {
    /// Adds chunks up in their order into one unpadded gradient `[P]`; returns the summed losses of facts, non-facts.
    pub(super) fn reduce(chunks: &[Self], shape: &Shape, layout: &Layout, gradient: &mut [f32]) -> (f64, f64) {
        let layers = shape.layers();
        let (head, hidden) = layers.split_last().expect("a network has an output layer");
        for chunk in chunks {
            let padded = chunk.gradient.as_slice();
            for ((layer, columns), place) in hidden.iter().zip(&layout.hidden).zip(&layout.gradients) {
                let rows = gradient[layer.weights.clone()].chunks_exact_mut(layer.outputs);
                for (sums, row) in rows.zip(padded[place.weights..].chunks_exact(columns.padded)) {
                    add(sums, row);
                }
                add(&mut gradient[layer.biases.clone()], &padded[place.biases..]);
            }
            add(&mut gradient[head.weights.clone()], &padded[layout.head..]);
            add(&mut gradient[head.biases.clone()], &padded[layout.head_bias..]);
        }
        (chunks.iter().map(|chunk| chunk.fact_loss).sum(), chunks.iter().map(|chunk| chunk.non_fact_loss).sum())
    }
}

fn add(sums: &mut [f32], values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

/// The logits of one member's rows.
///
/// # Shapes
/// `words` `[B, W]`, `logits` `[B]`.
pub(super) fn score(
    isa: Isa,
    activation: Activation,
    layout: &Layout,
    member: &Prepared,
    words: &[u32],
    logits: &mut [f32],
) {
    logits.par_chunks_mut(CHUNK_ROWS).zip(words.par_chunks(CHUNK_ROWS * layout.words)).for_each(|(logits, words)| {
        match activation {
            Activation::Relu => score_with::<Relu>(isa, layout, member, words, logits),
            Activation::Triangle => score_with::<Triangle>(isa, layout, member, words, logits),
            _ => score_with::<Tanh>(isa, layout, member, words, logits),
        }
    });
}

fn score_with<A: Activate>(isa: Isa, layout: &Layout, member: &Prepared, words: &[u32], logits: &mut [f32]) {
    SCRATCH.with_borrow_mut(|scratch| {
        let scratch = Scratch::<A>::carve(layout, scratch);
        isa.run(layout.lanes, Score { layout, member, words, logits, scratch });
    });
}

/// The working memory of one block, carved out of one buffer.
struct Scratch<'a, A> {
    /// `[rows, words a row]`, filled up with zeros.
    words: &'a mut [u32],
    /// The same bits turned: `[32 · words a row]`, one bit a row.
    bits: &'a mut [u64],
    /// A layer each: `[rows, width]`, the inputs of the activation where its slope needs them.
    kept: Vec<&'a mut [f32]>,
    /// A layer each: `[rows, width]`, the activations.
    values: Vec<&'a mut [f32]>,
    /// Two of `[rows, widest]`: derivatives of the loss in the inputs of a layer's activation and of the one before.
    deltas: [&'a mut [f32]; 2],
    /// `[rows]`.
    logits: &'a mut [f32],
    /// `[rows]`: derivative of the loss in the logits.
    slopes: &'a mut [f32],
    /// `[rows / 4, 16, panel]`: sums of deltas over every subset of four rows.
    table: &'a mut [f32],
    activation: std::marker::PhantomData<A>,
}

impl<'a, A: Activate> Scratch<'a, A> {
    fn carve(layout: &Layout, buffer: &'a mut Aligned) -> Self {
        let rows = layout.block_rows;
        let widths: Vec<usize> = layout.hidden.iter().map(|columns| columns.padded).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        let sum: usize = widths.iter().sum();
        let kept = if A::KEEPS_INPUT { sum } else { 0 };
        let table = rows / GROUP * ENTRIES * 3 * layout.lanes;
        let words = whole_lines(rows * layout.words);
        let bits = 64 * layout.words;
        let mut rest = buffer.at_least(words + bits + rows * (kept + sum + 2 * widest + 2) + table);
        let mut take = |len: usize| {
            let (taken, behind) = std::mem::take(&mut rest).split_at_mut(len);
            rest = behind;
            taken
        };
        Self {
            words: &mut bytemuck::cast_slice_mut(take(words))[..rows * layout.words],
            bits: bytemuck::cast_slice_mut(take(bits)),
            kept: widths.iter().map(|width| take(if A::KEEPS_INPUT { rows * width } else { 0 })).collect(),
            values: widths.iter().map(|width| take(rows * width)).collect(),
            deltas: [take(rows * widest), take(rows * widest)],
            logits: take(rows),
            slopes: take(rows),
            table: take(table),
            activation: std::marker::PhantomData,
        }
    }

    /// Takes up to a block of rows through the network; returns how many rows of tiles that filled.
    #[inline(always)]
    fn forward<S: Simd>(&mut self, simd: S, layout: &Layout, member: &Prepared, words: &[u32]) -> usize {
        let rows = (words.len() / layout.words).next_multiple_of(TILE_ROWS);
        self.words[..words.len()].copy_from_slice(words);
        self.words[words.len()..rows * layout.words].fill(0);
        for (index, columns) in layout.hidden.iter().enumerate() {
            let (before, from) = self.values.split_at_mut(index);
            let out = &mut from[0][..rows * columns.padded];
            let kept_len = if A::KEEPS_INPUT { rows * columns.padded } else { 0 };
            let kept = &mut self.kept[index][..kept_len];
            match before.last() {
                None => {
                    let words = &self.words[..rows * layout.words];
                    block::first_layer::<S, A>(simd, layout, member, words, kept, out);
                }
                Some(input) => {
                    let input = &input[..rows * layout.hidden[index - 1].padded];
                    block::dense_layer::<S, A>(simd, layout, member, index, input, kept, out);
                }
            }
        }
        let last = layout.hidden.len() - 1;
        let width = layout.hidden[last].padded;
        block::head(simd, member, &self.values[last][..rows * width], width, &mut self.logits[..rows]);
        rows
    }

    /// Takes the slopes of the logits back through the network and adds to the gradients.
    #[inline(always)]
    fn backward<S: Simd>(&mut self, simd: S, layout: &Layout, member: &Prepared, rows: usize, gradient: &mut [f32]) {
        let last = layout.hidden.len() - 1;
        let columns = &layout.hidden[last];
        let [deltas, spare] = &mut self.deltas;
        let (mut deltas, mut spare): (&mut [f32], &mut [f32]) = (deltas, spare);
        let (before_head, from_head) = gradient.split_at_mut(layout.head);
        block::head_backward::<S, A>(
            simd,
            columns,
            member,
            &self.slopes[..rows],
            self.kept[last],
            self.values[last],
            &mut deltas[..rows * columns.padded],
            &mut from_head[..columns.padded],
            &mut before_head[layout.gradients[last].biases..][..columns.padded],
        );
        from_head[layout.head_bias - layout.head] += self.slopes[..rows].iter().sum::<f32>();
        for index in (1..=last).rev() {
            let columns = [&layout.hidden[index - 1], &layout.hidden[index]];
            let out = &deltas[..rows * columns[1].padded];
            let input = &self.values[index - 1][..rows * columns[0].padded];
            block::dense_gradient(simd, columns, input, out, &mut gradient[layout.gradients[index].weights..]);
            block::dense_backward::<S, A>(
                simd,
                layout,
                member,
                index,
                out,
                self.kept[index - 1],
                input,
                &mut spare[..rows * columns[0].padded],
                &mut gradient[layout.gradients[index - 1].biases..][..columns[0].padded],
            );
            std::mem::swap(&mut deltas, &mut spare);
        }
        block::turn_bits(&self.words[..rows * layout.words], layout.words, self.bits);
        block::first_gradient(
            simd,
            &layout.hidden[0],
            &self.bits[..layout.inputs],
            &deltas[..rows * layout.hidden[0].padded],
            self.table,
            &mut gradient[layout.gradients[0].weights..],
        );
    }
}

struct Backward<'a, A> {
    batch: Batch<'a>,
    layout: &'a Layout,
    member: &'a Prepared,
    rows: Range<usize>,
    scratch: Scratch<'a, A>,
}

impl<A: Activate> WithSimd for Backward<'_, A> {
    type Output = Gradients;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> Gradients {
        let layout = self.layout;
        let mut gradient = Aligned::zeros(layout.gradient_len);
        let (mut fact_loss, mut non_fact_loss) = (0.0, 0.0);
        for start in self.rows.clone().step_by(layout.block_rows) {
            let end = (start + layout.block_rows).min(self.rows.end);
            let words = &self.batch.words[start * layout.words..end * layout.words];
            let rows = self.scratch.forward(simd, layout, self.member, words);
            let facts = self.batch.facts.clamp(start, end) - start;
            let losses = &mut self.scratch;
            slopes(simd, &mut losses.logits[..rows], &mut losses.slopes[..rows], facts);
            for loss in &losses.logits[..facts] {
                fact_loss += f64::from(*loss);
            }
            for loss in &losses.logits[facts..end - start] {
                non_fact_loss += f64::from(*loss);
            }
            for slope in &mut losses.slopes[..facts] {
                *slope *= -self.batch.fact_weight;
            }
            for slope in &mut losses.slopes[facts..end - start] {
                *slope *= self.batch.non_fact_weight;
            }
            losses.slopes[end - start..rows].fill(0.0);
            self.scratch.backward(simd, layout, self.member, rows, gradient.as_mut_slice());
        }
        Gradients { gradient, fact_loss, non_fact_loss }
    }
}

/// Turns the logits of rows, the first `facts` of them facts, into log losses, and gives the probabilities of the wrong
/// answers.
#[inline(always)]
fn slopes<S: Simd>(simd: S, logits: &mut [f32], slopes: &mut [f32], facts: usize) {
    for logit in &mut logits[facts..] {
        *logit = -*logit;
    }
    let (logits, slopes) = (S::as_mut_simd_f32s(logits).0, S::as_mut_simd_f32s(slopes).0);
    for (logit, slope) in logits.iter_mut().zip(slopes) {
        (*logit, *slope) = math::log_loss(simd, *logit);
    }
}

struct Score<'a, A> {
    layout: &'a Layout,
    member: &'a Prepared,
    words: &'a [u32],
    logits: &'a mut [f32],
    scratch: Scratch<'a, A>,
}

impl<A: Activate> WithSimd for Score<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let layout = self.layout;
        let blocks = self.words.chunks(layout.block_rows * layout.words);
        for (words, logits) in blocks.zip(self.logits.chunks_mut(layout.block_rows)) {
            self.scratch.forward(simd, layout, self.member, words);
            logits.copy_from_slice(&self.scratch.logits[..logits.len()]);
        }
    }
}
