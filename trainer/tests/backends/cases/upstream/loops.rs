//! burn#5563: a loop of operations that never waits for the device gave wrong numbers.

use burn::tensor::Tensor;

use crate::case::{Bench, Case, Expected, Found, Trial, read, tensor};
use crate::reference::product::Matrices;
use crate::sample::Sample;
use crate::tolerance::{Class, ROUNDING, sum};

pub fn cases() -> Vec<Case> {
    vec![Case {
        name: "1000 unread iterations",
        issues: &["burn#5563"],
        class: Class::Sums,
        trials: vec![folded(1, 32, 32, 32), folded(2, 64, 24, 9), folded(3, 33, 7, 1)],
    }]
}

/// A fold over `exp(x_i w)` summed over rows, a new slice of `x` in each iteration: `s = (s + sum exp(x_i w)) / 2`.
fn folded(members: usize, rows: usize, inner: usize, columns: usize) -> Trial {
    const DISTINCT: usize = 8;
    let label = format!("exp([{members},{rows},{inner}] x [{members},{inner},{columns}]), summed and folded");
    Trial::new(label, move |bench: &Bench| {
        let iterations = if bench.arithmetic.gpu { 1000 } else { 100 };
        let mut sample = Sample::new(5563);
        let blocks: Vec<Vec<f32>> = (0..DISTINCT).map(|_| sample.numbers(members * rows * inner, 0.5)).collect();
        let w = sample.numbers(members * inner * columns, 0.5);
        let on_device: Vec<Tensor<3>> =
            blocks.iter().map(|block| tensor(block, [members, rows, inner], &bench.device)).collect();
        let w_on_device = tensor(&w, [members, inner, columns], &bench.device);
        let mut state: Tensor<3> = Tensor::zeros([members, 1, columns], &bench.device);
        for iteration in 0..iterations {
            let block = on_device[iteration % DISTINCT].clone();
            state = (state + block.matmul(w_on_device.clone()).exp().sum_dim(1)).mul_scalar(0.5);
        }
        let got = read(state)?;

        let w = Matrices::new([members, inner, columns], &w);
        let mut expected = Expected::within("state", 0.0, vec![0.0; members * columns]);
        for iteration in 0..iterations {
            let block = Matrices::new([members, rows, inner], &blocks[iteration % DISTINCT]);
            let product = block.expected("", &w, bench.arithmetic);
            for place in 0..members * columns {
                let (member, column) = (place / columns, place % columns);
                let terms = (0..rows).map(|row| (member * rows + row) * columns + column);
                let (mut added, mut error) = (0.0, 0.0);
                for term in terms {
                    let value = product.values[term].exp();
                    added += value;
                    error += value * (bench.arithmetic.exp(product.values[term]) + product.bounds[term]);
                }
                error += sum(rows) * added;
                let (value, bound) = (&mut expected.values[place], &mut expected.bounds[place]);
                *bound = 0.5 * (*bound + error) + 2.0 * ROUNDING * (value.abs() + added);
                *value = 0.5 * (*value + added);
            }
        }
        expected.compare(&got).map(|found| Found {
            place: format!("after {iterations} iterations, {}", found.place),
            loops: iterations,
            ..found
        })
    })
}
