//! How backends agree: the last table of a comparison, and what is said of those that do not.

use std::fmt::Write;

use super::compare_table::{BACKEND, POPULATION, by_population, first};
use super::table::Columns;
use crate::compare::{Agreement, BackendReport, BackendStatus, ComparisonFile, Final, Metric, PopulationReport};

const MEANS: Columns<Agreement> = Columns(&[
    ("losses", 9, |a| Some(a.rounding.largest_difference.0)),
    ("rounding", 9, |a| Some(a.rounding.largest_share.0)),
    ("R %", 8, |a| mean(a, Metric::RateBitsPerFact)),
    ("F %", 8, |a| mean(a, Metric::InformationBitsPerFact)),
    ("ε_K %", 8, |a| mean(a, Metric::FactLossNats)),
    ("ε_N %", 8, |a| mean(a, Metric::NonFactLossNats)),
    ("chance", 9, |a| a.finals.iter().map(share).reduce(f64::max)),
]);

/// The second line of a population, below [`MEANS`].
const LARGEST: Columns<Agreement> = Columns(&[
    ("R %", 8, |a| largest(a, Metric::RateBitsPerFact)),
    ("F %", 8, |a| largest(a, Metric::InformationBitsPerFact)),
    ("ε_K %", 8, |a| largest(a, Metric::FactLossNats)),
    ("ε_N %", 8, |a| largest(a, Metric::NonFactLossNats)),
]);
/// Where its numbers begin: after the names and the columns of the losses.
const MARGIN: usize = POPULATION + BACKEND + 18;

/// Agreement in so few steps shows little.
const FEW_STEPS: u64 = 10;

fn mean(agreement: &Agreement, metric: Metric) -> Option<f64> {
    percent(agreement, metric, |found| found.difference.0)
}

fn largest(agreement: &Agreement, metric: Metric) -> Option<f64> {
    percent(agreement, metric, |found| found.largest_difference.0)
}

/// A difference in parts of the first backend's mean.
fn percent(agreement: &Agreement, metric: Metric, difference: fn(&Final) -> f64) -> Option<f64> {
    let found = agreement.finals.iter().find(|found| found.metric == metric)?;
    (found.reference_mean.0 != 0.0).then(|| 100.0 * difference(found) / found.reference_mean.0)
}

/// The part of its limit that a difference takes.
fn share(found: &Final) -> f64 {
    if found.difference.0 == 0.0 { 0.0 } else { found.difference.0.abs() / found.limit.0 }
}

/// The table, and below it what its numbers leave out.
pub(super) fn agreement(file: &ComparisonFile, text: &mut String) {
    let _ = writeln!(
        text,
        "\nAgreement with {}. losses: largest relative difference of a network's losses in the first {} steps.\n\
         rounding: the largest part that one takes of what rounding explains, at steps where that can be told.\n\
         R, F, ε_K, ε_N: difference of the means over networks, in percent of the mean; below it the largest\n\
         difference of one network, which is not judged. chance: the largest part that a difference of means\n\
         takes of what chance over seeds explains. rounding or chance above 1 is a disagreement.\n\n\
         {:<POPULATION$}{:<BACKEND$}{}",
        first(file),
        file.compared_steps,
        "networks",
        "backend",
        MEANS.headings()
    );
    let mut notes = String::new();
    for (backend, population) in others(file) {
        let name = &population.population;
        let (cells, verdict) = match &population.agreement {
            Some(agreement) => (MEANS.cells(agreement), if agreement.agree { "agree" } else { "DISAGREE" }),
            None => (String::new(), "not compared"),
        };
        let _ = writeln!(text, "{name:<POPULATION$}{:<BACKEND$}{cells}  {verdict}", backend.backend);
        if let Some(agreement) = &population.agreement {
            let _ = writeln!(text, "{:<MARGIN$}{}", "          one network", LARGEST.cells(agreement));
        }
        for line in remarks(file, backend, population) {
            let _ = writeln!(notes, "{name}, {}: {line}", backend.backend);
        }
    }
    text.push_str(if notes.is_empty() { "" } else { "\n" });
    text.push_str(&notes);
    text.push('\n');
}

/// What all backends but the first report.
fn others(file: &ComparisonFile) -> impl Iterator<Item = (&BackendReport, &PopulationReport)> {
    let reference = file.backends.first().map(|backend| &backend.run);
    by_population(file).filter(move |(backend, _)| Some(&backend.run) != reference)
}

/// What is not compared, and why.
fn remarks(file: &ComparisonFile, backend: &BackendReport, population: &PopulationReport) -> Vec<String> {
    let mut parts = Vec::new();
    let Some(agreement) = &population.agreement else {
        let mut both = file.backends.first().into_iter().chain([backend]);
        if both.all(|run| run.status == BackendStatus::Complete) {
            parts.push("every member diverged on both, so that there is nothing to compare".to_owned());
        }
        return parts;
    };
    if !agreement.diverged_on_both.is_empty() {
        parts.push(format!("{} diverged on both and not compared", members(&agreement.diverged_on_both)));
    }
    let judged = agreement.rounding.judged_steps;
    if judged < FEW_STEPS {
        parts.push(format!("rounding was judged at {judged} of the first {} steps only", file.compared_steps));
    }
    if !agreement.finals.is_empty() && agreement.finals.iter().all(|found| found.seed_degrees_of_freedom == 0) {
        parts.push("no two members differ in the seed alone; their spread is that of other networks".to_owned());
    }
    parts
}

fn members(numbers: &[u32]) -> String {
    let list: Vec<String> = numbers.iter().map(u32::to_string).collect();
    format!("{} {}", if numbers.len() == 1 { "member" } else { "members" }, list.join(", "))
}

/// What a population on `backend` disagrees in with the `first`, as one line.
pub(super) fn disagreement(population: &PopulationReport, backend: &str, first: &str, steps: u64) -> String {
    let mut parts = Vec::new();
    if let Some(agreement) = &population.agreement {
        let rounding = &agreement.rounding;
        if !agreement.other_facts.is_empty() {
            parts.push(format!("{}: other facts", members(&agreement.other_facts)));
        }
        let alone = [(&agreement.diverged_on_reference_alone, first), (&agreement.diverged_on_this_alone, backend)];
        for (alone, name) in alone.into_iter().filter(|(alone, _)| !alone.is_empty()) {
            parts.push(format!("{} diverged on {name} alone", members(alone)));
        }
        if !rounding.agree {
            parts.push(format!(
                "losses of the first {steps} steps differ by up to {:.1e}; member {} at step {} by {:.3} times what \
                 rounding explains",
                rounding.largest_difference.0, rounding.member, rounding.step, rounding.largest_share.0
            ));
        }
        for found in agreement.finals.iter().filter(|found| !found.agree) {
            let (name, Final { reference_mean, mean, limit, .. }) = (found.metric.name(), found);
            parts.push(format!(
                "{name} {:.4} for {:.4}, where chance explains {:.4}",
                mean.0, reference_mean.0, limit.0
            ));
        }
    }
    format!("{}: {}", population.population, parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_diverged_on_one_backend_is_named_with_that_backend() {
        let population: PopulationReport = serde_json::from_value(serde_json::json!({
            "population": "w9", "shape": "20-9-1 tanh", "parameters": 199, "rows": 228, "flops_per_step": 1,
            "agreement": {
                "rounding": {
                    "steps": 60, "judged_steps": 60, "largest_difference": 0.0, "largest_share": 0.0, "step": 0,
                    "member": 0, "members": [], "agree": true,
                },
                "finals": [], "diverged_on_reference_alone": [4], "diverged_on_this_alone": [2, 3], "agree": false,
            },
        }))
        .unwrap();
        assert_eq!(
            disagreement(&population, "ndarray", "flex", 60),
            "w9: member 4 diverged on flex alone; members 2, 3 diverged on ndarray alone"
        );
    }
}
