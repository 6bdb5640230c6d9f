//! `rote theory information`: the bits that two distributions of scores hold.

use rote_theory::entropy::lossless_wall;
use rote_theory::information::information;

use super::answer::{Answer, Entry};
use super::field::{FIELD, Field, SPARSITY};
use super::given::Given;
use super::mistake::Mistake;
use super::number::{bits_a_fact, shown};
use super::{Drawing, Question};
use crate::plot::{Axis, Curve, Ink, Mark, Panel, Samples, Stroke};

const FACTS: Field = Field {
    name: "facts",
    value: "W,W,..",
    meaning: "Facts in each bin of the score: counts or probabilities",
    unit: "weights of the bins",
    allowed: "numbers of at least 0 with commas between, one for each bin, not all 0",
    example: "70,20,10",
    is_list: true,
    ..FIELD
};

const NON_FACTS: Field = Field {
    name: "non-facts",
    value: "W,W,..",
    meaning: "Non-facts in each bin, in the same order",
    unit: "weights of the bins",
    allowed: "numbers of at least 0 with commas between, one for each bin, not all 0",
    example: "10,90,900",
    is_list: true,
    ..FIELD
};

pub(super) const QUESTION: Question = Question {
    name: "information",
    about: "The bits a fact that two distributions of the score hold about membership",
    manual: "\
mu_K and mu_N are the distributions of the score on facts and on non-facts, given as weights of the same bins; each is \
divided by its sum. With m = p mu_K + (1-p) mu_N,

  F_p = I(fact; score) / p = KL(mu_K || m) + ((1-p)/p) KL(mu_N || m)
  F_0 = KL(mu_K || mu_N)                                  in bits a fact

A memory stores at least F_p bits a fact (less log2(8n)/(2n), Lemma 3.4), and F_p is at least the rate R_p at its \
losses. Merging bins never raises it. chi_squared = sum (mu_K - mu_N)^2 / mu_N sets the noise of an estimate from N \
non-facts and must be well below N. Counts are taken as they are: nothing is smoothed and no bias is subtracted.

Source: Guo and Li (2026), arXiv 2602.00906, section 3, Lemmas 3.4 and 3.5.",
    examples: "\
Examples:
  rote theory information --facts 70,20,10 --non-facts 10,90,900 --sparsity 0.01
  rote theory information --facts 1,0 --non-facts 1/16,15/16 --json",
    options: &[&FACTS, &NON_FACTS, &SPARSITY],
    arguments: &[],
    answer,
    figure: Some(Drawing { shows: "the information against the sparsity, below the lossless wall", panels }),
};

fn answer(given: &mut Given) -> Result<Answer, Mistake> {
    let (facts, non_facts) = weights(given)?;
    let found = information(&facts, &non_facts, given.number(&SPARSITY)?)?;
    let entries = vec![
        Entry::number("information_bits_per_fact", "information F", "bits a fact", found.bits.0),
        Entry::number("kl_bits_per_fact", "KL(facts, non-facts)", "bits a fact, the sparse limit", found.kl_bits.0),
        Entry::number("chi_squared", "chi squared", "", found.chi_squared),
    ];
    let meaning = if found.bits.0.is_infinite() {
        "Some bin holds facts and no non-facts, which in a universe without end no finite memory can know.".to_owned()
    } else {
        format!("A memory that scores like this holds at least {}.", bits_a_fact(found.bits.0))
    };
    Ok(Answer { entries, meaning })
}

fn weights(given: &mut Given) -> Result<(Vec<f64>, Vec<f64>), Mistake> {
    let (facts, non_facts) = (given.numbers(&FACTS)?, given.numbers(&NON_FACTS)?);
    if facts.len() != non_facts.len() {
        let problem = format!("{} bins, but there are {} of facts", non_facts.len(), facts.len());
        return Err(Mistake::value(&NON_FACTS, given.text(&NON_FACTS).unwrap_or_default(), problem));
    }
    Ok((facts, non_facts))
}

fn panels(given: &mut Given) -> Result<Vec<Panel>, Mistake> {
    let (facts, non_facts) = weights(given)?;
    let at = given.number(&SPARSITY)?;
    let of = |p: f64| information(&facts, &non_facts, p).map(|found| found.bits.0);
    let least = if at > 0.0 { at.min(1e-6) } else { 1e-6 };
    let x = Axis::decades("sparsity p (facts over claims)", least, 0.1).ending_at(at.max(0.5));
    let held = Samples::along(&x, of)?;
    let held = held.curve("information F of these scores", (Ink::Vermilion, Stroke::Solid), |bits| *bits);
    let walls = Samples::along(&x, lossless_wall)?;
    let walls = walls.curve("lossless wall", (Ink::Grey, Stroke::Dashed), |wall| wall.0);
    let limit = of(0.0)?;
    let ends = vec![(x.ends.0, limit), (x.ends.1, limit)];
    let limits = Curve::solid("sparse limit, KL", Ink::Black, ends).with(Stroke::Dotted);
    let values = held.points.iter().map(|point| point.1).chain([limit]);
    let y = Axis::up_to("information (bits a fact)", values.map(|bits| 1.15 * bits));
    let name = format!("{} bits a fact at p\u{a0}=\u{a0}{}", shown(of(at)?), shown(at));
    let mark = Mark { name, at: (at, of(at)?), ink: Ink::Black };
    let marks = if at > 0.0 { vec![mark] } else { Vec::new() };
    let curves = [Some(held), limit.is_finite().then_some(limits), Some(walls)].into_iter().flatten().collect();
    Ok(vec![Panel { x, y, curves, marks, borders: Vec::new() }])
}
