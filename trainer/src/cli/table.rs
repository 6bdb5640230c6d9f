//! The table that ends a run: every network's numbers beside their bounds, then the means of each shape. It fits a
//! terminal of 100 columns.

use std::fmt::Write;

use crate::record::evaluation_json::{ByRecall, MemberStatus, NonFactSet};
use crate::record::{EvaluationFile, MemberEvaluation};

/// Networks that are still shown one by one; beyond, the means are the table.
const MOST_ROWS: usize = 100;
/// The widths of a network's name and of its number of parameters.
const NAME: usize = 14;
const PARAMETERS: usize = 8;

/// A number of something, if it has it.
pub(super) type Number<T> = fn(&T) -> Option<f64>;

/// Columns of numbers: the heading, the width, and what stands there.
pub(super) struct Columns<T: 'static>(pub(super) &'static [(&'static str, usize, Number<T>)]);

impl<T> Columns<T> {
    /// The headings.
    pub(super) fn headings(&self) -> String {
        let mut text = String::new();
        for (name, width, _) in self.0 {
            let _ = write!(text, "{name:>width$}");
        }
        text
    }

    /// The numbers of one row.
    pub(super) fn cells(&self, of: &T) -> String {
        self.0.iter().map(|&(_, width, column)| cell(column(of), width)).collect()
    }

    /// The means over several rows, and the standard deviations.
    pub(super) fn means(&self, over: &[T]) -> [String; 2] {
        [mean, deviation].map(|statistic| {
            let column = |&(_, width, column): &(_, usize, Number<T>)| {
                cell(statistic(&over.iter().filter_map(column).collect::<Vec<f64>>()), width)
            };
            self.0.iter().map(column).collect()
        })
    }
}

const COLUMNS: Columns<MemberEvaluation> = Columns(&[
    ("ε_K", 7, |m| m.fact_loss_nats),
    ("ε_N", 7, |m| m.non_fact_loss_nats),
    ("C(L)", 7, |m| m.budget_bits_per_fact),
    ("R", 7, |m| m.rate_bits_per_fact),
    ("F", 7, |m| m.information_bits_per_fact),
    ("R/P", 7, |m| m.rate_bits_per_parameter),
    ("HR@.5", 8, |m| recall(m.hallucination_at_recall.as_ref(), "0.5")),
    ("least", 7, |m| recall(m.hallucination_bound_at_recall.as_ref(), "0.5")),
    ("HR@.9", 7, |m| recall(m.hallucination_at_recall.as_ref(), "0.9")),
    ("least", 7, |m| recall(m.hallucination_bound_at_recall.as_ref(), "0.9")),
    ("q*", 7, |m| Some(m.predicted.as_ref()?.q_star)),
]);

pub(super) fn recall(shares: Option<&ByRecall>, at: &str) -> Option<f64> {
    shares?.get(at).copied()
}

/// The whole table.
pub(super) fn render(evaluation: &EvaluationFile) -> String {
    let members = &evaluation.members;
    let mut text = heading(members);
    if members.len() <= MOST_ROWS {
        for member in members {
            text.push_str(&row(member));
        }
        text.push('\n');
    }
    text.push_str(&means(members));
    text.push_str(&objects(members));
    text
}

fn heading(members: &[MemberEvaluation]) -> String {
    let drawn = match members.iter().find_map(|member| member.non_fact_set) {
        Some(NonFactSet::All) => " (training drew among them)",
        _ => ", never drawn in training",
    };
    let mut text = format!("{}{drawn}.\n", setting(members.iter()));
    let _ = writeln!(
        text,
        "ε_K, ε_N: log loss of facts and of non-facts, nats.\n\
         C(L) <= R <= F up to sampling error, bits a fact: least for the training loss, least for both losses, held in the scores.\n\
         R/P: R in bits a parameter. HR@r: share of non-facts that score as high as a share r of the facts;\n\
         least, beside it: the best that a memory of F bits a fact could do at that recall alone; q*: what the\n\
         memory of F bits with the least training loss does at every recall.\n\n\
         {:<NAME$}{:>PARAMETERS$}{}",
        "network",
        "P",
        COLUMNS.headings()
    );
    text
}

/// What was scored.
pub(super) fn setting<'a>(members: impl Iterator<Item = &'a MemberEvaluation> + Clone) -> String {
    let complete = |member: &&MemberEvaluation| member.status == MemberStatus::Complete;
    let Some(first) = members.clone().find(complete).or(members.clone().next()) else {
        return String::new();
    };
    let set = match first.non_fact_set {
        Some(NonFactSet::All) => "non-facts, all there are",
        _ => "held-out non-facts",
    };
    let scored = first.non_facts_scored.unwrap_or(0);
    let weights = weights(members);
    format!("n = {} facts of u = {} claims, λ = {weights}; scored on {scored} {set}", first.facts, first.universe)
}

/// λ of all members, or its range.
fn weights<'a>(members: impl Iterator<Item = &'a MemberEvaluation>) -> String {
    let (least, most) = members.fold((f64::INFINITY, 0.0), |(least, most), member| {
        (f64::min(least, member.negative_weight), f64::max(most, member.negative_weight))
    });
    if least < most { format!("{least} to {most}") } else { format!("{most}") }
}

fn row(member: &MemberEvaluation) -> String {
    let name = format!("{} seed {}", member.population, member.seed);
    let mut text = format!("{name:<NAME$}{:>PARAMETERS$}", parameters(member));
    if member.status == MemberStatus::Diverged {
        text.push_str("  diverged");
    } else {
        text.push_str(&COLUMNS.cells(member));
    }
    if member.undersampled == Some(true) {
        text.push_str(" undersampled");
    }
    text.push('\n');
    text
}

fn parameters(member: &MemberEvaluation) -> String {
    member.parameters.map_or_else(|| "-".to_owned(), |parameters| parameters.to_string())
}

/// A number in its column, always behind a blank: digits as the column allows, powers of ten where they would mislead.
fn cell(value: Option<f64>, width: usize) -> String {
    let Some(value) = value else { return format!("{:>width$}", "-") };
    let digits = width - 1;
    let fixed = format!("{value:.0$}", if value.abs() < 10.0 { 4.min(digits - 2) } else { 2 });
    let text = if value == 0.0 {
        "0".to_owned()
    } else if value.abs() < 1e-3 || fixed.len() > digits {
        format!("{value:.1e}")
    } else {
        fixed
    };
    format!("{text:>width$}")
}

/// Mean and standard deviation over the seeds of each shape, where there are several.
fn means(members: &[MemberEvaluation]) -> String {
    let mut text = String::new();
    for same in members.chunk_by(|a, b| a.population == b.population).filter(|same| same.len() > 1) {
        let [means, deviations] = COLUMNS.means(same);
        let name = format!("{} mean", same[0].population);
        let _ = writeln!(text, "{name:<NAME$}{:>PARAMETERS$}{means}", parameters(&same[0]));
        let _ = writeln!(text, "{:<1$}{deviations}", format!("   sd, {} seeds", same.len()), NAME + PARAMETERS);
    }
    text
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
    // Equal numbers differ from their mean by rounding alone.
    Some(if variance.sqrt() > 1e-12 * mean.abs() { variance.sqrt() } else { 0.0 })
}

/// What is said of the scored sets besides facts and non-facts, over all networks.
fn objects(members: &[MemberEvaluation]) -> String {
    let mut text = String::new();
    for (name, column) in OBJECTS {
        let values: Vec<f64> = members.iter().filter_map(column).collect();
        if let Some(mean) = mean(&values) {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let _ = writeln!(text, "{name}: mean {mean:.4}, from {least:.4} to {most:.4}");
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

const OBJECTS: [(&str, Number<MemberEvaluation>); 4] = [
    ("control, fresh claims in the place of facts: R, bits a fact", |m| m.control.as_ref()?.rate_bits_per_fact),
    ("control, fresh claims in the place of facts: KL, bits a fact", |m| m.control.as_ref()?.kl_bits_per_fact),
    ("structure, bits a fact that facts never shown hold too", |m| m.structure_bits_per_fact),
    ("memory, the other bits a fact", |m| m.memory_bits_per_fact),
];
