//! The same computation on batches of different sizes in one process, and products whose rows exceed what one block
//! of a kernel takes.

use burn::tensor::Tensor;

use crate::case::{Bench, Case, Expected, Found, Launch, Trial, flat, tensor};
use crate::reference::product::Matrices;
use crate::sample::Sample;
use crate::tolerance::{Arithmetic, Class};

pub fn cases() -> Vec<Case> {
    let tall = [500, 512, 640, 1024, 3048].map(|rows| tall(3, rows, 32, 24)).into_iter().chain([four_axes(), ramps()]);
    vec![
        Case { name: "batches of 64, 1, 64", issues: &["burn#5257"], class: Class::Sums, trials: vec![alternating()] },
        Case {
            name: "500 rows and more",
            issues: &["burn#4907", "burn#4966"],
            class: Class::Sums,
            trials: tall.collect(),
        },
    ]
}

/// Kernels that were chosen for one size must not serve another.
fn alternating() -> Trial {
    Trial::new("[2,B,24] x [2,24,24], relu, x [2,24,1]", |bench: &Bench| {
        let mut found = Found::nothing();
        for (turn, rows) in [64, 1, 64, 1, 2, 64].into_iter().enumerate() {
            let trial = two_layers(turn, rows);
            found = found.or((trial.run)(bench).map_err(|error| format!("turn {turn}, B {rows}: {error}"))?);
        }
        Ok(found)
    })
}

fn two_layers(turn: usize, rows: usize) -> Trial {
    const WIDTH: usize = 24;
    let numbers = move || {
        let mut sample = Sample::new(5257 + turn as u64);
        let x = sample.numbers(2 * rows * WIDTH, 1.0);
        [x, sample.numbers(2 * WIDTH * WIDTH, 0.5), sample.numbers(2 * WIDTH, 0.5)]
    };
    Trial::operation(
        "",
        move |device| -> Launch {
            let [x, w, v] = numbers();
            let x = tensor(&x, [2, rows, WIDTH], device);
            let w = tensor(&w, [2, WIDTH, WIDTH], device);
            let v = tensor(&v, [2, WIDTH, 1], device);
            Box::new(move || {
                let hidden = burn::tensor::activation::relu(x.clone().matmul(w.clone()));
                vec![flat(hidden.matmul(v.clone()))]
            })
        },
        move |arithmetic: Arithmetic| {
            let [x, w, v] = numbers();
            let x = Matrices::new([2, rows, WIDTH], &x);
            let inner = x.expected("", &Matrices::new([2, WIDTH, WIDTH], &w), arithmetic);
            let hidden = inner.values.iter().map(|value| value.max(0.0)).collect();
            let hidden = Matrices { values: hidden, ..x };
            let v = Matrices::new([2, WIDTH, 1], &v);
            let mut out = hidden.expected("output", &v, arithmetic);
            let errors = Matrices { values: inner.bounds, ..hidden };
            let magnitudes = Matrices { values: v.values.iter().map(|value| value.abs()).collect(), ..v };
            out.bounds.iter_mut().zip(errors.times(&magnitudes).values).for_each(|(bound, error)| *bound += error);
            vec![out]
        },
    )
}

fn tall(members: usize, rows: usize, inner: usize, columns: usize) -> Trial {
    let numbers = move || {
        let mut sample = Sample::new(rows as u64);
        [sample.numbers(members * rows * inner, 1.0), sample.numbers(members * inner * columns, 1.0)]
    };
    let label = format!("[{members},{rows},{inner}] x [{members},{inner},{columns}]");
    plain(label, [members, rows, inner, columns], |dims| dims, numbers)
}

/// Slowly rising numbers, as in the issue.
fn ramps() -> Trial {
    let ramp = |count: usize, start: f32| (0..count).map(|index| index as f32 * 1e-4 - start).collect();
    let numbers = move || [ramp(512 * 64, 0.3), ramp(64 * 32, 0.5)];
    plain("ramps, [512,64] x [64,32]", [1, 512, 64, 32], |[_, rows, columns]| [rows, columns], numbers)
}

/// Four axes, as in the issue.
fn four_axes() -> Trial {
    let wave = |count: usize, step: f64| (0..count).map(|index| (index as f64 * step).sin() as f32).collect();
    let numbers = move || [wave(8 * 512 * 512, 0.001), wave(8 * 512 * 32, 0.003)];
    let axes = |[members, rows, columns]: [usize; 3]| [1, members, rows, columns];
    plain("[1,8,512,512] x [1,8,512,32]", [8, 512, 512, 32], axes, numbers)
}

/// The product of two sets of matrices, which the device sees under `axes` of its own.
fn plain<const D: usize>(
    label: impl Into<String>,
    [members, rows, inner, columns]: [usize; 4],
    axes: impl Fn([usize; 3]) -> [usize; D] + 'static,
    numbers: impl Fn() -> [Vec<f32>; 2] + Copy + 'static,
) -> Trial {
    Trial::operation(
        label,
        move |device| -> Launch {
            let [x, w] = numbers();
            let x: Tensor<D> = tensor(&x, axes([members, rows, inner]), device);
            let w: Tensor<D> = tensor(&w, axes([members, inner, columns]), device);
            Box::new(move || vec![flat(x.clone().matmul(w.clone()))])
        },
        move |arithmetic: Arithmetic| -> Vec<Expected> {
            let [x, w] = numbers();
            let x = Matrices::new([members, rows, inner], &x);
            vec![x.expected("product", &Matrices::new([members, inner, columns], &w), arithmetic)]
        },
    )
}
