//! Elementwise functions over vectors of `f32`, built only from operations that every instruction set rounds alike:
//! fused multiply-add, division, comparison and integer shifts. No approximate reciprocals, so all sets agree bitwise.

use pulp::Simd;

/// From here on `tanh` is 1 to within an ulp or two.
const TANH_LIMIT: f32 = 7.9;
/// `tanh(x) = x P(x²) / Q(x²)` on `[0, TANH_LIMIT]`, fitted for the least largest relative error (6e-9, far below the
/// rounding of its evaluation, 3.6e-7) by iteratively reweighted least squares. Constant terms first.
const TANH_P: [f32; 5] = [1.0, 0.134_506_23, 3.578_995e-3, 2.202_329_4e-5, 1.542_804_3e-8];
const TANH_Q: [f32; 5] = [1.0, 0.467_839_5, 2.619_225e-2, 3.423_655_3e-4, 8.598_808e-7];

/// Evaluates a polynomial with its constant term first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, coefficients: [f32; N], x: S::f32s) -> S::f32s {
    let mut sum = simd.splat_f32s(coefficients[N - 1]);
    for &coefficient in coefficients[..N - 1].iter().rev() {
        sum = simd.mul_add_e_f32s(sum, x, simd.splat_f32s(coefficient));
    }
    sum
}

/// Hyperbolic tangent. A NaN stays a NaN, so that a diverged member shows.
#[inline(always)]
pub(super) fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let limit = simd.splat_f32s(TANH_LIMIT);
    let clamped = simd.max_f32s(simd.neg_f32s(limit), simd.min_f32s(limit, x));
    let square = simd.mul_f32s(clamped, clamped);
    let numerator = simd.mul_f32s(clamped, polynomial(simd, TANH_P, square));
    let quotient = simd.div_f32s(numerator, polynomial(simd, TANH_Q, square));
    // Minimum and maximum drop a NaN on some instruction sets; this puts it back.
    simd.mul_add_e_f32s(x, simd.splat_f32s(0.0), quotient)
}

/// Triangle wave of period 4 and slope ±1 through the origin, with the argument reduced to `[-2, 2]`.
#[inline(always)]
fn reduce_to_period<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Adding and subtracting 1.5 · 2^23 rounds to the nearest integer, ties to even.
    let shift = simd.splat_f32s(12_582_912.0);
    let periods = simd.sub_f32s(simd.add_f32s(simd.mul_f32s(x, simd.splat_f32s(0.25)), shift), shift);
    simd.mul_add_e_f32s(periods, simd.splat_f32s(-4.0), x)
}

/// Triangle wave of period 4 and slope ±1 through the origin.
#[inline(always)]
pub(super) fn triangle<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let t = reduce_to_period(simd, x);
    let falling = simd.sub_f32s(simd.splat_f32s(2.0), t);
    let returning = simd.sub_f32s(simd.splat_f32s(-2.0), t);
    let wave = simd.max_f32s(returning, simd.min_f32s(falling, t));
    simd.mul_add_e_f32s(x, simd.splat_f32s(0.0), wave)
}

/// Slope of [`triangle`]: 1 where it rises, -1 where it falls.
#[inline(always)]
pub(super) fn triangle_slope<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let t = simd.abs_f32s(reduce_to_period(simd, x));
    let one = simd.splat_f32s(1.0);
    simd.select_f32s(simd.less_than_or_equal_f32s(t, one), one, simd.splat_f32s(-1.0))
}

/// `exp(-a)` for `a >= 0`; 0 from 87 up.
#[inline(always)]
fn exp_negative<S: Simd>(simd: S, a: S::f32s) -> S::f32s {
    const LN2_HIGH: f32 = 0.693_145_75;
    const LN2_LOW: f32 = 1.428_606_8e-6;
    let limit = simd.splat_f32s(87.0);
    let x = simd.neg_f32s(simd.min_f32s(limit, a));
    let shift = simd.splat_f32s(12_582_912.0);
    let shifted = simd.mul_add_e_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), shift);
    let exponent = simd.sub_f32s(shifted, shift);
    let r = simd.mul_add_e_f32s(exponent, simd.splat_f32s(-LN2_HIGH), x);
    let r = simd.mul_add_e_f32s(exponent, simd.splat_f32s(-LN2_LOW), r);
    // Taylor series of exp on |r| <= ln(2)/2; the first term left out is below 2^-27.
    let taylor = [1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0];
    let mantissa = polynomial(simd, taylor, r);
    // The low bits of `shifted` hold the exponent as an integer: move it into the exponent field.
    let power = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    let bits = simd.add_u32s(simd.transmute_u32s_f32s(mantissa), power);
    let result = simd.transmute_f32s_u32s(bits);
    simd.select_f32s(simd.greater_than_f32s(a, limit), simd.splat_f32s(0.0), result)
}

/// For a logit times its label's sign, `a`: the log loss `ln(1 + e^-a)` and the probability `σ(-a)` of the wrong answer,
/// which is minus the loss's derivative in `a`. Both keep full relative precision in the far tails.
#[inline(always)]
pub(super) fn log_loss<S: Simd>(simd: S, a: S::f32s) -> (S::f32s, S::f32s) {
    let zero = simd.splat_f32s(0.0);
    let one = simd.splat_f32s(1.0);
    let t = exp_negative(simd, simd.abs_f32s(a));
    let right = simd.greater_than_or_equal_f32s(a, zero);
    let wrong = simd.div_f32s(simd.select_f32s(right, t, one), simd.add_f32s(one, t));
    // ln(1 + t) = 2 artanh(s), s = t / (2 + t) <= 1/3; the first term left out is below 2^-31 of the sum.
    let s = simd.div_f32s(t, simd.add_f32s(simd.splat_f32s(2.0), t));
    let square = simd.mul_f32s(s, s);
    let series = [2.0, 2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0, 2.0 / 11.0, 2.0 / 13.0, 2.0 / 15.0];
    let log1p = simd.mul_f32s(s, polynomial(simd, series, square));
    let linear = simd.max_f32s(zero, simd.neg_f32s(a));
    let nan = simd.mul_f32s(a, zero);
    (simd.add_f32s(simd.add_f32s(linear, log1p), nan), simd.add_f32s(wrong, nan))
}
