//! The optimal losses against the memory, or the rate against the limit on non-facts.

use rote_theory::Bits;
use rote_theory::entropy::lossless_wall;
use rote_theory::solver::{Goal, Solution, solve};

use super::table::Table;
use super::{SPARSITY, goal};
use crate::cli::theory::given::Given;
use crate::cli::theory::mistake::Mistake;
use crate::cli::theory::number::{shown, sparsity_name};
use crate::plot::{Axis, Border, Ink, Mark, Panel, Samples, Stroke};

/// The memory that is drawn at least where there is no wall, bits a fact.
const ENOUGH: f64 = 12.0;

pub(super) fn panels(given: &mut Given) -> Result<Vec<Panel>, Mistake> {
    let goal = goal(given)?;
    let table = Table::read(given)?;
    let sparsity = given.number(&SPARSITY)?;
    let found = solve(&table.distortions, goal, sparsity)?;
    let panel = match goal {
        Goal::Budget { budget, negative_weight } => {
            let wall = lossless_wall(sparsity)?.0;
            losses(&table, budget.0, negative_weight, sparsity, wall, &found)
        }
        Goal::Limits { fact_limit, non_fact_limit } => rates(&table, [fact_limit, non_fact_limit], sparsity, &found),
    };
    Ok(vec![panel])
}

/// What a goal gives; nothing, and so a gap in a curve, where the memory is too small or a limit too low for any law.
type Attempt = Result<Option<Solution>, std::convert::Infallible>;

fn number(found: Option<&Solution>, of: impl Fn(&Solution) -> f64) -> f64 {
    found.map_or(f64::NAN, of)
}

fn losses(table: &Table, bits: f64, lambda: f64, sparsity: f64, wall: f64, here: &Solution) -> Panel {
    let shape = ENOUGH.max(if bits.is_finite() { 1.25 * bits } else { 0.0 });
    let name = format!("memory B (bits a fact); λ = {}, {}", shown(lambda), sparsity_name(sparsity));
    let x = Axis::linear(name, 0.0, shape.min(1.04 * wall));
    let at_budget = |bits| -> Attempt {
        let goal = Goal::Budget { budget: Bits(bits), negative_weight: lambda };
        Ok(solve(&table.distortions, goal, sparsity).ok())
    };
    let Ok(samples) = Samples::along(&x, at_budget);
    let total = |found: &Solution| found.fact_loss + lambda * found.non_fact_loss;
    let curves = vec![
        samples.curve("loss L", (Ink::Vermilion, Stroke::Solid), |found| number(found.as_ref(), total)),
        samples.curve("loss on facts", (Ink::Black, Stroke::Dotted), |found| {
            number(found.as_ref(), |found| found.fact_loss)
        }),
        samples.curve("λ × loss on non-facts", (Ink::Green, Stroke::Dotted), |found| {
            number(found.as_ref(), |found| lambda * found.non_fact_loss)
        }),
    ];
    let y = Axis::up_to(
        "mean loss (unit of the table)",
        curves.iter().flat_map(|curve| &curve.points).map(|point| point.1),
    );
    let at = (bits, total(here));
    let mark = Mark { name: format!("L = {} at B = {}", shown(at.1), shown(at.0)), at, ink: Ink::Black };
    let borders = vec![Border { name: "lossless wall".to_owned(), at: wall }];
    Panel { x, y, curves, marks: vec![mark], borders }
}

fn rates(table: &Table, [fact_limit, non_fact_limit]: [f64; 2], sparsity: f64, here: &Solution) -> Panel {
    let most = if table.most_on_non_facts > 0.0 { table.most_on_non_facts } else { 1.0 };
    let least = if non_fact_limit > 0.0 { (1e-2 * non_fact_limit).min(1e-4 * most) } else { 1e-4 * most };
    let name =
        format!("limit on non-facts (unit of the table); on facts {}, {}", shown(fact_limit), sparsity_name(sparsity));
    let x = Axis::decades(name, least, most);
    let at_limit = |limit| -> Attempt {
        let goal = Goal::Limits { fact_limit, non_fact_limit: limit };
        Ok(solve(&table.distortions, goal, sparsity).ok())
    };
    let Ok(samples) = Samples::few_along(&x, at_limit);
    let curves = vec![
        samples.curve("rate R", (Ink::Vermilion, Stroke::Solid), |found| number(found.as_ref(), |found| found.rate.0)),
    ];
    let y = Axis::up_to("rate R (bits a fact)", curves.iter().flat_map(|curve| &curve.points).map(|point| point.1));
    let at = (non_fact_limit, here.rate.0);
    let mark = Mark { name: format!("{} bits a fact", shown(at.1)), at, ink: Ink::Black };
    Panel { x, y, curves, marks: vec![mark], borders: Vec::new() }
}
