//! The tables that end a comparison: speed, then memory, then agreement. They fit a terminal of 100 columns.

use std::fmt::Write;
use std::path::Path;

use super::table::Columns;
use crate::compare::{Agreement, BackendReport, BackendStatus, ComparisonFile, Final, Metric, PopulationReport};

/// The widths of a population's and of a backend's name.
const POPULATION: usize = 10;
const BACKEND: usize = 16;

const SPEED: Columns<PopulationReport> = Columns(&[
    ("steps/s", 10, |p| p.steps_per_second),
    ("ratio", 10, |p| p.speed_ratio),
    ("GFLOP/s", 10, |p| p.gflops),
    ("matmul", 9, |p| p.matmul_share),
    ("1st step s", 11, |p| p.first_step_seconds),
    ("train s", 9, |p| p.train_seconds),
    ("eval s", 9, |p| p.evaluate_seconds),
]);

const MEMORY: Columns<BackendReport> = Columns(&[
    ("whole s", 10, |b| Some(b.wall_seconds)),
    ("peak MiB", 10, |b| b.peak_memory_bytes.map(mebibytes)),
    ("device MiB", 11, |b| b.device_memory_bytes.map(mebibytes)),
]);

const AGREEMENT: Columns<Agreement> = Columns(&[
    ("losses", 9, |a| Some(a.rounding.largest_difference.0)),
    ("of limit", 9, |a| Some(a.rounding.largest_share.0)),
    ("R %", 8, |a| percent(a, Metric::RateBitsPerFact)),
    ("F %", 8, |a| percent(a, Metric::InformationBitsPerFact)),
    ("ε_K %", 8, |a| percent(a, Metric::FactLossNats)),
    ("ε_N %", 8, |a| percent(a, Metric::NonFactLossNats)),
    ("of limit", 9, |a| a.finals.iter().map(share).reduce(f64::max)),
]);

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn final_of(agreement: &Agreement, metric: Metric) -> Option<&Final> {
    agreement.finals.iter().find(|found| found.metric == metric)
}

fn percent(agreement: &Agreement, metric: Metric) -> Option<f64> {
    let found = final_of(agreement, metric).filter(|found| found.reference_mean.0 != 0.0)?;
    Some(100.0 * found.difference.0 / found.reference_mean.0)
}

/// The part of its limit that a difference takes.
fn share(found: &Final) -> f64 {
    if found.difference.0 == 0.0 { 0.0 } else { found.difference.0.abs() / found.limit.0 }
}

/// The whole text.
pub(super) fn render(file: &ComparisonFile, directory: &Path) -> String {
    let mut text = speed(file);
    memory(file, &mut text);
    agreement(file, &mut text);
    let _ = writeln!(text, "written to {0}/compare.json and {0}/compare.csv", directory.display());
    text
}

fn first(file: &ComparisonFile) -> &str {
    file.backends.first().map_or("", |backend| &backend.backend)
}

/// All backends' reports of the first population, then those of the second, and so on.
fn by_population(file: &ComparisonFile) -> impl Iterator<Item = (&BackendReport, &PopulationReport)> {
    let populations = file.backends.first().map_or(0, |backend| backend.populations.len());
    let of_all = |index| file.backends.iter().filter_map(move |b| Some((b, b.populations.get(index)?)));
    (0..populations).flat_map(of_all)
}

fn speed(file: &ComparisonFile) -> String {
    let ComparisonFile { name, steps, members, compared_steps, .. } = file;
    let networks = if *members == 1 { "network" } else { "networks" };
    let mut text = format!(
        "{name}: {steps} steps of {members} {networks} a shape. Steps/s after the first {compared_steps}; ratio: to {}.\n\
         GFLOP/s: the work that must be done, (6 P - 2 d w) a row. matmul: share of the kernels' time.\n\
         1st step: until its losses are there, device, compiling and tuning included.\n\n{:<POPULATION$}{:<BACKEND$}{}\n",
        first(file),
        "networks",
        "backend",
        SPEED.headings()
    );
    for (backend, report) in by_population(file) {
        let cells = SPEED.cells(report);
        let _ = writeln!(text, "{:<POPULATION$}{:<BACKEND$}{cells}", report.population, backend.backend);
    }
    text
}

fn memory(file: &ComparisonFile, text: &mut String) {
    let _ = writeln!(text, "\n{:<1$}{2}", "backend", POPULATION + BACKEND, MEMORY.headings());
    for backend in &file.backends {
        let state = match (backend.status, &backend.matmul_unknown) {
            (BackendStatus::Failed, _) => "  failed".to_owned(),
            (BackendStatus::Complete, Some(reason)) => format!("  matmul unknown: {reason}"),
            (BackendStatus::Complete, None) => String::new(),
        };
        let _ = writeln!(text, "{:<1$}{2}{state}", backend.backend, POPULATION + BACKEND, MEMORY.cells(backend));
    }
}

fn agreement(file: &ComparisonFile, text: &mut String) {
    let _ = writeln!(
        text,
        "\nAgreement with {}. losses: largest relative difference of a member's losses in the first {} steps.\n\
         R, F, ε_K, ε_N: difference of the means over members, percent. of limit: the part that the worst takes of\n\
         what rounding, or chance over seeds, explains.\n\n{:<POPULATION$}{:<BACKEND$}{}",
        first(file),
        file.compared_steps,
        "networks",
        "backend",
        AGREEMENT.headings()
    );
    let reference = file.backends.first().map(|backend| &backend.run);
    for (backend, population) in by_population(file).filter(|(backend, _)| Some(&backend.run) != reference) {
        let (cells, verdict) = match &population.agreement {
            Some(agreement) => (AGREEMENT.cells(agreement), if agreement.agree { "agree" } else { "DISAGREE" }),
            None => (String::new(), "not compared"),
        };
        let name = &population.population;
        let _ = writeln!(text, "{name:<POPULATION$}{:<BACKEND$}{cells}  {verdict}", backend.backend);
    }
    text.push('\n');
}

/// What a population disagrees in, as one line.
pub(super) fn disagreement(population: &PopulationReport, steps: u64) -> String {
    let mut parts = Vec::new();
    if let Some(agreement) = &population.agreement {
        let rounding = &agreement.rounding;
        if !agreement.other_facts.is_empty() {
            parts.push(format!("members {:?} have other facts", agreement.other_facts));
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
        if !agreement.diverged_on_one.is_empty() {
            parts.push(format!("members {:?} diverged on one of the two", agreement.diverged_on_one));
        }
    }
    format!("{}: {}", population.population, parts.join("; "))
}
