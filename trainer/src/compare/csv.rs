//! `compare.csv`: one row for each backend and population, for spreadsheets.

use super::finals::{Final, Metric};
use super::report::{BackendReport, BackendStatus, ComparisonFile, PopulationReport};

type Column = (&'static str, fn(&BackendReport, &PopulationReport) -> Option<String>);

const COLUMNS: [Column; 24] = [
    ("backend", |b, _| Some(b.backend.clone())),
    ("population", |_, p| Some(p.population.clone())),
    ("status", |b, _| Some(if b.status == BackendStatus::Complete { "complete" } else { "failed" }.to_owned())),
    ("parameters", |_, p| Some(p.parameters.to_string())),
    ("steps_per_second", |_, p| number(p.steps_per_second)),
    ("gflops", |_, p| number(p.gflops)),
    ("speed_ratio", |_, p| number(p.speed_ratio)),
    ("matmul_share", |_, p| number(p.matmul_share)),
    ("first_step_seconds", |_, p| number(p.first_step_seconds)),
    ("train_seconds", |_, p| number(p.train_seconds)),
    ("evaluate_seconds", |_, p| number(p.evaluate_seconds)),
    ("peak_memory_bytes", |b, _| b.peak_memory_bytes.map(|bytes| bytes.to_string())),
    ("device_memory_bytes", |b, _| b.device_memory_bytes.map(|bytes| bytes.to_string())),
    ("largest_loss_difference", |_, p| number(Some(p.agreement.as_ref()?.rounding.largest_difference.0))),
    ("largest_share_of_tolerance", |_, p| number(Some(p.agreement.as_ref()?.rounding.largest_share.0))),
    ("rate_difference_bits", |_, p| difference(p, Metric::RateBitsPerFact)),
    ("information_difference_bits", |_, p| difference(p, Metric::InformationBitsPerFact)),
    ("fact_loss_difference_nats", |_, p| difference(p, Metric::FactLossNats)),
    ("non_fact_loss_difference_nats", |_, p| difference(p, Metric::NonFactLossNats)),
    ("rate_largest_difference_bits", |_, p| largest(p, Metric::RateBitsPerFact)),
    ("information_largest_difference_bits", |_, p| largest(p, Metric::InformationBitsPerFact)),
    ("fact_loss_largest_difference_nats", |_, p| largest(p, Metric::FactLossNats)),
    ("non_fact_loss_largest_difference_nats", |_, p| largest(p, Metric::NonFactLossNats)),
    ("agree", |_, p| Some(p.agreement.as_ref()?.agree.to_string())),
];

/// The whole file. What is not known is empty.
pub(super) fn render(file: &ComparisonFile) -> String {
    let mut text = line(COLUMNS.iter().map(|(name, _)| (*name).to_owned()));
    for backend in &file.backends {
        for population in &backend.populations {
            let cells = COLUMNS.iter().map(|(_, cell)| cell(backend, population).unwrap_or_default());
            text.push_str(&line(cells));
        }
    }
    text
}

/// Neither names of backends nor numbers hold commas or quotes.
fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(",") + "\n"
}

fn number(value: Option<f64>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// Of the means over members.
fn difference(population: &PopulationReport, metric: Metric) -> Option<String> {
    number(Some(final_of(population, metric)?.difference.0))
}

/// Of one member.
fn largest(population: &PopulationReport, metric: Metric) -> Option<String> {
    number(Some(final_of(population, metric)?.largest_difference.0))
}

fn final_of(population: &PopulationReport, metric: Metric) -> Option<&Final> {
    population.agreement.as_ref()?.finals.iter().find(|found| found.metric == metric)
}
