//! burn#4366: long chains of elementwise operations with slices and joins in between, each step using the last one's
//! result, came out wrong when fused.

use burn::tensor::Tensor;

use crate::case::{Case, Expected, Launch, Trial, flat, tensor};
use crate::sample::Sample;
use crate::tolerance::{Class, ROUNDING};

pub fn cases() -> Vec<Case> {
    vec![Case {
        name: "recurrence of slices and joins",
        issues: &["burn#4366"],
        class: Class::Sums,
        trials: vec![recurrence(1, 1, 16), recurrence(2, 5, 16), recurrence(3, 24, 40)],
    }]
}

/// `h_t = a h_{t-1} + b x_t`, `y_t = h_t c + x_t`, the `y_t` joined; `x_t` are slices of one tensor.
fn recurrence(members: usize, width: usize, length: usize) -> Trial {
    let numbers = move || {
        let mut sample = Sample::new(length as u64);
        let x = sample.numbers(members * length * width, 1.0);
        (x, std::array::from_fn::<_, 3, _>(|_| sample.numbers(width, 0.9)))
    };
    Trial::operation(
        format!("[{members},{length},{width}]"),
        move |device| -> Launch {
            let (x, coefficients) = numbers();
            let x: Tensor<3> = tensor(&x, [members, length, width], device);
            let [a, b, c] = coefficients.map(|values| tensor(&values, [1, 1, width], device));
            Box::new(move || {
                let mut h: Option<Tensor<3>> = None;
                let mut outputs = Vec::new();
                for t in 0..length {
                    let x_t = x.clone().slice([0..members, t..t + 1, 0..width]);
                    let fresh = b.clone() * x_t.clone();
                    let next = h.map_or(fresh.clone(), |h| a.clone() * h + fresh);
                    outputs.push(next.clone() * c.clone() + x_t);
                    h = Some(next);
                }
                vec![flat(Tensor::cat(outputs, 1))]
            })
        },
        move |_| {
            let (x, [a, b, c]) = numbers();
            let mut expected = Expected { what: "output", values: vec![0.0; x.len()], bounds: vec![0.0; x.len()] };
            for member in 0..members {
                for unit in 0..width {
                    let [a, b, c] = [a[unit], b[unit], c[unit]].map(f64::from);
                    let (mut h, mut error) = (0.0_f64, 0.0_f64);
                    for t in 0..length {
                        let place = (member * length + t) * width + unit;
                        let input = f64::from(x[place]);
                        error = a.abs() * error + 3.0 * ROUNDING * ((a * h).abs() + (b * input).abs());
                        h = a * h + b * input;
                        expected.values[place] = h * c + input;
                        expected.bounds[place] = c.abs() * error + 3.0 * ROUNDING * ((h * c).abs() + input.abs());
                    }
                }
            }
            vec![expected]
        },
    )
}
