//! Where an increasing function crosses zero, to the last bits, from a bracket and values alone.

/// The `x` in `[low, high]` at which the increasing `f` is 0, and the end nearer to it if `f` is of one sign. Values
/// may be infinite, not NaN.
///
/// Chandrupatla's method: inverse quadratic interpolation through the last three points where they lie evenly enough
/// for it, bisection elsewhere. It ends when the bracket is a few units in the last place of `max(1, |x|)` wide, which
/// suits an `x` that is a logarithm.
pub(super) fn crossing(f: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    let (mut near, mut far) = (low, high);
    let (mut f_near, mut f_far) = (f(near), f(far));
    if f_near >= 0.0 {
        return low;
    }
    if f_far <= 0.0 {
        return high;
    }
    let mut part = 0.5;
    for _ in 0..MAX_STEPS {
        let next = near + part * (far - near);
        let f_next = f(next);
        let (last, f_last);
        if (f_next < 0.0) == (f_near < 0.0) {
            (last, f_last) = (near, f_near);
        } else {
            (last, f_last) = (far, f_far);
            (far, f_far) = (near, f_near);
        }
        (near, f_near) = (next, f_next);

        let best = if f_near.abs() < f_far.abs() { near } else { far };
        let least_part = f64::EPSILON * best.abs().max(1.0) / (far - near).abs();
        if f_near == 0.0 || least_part > 0.5 {
            return if f_near == 0.0 { near } else { best };
        }
        let even = (near - far) / (last - far);
        let steep = (f_near - f_far) / (f_last - f_far);
        let interpolates = steep * steep < even && (1.0 - steep) * (1.0 - steep) < 1.0 - even;
        part = if interpolates {
            f_near / (f_far - f_near) * f_last / (f_far - f_last)
                + (last - near) / (far - near) * f_near / (f_last - f_near) * f_far / (f_last - f_far)
        } else {
            0.5
        };
        part = part.clamp(least_part, 1.0 - least_part);
    }
    near
}

/// Ten to twenty steps are usual and bisection alone would take sixty; the limit only makes the end certain.
const MAX_STEPS: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_smooth_crossing_is_found_to_the_last_bits_in_few_steps() {
        let steps = Cell::new(0);
        let found = crossing(
            |x| {
                steps.set(steps.get() + 1);
                x.exp() - 10.0
            },
            -700.0,
            700.0,
        );
        assert!((found - std::f64::consts::LN_10).abs() <= 4.0 * f64::EPSILON, "{found}");
        assert!(steps.get() < 60, "{} steps", steps.get());
    }

    #[test]
    fn infinite_values_and_jumps_only_slow_it_down() {
        let jump = crossing(|x| if x < 0.3 { f64::NEG_INFINITY } else { f64::INFINITY }, -1e3, 1e3);
        assert!((jump - 0.3).abs() <= 4.0 * f64::EPSILON);
    }

    #[test]
    fn without_a_crossing_the_nearer_end_is_the_answer() {
        assert_eq!(crossing(|_| 1.0, -2.0, 3.0), -2.0);
        assert_eq!(crossing(|_| -1.0, -2.0, 3.0), 3.0);
    }
}
