//! `rote theory perceptron`: how much a linear readout can store.

use rote_theory::yardstick::perceptron;

use super::answer::{Answer, Entry};
use super::field::{FIELD, Field, SPARSITY};
use super::given::Given;
use super::mistake::Mistake;
use super::number::{percent, shown, significant};
use super::{Drawing, Question};
use crate::plot::{Axis, Curve, Ink, Mark, Panel, Samples, Stroke};

const POSITIVE_FRACTION: Field = Field {
    name: "positive-fraction",
    value: "SHARE",
    meaning: "Share of the patterns that are to be recognised",
    unit: "share of the patterns",
    allowed: "a number above 0 and below 1",
    example: "0.01",
    ..FIELD
};

const PERCEPTRON_SPARSITY: Field = Field {
    meaning: "The same as the positive fraction, or 0: a perceptron tells all its patterns apart",
    allowed: "0, or the positive fraction",
    example: "0",
    ..SPARSITY
};

pub(super) const QUESTION: Question = Question {
    name: "perceptron",
    about: "The capacity of a perceptron for random patterns of which a share is to be recognised",
    manual: "\
A perceptron with N real weights and a threshold M can be made to recognise a share f of alpha N random patterns, and \
no others, up to (Gardner)

  1/alpha = f E[(M-t)+^2] + (1-f) E[(t-M)+^2]     t standard normal, at the best M

A label is worth H2(f) bits, so the weights hold alpha H2(f) bits each: 2 at f = 1/2, and ever less the rarer the facts, \
down to 1/(2 ln 2), about .72. An optimal linear readout thus loses a third of its bits at f = 1/1000 and nearly two \
thirds in the limit.

Sources: Cover 1965; Gardner, J. Phys. A 21, 257 (1988).",
    examples: "\
Examples:
  rote theory perceptron --positive-fraction 0.01 --plot perceptron.svg
  rote theory perceptron --positive-fraction 1/2,1/16,1/256,1/4096",
    options: &[&POSITIVE_FRACTION, &PERCEPTRON_SPARSITY],
    arguments: &[],
    answer,
    figure: Some(Drawing { shows: "bits, facts and patterns a weight against the positive fraction", panels }),
};

fn answer(given: &mut Given) -> Result<Answer, Mistake> {
    let fraction = fraction(given)?;
    let found = perceptron(fraction)?;
    let bits = found.bits_per_weight.0;
    let entries = vec![
        Entry::number("bits_per_weight", "bits a weight", "", bits),
        Entry::number("facts_per_weight", "facts a weight", "patterns to be recognised", found.facts_per_weight),
        Entry::number("patterns_per_weight", "patterns a weight", "of both kinds", found.patterns_per_weight),
        Entry::number("threshold", "threshold M", "standard deviations of the field", found.threshold),
    ];
    let meaning = format!(
        "With {} of the patterns to be recognised a perceptron stores {} bits a weight, {} of the 2 bits of balanced \
         labels.",
        percent(fraction),
        significant(bits, 4),
        percent(bits / 2.0)
    );
    Ok(Answer { entries, meaning })
}

fn fraction(given: &mut Given) -> Result<f64, Mistake> {
    let fraction = given.number(&POSITIVE_FRACTION)?;
    let sparsity = given.number(&PERCEPTRON_SPARSITY)?;
    if sparsity != 0.0 && sparsity.to_bits() != fraction.to_bits() {
        let text = given.text(&PERCEPTRON_SPARSITY).unwrap_or_default();
        return Err(Mistake::value(
            &PERCEPTRON_SPARSITY,
            text,
            "not the positive fraction, which is the sparsity here",
        ));
    }
    Ok(fraction)
}

fn panels(given: &mut Given) -> Result<Vec<Panel>, Mistake> {
    let at = fraction(given)?;
    let x = Axis::decades("positive fraction f", at.min(1e-6), 0.1).ending_at(at.max(0.5));
    let samples = Samples::along(&x, perceptron)?;
    let level = |name: &str, bits: f64| {
        Curve::solid(name, Ink::Grey, vec![(x.ends.0, bits), (x.ends.1, bits)]).with(Stroke::Dotted)
    };
    let bits = vec![
        samples.curve("perceptron", (Ink::Vermilion, Stroke::Solid), |found| found.bits_per_weight.0),
        level("limits: 2 and 1/(2 ln 2)", 2.0),
        level("", 0.5 / std::f64::consts::LN_2),
    ];
    let here = perceptron(at)?.bits_per_weight.0;
    let mark = Mark { name: format!("{} bits a weight", shown(here)), at: (at, here), ink: Ink::Black };
    let y = Axis::linear("capacity (bits a weight)", 0.0, 2.2);
    let above = Panel { x: x.clone(), y, curves: bits, marks: vec![mark], borders: Vec::new() };
    let counts = vec![
        samples.curve("facts a weight, f α", (Ink::Vermilion, Stroke::Solid), |found| found.facts_per_weight),
        samples.curve("patterns a weight, α", (Ink::Blue, Stroke::Dashed), |found| found.patterns_per_weight),
    ];
    let ends = |pick: fn(f64, f64) -> f64, start: f64| {
        counts.iter().flat_map(|curve| &curve.points).map(|point| point.1).fold(start, pick)
    };
    let y = Axis::decades("number a weight", ends(f64::min, f64::INFINITY), ends(f64::max, 0.0));
    Ok(vec![above, Panel { x, y, curves: counts, marks: Vec::new(), borders: Vec::new() }])
}
