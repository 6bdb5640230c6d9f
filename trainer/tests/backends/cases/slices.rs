//! Layers as slices of the one block of parameters, the gradients that flow back into it, and parts joined to a block.

use burn::tensor::Tensor;
use rote_models::{Activation, Shape};

use crate::case::{Case, Expected, Launch, Trial, flat, tensor};
use crate::sample::Sample;
use crate::tolerance::Class;

pub fn cases() -> Vec<Case> {
    let shapes =
        [(1, 1, vec![1]), (3, 7, vec![3]), (2, 32, vec![24, 24]), (8, 33, vec![9, 5, 2]), (1, 64, vec![40, 7])];
    let trials = shapes.into_iter().map(|(members, inputs, widths)| sliced(members, inputs, widths)).collect();
    vec![Case { name: "slices of the parameters", issues: &[], class: Class::Exact, trials }]
}

/// Parameters and gradients are small whole numbers, so that every result is exact.
fn sliced(members: usize, inputs: usize, widths: Vec<usize>) -> Trial {
    let shape = Shape { inputs, widths, activation: Activation::Tanh };
    let count = members * shape.parameters();
    let whole = |seed: u64| -> Vec<f32> {
        let mut sample = Sample::new(seed);
        (0..count).map(|_| sample.below(2001) as f32 - 1000.0).collect()
    };
    let (parameters, upstream) = (whole(1), whole(2));
    let (values, slopes) = (parameters.clone(), upstream.clone());
    Trial::operation(
        format!("[{members},{}], {shape}", shape.parameters()),
        move |device| -> Launch {
            let device = device.clone().autodiff();
            let dims = [members, shape.parameters()];
            let parameters = tensor(&parameters, dims, &device);
            let upstream = tensor(&upstream, dims, &device);
            let layers = shape.layers();
            Box::new(move || {
                let parameters = parameters.clone().require_grad();
                let mut parts = Vec::new();
                let mut total: Option<Tensor<1>> = None;
                for layer in &layers {
                    for range in [layer.weights.clone(), layer.biases.clone()] {
                        let columns = range.len();
                        let part = parameters.clone().slice([0..members, range.clone()]);
                        // As a layer takes them: a matrix for each member.
                        let matrices = part.reshape([members, columns / layer.outputs, layer.outputs]);
                        let from_above = upstream.clone().slice([0..members, range]);
                        let share = (matrices.clone().reshape([members, columns]) * from_above).sum();
                        total = Some(total.map_or(share.clone(), |total| total + share));
                        parts.push(matrices.inner().reshape([members, columns]));
                    }
                }
                let gradients = total.expect("a network has a layer").backward();
                let slope = parameters.grad(&gradients).expect("slices depend on the block");
                vec![flat(Tensor::cat(parts, 1)), flat(slope)]
            })
        },
        move |_| {
            let doubles = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect();
            vec![Expected::exactly("parameter", doubles(&values)), Expected::exactly("gradient", doubles(&slopes))]
        },
    )
}
