//! The activations that the vector kernels know.

use pulp::Simd;

use super::math;

/// An activation with its slope.
pub(super) trait Activate: Copy + Send + Sync {
    /// Whether the slope needs the input; otherwise the output tells it.
    const KEEPS_INPUT: bool;

    fn forward<S: Simd>(simd: S, input: S::f32s) -> S::f32s;

    /// The slope, from the input where that is kept and from the output otherwise.
    fn slope<S: Simd>(simd: S, kept: S::f32s) -> S::f32s;
}

#[derive(Clone, Copy)]
pub(super) struct Tanh;

impl Activate for Tanh {
    const KEEPS_INPUT: bool = false;

    #[inline(always)]
    fn forward<S: Simd>(simd: S, input: S::f32s) -> S::f32s {
        math::tanh(simd, input)
    }

    #[inline(always)]
    fn slope<S: Simd>(simd: S, output: S::f32s) -> S::f32s {
        simd.mul_add_e_f32s(simd.neg_f32s(output), output, simd.splat_f32s(1.0))
    }
}

#[derive(Clone, Copy)]
pub(super) struct Relu;

impl Activate for Relu {
    const KEEPS_INPUT: bool = false;

    #[inline(always)]
    fn forward<S: Simd>(simd: S, input: S::f32s) -> S::f32s {
        let zero = simd.splat_f32s(0.0);
        simd.mul_add_e_f32s(input, zero, simd.max_f32s(zero, input))
    }

    #[inline(always)]
    fn slope<S: Simd>(simd: S, output: S::f32s) -> S::f32s {
        let zero = simd.splat_f32s(0.0);
        simd.select_f32s(simd.greater_than_f32s(output, zero), simd.splat_f32s(1.0), zero)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Triangle;

impl Activate for Triangle {
    const KEEPS_INPUT: bool = true;

    #[inline(always)]
    fn forward<S: Simd>(simd: S, input: S::f32s) -> S::f32s {
        math::triangle(simd, input)
    }

    #[inline(always)]
    fn slope<S: Simd>(simd: S, input: S::f32s) -> S::f32s {
        math::triangle_slope(simd, input)
    }
}
