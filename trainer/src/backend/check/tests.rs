//! The comparison, with the CPU in the device's place: that it passes where all is right, and what it notices.

use rote_models::Activation;

use super::*;

fn subject(activation: Activation) -> Subject {
    let shape = Shape::uniform(40, 2, 6, activation);
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state
    };
    let words = (0..2 * 20 * 2).map(|_| next()).collect();
    let parameters = (0..2 * shape.parameters()).map(|_| next() as f32 / u32::MAX as f32 - 0.5).collect();
    Subject { population: "w6".into(), shape, facts: 8, negative_weights: vec![1.0, 3.0], words, parameters }
}

#[test]
fn the_processor_agrees_with_itself_and_with_double_precision() {
    for activation in Activation::ALL {
        let agreement = check(&Device::flex(), Kernels::Composed, &subject(activation)).unwrap();
        assert_eq!((agreement.record.members, agreement.record.rows, agreement.bits), (2, 20, 23));
        assert!(agreement.record.loss_difference < 1e-6, "{activation:?} {:?}", agreement.record);
        assert_eq!(agreement.record.gradient_difference.to_bits(), 0, "{activation:?}");
    }
    let fused = check(&Device::flex(), Kernels::Fused, &subject(Activation::Tanh)).unwrap();
    assert!(fused.record.gradient_difference > 0.0 && fused.record.gradient_difference < 1e-5, "{:?}", fused.record);
}

/// What the comparison says when the device's answer is changed.
fn noticed(change: impl FnOnce(&mut Answer)) -> String {
    let subject = subject(Activation::Tanh);
    let mut answer = subject.answer(&Device::flex(), Kernels::Composed, &subject.negative_weights).unwrap();
    let (expected, scales) = subject.expected().unwrap();
    change(&mut answer);
    let comparison = Comparison { subject: &subject, precision: Precision(23) };
    let result = comparison.losses(&answer).and_then(|_| comparison.gradients(&answer.gradients, &expected, &scales));
    result.expect_err("a difference").to_string()
}

#[test]
fn every_kind_of_wrong_answer_is_noticed_and_named() {
    let parameters = subject(Activation::Tanh).shape.parameters();
    let zero = noticed(|answer| answer.gradients[parameters..].fill(0.0));
    assert!(zero.contains("the gradient of layers.0.weight[0] of member 1 of w6 is 0e0, expected"), "{zero}");
    let not_a_number = noticed(|answer| answer.gradients[parameters - 1] = f32::NAN);
    assert!(not_a_number.contains("layers.2.bias[0] of member 0 of w6 is NaN"), "{not_a_number}");
    let loss = noticed(|answer| answer.parts[3] *= 1.0001);
    assert!(loss.contains("the loss of non-facts of member 1") && loss.contains("in f32"), "{loss}");
    let short = noticed(|answer| answer.gradients.clear());
    assert!(short.contains("NaN"), "{short}");
    let sum = noticed(|answer| answer.training[0] += 0.01);
    assert!(sum.contains("the training loss of member 0"), "{sum}");
}

#[test]
fn what_facts_and_non_facts_leave_of_each_other_is_no_scale() {
    // One row of each kind with the same bits: at λ = 1 and a logit of 0 their gradients cancel.
    let shape = Shape::uniform(32, 1, 3, Activation::Tanh);
    let mut parameters = vec![0.1; shape.parameters()];
    parameters[shape.parameters() - 4..].fill(0.0);
    let (facts, negative_weights) = (1, vec![1.0]);
    let subject = Subject { population: "w3".into(), shape, facts, negative_weights, words: vec![5, 5], parameters };
    let (gradients, scales) = subject.expected().unwrap();
    assert!(gradients.iter().all(|gradient| gradient.abs() < 1e-6), "{gradients:?}");
    assert!((scales[1] - 1.0).abs() < 1e-6, "{scales:?}");
    assert!(check(&Device::flex(), Kernels::Fused, &subject).is_ok());
}
