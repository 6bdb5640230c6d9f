//! The rate against the loss on non-facts, in the sparse limit and at a given sparsity.

use rote_theory::rate::{log_loss, zero_one};
use rote_theory::{DomainError, Nats, Regime};

use super::super::field::{FACT_LOSS, FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE, NON_FACT_LOSS, SPARSITY};
use super::super::given::Given;
use super::super::mistake::Mistake;
use super::super::number::shown;
use super::is_log;
use crate::plot::{Axis, Curve, Ink, Mark, Panel, Stroke};

/// Points of a curve.
const POINTS: usize = 400;
/// Decades of the horizontal axis below the loss at which the rate is 0.
const DECADES: f64 = 1e-6;

pub(super) fn panels(given: &mut Given) -> Result<Vec<Panel>, Mistake> {
    Ok(vec![if is_log(given)? { log_panel(given)? } else { zero_one_panel(given)? }])
}

fn log_panel(given: &mut Given) -> Result<Panel, Mistake> {
    let (fact_loss, at) = (given.number(&FACT_LOSS)?, given.number(&NON_FACT_LOSS)?);
    let sparsity = given.number(&SPARSITY)?;
    let name = format!("mean loss on non-facts (nats), loss on facts {}", shown(fact_loss));
    // Where a constant score reaches the loss on facts, nothing need be stored.
    let x = axis_below(name, -(-(-fact_loss).exp_m1()).ln(), at);
    let rate = |loss: f64, p: f64| log_loss(Nats(fact_loss), Nats(loss), p);
    let sparse = curve(&x, |loss| Ok(rate(loss, 0.0)?.bits.0))?;
    let mut curves = vec![Curve::solid("sparse limit, p → 0", Ink::Black, sparse.clone())];
    if sparsity > 0.0 {
        curves = by_regime(&x, sparsity, |loss| rate(loss, sparsity).map(|rate| (rate.regime, rate.bits.0)))?;
        curves.push(Curve::solid("sparse limit, p → 0", Ink::Black, sparse).with(Stroke::Dotted));
    }
    Ok(panel(x, curves, (at, rate(at, sparsity)?.bits.0)))
}

fn zero_one_panel(given: &mut Given) -> Result<Panel, Mistake> {
    let (missed, at) = (given.number(&FALSE_NEGATIVE_RATE)?, given.number(&FALSE_POSITIVE_RATE)?);
    let sparsity = given.number(&SPARSITY)?;
    let name = format!("false-positive rate, false-negative rate {}", shown(missed));
    let x = axis_below(name, 1.0 - missed, at);
    let bits = |passed: f64, p: f64| Ok(zero_one(missed, passed, p)?.bits.0);
    let sparse = Curve::solid("sparse limit, p → 0", Ink::Black, curve(&x, |passed| bits(passed, 0.0))?);
    let mut curves = vec![sparse];
    if sparsity > 0.0 {
        curves[0].stroke = Stroke::Dotted;
        let name = format!("p = {}", shown(sparsity));
        curves.insert(0, Curve::solid(name, Ink::Blue, curve(&x, |passed| bits(passed, sparsity))?));
    }
    Ok(panel(x, curves, (at, bits(at, sparsity)?)))
}

/// A logarithmic axis that ends where the rate is 0 and reaches below the value that was asked for.
fn axis_below(name: String, zero: f64, at: f64) -> Axis {
    let most = if zero.is_finite() && zero > 0.0 { zero } else { 1.0 };
    let least = if at > 0.0 { (at / 4.0).min(most * DECADES) } else { most * DECADES };
    Axis::log(name, least.max(f64::MIN_POSITIVE), most.max(if at.is_finite() { at } else { 0.0 }))
}

fn curve(x: &Axis, bits: impl Fn(f64) -> Result<f64, DomainError>) -> Result<Vec<(f64, f64)>, DomainError> {
    x.samples(POINTS).into_iter().map(|at| Ok((at, bits(at)?))).collect()
}

/// One curve for each regime, each reaching to the first point of the next.
fn by_regime(
    x: &Axis,
    sparsity: f64,
    rate: impl Fn(f64) -> Result<(Regime, f64), DomainError>,
) -> Result<Vec<Curve>, DomainError> {
    let samples: Vec<(f64, Regime, f64)> = x
        .samples(POINTS)
        .into_iter()
        .map(|at| rate(at).map(|(regime, bits)| (at, regime, bits)))
        .collect::<Result<_, _>>()?;
    let mut curves = Vec::new();
    for run in runs(&samples) {
        let regime = samples[run.start].1;
        let end = (run.end + 1).min(samples.len());
        let points = samples[run.start..end].iter().map(|&(at, _, bits)| (at, bits)).collect();
        let name = format!("p = {}: {}", shown(sparsity), regime.as_str());
        curves.push(Curve::solid(name, ink(regime), points));
    }
    Ok(curves)
}

/// The stretches of equal regime.
fn runs(samples: &[(f64, Regime, f64)]) -> Vec<std::ops::Range<usize>> {
    let mut start = 0;
    let lengths = samples.chunk_by(|one, other| one.1 == other.1).map(<[_]>::len);
    lengths.map(|length| (start, start += length).0..start).collect()
}

fn ink(regime: Regime) -> Ink {
    match regime {
        Regime::Hallucination => Ink::Vermilion,
        Regime::Calibrated => Ink::Green,
        Regime::Forgetting => Ink::Blue,
        Regime::Zero | Regime::Lossless => Ink::Grey,
    }
}

fn panel(x: Axis, curves: Vec<Curve>, at: (f64, f64)) -> Panel {
    let values = curves.iter().flat_map(|curve| &curve.points).map(|point| point.1);
    let y = Axis::up_to("rate (bits a fact)", values.chain([at.1]));
    let mark = Mark { name: format!("{} bits a fact", shown(at.1)), at, ink: Ink::Black };
    let marks = if at.0 > 0.0 && at.1.is_finite() { vec![mark] } else { Vec::new() };
    Panel { x, y, curves, marks, borders: Vec::new() }
}
