//! Sums over the rows of a batch, over parts of it, and the norms that optimisers take.

use burn::tensor::Tensor;

use crate::case::{Case, Expected, Launch, Trial, flat, tensor};
use crate::sample::Sample;
use crate::tolerance::{Arithmetic, Class, ROUNDING, sum};

pub fn cases() -> Vec<Case> {
    let shapes = [(1, 1), (1, 2), (3, 1), (2, 7), (8, 64), (3, 333), (2, 1023), (4, 3048), (1, 65_537)];
    let parts = [(1, 3, 1), (2, 7, 3), (3, 228, 100), (2, 3048, 1000), (1, 1025, 1024)];
    vec![
        Case {
            name: "sums of rows",
            issues: &[],
            class: Class::Sums,
            trials: shapes.map(|(members, rows)| sums(members, rows)).into(),
        },
        Case {
            name: "sums of facts and of non-facts",
            issues: &[],
            class: Class::Sums,
            trials: parts.map(|(members, rows, facts)| sums_of_parts(members, rows, facts)).into(),
        },
        Case {
            name: "norms and totals",
            issues: &[],
            class: Class::Sums,
            trials: shapes.map(|(members, count)| norms(members, count)).into(),
        },
    ]
}

/// The sum of each row of `[E, B]` between two columns, with its error.
fn row_sums(
    what: &'static str,
    values: &[f32],
    width: usize,
    columns: std::ops::Range<usize>,
    term: impl Fn(f64) -> f64,
) -> Expected {
    let (values, bounds) = values
        .chunks_exact(width)
        .map(|row| {
            let terms = || row[columns.clone()].iter().map(|&value| term(f64::from(value)));
            (terms().sum::<f64>(), sum(columns.len()) * terms().map(f64::abs).sum::<f64>())
        })
        .unzip();
    Expected { what, values, bounds }
}

fn sums(members: usize, rows: usize) -> Trial {
    let values = move || Sample::new(rows as u64).numbers(members * rows, 3.0);
    let upstream = move || Sample::new(99).numbers(members, 2.0);
    Trial::operation(
        format!("[{members},{rows}]"),
        move |device| -> Launch {
            let device = device.clone().autodiff();
            let x = tensor(&values(), [members, rows], &device);
            let upstream = tensor(&upstream(), [members, 1], &device);
            Box::new(move || {
                let x = x.clone().require_grad();
                let sums = x.clone().sum_dim(1);
                let gradients = (sums.clone() * upstream.clone()).sum().backward();
                let slope = x.grad(&gradients).expect("a sum depends on its terms");
                vec![flat(sums.inner()), flat(slope)]
            })
        },
        move |_| {
            let slopes = upstream().iter().flat_map(|&slope| vec![f64::from(slope); rows]).collect();
            vec![row_sums("sum", &values(), rows, 0..rows, |x| x), Expected::exactly("slope", slopes)]
        },
    )
}

/// As the loss takes them: the first columns are facts, the others non-facts.
fn sums_of_parts(members: usize, rows: usize, facts: usize) -> Trial {
    let values = move || Sample::new(7).numbers(members * rows, 3.0);
    Trial::operation(
        format!("[{members},{rows}], {facts} facts"),
        move |device| -> Launch {
            let device = device.clone().autodiff();
            let x = tensor(&values(), [members, rows], &device);
            Box::new(move || {
                let x = x.clone().require_grad();
                let facts_e1 = x.clone().slice([0..members, 0..facts]).neg().sum_dim(1);
                let others_e1 = x.clone().slice([0..members, facts..rows]).sum_dim(1);
                let total = (facts_e1.clone().mul_scalar(2.0) + others_e1.clone()).sum();
                let slope = x.grad(&total.backward()).expect("a sum depends on its terms");
                vec![flat(facts_e1.inner()), flat(others_e1.inner()), flat(slope)]
            })
        },
        move |_| {
            let slope = |index: usize| if index % rows < facts { -2.0 } else { 1.0 };
            vec![
                row_sums("sum of facts", &values(), rows, 0..facts, |x| -x),
                row_sums("sum of non-facts", &values(), rows, facts..rows, |x| x),
                Expected::exactly("slope", (0..members * rows).map(slope).collect()),
            ]
        },
    )
}

fn norms(members: usize, count: usize) -> Trial {
    let values = move || Sample::new(17).numbers(members * count, 3.0);
    Trial::operation(
        format!("[{members},{count}]"),
        move |device| -> Launch {
            let x: Tensor<2> = tensor(&values(), [members, count], device);
            Box::new(move || vec![flat(x.clone().square().sum_dim(1).sqrt()), flat(x.clone().sum())])
        },
        move |_: Arithmetic| {
            let squares = row_sums("norm", &values(), count, 0..count, |x| x * x);
            let norms = squares.values.iter().map(|square| square.sqrt()).collect::<Vec<_>>();
            let root = |(norm, bound): (&f64, &f64)| 0.5 * bound / norm + 10.0 * ROUNDING * norm;
            let bounds = norms.iter().zip(&squares.bounds).map(root).collect();
            let total = row_sums("total", &values(), members * count, 0..members * count, |x| x);
            vec![Expected { what: "norm", values: norms, bounds }, total]
        },
    )
}
