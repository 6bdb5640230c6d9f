//! The kernel that counts, as a Burn backend extension.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, ExtensionType, backend_extension};
use burn::tensor::{Int, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl::{self, calculate_cube_count_elemwise, prelude::*};

use crate::evaluate::distribution::cells::{CELLS, FAR, FAR_BITS, FAR_PATTERN, NEAR, PER_LOGIT, STEPS};
use crate::evaluate::distribution::counted::{KEPT, NOT_FINITE, REACHED};

/// The bit pattern of the least number that is not subnormal; those below may be taken for zero by a device.
const NORMAL: u32 = 0x0080_0000;
/// The bit pattern of infinity: from it on a magnitude is no finite number.
const INFINITE: u32 = 0x7f80_0000;

/// The kernel as a Burn backend extension.
#[backend_extension(Cube, Fusion)]
pub trait CountOps: Backend {
    /// Adds logits to `counts`, and those that reach `keep_from` to `kept`.
    ///
    /// # Shapes
    /// `logits` `[1, B]`, `thresholds` `[T]`, `counts` `[3 CELLS + 2 + 2 (T + 1)]`, `kept` `[C]`.
    #[fusion(meta = |_, _, counts, kept, _, _| HistogramMetadata { counts: counts.clone(), kept: kept.clone() })]
    fn count_logits(
        logits: FloatTensor<Self>,
        thresholds: IntTensor<Self>,
        counts: IntTensor<Self>,
        kept: IntTensor<Self>,
        parity: u32,
        keep_from: i32,
    ) -> Histogram<Self>;
}

/// What the kernel adds to.
#[derive(ExtensionType)]
#[extension_type(fusion)]
pub struct Histogram<B: Backend> {
    /// `[3 CELLS + 2 + 2 (T + 1)]`.
    pub counts: IntTensor<B>,
    /// `[C]`: bit patterns.
    pub kept: IntTensor<B>,
}

impl CountOps for CubeBackend {
    fn count_logits(
        logits: FloatTensor<Self>,
        thresholds: IntTensor<Self>,
        counts: IntTensor<Self>,
        kept: IntTensor<Self>,
        parity: u32,
        keep_from: i32,
    ) -> Histogram<Self> {
        let own = |tensor: IntTensor<Self>| if tensor.can_mut() { tensor } else { tensor.copy() };
        let (counts, kept) = (own(counts), own(kept));
        let client = logits.client.clone();
        let rows = logits.meta.num_elements();
        let dim = CubeDim::new(&client, rows);
        count::launch(
            &client,
            calculate_cube_count_elemwise(&client, rows, dim),
            dim,
            logits.into_buffer_arg(),
            thresholds.into_buffer_arg(),
            counts.clone().into_buffer_arg(),
            kept.clone().into_buffer_arg(),
            parity,
            keep_from,
        );
        Histogram { counts, kept }
    }
}

/// One unit a logit. Everything is decided by bit patterns, or by operations that are exact, so no device's way of
/// rounding or of treating infinities shows.
#[cube(launch)]
fn count(
    logits: &[f32],
    thresholds: &[i32],
    counts: &mut [Atomic<u32>],
    kept: &mut [u32],
    parity: u32,
    keep_from: i32,
) {
    if ABSOLUTE_POS >= logits.len() {
        terminate!();
    }
    let logit = logits[ABSOLUTE_POS];
    let bits = u32::reinterpret(logit);
    let magnitude = bits & 0x7fff_ffffu32;
    if magnitude >= INFINITE {
        counts[NOT_FINITE].fetch_add(1u32);
        terminate!();
    }

    let below_zero = bits != magnitude && magnitude > 0u32;
    let cell = cell_of(logit, magnitude, below_zero);
    let place = if magnitude >= FAR_PATTERN {
        (magnitude - FAR_PATTERN) & ((1u32 << FAR_BITS) - 1u32)
    } else if magnitude < NORMAL {
        // The upper end of the cell below zero, the lower end of the one above.
        if below_zero { 65536u32 } else { 0u32 }
    } else {
        u32::cast_from((logit * PER_LOGIT - f32::cast_from(cell)) * STEPS)
    };
    let at = usize::cast_from(cell + (NEAR + FAR));
    counts[at].fetch_add(1u32);
    counts[at + CELLS].fetch_add(place >> 8u32);
    counts[at + 2usize * CELLS].fetch_add(place & 255u32);

    // The order of logits as that of integers, with one zero.
    let signless = i32::reinterpret(magnitude);
    let order = if bits == magnitude { signless } else { -signless };
    let half = (ABSOLUTE_POS + usize::cast_from(parity)) % 2usize;
    let reached = reached(thresholds, order);
    counts[REACHED + half * (thresholds.len() + 1usize) + reached].fetch_add(1u32);

    if order >= keep_from {
        let next = usize::cast_from(counts[KEPT].fetch_add(1u32));
        if next < kept.len() {
            kept[next] = bits;
        }
    }
}

/// The cell of a finite logit.
#[cube]
fn cell_of(logit: f32, magnitude: u32, below_zero: bool) -> i32 {
    if magnitude >= FAR_PATTERN {
        let number = i32::cast_from((magnitude - FAR_PATTERN) >> FAR_BITS);
        if below_zero { -NEAR - 1i32 - number } else { NEAR + number }
    } else if magnitude < NORMAL {
        if below_zero { -1i32 } else { 0i32 }
    } else {
        let scaled = logit * PER_LOGIT;
        let toward_zero = i32::cast_from(scaled);
        if f32::cast_from(toward_zero) > scaled { toward_zero - 1i32 } else { toward_zero }
    }
}

/// How many of at most 255 ascending thresholds are reached.
#[cube]
fn reached(thresholds: &[i32], order: i32) -> usize {
    let mut reached = 0usize;
    let mut step = 128usize;
    while step > 0usize {
        let next = reached + step;
        if next <= thresholds.len() && thresholds[next - 1usize] <= order {
            reached = next;
        }
        step /= 2usize;
    }
    reached
}

/// Adds logits to `counts`, and those that reach `keep_from` to `kept`; `parity` is that of the first one's index.
///
/// # Shapes
/// `logits` `[1, B]`, `thresholds` `[T]`, ascending, as [`order`](super::order) has them, `counts` a row of
/// [`Counted`](crate::evaluate::distribution::counted::Counted), `kept` `[C]`.
pub(super) fn add(
    logits: Tensor<2>,
    thresholds: Tensor<1, Int>,
    [counts, kept]: [Tensor<1, Int>; 2],
    parity: u32,
    keep_from: i32,
) -> [Tensor<1, Int>; 2] {
    let (logits, thresholds) = (logits.into_dispatch(), thresholds.into_dispatch());
    let histogram =
        Dispatch::count_logits(logits, thresholds, counts.into_dispatch(), kept.into_dispatch(), parity, keep_from);
    [Tensor::from_dispatch(histogram.counts), Tensor::from_dispatch(histogram.kept)]
}
