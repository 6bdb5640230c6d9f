//! Activations in double precision: values, slopes, and where slopes jump.

use rote_models::Activation;

/// The value at `x`.
pub(super) fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Tanh => x.tanh(),
        Activation::Gelu => x * normal(x),
        Activation::Silu => x * logistic(x),
        Activation::Relu => x.max(0.0),
        Activation::Triangle => {
            let t = in_period(x);
            (t + 1.0).abs() - (t - 1.0).abs() - t
        }
    }
}

/// The slope at `x`.
pub(super) fn slope(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Tanh => 1.0 - x.tanh().powi(2),
        Activation::Gelu => {
            let density = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2 / 2.0;
            normal(x) + x * density * (-0.5 * x * x).exp()
        }
        Activation::Silu => logistic(x) * (1.0 + x * logistic(-x)),
        Activation::Relu => f64::from(u8::from(x > 0.0)),
        Activation::Triangle => {
            if in_period(x).abs() < 1.0 {
                1.0
            } else {
                -1.0
            }
        }
    }
}

/// How far `x` is from where the slope jumps.
pub(super) fn distance_to_bend(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Relu => x.abs(),
        // The wave turns at the odd numbers.
        Activation::Triangle => (x - 2.0 * ((x - 1.0) / 2.0).round() - 1.0).abs(),
        Activation::Tanh | Activation::Gelu | Activation::Silu => f64::INFINITY,
    }
}

/// `1 / (1 + e^-x)`.
pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `x` in the triangle wave's period around 0.
fn in_period(x: f64) -> f64 {
    x - 4.0 * (x / 4.0).round()
}

/// The standard normal distribution function.
fn normal(x: f64) -> f64 {
    0.5 * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2))
}

/// The error function by its series of positive terms (Abramowitz and Stegun 7.1.6), which loses nothing to cancellation.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum, mut n) = (x, x, 0.0);
    while term.abs() > 1e-17 * sum.abs() {
        n += 1.0;
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_function_is_known() {
        // Abramowitz and Stegun, table 7.1.
        for (x, value) in [(0.0, 0.0), (0.5, 0.520_499_877_8), (1.0, 0.842_700_792_9), (2.0, 0.995_322_265_0)] {
            assert!((erf(x) - value).abs() < 1e-10 && (erf(-x) + value).abs() < 1e-10, "{x}");
        }
        assert!((erf(5.9) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn the_wave_bends_at_odd_numbers() {
        for (x, distance) in [(0.0, 1.0), (0.75, 0.25), (1.0, 0.0), (-1.5, 0.5), (2.0, 1.0), (5.25, 0.25)] {
            assert!((distance_to_bend(Activation::Triangle, x) - distance).abs() < 1e-12, "{x}");
        }
        assert!((activate(Activation::Triangle, 5.25) - 0.75).abs() < 1e-12);
    }

    #[test]
    fn slopes_are_those_of_the_values() {
        let step = 1e-5;
        for activation in Activation::ALL {
            for x in [-5.3, -2.2, -0.7, 0.3, 1.4, 2.9, 7.2] {
                let quotient = (activate(activation, x + step) - activate(activation, x - step)) / (2.0 * step);
                assert!((slope(activation, x) - quotient).abs() < 1e-9, "{activation:?} at {x}: {quotient}");
            }
        }
    }
}
