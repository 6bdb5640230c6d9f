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
    let extent = Extent { members: 5, facts: 103, non_facts: 410, scored: 77 };
    Subject { population: "w6".into(), shape, extent, facts: 8, negative_weights: vec![1.0, 3.0], words, parameters }
}

fn on_the_processor(kernels: Kernels) -> impl Fn(&Subject) -> Result<Answer, DeviceFailure> {
    move |subject| subject.answer(&Device::flex(), kernels)
}

#[test]
fn the_processor_agrees_with_double_precision() {
    for (activation, kernels) in Activation::ALL
        .map(|activation| (activation, Kernels::Composed))
        .into_iter()
        .chain([(Activation::Tanh, Kernels::Fused)])
    {
        let record = check(&subject(activation), Precision(23), on_the_processor(kernels)).unwrap();
        assert_eq!((record.members, record.rows, record.scored_rows), (5, 513, 77));
        assert_eq!((record.distinct_members, record.distinct_rows), (2, 20));
        assert!(record.loss_difference < 1e-6, "{activation:?} {record:?}");
        assert!(record.gradient_difference > 0.0 && record.gradient_difference < 1e-5, "{activation:?} {record:?}");
        assert!(record.logit_difference > 0.0 && record.logit_difference < 3e-6, "{activation:?} {record:?}");
    }
}

/// What the comparison says when the device's answer is changed.
fn noticed(change: impl FnOnce(&mut Answer)) -> String {
    let answer = |subject: &Subject| {
        let mut answer = on_the_processor(Kernels::Composed)(subject)?;
        change(&mut answer);
        Ok(answer)
    };
    check(&subject(Activation::Tanh), Precision(23), answer).expect_err("a difference").to_string()
}

#[test]
fn every_kind_of_wrong_answer_is_noticed_and_named() {
    let parameters = subject(Activation::Tanh).shape.parameters();
    let zero = noticed(|answer| answer.gradients[parameters..].fill(0.0));
    assert!(zero.contains("the gradient of layers.0.weight[0] of member 1 of w6 is 0e0, expected"), "{zero}");
    let not_a_number = noticed(|answer| answer.gradients[parameters - 1] = f32::NAN);
    assert!(not_a_number.contains("layers.2.bias[0] of member 0 of w6 is NaN"), "{not_a_number}");
    let last = noticed(|answer| *answer.gradients.last_mut().unwrap() += 1.0);
    assert!(last.contains("layers.2.bias[0] of member 4 of w6 is"), "a repeated member counts as well: {last}");
    let logit = noticed(|answer| answer.logits[76] += 0.001);
    assert!(logit.contains("the logit of row 76 of member 0 of w6"), "{logit}");
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
    let extent = Extent { members: 1, facts: 1, non_facts: 1, scored: 1 };
    let (facts, negative_weights, words) = (1, vec![1.0], vec![5, 5]);
    let subject = Subject { population: "w3".into(), shape, extent, facts, negative_weights, words, parameters };
    let expected = subject.expected().remove(0);
    assert!(expected.gradients.iter().all(|gradient| gradient.abs() < 1e-6), "{:?}", expected.gradients);
    assert!((expected.scales[1] - 1.0).abs() < 1e-6, "{:?}", expected.scales);
    assert!(check(&subject, Precision(23), on_the_processor(Kernels::Fused)).is_ok());
}
