//! The optimal losses against the memory, or the rate against the limit on non-facts.

use rote_theory::solver::{Goal, Solution, solve};
use rote_theory::{Bits, DomainError};

use super::table::Table;
use super::{SPARSITY, goal};
use crate::cli::theory::against_memory::{BOLD, loss_curves, memory_axis, wall_border};
use crate::cli::theory::given::Given;
use crate::cli::theory::mistake::Mistake;
use crate::cli::theory::number::{shown, sparsity_name};
use crate::plot::{Axis, Ink, Mark, Panel, Samples};

pub(super) fn panels(given: &mut Given) -> Result<Vec<Panel>, Mistake> {
    let goal = goal(given)?;
    let table = Table::read(given)?;
    let sparsity = given.number(&SPARSITY)?;
    let found = solve(&table.distortions, goal, sparsity)?;
    let panel = match goal {
        Goal::Budget { budget, negative_weight } => losses(&table, budget, negative_weight, sparsity, &found)?,
        Goal::Limits { fact_limit, non_fact_limit } => rates(&table, [fact_limit, non_fact_limit], sparsity, &found),
    };
    Ok(vec![panel])
}

/// What a goal gives; nothing, and so a gap in a curve, where the memory is too small or a limit too low for any law.
type Attempt = Result<Option<Solution>, std::convert::Infallible>;

fn losses(
    table: &Table,
    budget: Bits,
    negative_weight: f64,
    sparsity: f64,
    here: &Solution,
) -> Result<Panel, DomainError> {
    let x = memory_axis(budget, negative_weight, sparsity)?;
    let at_budget = |bits| -> Attempt {
        let goal = Goal::Budget { budget: Bits(bits), negative_weight };
        Ok(solve(&table.distortions, goal, sparsity).ok())
    };
    let Ok(samples) = Samples::along(&x, at_budget);
    let curves = loss_curves(&samples, negative_weight, |found| {
        found.as_ref().map(|found| [found.fact_loss, found.non_fact_loss])
    });
    let y = Axis::up_to(
        "mean loss (unit of the table)",
        curves.iter().flat_map(|curve| &curve.points).map(|point| point.1),
    );
    let at = (budget.0, here.fact_loss + negative_weight * here.non_fact_loss);
    let mark = Mark { name: format!("L = {} at B = {}", shown(at.1), shown(at.0)), at, ink: Ink::Black };
    Ok(Panel { x, y, curves, marks: vec![mark], borders: vec![wall_border(sparsity)?] })
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
    let rate = |found: &Option<Solution>| found.as_ref().map_or(f64::NAN, |found| found.rate.0);
    let curves = vec![samples.curve("rate R", BOLD, rate)];
    let y = Axis::up_to("rate R (bits a fact)", curves.iter().flat_map(|curve| &curve.points).map(|point| point.1));
    let at = (non_fact_limit, here.rate.0);
    let mark = Mark { name: format!("{} bits a fact", shown(at.1)), at, ink: Ink::Black };
    Panel { x, y, curves, marks: vec![mark], borders: Vec::new() }
}
