//! Frontiers drawn against the memory: losses above, shares below.

use rote_theory::frontier::{Rivals, log_loss, rivals};
use rote_theory::{Bits, Channel, DomainError, Nats, Regime};

use super::bounded::{self, Kind, Point};
use super::log::HALF;
use super::{Asked, Loss, asked};
use crate::cli::theory::against_memory::{BOLD, DOTTED, THIN, loss_curves, memory_axis, wall_border};
use crate::cli::theory::given::Given;
use crate::cli::theory::mistake::Mistake;
use crate::cli::theory::number::shown;
use crate::plot::{Axis, Border, Curve, Ink, Mark, Panel, Samples, Stroke};

/// The least share that is drawn.
const LEAST_SHARE: f64 = 1e-6;

pub(super) fn panels(given: &mut Given) -> Result<Vec<Panel>, Mistake> {
    let asked = asked(given)?;
    Ok(match asked.loss {
        Loss::Log => log_panels(asked)?,
        Loss::Bounded(kind) => bounded_panels(kind, asked)?,
    })
}

fn log_panels(asked: Asked) -> Result<Vec<Panel>, DomainError> {
    let Asked { negative_weight: lambda, sparsity, .. } = asked;
    let x = memory_axis(asked.bits, asked.negative_weight, asked.sparsity)?;
    let samples = Samples::along(&x, |bits| rivals(Bits(bits), lambda, sparsity))?;
    // Which channel is optimal is decided by the weight alone, so that any budget below the wall tells.
    let regime = log_loss(Bits(0.0), lambda, sparsity)?.regime;
    let forgets = regime == Regime::Forgetting;
    let best = |rivals: &Rivals| if forgets { rivals.forgetting } else { rivals.hallucinating };
    let [of_hallucinating, of_forgetting, best_name] = match regime {
        Regime::Forgetting => ["rival", "optimal", "optimal"],
        Regime::Calibrated => ["tied", "tied", "hallucinating"],
        _ => ["optimal", "rival", "optimal"],
    };
    let (solid, dashed) = if forgets { (Stroke::Dashed, Stroke::Solid) } else { (Stroke::Solid, Stroke::Dashed) };
    let (red, blue) = ((Ink::Vermilion, solid), (Ink::Blue, dashed));
    let nats = |loss: Option<Nats>| loss.map_or(f64::NAN, |loss| loss.0);
    let losses = vec![
        samples.curve(format!("L, hallucinating ({of_hallucinating})"), red, |both| both.hallucinating.loss.0),
        samples.curve(format!("L, forgetting ({of_forgetting})"), blue, |both| both.forgetting.loss.0),
        samples.curve(format!("loss on facts, {best_name}"), DOTTED, |both| nats(best(both).fact_loss)),
        samples.curve(format!("λ × loss on non-facts, {best_name}"), THIN, |both| {
            lambda * nats(best(both).non_fact_loss)
        }),
    ];
    let share = |channel: Option<Channel>, of: fn(Channel) -> f64| channel.map_or(f64::NAN, of);
    let shares = vec![
        samples.curve("q*: non-facts that score as facts do, hallucinating", red, |both| {
            share(both.hallucinating.channel, Channel::hallucinated)
        }),
        samples.curve("f: facts that score as non-facts do, forgetting", blue, |both| {
            share(both.forgetting.channel, Channel::forgotten)
        }),
        samples.curve(format!("non-facts that score 1/2 or more, {best_name}"), DOTTED, |both| {
            share(best(both).channel, |channel| channel.hallucination_at(HALF))
        }),
    ];
    let at = (asked.bits.0, log_loss(asked.bits, lambda, sparsity)?.loss.0);
    Ok(framed(x, "loss (nats)", [losses, shares], at, vec![wall_border(sparsity)?]))
}

fn bounded_panels(kind: Kind, asked: Asked) -> Result<Vec<Panel>, DomainError> {
    let x = memory_axis(asked.bits, asked.negative_weight, asked.sparsity)?;
    let samples = Samples::along(&x, |bits| bounded::point(kind, Asked { bits: Bits(bits), ..asked }))?;
    let losses = loss_curves(&samples, asked.negative_weight, |point| Some([point.fact_loss, point.non_fact_loss]));
    let here = bounded::point(kind, asked)?;
    let styles = [BOLD, (Ink::Blue, Stroke::Dashed), DOTTED, THIN];
    let own = |place: usize| move |point: &Point| point.shares.get(place).map_or(f64::NAN, |share| share.1);
    let names = here.shares.iter().map(|share| share.0).zip(styles).enumerate();
    let shares = names.map(|(place, (name, style))| {
        let mut curve = samples.curve(name, style, own(place));
        // Without any memory all claims are alike, and which of two shares they count as is a convention.
        curve.points.remove(0);
        curve
    });
    let shares = shares.collect();
    let mut borders = vec![wall_border(asked.sparsity)?];
    if let Some(phases) = here.phases {
        let named = [("B1", phases.lower), ("B2", phases.upper)];
        borders.extend(named.map(|(name, bits)| Border { name: name.to_owned(), at: bits.0 }));
    }
    let unit = match kind {
        Kind::ZeroOne => "loss (share of errors)",
        Kind::Brier => "loss (mean square)",
        Kind::Abstain { .. } => "loss (errors, C without answer)",
    };
    Ok(framed(x, unit, [losses, shares], (asked.bits.0, here.loss), borders))
}

fn framed(x: Axis, unit: &str, [losses, shares]: [Vec<Curve>; 2], at: (f64, f64), borders: Vec<Border>) -> Vec<Panel> {
    let y = Axis::up_to(unit, losses.iter().flat_map(|curve| &curve.points).map(|point| point.1));
    let mark = Mark { name: format!("L = {} at B = {}", shown(at.1), shown(at.0)), at, ink: Ink::Black };
    let share_axis = Axis::log("share", LEAST_SHARE, 1.0);
    let visible = |curve: &Curve| curve.points.iter().any(|point| point.1 > LEAST_SHARE);
    let shares = shares.into_iter().filter(visible).collect();
    // The upper panel has room for their names: no loss is high where one of these lines is.
    let unnamed = borders.iter().map(|border| Border { name: String::new(), at: border.at }).collect();
    let above = Panel { x: x.clone(), y, curves: losses, marks: vec![mark], borders };
    vec![above, Panel { x, y: share_axis, curves: shares, marks: Vec::new(), borders: unnamed }]
}
