//! The table that ends a run: every network's numbers beside their bounds, then the means of each shape.

use std::fmt::Write;

use crate::record::evaluation_json::{ByRecall, MemberStatus, NonFactSet};
use crate::record::{EvaluationFile, MemberEvaluation};

/// Networks that are still shown one by one; beyond, the means are the table.
const MOST_ROWS: usize = 100;

/// The columns that are numbers, and how a member fills them.
const COLUMNS: [(&str, usize, Column); 10] = [
    ("ε_K", 8, |m| m.fact_loss_nats),
    ("ε_N", 8, |m| m.non_fact_loss_nats),
    ("C(L)", 7, |m| m.budget_bits_per_fact),
    ("R", 7, |m| m.rate_bits_per_fact),
    ("F", 7, |m| m.information_bits_per_fact),
    ("R/param", 8, |m| m.rate_bits_per_parameter),
    ("HR@.5", 9, |m| recall(m.hallucination_at_recall.as_ref(), "0.5")),
    ("least", 9, |m| recall(m.hallucination_bound_at_recall.as_ref(), "0.5")),
    ("HR@.9", 9, |m| recall(m.hallucination_at_recall.as_ref(), "0.9")),
    ("least", 9, |m| recall(m.hallucination_bound_at_recall.as_ref(), "0.9")),
];

type Column = fn(&MemberEvaluation) -> Option<f64>;

fn recall(shares: Option<&ByRecall>, at: &str) -> Option<f64> {
    shares?.get(at).copied()
}

/// The whole table.
pub(super) fn render(evaluation: &EvaluationFile) -> String {
    let members = &evaluation.members;
    let mut text = heading(members);
    if members.len() <= MOST_ROWS {
        for member in members {
            let name = format!("{} seed {}", member.population, member.seed);
            let _ = write!(text, "{name:<16}{:>8}{:>8.3}", member.parameters, ratio(member));
            if member.status == MemberStatus::Diverged {
                text.push_str("  diverged\n");
                continue;
            }
            for (_, width, column) in COLUMNS {
                text.push_str(&cell(column(member), width));
            }
            text.push('\n');
        }
        text.push('\n');
    }
    text.push_str(&means(members));
    text.push_str(&objects(members));
    text
}

fn heading(members: &[MemberEvaluation]) -> String {
    let Some(first) = members.iter().find(|member| member.status == MemberStatus::Complete).or(members.first()) else {
        return String::new();
    };
    let set = match first.non_fact_set {
        Some(NonFactSet::All) => "non-facts, all there are (training drew among them)",
        _ => "held-out non-facts, never drawn in training",
    };
    let scored = first.non_facts_scored.unwrap_or(0);
    let mut text = format!(
        "n = {} facts of u = {} claims, λ = {}; scored on {scored} {set}.\n\
         ε_K, ε_N: log loss of facts and non-facts, nats. Bits a fact: C(L) least for the training loss <= R least for \
         both losses <= F held in the scores.\n\
         HR@r: share of non-facts that reach the scores of a share r of the facts; least: what F bits allow at best.\n\n",
        first.facts, first.universe, first.negative_weight
    );
    let _ = write!(text, "{:<16}{:>8}{:>8}", "network", "P", "P/n");
    for (name, width, _) in COLUMNS {
        let _ = write!(text, "{name:>width$}");
    }
    text.push('\n');
    text
}

fn ratio(member: &MemberEvaluation) -> f64 {
    member.parameters as f64 / member.facts as f64
}

fn cell(value: Option<f64>, width: usize) -> String {
    match value {
        None => format!("{:>width$}", "-"),
        Some(value) if value != 0.0 && value.abs() < 1e-3 => format!("{value:>width$.1e}"),
        Some(value) => format!("{value:>width$.4}"),
    }
}

/// Mean and standard deviation over the seeds of each shape.
fn means(members: &[MemberEvaluation]) -> String {
    let mut text = String::new();
    let mut rest = members;
    while let Some(first) = rest.first() {
        let end = rest.iter().position(|member| member.population != first.population).unwrap_or(rest.len());
        let (same, behind) = rest.split_at(end);
        rest = behind;
        let name = format!("{} mean", first.population);
        let _ = write!(text, "{name:<16}{:>8}{:>8.3}", first.parameters, ratio(first));
        let columns: Vec<(usize, Vec<f64>)> =
            COLUMNS.iter().map(|&(_, width, column)| (width, same.iter().filter_map(column).collect())).collect();
        for (width, values) in &columns {
            text.push_str(&cell(mean(values), *width));
        }
        let _ = write!(text, "\n{:<32}", format!("   sd over {} seeds", same.len()));
        for (width, values) in &columns {
            text.push_str(&cell(deviation(values), *width));
        }
        text.push('\n');
    }
    text
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    Some((values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt())
}

/// The scored sets besides facts and non-facts, as means over all networks of a shape.
fn objects(members: &[MemberEvaluation]) -> String {
    let mut text = String::new();
    for (name, column) in OBJECTS {
        let values: Vec<f64> = members.iter().filter_map(column).collect();
        if let Some(mean) = mean(&values) {
            let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let _ = writeln!(text, "{name}: mean {mean:.4}, largest {largest:.4}");
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

const OBJECTS: [(&str, Column); 4] = [
    ("control, fresh claims in the place of facts: R, bits a fact", |m| m.control.as_ref()?.rate_bits_per_fact),
    ("control, fresh claims in the place of facts: KL, bits a fact", |m| m.control.as_ref()?.kl_bits_per_fact),
    ("structure: bits a fact that facts never shown hold too", |m| m.structure_bits_per_fact),
    ("memory: the other bits a fact", |m| m.memory_bits_per_fact),
];
