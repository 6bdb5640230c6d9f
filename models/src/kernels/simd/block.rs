//! One block of rows through the network and back, while everything about it stays in cache.
//!
//! Rows are row-major with the units of a layer as vector lanes. The first layer looks its sums up instead of multiplying
//! by ±1, and its weight gradient sums table entries over groups of four rows; everything else is register tiles of
//! fused multiply-adds. Each number is a sum in an order that the shape alone decides, so it does not depend on the width
//! of the vectors.

use pulp::Simd;

use super::activate::Activate;
use super::layout::{Columns, Layout, Panel};
use super::prepare::{ENTRIES, GROUP, Prepared};

/// Views a slice of numbers as the vectors it consists of.
#[inline(always)]
fn vectors<S: Simd>(slice: &[f32]) -> &[S::f32s] {
    S::as_simd_f32s(slice).0
}

#[inline(always)]
fn vectors_mut<S: Simd>(slice: &mut [f32]) -> &mut [S::f32s] {
    S::as_mut_simd_f32s(slice).0
}

/// The vectors of a panel. A loop, for a closure would not be compiled for the instruction set.
#[inline(always)]
fn taken<S: Simd, const N: usize>(simd: S, values: &[f32], panel: Panel) -> [S::f32s; N] {
    let mut taken = [simd.splat_f32s(0.0); N];
    taken.copy_from_slice(&vectors::<S>(values)[panel.start..][..N]);
    taken
}

/// Calls `$function::<S, A, ROWS, VECTORS>` with the register tile for a panel: eight rows (or units, or inputs) of one
/// vector, or four of two or three, so that the accumulators fill the registers but do not leave them.
macro_rules! with_tile {
    ($panel:expr, $function:ident::<$($generic:ident),*>($($argument:expr),* $(,)?)) => {
        match $panel.count {
            1 => $function::<$($generic,)* 8, 1>($($argument),*),
            2 => $function::<$($generic,)* 4, 2>($($argument),*),
            _ => $function::<$($generic,)* 4, 3>($($argument),*),
        }
    };
}

/// First layer: `out[r] = activation(biases + Σ_groups table[group][bits of r])`.
///
/// # Shapes
/// `words` `[rows, words a row]`, `kept` `[rows, width]`: what the slope is computed from, `out` `[rows, width]`.
#[inline(always)]
pub(super) fn first_layer<S: Simd, A: Activate>(
    simd: S,
    layout: &Layout,
    member: &Prepared,
    words: &[u32],
    kept: &mut [f32],
    out: &mut [f32],
) {
    for &panel in &layout.hidden[0].panels {
        with_tile!(panel, first_panel::<S, A>(simd, layout, member, panel, words, kept, out));
    }
}

#[inline(always)]
fn first_panel<S: Simd, A: Activate, const ROWS: usize, const N: usize>(
    simd: S,
    layout: &Layout,
    member: &Prepared,
    panel: Panel,
    words: &[u32],
    kept: &mut [f32],
    out: &mut [f32],
) {
    let width = layout.hidden[0].padded / S::F32_LANES;
    let tables = vectors::<S>(member.tables.panel(panel.start, N, S::F32_LANES)).as_chunks::<N>().0;
    let tables = tables.as_chunks::<ENTRIES>().0;
    let biases: [S::f32s; N] = taken::<S, N>(simd, member.first_biases.as_slice(), panel);
    let (kept, out) = (vectors_mut::<S>(kept), vectors_mut::<S>(out));
    // Several rows at once, for the additions of one wait for each other.
    for (tile, words) in words.chunks_exact(ROWS * layout.words).enumerate() {
        let mut sums = [biases; ROWS];
        for (word, tables) in tables.chunks(32 / GROUP).enumerate() {
            let mut bits = [0; ROWS];
            for (bits, row) in bits.iter_mut().zip(words.chunks_exact(layout.words)) {
                *bits = row[word] as usize;
            }
            for table in tables {
                for m in 0..ROWS {
                    let entry = &table[bits[m] % ENTRIES];
                    for n in 0..N {
                        sums[m][n] = simd.add_f32s(sums[m][n], entry[n]);
                    }
                    bits[m] >>= GROUP;
                }
            }
        }
        for (m, sums) in sums.iter().enumerate() {
            let place = (tile * ROWS + m) * width + panel.start;
            activated::<S, A, N>(simd, sums, place, kept, out);
        }
    }
}

/// Stores the activations of `sums`, and the sums themselves where the slope will need them.
#[inline(always)]
fn activated<S: Simd, A: Activate, const N: usize>(
    simd: S,
    sums: &[S::f32s; N],
    place: usize,
    kept: &mut [S::f32s],
    out: &mut [S::f32s],
) {
    if A::KEEPS_INPUT {
        kept[place..][..N].copy_from_slice(sums);
    }
    for (slot, &sum) in out[place..][..N].iter_mut().zip(sums) {
        *slot = A::forward(simd, sum);
    }
}

/// `ROWS` rows times a panel of `N` vectors: `init + Σ_k rows[m][k] panel[k]`.
#[inline(always)]
fn tile<S: Simd, const ROWS: usize, const N: usize>(
    simd: S,
    rows: [&[f32]; ROWS],
    panel: &[[S::f32s; N]],
    init: [S::f32s; N],
) -> [[S::f32s; N]; ROWS] {
    let mut rows = rows;
    for row in &mut rows {
        *row = &row[..panel.len()];
    }
    let mut sums = [init; ROWS];
    for (k, weights) in panel.iter().enumerate() {
        for m in 0..ROWS {
            let value = simd.splat_f32s(rows[m][k]);
            for n in 0..N {
                sums[m][n] = simd.mul_add_e_f32s(value, weights[n], sums[m][n]);
            }
        }
    }
    sums
}

#[inline(always)]
fn row_slices<const ROWS: usize>(values: &[f32], width: usize, first: usize) -> [&[f32]; ROWS] {
    let mut rows: [&[f32]; ROWS] = [&[]; ROWS];
    for (row, values) in rows.iter_mut().zip(values[first * width..].chunks_exact(width)) {
        *row = values;
    }
    rows
}

/// Hidden layer `index` behind the first: `out = activation(biases + input · weights)`.
///
/// # Shapes
/// `input` `[rows, width before]`, `kept` and `out` `[rows, width]`.
#[inline(always)]
pub(super) fn dense_layer<S: Simd, A: Activate>(
    simd: S,
    layout: &Layout,
    member: &Prepared,
    index: usize,
    input: &[f32],
    kept: &mut [f32],
    out: &mut [f32],
) {
    let columns = [&layout.hidden[index - 1], &layout.hidden[index]];
    for &panel in &columns[1].panels {
        with_tile!(panel, dense_panel::<S, A>(simd, member, index, columns, panel, input, kept, out));
    }
}

#[expect(clippy::too_many_arguments, reason = "a kernel's operands; a struct would only rename them")]
#[inline(always)]
fn dense_panel<S: Simd, A: Activate, const ROWS: usize, const N: usize>(
    simd: S,
    member: &Prepared,
    index: usize,
    [before, columns]: [&Columns; 2],
    panel: Panel,
    input: &[f32],
    kept: &mut [f32],
    out: &mut [f32],
) {
    let dense = &member.dense[index - 1];
    let width = columns.padded / S::F32_LANES;
    let weights = vectors::<S>(dense.forward.panel(panel.start, N, S::F32_LANES)).as_chunks::<N>().0;
    let biases: [S::f32s; N] = taken::<S, N>(simd, dense.biases.as_slice(), panel);
    let (kept, out) = (vectors_mut::<S>(kept), vectors_mut::<S>(out));
    for first in (0..input.len() / before.padded).step_by(ROWS) {
        let sums = tile::<S, ROWS, N>(simd, row_slices(input, before.padded, first), weights, biases);
        for (m, sums) in sums.iter().enumerate() {
            activated::<S, A, N>(simd, sums, (first + m) * width + panel.start, kept, out);
        }
    }
}

/// The logits of a block: `z[r] = bias + head · input[r]`, summed in sixteen lanes and then by halves.
#[inline(always)]
pub(super) fn head<S: Simd>(simd: S, member: &Prepared, input: &[f32], width: usize, logits: &mut [f32]) {
    // Sixteen virtual lanes, however many vectors they take.
    let weights = &member.head.as_slice()[..width];
    for (row, logit) in input.chunks_exact(width).zip(logits) {
        *logit = member.head_bias + dot16(simd, row, weights);
    }
}

#[inline(always)]
fn dot16<S: Simd>(simd: S, row: &[f32], weights: &[f32]) -> f32 {
    let (row, weights) = (vectors::<S>(row), vectors::<S>(weights));
    match S::F32_LANES {
        16 => lanes_dot::<S, 1>(simd, row, weights),
        8 => lanes_dot::<S, 2>(simd, row, weights),
        4 => lanes_dot::<S, 4>(simd, row, weights),
        _ => lanes_dot::<S, 16>(simd, row, weights),
    }
}

#[inline(always)]
fn lanes_dot<S: Simd, const N: usize>(simd: S, row: &[S::f32s], weights: &[S::f32s]) -> f32 {
    let mut sums = [simd.splat_f32s(0.0); N];
    let (whole, rest) = row.as_chunks::<N>();
    let (whole_weights, rest_weights) = weights.as_chunks::<N>();
    for (values, weights) in whole.iter().zip(whole_weights) {
        for n in 0..N {
            sums[n] = simd.mul_add_e_f32s(values[n], weights[n], sums[n]);
        }
    }
    for ((sum, &value), &weight) in sums.iter_mut().zip(rest).zip(rest_weights) {
        *sum = simd.mul_add_e_f32s(value, weight, *sum);
    }
    let mut half = N;
    while half > 1 {
        half /= 2;
        for n in 0..half {
            sums[n] = simd.add_f32s(sums[n], sums[n + half]);
        }
    }
    simd.reduce_sum_f32s(sums[0])
}

/// Back through the output unit: adds its gradients and gives those of the last hidden layer's inputs.
///
/// # Shapes
/// `slopes` `[rows]`: derivative of the loss in each logit; `values` and `kept` `[rows, width]`; `deltas` `[rows, width]`;
/// `head_gradient` and `bias_gradient` `[width]`.
#[expect(clippy::too_many_arguments, reason = "a kernel's operands; a struct would only rename them")]
#[inline(always)]
pub(super) fn head_backward<S: Simd, A: Activate>(
    simd: S,
    columns: &Columns,
    member: &Prepared,
    slopes: &[f32],
    kept: &[f32],
    values: &[f32],
    deltas: &mut [f32],
    head_gradient: &mut [f32],
    bias_gradient: &mut [f32],
) {
    let width = columns.padded / S::F32_LANES;
    let weights = vectors::<S>(member.head.as_slice());
    let (kept, values, deltas) = (vectors::<S>(kept), vectors::<S>(values), vectors_mut::<S>(deltas));
    let (head_gradient, bias_gradient) = (vectors_mut::<S>(head_gradient), vectors_mut::<S>(bias_gradient));
    for column in 0..width {
        let weight = weights[column];
        let (mut head_sum, mut bias_sum) = (head_gradient[column], bias_gradient[column]);
        for (r, &slope) in slopes.iter().enumerate() {
            let place = r * width + column;
            let (slope, value) = (simd.splat_f32s(slope), values[place]);
            let kept = if A::KEEPS_INPUT { kept[place] } else { value };
            head_sum = simd.mul_add_e_f32s(slope, value, head_sum);
            let delta = simd.mul_f32s(simd.mul_f32s(slope, weight), A::slope(simd, kept));
            bias_sum = simd.add_f32s(bias_sum, delta);
            deltas[place] = delta;
        }
        head_gradient[column] = head_sum;
        bias_gradient[column] = bias_sum;
    }
}

/// Back through hidden layer `index`: the deltas of the layer before, and its bias gradient.
///
/// # Shapes
/// `deltas` `[rows, width]`; `kept`, `values` and `out` `[rows, width before]`; `bias_gradient` `[width before]`.
#[expect(clippy::too_many_arguments, reason = "a kernel's operands; a struct would only rename them")]
#[inline(always)]
pub(super) fn dense_backward<S: Simd, A: Activate>(
    simd: S,
    layout: &Layout,
    member: &Prepared,
    index: usize,
    deltas: &[f32],
    kept: &[f32],
    values: &[f32],
    out: &mut [f32],
    bias_gradient: &mut [f32],
) {
    let columns = [&layout.hidden[index - 1], &layout.hidden[index]];
    for &panel in &columns[0].panels {
        with_tile!(
            panel,
            backward_panel::<S, A>(simd, member, index, columns, panel, deltas, kept, values, out, bias_gradient)
        );
    }
}

#[expect(clippy::too_many_arguments, reason = "a kernel's operands; a struct would only rename them")]
#[inline(always)]
fn backward_panel<S: Simd, A: Activate, const ROWS: usize, const N: usize>(
    simd: S,
    member: &Prepared,
    index: usize,
    [before, columns]: [&Columns; 2],
    panel: Panel,
    deltas: &[f32],
    kept: &[f32],
    values: &[f32],
    out: &mut [f32],
    bias_gradient: &mut [f32],
) {
    let width = before.padded / S::F32_LANES;
    let weights = vectors::<S>(member.dense[index - 1].backward.panel(panel.start, N, S::F32_LANES));
    let weights = weights.as_chunks::<N>().0;
    let (kept, values, out) = (vectors::<S>(kept), vectors::<S>(values), vectors_mut::<S>(out));
    let mut bias_sums: [S::f32s; N] = taken::<S, N>(simd, bias_gradient, panel);
    for first in (0..deltas.len() / columns.padded).step_by(ROWS) {
        let zero = [simd.splat_f32s(0.0); N];
        let sums = tile::<S, ROWS, N>(simd, row_slices(deltas, columns.padded, first), weights, zero);
        for (m, sums) in sums.iter().enumerate() {
            let place = (first + m) * width + panel.start;
            let kept = if A::KEEPS_INPUT { &kept[place..][..N] } else { &values[place..][..N] };
            let out = &mut out[place..][..N];
            for n in 0..N {
                let delta = simd.mul_f32s(sums[n], A::slope(simd, kept[n]));
                bias_sums[n] = simd.add_f32s(bias_sums[n], delta);
                out[n] = delta;
            }
        }
    }
    vectors_mut::<S>(bias_gradient)[panel.start..][..N].copy_from_slice(&bias_sums);
}

/// Adds the weight gradient of a layer behind the first: `gradient += inputᵀ · deltas`.
///
/// # Shapes
/// `input` `[rows, width before]`, `deltas` `[rows, width]`, `gradient` `[width before, width]`.
#[inline(always)]
pub(super) fn dense_gradient<S: Simd>(
    simd: S,
    [before, columns]: [&Columns; 2],
    input: &[f32],
    deltas: &[f32],
    gradient: &mut [f32],
) {
    for &panel in &columns.panels {
        with_tile!(panel, gradient_panel::<S>(simd, before, columns, panel, input, deltas, gradient));
    }
}

#[inline(always)]
fn gradient_panel<S: Simd, const UNITS: usize, const N: usize>(
    simd: S,
    before: &Columns,
    columns: &Columns,
    panel: Panel,
    input: &[f32],
    deltas: &[f32],
    gradient: &mut [f32],
) {
    let width = columns.padded / S::F32_LANES;
    let (deltas, gradient) = (vectors::<S>(deltas), vectors_mut::<S>(gradient));
    for unit in (0..before.units).step_by(UNITS) {
        let mut sums = [[simd.splat_f32s(0.0); N]; UNITS];
        for (row, deltas) in input.chunks_exact(before.padded).zip(deltas.chunks_exact(width)) {
            let row = &row[unit..][..UNITS];
            let deltas = &deltas[panel.start..][..N];
            for m in 0..UNITS {
                let value = simd.splat_f32s(row[m]);
                for n in 0..N {
                    sums[m][n] = simd.mul_add_e_f32s(value, deltas[n], sums[m][n]);
                }
            }
        }
        for (m, sums) in sums.iter().enumerate() {
            let slots = &mut gradient[(unit + m) * width + panel.start..][..N];
            for (slot, &sum) in slots.iter_mut().zip(sums) {
                *slot = simd.add_f32s(*slot, sum);
            }
        }
    }
}

/// Adds the first layer's weight gradient, `gradient[i] += Σ_r ±deltas[r]` with the sign of bit `i` of row `r`.
///
/// For every group of four rows all sixteen subset sums are formed once; each input then looks up the one that its four
/// bits select, a quarter of the additions. `Σ ±δ = 2 Σ_{set} δ - Σ δ`.
///
/// # Shapes
/// `columns_of_bits` `[inputs]`: bit `r` of number `i` is bit `i` of row `r`; `deltas` `[rows, width]`; `table` scratch;
/// `gradient` `[inputs, width]`.
#[inline(always)]
pub(super) fn first_gradient<S: Simd>(
    simd: S,
    columns: &Columns,
    columns_of_bits: &[u64],
    deltas: &[f32],
    table: &mut [f32],
    gradient: &mut [f32],
) {
    for &panel in &columns.panels {
        with_tile!(panel, first_gradient_panel::<S>(simd, columns, panel, columns_of_bits, deltas, table, gradient));
    }
}

#[inline(always)]
fn first_gradient_panel<S: Simd, const INPUTS: usize, const N: usize>(
    simd: S,
    columns: &Columns,
    panel: Panel,
    columns_of_bits: &[u64],
    deltas: &[f32],
    table: &mut [f32],
    gradient: &mut [f32],
) {
    let width = columns.padded / S::F32_LANES;
    let rows = deltas.len() / columns.padded;
    let (deltas, gradient) = (vectors::<S>(deltas), vectors_mut::<S>(gradient));
    let table = vectors_mut::<S>(table).as_chunks_mut::<N>().0.as_chunks_mut::<ENTRIES>().0;
    let table = &mut table[..rows / GROUP];
    let mut total = [simd.splat_f32s(0.0); N];
    for (entries, deltas) in table.iter_mut().zip(deltas.chunks_exact(GROUP * width)) {
        for n in 0..N {
            // All sixteen sums of one vector fit the registers; of three they would not.
            let mut sums = [simd.splat_f32s(0.0); ENTRIES];
            for bit in 0..GROUP {
                let delta = deltas[bit * width + panel.start + n];
                for low in 0..1 << bit {
                    sums[(1 << bit) + low] = if low == 0 { delta } else { simd.add_f32s(sums[low], delta) };
                }
            }
            total[n] = simd.add_f32s(total[n], sums[ENTRIES - 1]);
            for (entry, &sum) in entries.iter_mut().zip(&sums) {
                entry[n] = sum;
            }
        }
    }
    let (tiles, rest) = columns_of_bits.as_chunks::<INPUTS>();
    let (tiled, behind) = gradient.split_at_mut(tiles.len() * INPUTS * width);
    for (bits, rows) in tiles.iter().zip(tiled.chunks_exact_mut(INPUTS * width)) {
        let sums = selected::<S, INPUTS, N>(simd, *bits, table);
        for (row, sums) in rows.chunks_exact_mut(width).zip(&sums) {
            add_signed::<S, N>(simd, &mut row[panel.start..], sums, &total);
        }
    }
    for (&bits, row) in rest.iter().zip(behind.chunks_exact_mut(width)) {
        let sums = selected::<S, 1, N>(simd, [bits], table);
        add_signed::<S, N>(simd, &mut row[panel.start..], &sums[0], &total);
    }
}

/// `slots += 2 sums - total`: from the sum over set bits to the sum with signs.
#[inline(always)]
fn add_signed<S: Simd, const N: usize>(simd: S, slots: &mut [S::f32s], sums: &[S::f32s; N], total: &[S::f32s; N]) {
    let two = simd.splat_f32s(2.0);
    for ((slot, &sum), &total) in slots.iter_mut().zip(sums).zip(total) {
        *slot = simd.add_f32s(*slot, simd.sub_f32s(simd.mul_f32s(two, sum), total));
    }
}

/// For each input the sum over groups of rows of the table entries that its bits select.
#[inline(always)]
fn selected<S: Simd, const INPUTS: usize, const N: usize>(
    simd: S,
    mut bits: [u64; INPUTS],
    table: &[[[S::f32s; N]; ENTRIES]],
) -> [[S::f32s; N]; INPUTS] {
    let mut sums = [[simd.splat_f32s(0.0); N]; INPUTS];
    for entries in table {
        for m in 0..INPUTS {
            let entry = &entries[bits[m] as usize % ENTRIES];
            for n in 0..N {
                sums[m][n] = simd.add_f32s(sums[m][n], entry[n]);
            }
            bits[m] >>= GROUP;
        }
    }
    sums
}

/// The bits of up to 64 rows, turned: bit `r` of `columns[i]` is bit `i` of row `r`.
///
/// # Shapes
/// `words` `[rows, words a row]`, `columns` `[32 · words a row]`.
#[inline(always)]
pub(super) fn turn_bits(words: &[u32], words_per_row: usize, columns: &mut [u64]) {
    let rows = words.len() / words_per_row;
    for (word, columns) in columns.chunks_exact_mut(32).enumerate() {
        columns.fill(0);
        for half in 0..rows.div_ceil(32) {
            let mut square = [0u32; 32];
            for (slot, row) in square.iter_mut().zip(half * 32..rows) {
                *slot = words[row * words_per_row + word];
            }
            transpose(&mut square);
            for (column, &bits) in columns.iter_mut().zip(&square) {
                *column |= u64::from(bits) << (32 * half);
            }
        }
    }
}

/// Transposes a square of 32 × 32 bits by swapping ever smaller blocks.
#[inline(always)]
fn transpose(square: &mut [u32; 32]) {
    let mut width = 16;
    let mut mask = 0x0000_ffff_u32;
    while width > 0 {
        for i in 0..32 {
            if i & width == 0 {
                let swap = (square[i] >> width ^ square[i + width]) & mask;
                square[i] ^= swap << width;
                square[i + width] ^= swap;
            }
        }
        width /= 2;
        mask ^= mask << width;
    }
}
