//! The rate against the loss on non-facts, in the sparse limit and at a given sparsity.

use rote_theory::entropy::lossless_wall;
use rote_theory::rate::{log_loss, zero_one};
use rote_theory::{Bits, Nats, Regime};

use super::super::field::{FACT_LOSS, FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE, NON_FACT_LOSS, SPARSITY};
use super::super::given::Given;
use super::super::mistake::Mistake;
use super::super::number::{shown, sparsity_name};
use super::is_log;
use crate::plot::{Axis, Curve, Ink, Mark, Panel, Samples, Stroke};

/// How far below the loss at which the rate is 0 the horizontal axis begins.
const BEGINNING: f64 = 1e-6;
/// Walls of height, where there is a wall: above, only the sparse limit goes on.
const WALLS: f64 = 1.6;
/// Walls of memory after which the rate hardly changes with the loss.
const SETTLED: f64 = 2.5;

pub(super) fn panels(given: &mut Given) -> Result<Vec<Panel>, Mistake> {
    Ok(vec![if is_log(given)? { log_panel(given)? } else { zero_one_panel(given)? }])
}

fn log_panel(given: &mut Given) -> Result<Panel, Mistake> {
    let (fact_loss, at) = (given.number(&FACT_LOSS)?, given.number(&NON_FACT_LOSS)?);
    let sparsity = given.number(&SPARSITY)?;
    let name = format!("mean loss on non-facts (nats); loss on facts {}", shown(fact_loss));
    // Where a constant score reaches the loss on facts, nothing need be stored.
    let wall = lossless_wall(sparsity)?;
    let x = axis_below(name, -(-(-fact_loss).exp_m1()).ln(), at, wall);
    let rate = |loss: f64, p: f64| log_loss(Nats(fact_loss), Nats(loss), p);
    let mut curves = vec![sparse(&Samples::along(&x, |loss| rate(loss, 0.0).map(|rate| rate.bits))?, sparsity)];
    if sparsity > 0.0 {
        let at_sparsity = Samples::along(&x, |loss| rate(loss, sparsity).map(|rate| (rate.regime, rate.bits)))?;
        curves.extend(by_regime(&at_sparsity, sparsity));
    }
    Ok(panel(x, curves, (at, rate(at, sparsity)?.bits.0), wall))
}

fn zero_one_panel(given: &mut Given) -> Result<Panel, Mistake> {
    let (missed, at) = (given.number(&FALSE_NEGATIVE_RATE)?, given.number(&FALSE_POSITIVE_RATE)?);
    let sparsity = given.number(&SPARSITY)?;
    let wall = lossless_wall(sparsity)?;
    let x = axis_below(format!("false-positive rate; false-negative rate {}", shown(missed)), 1.0 - missed, at, wall);
    let rate = |passed: f64, p: f64| zero_one(missed, passed, p).map(|rate| rate.bits);
    let mut curves = vec![sparse(&Samples::along(&x, |passed| rate(passed, 0.0))?, sparsity)];
    if sparsity > 0.0 {
        let at_sparsity = Samples::along(&x, |passed| rate(passed, sparsity))?;
        curves.push(at_sparsity.curve(sparsity_name(sparsity), (Ink::Vermilion, Stroke::Solid), |bits| bits.0));
    }
    Ok(panel(x, curves, (at, rate(at, sparsity)?.0), wall))
}

/// The sparse limit, dotted where there is a curve to compare with it.
fn sparse(samples: &Samples<Bits>, sparsity: f64) -> Curve {
    let stroke = if sparsity > 0.0 { Stroke::Dotted } else { Stroke::Solid };
    samples.curve(format!("sparse limit, {}", sparsity_name(0.0)), (Ink::Black, stroke), |bits| bits.0)
}

/// A logarithmic axis that ends where the rate is 0 and begins where it has settled at the wall, or is high, and below
/// the value that was asked for.
fn axis_below(name: String, zero: f64, at: f64, wall: Bits) -> Axis {
    let most = if zero.is_finite() && zero > 0.0 { zero } else { 1.0 };
    let least = most * BEGINNING.max((-SETTLED * wall.0).exp2());
    let least = if at > 0.0 { least.min(at / 4.0) } else { least };
    Axis::decades(name, least, most.max(if at.is_finite() { at } else { 0.0 }))
}

/// One curve for each stretch of one regime, reaching to the first point of the next.
fn by_regime(samples: &Samples<(Regime, Bits)>, sparsity: f64) -> Vec<Curve> {
    let at = samples.values();
    let mut start = 0;
    let stretch = |run: &[(f64, (Regime, Bits))]| {
        let (regime, from) = (run[0].1.0, start);
        start += run.len();
        let points = at[from..(start + 1).min(at.len())].iter().map(|&(x, (_, bits))| (x, bits.0)).collect();
        Curve::solid(format!("{}, {}", sparsity_name(sparsity), regime.as_str()), ink(regime), points)
    };
    at.chunk_by(|one, other| one.1.0 == other.1.0).map(stretch).collect()
}

fn ink(regime: Regime) -> Ink {
    match regime {
        Regime::Hallucination => Ink::Vermilion,
        Regime::Calibrated => Ink::Green,
        Regime::Forgetting => Ink::Blue,
        Regime::Zero | Regime::Lossless => Ink::Grey,
    }
}

fn panel(x: Axis, curves: Vec<Curve>, at: (f64, f64), wall: Bits) -> Panel {
    let values = curves.iter().flat_map(|curve| &curve.points).map(|point| point.1.min(WALLS * wall.0));
    let y = Axis::up_to("rate R (bits a fact)", values.chain([at.1]));
    let mark = Mark { name: format!("{} bits a fact", shown(at.1)), at, ink: Ink::Black };
    let marks = if at.0 > 0.0 && at.1.is_finite() { vec![mark] } else { Vec::new() };
    Panel { x, y, curves, marks, borders: Vec::new() }
}
