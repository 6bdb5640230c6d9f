//! burn#5122: rows after the first one were wrong where a fused product had one column.

use crate::case::{Case, Expected, Launch, Trial, flat, tensor};
use crate::reference::product::Matrices;
use crate::sample::Sample;
use crate::tolerance::{Arithmetic, Class, ROUNDING};

const MEMBERS: [usize; 3] = [1, 3, 8];
const ROWS: [usize; 5] = [1, 2, 5, 64, 3048];
const WIDTHS: [usize; 7] = [3, 7, 8, 9, 24, 40, 128];

pub fn cases() -> Vec<Case> {
    let case = |name, trials| Case { name, issues: &["burn#5122"], class: Class::Sums, trials };
    // Every width with every number of rows, and every number of members somewhere.
    let heads = ROWS.iter().enumerate().flat_map(|(row, &rows)| {
        WIDTHS.iter().enumerate().map(move |(column, &width)| head(MEMBERS[(row + column) % 3], rows, width))
    });
    vec![
        case("matrix times column, doubled", vec![doubled()]),
        case("heads with bias, doubled", heads.collect()),
        Case {
            name: "36-64-9-1 on five rows",
            issues: &["burn#5122"],
            class: Class::Network,
            trials: vec![narrowing()],
        },
    ]
}

/// The issue's smallest example.
fn doubled() -> Trial {
    let matrix = [0.9, 0.8, -0.9, 0.1, 0.45, -0.6, -0.25, -0.41, 0.51, 0.6, 0.1, 0.0];
    let column = [0.3, -0.2, 0.1];
    Trial::operation(
        "[4,3] x [3,1], then out + out",
        move |device| -> Launch {
            let (matrix, column) = (tensor(&matrix, [4, 3], device), tensor(&column, [3, 1], device));
            Box::new(move || {
                let out = matrix.clone().matmul(column.clone());
                vec![flat(out.clone() + out)]
            })
        },
        move |arithmetic: Arithmetic| {
            let product = Matrices::new([1, 4, 3], &matrix);
            vec![twice(product.expected("product", &Matrices::new([1, 3, 1], &column), arithmetic))]
        },
    )
}

fn twice(mut expected: Expected) -> Expected {
    expected.values.iter_mut().chain(&mut expected.bounds).for_each(|value| *value *= 2.0);
    expected
}

fn head(members: usize, rows: usize, width: usize) -> Trial {
    let numbers = move || {
        let mut sample = Sample::new((rows * width) as u64);
        let x = sample.numbers(members * rows * width, 1.0);
        [x, sample.numbers(members * width, 1.0), sample.numbers(members, 1.0)]
    };
    Trial::operation(
        format!("[{members},{rows},{width}] x [{members},{width},1]"),
        move |device| -> Launch {
            let [x, w, b] = numbers();
            let x = tensor(&x, [members, rows, width], device);
            let w = tensor(&w, [members, width, 1], device);
            let b = tensor(&b, [members, 1, 1], device);
            Box::new(move || {
                let out = x.clone().matmul(w.clone()) + b.clone();
                let logits = out.clone().reshape([members, rows]);
                vec![flat(out.clone() + out), flat(logits.tanh())]
            })
        },
        move |arithmetic: Arithmetic| {
            let [x, w, b] = numbers();
            let x = Matrices::new([members, rows, width], &x);
            let mut out = x.expected("doubled", &Matrices::new([members, width, 1], &w), arithmetic);
            for (index, (value, bound)) in out.values.iter_mut().zip(&mut out.bounds).enumerate() {
                *value += f64::from(b[index / rows]);
                *bound += 2.0 * ROUNDING * (value.abs() + f64::from(b[index / rows]).abs());
            }
            let tanh = rote_models::Activation::Tanh;
            let squashed = Expected {
                what: "squashed",
                values: out.values.iter().map(|value| value.tanh()).collect(),
                bounds: out
                    .values
                    .iter()
                    .zip(&out.bounds)
                    .map(|(&value, bound)| bound + arithmetic.value(tanh, value))
                    .collect(),
            };
            vec![twice(out), squashed]
        },
    )
}

/// The issue's network, without members, ±1 inputs and bits: 36 to 64 to 9 to 1.
fn narrowing() -> Trial {
    const ROWS: usize = 5;
    const UNITS: [usize; 4] = [36, 64, 9, 1];
    let mut sample = Sample::new(5122);
    let x = sample.numbers(ROWS * UNITS[0], 1.0);
    let layers: Vec<(Vec<f32>, Vec<f32>)> =
        UNITS.windows(2).map(|pair| (sample.numbers(pair[0] * pair[1], 0.3), sample.numbers(pair[1], 0.1))).collect();
    let (inputs, parameters) = (x.clone(), layers.clone());
    Trial::operation(
        "N = 5",
        move |device| -> Launch {
            let x = tensor(&inputs, [ROWS, UNITS[0]], device);
            let dims = UNITS.windows(2);
            let layers: Vec<_> = parameters
                .iter()
                .zip(dims)
                .map(|((w, b), pair)| (tensor(w, [pair[0], pair[1]], device), tensor(b, [1, pair[1]], device)))
                .collect();
            Box::new(move || {
                let out = layers.iter().fold(x.clone(), |x, (w, b)| (x.matmul(w.clone()) + b.clone()).tanh());
                vec![flat(out)]
            })
        },
        move |arithmetic: Arithmetic| {
            let mut x = Expected::exactly("output", x.iter().map(|&value| f64::from(value)).collect());
            for ((w, b), pair) in layers.iter().zip(UNITS.windows(2)) {
                x = dense_tanh(&x, w, b, [ROWS, pair[0], pair[1]], arithmetic);
            }
            vec![x]
        },
    )
}

/// One layer with tanh, errors carried along.
fn dense_tanh(
    x: &Expected,
    w: &[f32],
    b: &[f32],
    [rows, inner, columns]: [usize; 3],
    arithmetic: Arithmetic,
) -> Expected {
    let mut out = Expected { what: x.what, values: Vec::new(), bounds: Vec::new() };
    for row in 0..rows {
        for column in 0..columns {
            let bias = f64::from(b[column]);
            let (mut value, mut error, mut magnitude) = (bias, 0.0, bias.abs());
            for k in 0..inner {
                let weight = f64::from(w[k * columns + column]);
                value += weight * x.values[row * inner + k];
                error += weight.abs() * x.bounds[row * inner + k];
                magnitude += (weight * x.values[row * inner + k]).abs();
            }
            error += arithmetic.product(inner) * magnitude;
            out.values.push(value.tanh());
            out.bounds.push(error + arithmetic.value(rote_models::Activation::Tanh, value));
        }
    }
    out
}
