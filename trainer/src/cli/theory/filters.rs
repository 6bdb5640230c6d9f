//! `rote theory filters`: what filters made for membership need at a false-positive rate.

use rote_theory::rate::zero_one;
use rote_theory::yardstick::{FilterBits, filters};
use rote_theory::{Bits, DomainError};

use super::answer::{Answer, Entry};
use super::field::{FALSE_POSITIVE_RATE, Field, SPARSITY};
use super::given::Given;
use super::mistake::Mistake;
use super::number::{percent, shown, significant};
use super::{Drawing, Question};
use crate::plot::{Axis, Ink, Mark, Panel, Samples, Stroke};

const RATE: Field = Field { allowed: "a number above 0 and below 1", ..FALSE_POSITIVE_RATE };

pub(super) const QUESTION: Question = Question {
    name: "filters",
    about: "Bits a key of filters without false negatives at a false-positive rate",
    manual: "\
A filter that passes every fact and a share eps of the non-facts needs at least log2(1/eps) bits a key, or R_p(0, eps) if \
facts are not sparse. Those that people build need, with l = log2(1/eps):

  Bloom, best number of hashes     l / ln 2
  cuckoo, buckets of 4             (l + 3) / .955;  (l + 2) / .955 with sorted buckets
  rank-and-select quotient         (l + 2.125) / .95
  xor                              1.23 l
  binary fuse, 3-wise and 4-wise   1.125 l and 1.075 l
  ribbon at 5 % overhead           1.05 l
  BuRR at 1 % overhead             1.01 l

These are sizes of large tables. A network's bits a fact at the same recall and rate stand beside them.

Sources: Bloom 1970; Fan et al. 2014; Pandey et al. 2017; Graf and Lemire 2020, 2022 (arXiv 2201.01174); Dillinger and \
Walzer, arXiv 2103.02515; Dillinger et al., arXiv 2109.01892. The bound: Guo and Li (2026), Theorem 3.1.",
    examples: "\
Examples:
  rote theory filters --false-positive-rate 2^-8
  rote theory filters --false-positive-rate 0.01,0.001 --json",
    options: &[&RATE, &SPARSITY],
    arguments: &[],
    answer,
    figure: Some(Drawing { shows: "bits a key and the excess over the optimum against the rate", panels }),
};

/// A filter's key in results, its name, and where its bits are.
type Kind = (&'static str, &'static str, fn(&FilterBits) -> Bits);

const KINDS: [Kind; 9] = [
    ("bloom", "Bloom", |bits| bits.bloom),
    ("cuckoo", "cuckoo", |bits| bits.cuckoo),
    ("cuckoo_semisorted", "cuckoo, sorted buckets", |bits| bits.cuckoo_semisorted),
    ("quotient", "quotient", |bits| bits.quotient),
    ("xor", "xor", |bits| bits.xor),
    ("binary_fuse_3", "binary fuse, 3-wise", |bits| bits.binary_fuse_3),
    ("binary_fuse_4", "binary fuse, 4-wise", |bits| bits.binary_fuse_4),
    ("ribbon", "ribbon, 5 %", |bits| bits.ribbon),
    ("burr", "BuRR, 1 %", |bits| bits.burr),
];

/// The filters that are drawn; the others lie between them.
const DRAWN: [(&str, Ink, Stroke); 7] = [
    ("cuckoo", Ink::Blue, Stroke::Solid),
    ("bloom", Ink::Vermilion, Stroke::Solid),
    ("xor", Ink::Green, Stroke::Solid),
    ("binary_fuse_3", Ink::Purple, Stroke::Dashed),
    ("binary_fuse_4", Ink::Orange, Stroke::Dashed),
    ("ribbon", Ink::Sky, Stroke::Dotted),
    ("burr", Ink::Grey, Stroke::Dotted),
];

fn answer(given: &mut Given) -> Result<Answer, Mistake> {
    let rate = given.number(&RATE)?;
    let (bits, optimal) = sizes(rate, given.number(&SPARSITY)?)?;
    let mut entries = vec![Entry::number("optimal", "optimal", "bits a key", optimal.0)];
    entries.extend(KINDS.map(|(key, name, of)| Entry::number(key, name, "bits a key", of(&bits).0)));
    let meaning = format!(
        "No filter that passes {} of the non-facts and every fact has less than {} bits a key; a Bloom filter has {}.",
        percent(rate),
        significant(optimal.0, 4),
        significant(bits.bloom.0, 4)
    );
    Ok(Answer { entries, meaning })
}

/// The filters' bits and the least possible.
fn sizes(rate: f64, sparsity: f64) -> Result<(FilterBits, Bits), DomainError> {
    let bits = filters(rate)?;
    let optimal = if sparsity == 0.0 { bits.optimal } else { zero_one(0.0, rate, sparsity)?.bits };
    Ok((bits, optimal))
}

fn panels(given: &mut Given) -> Result<Vec<Panel>, Mistake> {
    let (at, sparsity) = (given.number(&RATE)?, given.number(&SPARSITY)?);
    let x = Axis::decades("false-positive rate", at.min(1e-6), 0.1).ending_at(at.max(0.5));
    let samples = Samples::along(&x, |rate| sizes(rate, sparsity))?;
    let optimum = sizes(at, sparsity)?.1.0;
    let optimal = samples.curve("optimal", (Ink::Black, Stroke::Solid), |(_, optimal)| optimal.0);
    let drawn = || {
        let kind = |key: &str| KINDS.into_iter().find(|kind| kind.0 == key);
        DRAWN.into_iter().filter_map(move |(key, ink, stroke)| Some((kind(key)?, (ink, stroke))))
    };
    let bits = drawn().map(|((_, name, of), style)| samples.curve(name, style, |(bits, _)| of(bits).0));
    let excess = drawn().map(|((_, name, of), style)| {
        samples.curve(name, style, |(bits, optimal)| 100.0 * (of(bits).0 / optimal.0 - 1.0))
    });
    let curves: Vec<_> = [optimal].into_iter().chain(bits).collect();
    let y = Axis::up_to("bits a key", curves.iter().flat_map(|curve| &curve.points).map(|point| point.1));
    let mark = Mark { name: format!("optimal, {} bits a key", shown(optimum)), at: (at, optimum), ink: Ink::Black };
    let above = Panel { x: x.clone(), y, curves, marks: vec![mark], borders: Vec::new() };
    // A cuckoo filter's constant is beyond all bounds at high rates; the others stay below this.
    let y = Axis::linear("bits over the optimum (%)", 0.0, 70.0);
    Ok(vec![above, Panel { x, y, curves: excess.collect(), marks: Vec::new(), borders: Vec::new() }])
}
