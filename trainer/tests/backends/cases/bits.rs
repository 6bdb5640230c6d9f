//! Packed words become ±1 inputs: shifts, masks and the conversion to floating-point numbers.

use burn::tensor::{Int, Tensor, TensorData};
use rote_models::kernels::composed;

use crate::case::{Case, Expected, Launch, Trial, flat};
use crate::sample::Sample;
use crate::tolerance::Class;

/// The words on which a shift with the wrong sign, or a conversion through a narrower type, shows.
const SPECIAL: [i32; 8] = [0, -1, i32::MIN, i32::MAX, 1, 0x5555_5555, -0x5555_5556, 1 << 24];

pub fn cases() -> Vec<Case> {
    // Inputs below 32 W leave bits of the last word unused.
    let shapes = [(1, 1, 32), (1, 8, 32), (3, 5, 7), (2, 33, 31), (1, 1, 64), (3, 5, 64), (2, 9, 33), (2, 7, 45)];
    let trials = shapes.map(|(members, rows, inputs)| unpacked(members, rows, inputs)).into();
    vec![Case { name: "unpacking bits", issues: &[], class: Class::Exact, trials }]
}

fn unpacked(members: usize, rows: usize, inputs: usize) -> Trial {
    let width = inputs.div_ceil(32);
    let mut words = Sample::new(inputs as u64).words(members * rows, 32 * width);
    words.iter_mut().zip(SPECIAL.iter().cycle().take(16)).for_each(|(word, special)| *word = *special);
    let expected: Vec<f64> = words
        .chunks_exact(width)
        .flat_map(|row| {
            let bit = |input: usize| row[input / 32].cast_unsigned() >> (input % 32) & 1;
            (0..inputs).map(move |input| 2.0 * f64::from(bit(input)) - 1.0)
        })
        .collect();
    Trial::operation(
        format!("[{members},{rows},{width}] to {inputs} inputs"),
        move |device| -> Launch {
            let data = TensorData::new(words.clone(), [members, rows, width]);
            let words = Tensor::<3, Int>::from_data(data, device);
            Box::new(move || vec![flat(composed::unpack(words.clone(), inputs))])
        },
        move |_| vec![Expected::exactly("input", expected.clone())],
    )
}
