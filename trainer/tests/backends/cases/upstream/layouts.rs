//! Tensors that do not lie in memory in the order of their axes: views, permutations and selections that something
//! else still holds.

use burn::tensor::{Int, Tensor, TensorData};

use crate::case::{Case, Expected, Launch, Trial, flat, tensor};
use crate::reference::product::Matrices;
use crate::sample::Sample;
use crate::tolerance::{Arithmetic, Class, ROUNDING};

pub fn cases() -> Vec<Case> {
    let squares = [4, 8, 33, 64].map(held_transpose).into();
    let selections = vec![held_selection(4, 40), held_selection(8, 8), held_selection(3, 65)];
    let permutations = vec![permuted([2, 2, 256]), permuted([3, 5, 7])];
    // Rows that start at multiples of 16 bytes, and rows that do not.
    let strided = vec![
        strided(65_536, 128, 128, 7),
        strided(65_536, 130, 128, 7),
        strided(512, 128, 126, 7),
        strided(512, 130, 126, 9),
    ];
    vec![
        Case { name: "abs of held transposes", issues: &["burn#5552"], class: Class::Exact, trials: squares },
        Case { name: "abs of held selections", issues: &["burn#5552"], class: Class::Exact, trials: selections },
        Case {
            name: "permutations, then arithmetic",
            issues: &["burn#4461"],
            class: Class::Exact,
            trials: permutations,
        },
        Case { name: "products of strided rows", issues: &["burn#5352"], class: Class::Sums, trials: strided },
        Case {
            name: "sums of broadcast products",
            issues: &["burn#3815"],
            class: Class::Sums,
            trials: vec![broadcast()],
        },
    ]
}

fn doubles(values: impl Iterator<Item = f32>) -> Vec<f64> {
    values.map(f64::from).collect()
}

fn held_transpose(side: usize) -> Trial {
    let values = move || Sample::new(side as u64).numbers(side * side, 4.0);
    Trial::operation(
        format!("[{side},{side}]"),
        move |device| -> Launch {
            let x: Tensor<2> = tensor(&values(), [side, side], device);
            Box::new(move || {
                let turned = x.clone().transpose();
                let held = turned.clone();
                let magnitudes = turned.abs();
                vec![flat(magnitudes), flat(held.neg())]
            })
        },
        move |_| {
            let values = values();
            let turned = || (0..side * side).map(|place| values[place % side * side + place / side]);
            vec![
                Expected::exactly("magnitude", doubles(turned().map(f32::abs))),
                Expected::exactly("negative", doubles(turned().map(|value| -value))),
            ]
        },
    )
}

fn held_selection(rows: usize, columns: usize) -> Trial {
    let values = move || Sample::new(columns as u64).numbers(rows * columns, 4.0);
    Trial::operation(
        format!("[{rows},{columns}], columns selected backwards"),
        move |device| -> Launch {
            let x: Tensor<2> = tensor(&values(), [rows, columns], device);
            let backwards: Vec<i32> = (0..columns as i32).rev().collect();
            let chosen = Tensor::<1, Int>::from_data(TensorData::new(backwards, [columns]), device);
            Box::new(move || {
                let selected = x.clone().select(1, chosen.clone());
                let held = selected.clone();
                let magnitudes = selected.abs();
                vec![flat(magnitudes), flat(held)]
            })
        },
        move |_| {
            let values = values();
            let selected =
                || (0..rows * columns).map(|place| values[place / columns * columns + columns - 1 - place % columns]);
            vec![
                Expected::exactly("magnitude", doubles(selected().map(f32::abs))),
                Expected::exactly("selection", doubles(selected())),
            ]
        },
    )
}

/// Whole numbers, so that arithmetic on them is exact.
fn permuted([a, b, c]: [usize; 3]) -> Trial {
    Trial::operation(
        format!("[{a},{b},{c}]"),
        move |device| -> Launch {
            let values: Vec<f32> = (0..a * b * c).map(|value| value as f32).collect();
            let x = tensor(&values, [a, b, c], device);
            Box::new(move || {
                let moved = x.clone().permute([2, 0, 1]);
                let sums = (moved.clone().mul_scalar(2.0) + moved).reshape([c * a, b]).add_scalar(1.0);
                vec![flat(sums)]
            })
        },
        move |_| {
            let value = |place: usize| {
                let (k, i, j) = (place / (a * b), place / b % a, place % b);
                3.0 * ((i * b + j) * c + k) as f64 + 1.0
            };
            vec![Expected::exactly("sum", (0..a * b * c).map(value).collect())]
        },
    )
}

/// The first `inner` columns of rows that are `stride` long, times a matrix; forward, a step, forward again.
fn strided(rows: usize, stride: usize, inner: usize, columns: usize) -> Trial {
    let numbers = move || {
        let mut sample = Sample::new(stride as u64);
        [sample.numbers(rows * stride, 1.0), sample.numbers(inner * columns, 0.2)]
    };
    Trial::operation(
        format!("[{rows},{inner}] of rows of {stride} x [{inner},{columns}]"),
        move |device| -> Launch {
            let [x, w] = numbers();
            let x: Tensor<2> = tensor(&x, [rows, stride], device);
            let w: Tensor<2> = tensor(&w, [inner, columns], device);
            Box::new(move || {
                let view = x.clone().slice([0..rows, 0..inner]);
                let before = view.clone().matmul(w.clone());
                let stepped = w.clone() - w.clone().mul_scalar(0.5);
                let after = view.matmul(stepped);
                vec![flat(before), flat(after)]
            })
        },
        move |arithmetic: Arithmetic| {
            let [x, w] = numbers();
            let view: Vec<f32> = x.chunks_exact(stride).flat_map(|row| row[..inner].to_vec()).collect();
            let before = Matrices::new([1, rows, inner], &view);
            let before = before.expected("before the step", &Matrices::new([1, inner, columns], &w), arithmetic);
            let half = |values: &[f64]| values.iter().map(|value| 0.5 * value).collect();
            let after = Expected { what: "after the step", values: half(&before.values), bounds: half(&before.bounds) };
            vec![before, after]
        },
    )
}

fn broadcast() -> Trial {
    let rho: Vec<f32> = (1_u8..=18).map(f32::from).collect();
    let e: Vec<f32> =
        [1, -1, 1, 0, 1, 1, 0, -1, 0, 0, 0, 1, -1, -1, -1, 0, -1, 1].map(|value: i8| f32::from(value)).into();
    let (values, directions) = (rho.clone(), e.clone());
    Trial::operation(
        "[1,2,3,3,1] * [1,1,3,3,2]",
        move |device| -> Launch {
            let v = tensor(&values, [1, 2, 3, 3], device);
            let e = tensor(&directions, [3, 3, 2], device);
            Box::new(move || {
                let rho = v.clone().sum_dim(2).sum_dim(3);
                let product = v.clone().unsqueeze_dim::<5>(4).mul(e.clone().unsqueeze::<5>());
                vec![flat(rho), flat(product.sum_dim(2).sum_dim(3))]
            })
        },
        move |_| {
            let sums: Vec<f64> = rho.chunks_exact(9).map(|cell| doubles(cell.iter().copied()).iter().sum()).collect();
            let moments = (0..4).map(|place| {
                let (cell, axis) = (place / 2, place % 2);
                (0..9).map(|at| f64::from(rho[9 * cell + at]) * f64::from(e[2 * at + axis])).sum()
            });
            vec![Expected::exactly("sum", sums), Expected::within("moment", 4.0 * ROUNDING, moments.collect())]
        },
    )
}
