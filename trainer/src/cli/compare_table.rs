//! The tables that end a comparison: speed, then memory, then agreement. They fit a terminal of 100 columns.

use std::fmt::Write;
use std::path::Path;

use super::compare_agreement::agreement;
use super::table::Columns;
use crate::compare::{BackendReport, BackendStatus, ComparisonFile, PopulationReport};

/// The widths of a population's and of a backend's name.
pub(super) const POPULATION: usize = 10;
pub(super) const BACKEND: usize = 16;

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

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The whole text.
pub(super) fn render(file: &ComparisonFile, directory: &Path) -> String {
    let mut text = speed(file);
    memory(file, &mut text);
    agreement(file, &mut text);
    let _ = writeln!(text, "written to {0}/compare.json and {0}/compare.csv", directory.display());
    text
}

pub(super) fn first(file: &ComparisonFile) -> &str {
    file.backends.first().map_or("", |backend| &backend.backend)
}

/// All backends' reports of the first population, then those of the second, and so on.
pub(super) fn by_population(file: &ComparisonFile) -> impl Iterator<Item = (&BackendReport, &PopulationReport)> {
    let populations = file.backends.first().map_or(0, |backend| backend.populations.len());
    let of_all = |index| file.backends.iter().filter_map(move |b| Some((b, b.populations.get(index)?)));
    (0..populations).flat_map(of_all)
}

fn speed(file: &ComparisonFile) -> String {
    let ComparisonFile { name, steps, members, warm_up_steps, .. } = file;
    let networks = if *members == 1 { "network" } else { "networks" };
    let mut text = format!(
        "{name}: {steps} steps of {members} {networks} a shape, on each backend in a process of its own.\n\
         steps/s: of a whole shape, without the warm-up (the first {warm_up_steps} steps) and without checkpoints.\n\
         ratio: to {}. GFLOP/s: the work that must be done, (6 P - 2 d w) a row, at those steps/s.\n\
         matmul: share of the time of a GPU's kernels. 1st step s: until its losses are there, with opening the\n\
         device, compiling and tuning. train s: all of training, warm-up and checkpoints included.\n\
         eval s: evaluation.\n\n{:<POPULATION$}{:<BACKEND$}{}\n",
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
    let _ = writeln!(
        text,
        "\nwhole s: of the process, start to end. peak MiB: most memory of the process; device MiB: of the GPU.\n\n\
         {:<2$}{}",
        "backend",
        MEMORY.headings(),
        POPULATION + BACKEND
    );
    for backend in &file.backends {
        let state = match (backend.status, &backend.matmul_unknown) {
            (BackendStatus::Failed, _) => "  failed".to_owned(),
            // On the CPU it never is known.
            (BackendStatus::Complete, Some(reason)) if backend.engine.is_some() => {
                format!("  matmul unknown: {reason}")
            }
            (BackendStatus::Complete, _) => String::new(),
        };
        let _ = writeln!(text, "{:<1$}{2}{state}", backend.backend, POPULATION + BACKEND, MEMORY.cells(backend));
    }
}
