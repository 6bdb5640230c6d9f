//! burn#3011: more elements than a grid of 65535 blocks has threads.

use burn::tensor::Tensor;

use crate::case::{Bench, Case, Expected, Trial, read, tensor};
use crate::tolerance::Class;

pub fn cases() -> Vec<Case> {
    vec![Case {
        name: "elementwise on many elements",
        issues: &["burn#3011"],
        class: Class::Exact,
        trials: vec![many(65_535 * 64 + 3), many(65_536 * 256 + 5)],
    }]
}

/// Small whole numbers, so that every element is exact; all of them are read and compared.
fn many(count: usize) -> Trial {
    const PERIOD: usize = 1021;
    Trial::new(format!("[{count}]"), move |bench: &Bench| {
        let value = |index: usize| (index % PERIOD) as f32;
        let values: Vec<f32> = (0..count).map(value).collect();
        let x: Tensor<1> = tensor(&values, [count], &bench.device);
        let got = read((x.clone().mul_scalar(2.0) + x).add_scalar(1.0))?;
        let expected = (0..count).map(|index| 3.0 * f64::from(value(index)) + 1.0).collect();
        Expected::exactly("element", expected).compare(&got)
    })
}
