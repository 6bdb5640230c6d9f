//! Sums over the rows of a batch, over parts of it, and the norms that optimisers take.

use burn::tensor::Tensor;

use crate::case::{Case, Expected, Launch, Trial, flat, tensor};
use crate::sample::Sample;
use crate::tolerance::{Arithmetic, Class, ROUNDING};

/// Members and rows: batches of all sizes that training and evaluation take, and neighbours of powers of two.
const SHAPES: [(usize, usize); 16] = [
    (1, 1),
    (1, 2),
    (3, 1),
    (2, 7),
    (8, 64),
    (3, 228),
    (3, 333),
    (2, 1023),
    (5, 1024),
    (2, 1025),
    (4, 3048),
    (1, 4095),
    (3, 4097),
    (40, 1000),
    (2, 16_384),
    (1, 49_152),
];

/// More rows than 16 bits count.
const LONG: [(usize, usize); 4] = [(1, 65_535), (1, 65_536), (1, 65_537), (2, 100_003)];

pub fn cases() -> Vec<Case> {
    let parts = [(1, 3, 1), (2, 7, 3), (3, 228, 100), (2, 3048, 1000), (1, 1025, 1024), (1, 49_152, 16_384)];
    let case = |name, class, trials| Case { name, issues: &[], class, trials };
    vec![
        case("sums of rows", Class::Exact, SHAPES.map(|(members, rows)| sums(members, rows)).into()),
        case(
            "sums of facts and of non-facts",
            Class::Exact,
            parts.map(|(members, rows, facts)| sums_of_parts(members, rows, facts)).into(),
        ),
        case(
            "sums of more than 65534 rows",
            Class::Functions,
            LONG.into_iter().flat_map(|(members, rows)| [sums(members, rows), norms(members, rows)]).collect(),
        ),
        case("norms and totals", Class::Functions, SHAPES.map(|(members, count)| norms(members, count)).into()),
    ]
}

/// The sum of each row of `[E, B]` between two columns. All terms are small whole numbers.
fn row_sums(
    what: &'static str,
    values: &[f32],
    width: usize,
    columns: std::ops::Range<usize>,
    term: impl Fn(f64) -> f64,
) -> Expected {
    let sum = |row: &[f32]| row[columns.clone()].iter().map(|&value| term(f64::from(value))).sum();
    Expected::exactly(what, values.chunks_exact(width).map(sum).collect())
}

fn sums(members: usize, rows: usize) -> Trial {
    let values = move || Sample::new(rows as u64).whole(members * rows, 8);
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
    let values = move || Sample::new(7).whole(members * rows, 8);
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
    let values = move || Sample::new(17).whole(members * count, 8);
    Trial::operation(
        format!("norm, [{members},{count}]"),
        move |device| -> Launch {
            let x: Tensor<2> = tensor(&values(), [members, count], device);
            Box::new(move || vec![flat(x.clone().square().sum_dim(1).sqrt()), flat(x.clone().sum())])
        },
        move |_: Arithmetic| {
            let squares = row_sums("norm", &values(), count, 0..count, |x| x * x);
            let norms: Vec<f64> = squares.values.iter().map(|square| square.sqrt()).collect();
            let bounds = norms.iter().map(|norm| 10.0 * ROUNDING * norm).collect();
            let total = row_sums("total", &values(), members * count, 0..members * count, |x| x);
            vec![Expected { what: "norm", values: norms, bounds }, total]
        },
    )
}
