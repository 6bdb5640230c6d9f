//! Every member's rows times its own weights, with both gradients.

use crate::case::{Case, Launch, Trial, flat, tensor};
use crate::reference::product::Matrices;
use crate::sample::Sample;
use crate::tolerance::{Arithmetic, Class};

/// Members, rows, inputs, outputs.
const SHAPES: [[usize; 4]; 23] = [
    [1, 1, 1, 1],
    [1, 1, 32, 8],
    [1, 2, 7, 3],
    [2, 1, 3, 2],
    [3, 5, 7, 3],
    [8, 2, 8, 8],
    [3, 1, 9, 24],
    [1, 64, 32, 24],
    [8, 64, 24, 9],
    [3, 65, 33, 40],
    [2, 127, 128, 24],
    [8, 228, 32, 24],
    [1, 512, 32, 8],
    [2, 513, 24, 24],
    [1, 3048, 32, 24],
    [1, 640, 64, 128],
    [3, 64, 128, 128],
    [1, 33, 512, 40],
    [1, 5, 1, 7],
    [17, 3, 5, 5],
    [40, 16, 8, 8],
    [1, 255, 257, 31],
    [1, 49_152, 4, 3],
];

/// The last layer has one output.
const HEADS: [[usize; 4]; 10] = [
    [1, 1, 1, 1],
    [1, 2, 3, 1],
    [3, 5, 7, 1],
    [8, 64, 8, 1],
    [1, 64, 24, 1],
    [3, 333, 9, 1],
    [2, 513, 40, 1],
    [8, 1, 24, 1],
    [1, 3048, 24, 1],
    [2, 64, 128, 1],
];

pub fn cases() -> Vec<Case> {
    let case = |name, trials| Case { name, issues: &[], class: Class::Sums, trials };
    let squares = [[1, 3, 3], [2, 7, 5], [3, 24, 32], [1, 40, 24], [2, 9, 128]];
    vec![
        case("population matmul", SHAPES.map(|shape| product(shape, false)).into()),
        case("heads of one output", HEADS.map(|shape| product(shape, false)).into()),
        Case {
            name: "products of whole numbers",
            issues: &[],
            class: Class::Exact,
            trials: SHAPES.into_iter().chain(HEADS).map(|shape| product(shape, true)).collect(),
        },
        case("gram matrices", squares.map(gram).into()),
    ]
}

fn product([members, rows, inner, columns]: [usize; 4], whole: bool) -> Trial {
    let numbers = move || {
        let mut sample = Sample::new((members * rows + inner * columns) as u64);
        [rows * inner, inner * columns, rows * columns]
            .map(|size| if whole { sample.whole(members * size, 8) } else { sample.numbers(members * size, 1.0) })
    };
    Trial::operation(
        format!("[{members},{rows},{inner}] x [{members},{inner},{columns}]"),
        move |device| -> Launch {
            let device = device.clone().autodiff();
            let [x, w, g] = numbers();
            let x = tensor(&x, [members, rows, inner], &device);
            let w = tensor(&w, [members, inner, columns], &device);
            let g = tensor(&g, [members, rows, columns], &device);
            Box::new(move || {
                let (x, w) = (x.clone().require_grad(), w.clone().require_grad());
                let y = x.clone().matmul(w.clone());
                let gradients = (y.clone() * g.clone()).sum().backward();
                let slope = "a product depends on its factors";
                let (dx, dw) = (x.grad(&gradients).expect(slope), w.grad(&gradients).expect(slope));
                vec![flat(y.inner()), flat(dx), flat(dw)]
            })
        },
        move |arithmetic: Arithmetic| {
            let [x, w, g] = numbers();
            let x = Matrices::new([members, rows, inner], &x);
            let w = Matrices::new([members, inner, columns], &w);
            let g = Matrices::new([members, rows, columns], &g);
            let mut expected = vec![
                x.expected("product", &w, arithmetic),
                g.expected("gradient of the rows", &w.transposed(), arithmetic),
                x.transposed().expected("gradient of the weights", &g, arithmetic),
            ];
            if whole {
                for expected in &mut expected {
                    expected.bounds.fill(0.0);
                }
            }
            expected
        },
    )
}

/// A matrix times its own transpose, which is a view of the same memory, as Muon takes it.
fn gram([members, rows, columns]: [usize; 3]) -> Trial {
    let x = move || Sample::new(41).numbers(members * rows * columns, 1.0);
    Trial::operation(
        format!("[{members},{rows},{columns}]"),
        move |device| -> Launch {
            let x = tensor(&x(), [members, rows, columns], device);
            Box::new(move || {
                let wide = x.clone().matmul(x.clone().swap_dims(1, 2));
                let tall = x.clone().swap_dims(1, 2).matmul(x.clone());
                vec![flat(wide), flat(tall)]
            })
        },
        move |arithmetic: Arithmetic| {
            let x = Matrices::new([members, rows, columns], &x());
            let t = x.transposed();
            vec![x.expected("x x^T", &t, arithmetic), t.expected("x^T x", &x, arithmetic)]
        },
    )
}
