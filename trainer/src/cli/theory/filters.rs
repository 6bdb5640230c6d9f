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

These are sizes of large tables.

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

/// A filter.
struct Kind {
    /// In results.
    key: &'static str,
    name: &'static str,
    bits: fn(&FilterBits) -> Bits,
    /// How it is drawn; those that are not lie between the others.
    style: Option<(Ink, Stroke)>,
}

const fn kind(
    key: &'static str,
    name: &'static str,
    bits: fn(&FilterBits) -> Bits,
    style: Option<(Ink, Stroke)>,
) -> Kind {
    Kind { key, name, bits, style }
}

const KINDS: [Kind; 9] = [
    kind("bloom", "Bloom", |bits| bits.bloom, Some((Ink::Vermilion, Stroke::Solid))),
    kind("cuckoo", "cuckoo", |bits| bits.cuckoo, Some((Ink::Blue, Stroke::Solid))),
    kind("cuckoo_semisorted", "cuckoo, sorted buckets", |bits| bits.cuckoo_semisorted, None),
    kind("quotient", "quotient", |bits| bits.quotient, None),
    kind("xor", "xor", |bits| bits.xor, Some((Ink::Green, Stroke::Solid))),
    kind("binary_fuse_3", "binary fuse, 3-wise", |bits| bits.binary_fuse_3, Some((Ink::Purple, Stroke::Dashed))),
    kind("binary_fuse_4", "binary fuse, 4-wise", |bits| bits.binary_fuse_4, Some((Ink::Orange, Stroke::Dashed))),
    kind("ribbon", "ribbon, 5 %", |bits| bits.ribbon, Some((Ink::Sky, Stroke::Dotted))),
    kind("burr", "BuRR, 1 %", |bits| bits.burr, Some((Ink::Grey, Stroke::Dotted))),
];

fn answer(given: &mut Given) -> Result<Answer, Mistake> {
    let rate = given.number(&RATE)?;
    let (bits, optimal) = sizes(rate, given.number(&SPARSITY)?)?;
    let mut entries = vec![Entry::number("optimal", "optimal", "bits a key", optimal.0)];
    entries.extend(KINDS.map(|kind| Entry::number(kind.key, kind.name, "bits a key", (kind.bits)(&bits).0)));
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

/// Percent above the optimum that hold all but cuckoo filters in the sparse limit.
const SPARSE_EXCESS: f64 = 70.0;

fn panels(given: &mut Given) -> Result<Vec<Panel>, Mistake> {
    let (at, sparsity) = (given.number(&RATE)?, given.number(&SPARSITY)?);
    let x = Axis::decades("false-positive rate", at.min(1e-6), 0.1).ending_at(at.max(0.5));
    let samples = Samples::along(&x, |rate| sizes(rate, sparsity))?;
    let optimum = sizes(at, sparsity)?.1.0;
    let optimal = samples.curve("optimal", (Ink::Black, Stroke::Solid), |(_, optimal)| optimal.0);
    let drawn = || KINDS.into_iter().filter_map(|kind| Some((kind.name, kind.style?, kind.bits)));
    let bits = drawn().map(|(name, style, of)| samples.curve(name, style, |(bits, _)| of(bits).0));
    let excess = drawn()
        .map(|(name, style, of)| samples.curve(name, style, |(bits, optimal)| 100.0 * (of(bits).0 / optimal.0 - 1.0)));
    let excess: Vec<_> = excess.collect();
    let curves: Vec<_> = [optimal].into_iter().chain(bits).collect();
    let y = Axis::up_to("bits a key", curves.iter().flat_map(|curve| &curve.points).map(|point| point.1));
    let mark = Mark { name: format!("optimal, {} bits a key", shown(optimum)), at: (at, optimum), ink: Ink::Black };
    let above = Panel { x: x.clone(), y, curves, marks: vec![mark], borders: Vec::new() };
    // At high rates a cuckoo filter's constant is beyond all bounds. The others are furthest off at the lowest rate, in
    // the sparse limit at every rate alike.
    let furthest = excess.iter().filter_map(|curve| curve.points.first()).map(|point| point.1);
    let y = Axis::up_to("bits over the optimum (%)", furthest.chain([SPARSE_EXCESS]));
    Ok(vec![above, Panel { x, y, curves: excess, marks: Vec::new(), borders: Vec::new() }])
}
