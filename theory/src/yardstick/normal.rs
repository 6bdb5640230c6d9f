//! The tail of the normal law and its mean excess, to full relative accuracy.
//!
//! The integrals `I_n(x) = int_x^inf (t-x)^n / n! phi(t) dt`, of which `I_0` is the tail and `I_1` the mean excess,
//! satisfy `n I_n + x I_{n-1} = I_{n-2}` with `I_{-1} = phi(x)` (integrate by parts). The ratios `r_n = I_n / I_{n-1}`
//! then satisfy `r_n = 1 / (x + (n+1) r_{n+1})`: Laplace's continued fraction, all of whose terms are positive.

use std::f64::consts::PI;

/// The tail beyond a point `x >= 0`.
#[derive(Clone, Copy)]
pub(super) struct Tail {
    /// `ln phi(x)`.
    pub(super) log_density: f64,
    /// `r_0 = P(t > x) / phi(x)`, Mills' ratio.
    pub(super) mills: f64,
    /// `r_1 = E[(t - x)+] / P(t > x)`, the mean excess of those beyond `x`.
    pub(super) mean_excess: f64,
}

impl Tail {
    pub(super) fn beyond(x: f64) -> Self {
        let log_density = -0.5 * (x * x + (2.0 * PI).ln());
        let [mills, mean_excess] = if x < FRACTION_FROM { by_series(x, log_density) } else { by_fraction(x) };
        Self { log_density, mills, mean_excess }
    }

    /// `P(t > x)`.
    pub(super) fn probability(self) -> f64 {
        self.mills * self.log_density.exp()
    }
}

/// From here on the fraction's error, about `exp(-2 x sqrt(TERMS))`, is below rounding; up to here the series loses
/// three bits.
const FRACTION_FROM: f64 = 1.5;
const TERMS: u32 = 200;

/// `P(0 < t < x) = phi(x) sum x^{2k+1} / (2k+1)!!`, whose terms are positive, taken from 1/2.
fn by_series(x: f64, log_density: f64) -> [f64; 2] {
    let density = log_density.exp();
    let (mut sum, mut term, mut odd) = (0.0, x, 1.0);
    while term > 1e-18 * sum {
        sum += term;
        odd += 2.0;
        term *= x * x / odd;
    }
    let mills = 0.5 / density - sum;
    [mills, 1.0 / mills - x]
}

fn by_fraction(x: f64) -> [f64; 2] {
    // Deep in the fraction neighbouring ratios are alike: (n+1) r^2 + x r = 1.
    let mut ratio = 2.0 / (x + (x * x + 4.0 * f64::from(TERMS + 1)).sqrt());
    for n in (1..TERMS).rev() {
        ratio = 1.0 / (x + f64::from(n + 1) * ratio);
    }
    [1.0 / (x + ratio), ratio]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values computed with 40 digits.
    #[test]
    fn tails_and_excesses_match_reference_values() {
        for (x, tail, excess) in REFERENCE {
            let found = Tail::beyond(x);
            assert!((found.probability() / tail - 1.0).abs() < 2e-13, "tail at {x}: {}", found.probability());
            assert!((found.mean_excess / excess - 1.0).abs() < 4e-15, "excess at {x}: {}", found.mean_excess);
        }
    }

    #[test]
    fn series_and_fraction_meet() {
        let x = FRACTION_FROM;
        let log_density = Tail::beyond(x).log_density;
        for (series, fraction) in by_series(x, log_density).into_iter().zip(by_fraction(x)) {
            assert!((series / fraction - 1.0).abs() < 8e-15, "{series} against {fraction}");
        }
    }

    const REFERENCE: [(f64, f64, f64); 6] = [
        (0.0, 0.5, 0.797_884_560_802_865_4),
        (0.5, 0.308_537_538_725_986_9, 0.641_077_770_368_064_5),
        (1.2, 0.115_069_670_221_708_26, 0.487_552_024_865_185_6),
        (1.6, 0.054_799_291_699_557_995, 0.424_128_984_870_624_45),
        (5.5, 1.898_956_246_588_771_8e-8, 0.171_410_313_897_305_63),
        (37.0, 5.725_571_222_524_577e-300, 0.026_987_686_126_990_096),
    ];
}
