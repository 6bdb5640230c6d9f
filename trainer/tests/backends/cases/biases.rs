//! A bias for each member and output, added to all rows: a broadcast, whose gradient is a sum over rows.

use crate::case::{Case, Expected, Launch, Trial, flat, tensor};
use crate::sample::Sample;
use crate::tolerance::{Class, ROUNDING, sum};

/// Members, rows, outputs.
const SHAPES: [[usize; 3]; 12] = [
    [1, 1, 1],
    [1, 2, 1],
    [3, 5, 1],
    [2, 64, 1],
    [3, 7, 2],
    [1, 4, 2],
    [2, 5, 3],
    [8, 64, 3],
    [3, 228, 24],
    [1, 3048, 24],
    [2, 33, 40],
    [8, 9, 128],
];

pub fn cases() -> Vec<Case> {
    vec![Case {
        name: "broadcast bias",
        issues: &["burn#3807"],
        class: Class::Sums,
        trials: SHAPES.map(added).into_iter().chain([vectors()]).collect(),
    }]
}

fn added([members, rows, outputs]: [usize; 3]) -> Trial {
    let count = members * rows * outputs;
    let numbers = move || {
        let mut sample = Sample::new(count as u64);
        [sample.numbers(count, 2.0), sample.numbers(members * outputs, 2.0), sample.numbers(count, 1.0)]
    };
    let bias_of = move |index: usize| index / (rows * outputs) * outputs + index % outputs;
    Trial::operation(
        format!("[{members},{rows},{outputs}] + [{members},1,{outputs}]"),
        move |device| -> Launch {
            let device = device.clone().autodiff();
            let [x, b, g] = numbers();
            let x = tensor(&x, [members, rows, outputs], &device);
            let b = tensor(&b, [members, 1, outputs], &device);
            let g = tensor(&g, [members, rows, outputs], &device);
            Box::new(move || {
                let b = b.clone().require_grad();
                let y = x.clone() + b.clone();
                let gradients = (y.clone() * g.clone()).sum().backward();
                vec![flat(y.inner()), flat(b.grad(&gradients).expect("a sum depends on its terms"))]
            })
        },
        move |_| {
            let [x, b, g] = numbers();
            let sums = x.iter().enumerate().map(|(index, &x)| f64::from(x) + f64::from(b[bias_of(index)]));
            let values: Vec<f64> = sums.collect();
            let bounds = values.iter().map(|value| 1.01 * ROUNDING * value.abs()).collect();
            let (mut slopes, mut magnitudes) = (vec![0.0; members * outputs], vec![0.0; members * outputs]);
            for (index, &g) in g.iter().enumerate() {
                slopes[bias_of(index)] += f64::from(g);
                magnitudes[bias_of(index)] += f64::from(g).abs();
            }
            let slope_bounds = magnitudes.iter().map(|magnitude| sum(rows) * magnitude).collect();
            vec![
                Expected { what: "sum", values, bounds },
                Expected { what: "gradient of the bias", values: slopes, bounds: slope_bounds },
            ]
        },
    )
}

/// The smallest broadcast, in which a buffer once came out with one number.
fn vectors() -> Trial {
    Trial::operation(
        "[1] + [2]",
        |device| -> Launch {
            let (one, two) = (tensor(&[3.0], [1], device), tensor(&[4.0, 5.0], [2], device));
            Box::new(move || vec![one.clone() + two.clone(), two.clone() * one.clone()])
        },
        |_| vec![Expected::exactly("sum", vec![7.0, 8.0]), Expected::exactly("product", vec![12.0, 15.0])],
    )
}
