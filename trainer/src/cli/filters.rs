//! `rote filters`: memories whose theory is known, built of the same facts and put through the same evaluation.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use rote_theory::Bits;
use serde::Serialize;

use super::result::{Failure, INTERRUPTED, print, print_json, require_bounds};
use super::table::{Columns, recall, setting};
use super::{Global, progress, stop_on_signals};
use crate::config::{self, Overrides};
use crate::filters::{self, FilterEvaluation, MOST_BITS};
use crate::record::{RunStatus, SCHEMA_VERSION};
use crate::run::{self, Plan, RunError};

/// Build memories that are no networks of the facts of an experiment, and evaluate them as networks are.
///
/// For each seed and each budget there are two. `hash` keeps a fingerprint of every fact and attains the bound: it knows
/// every fact, and takes a share 2^-B of the non-facts for facts. `forgetting` spends the same bits on as many facts as
/// it can keep exactly, and knows nothing of any other claim. Beside their losses stand those of the best
/// memory of B bits a fact. Nothing is trained and nothing is written.
#[derive(Debug, clap::Args)]
pub(super) struct Filters {
    /// The experiment, a TOML file. Of its recipe only `train.negative_weight` plays a part, of its networks nothing.
    config: PathBuf,
    /// Budgets, bits a fact, from 0 to 32.
    #[arg(long, value_name = "B,B,...", value_delimiter = ',', default_values_t = [2.0, 4.0, 8.0], value_parser = budget)]
    bits: Vec<f64>,
    /// Sets a key of the configuration, such as `seeds=3`; may be given again.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

fn budget(text: &str) -> Result<f64, String> {
    let bits = text.parse().ok().filter(|bits| (0.0..=MOST_BITS).contains(bits));
    bits.ok_or_else(|| format!("allowed: numbers from 0 to {MOST_BITS}"))
}

/// What `--json` prints.
#[derive(Serialize)]
struct Summary {
    schema_version: u32,
    status: RunStatus,
    filters: Vec<FilterEvaluation>,
}

impl Filters {
    pub(super) fn run(self, global: &Global) -> Result<ExitCode, Failure> {
        let plan = Plan::new(&config::load(&self.config, Overrides { sets: &self.set, ..Overrides::default() })?)?;
        let budgets: Vec<Bits> = self.bits.into_iter().map(Bits).collect();
        let stop = stop_on_signals()?;
        let reporter = progress::reporter(global);
        let threads = plan.resolved.experiment.backend.threads;
        let evaluated = run::with_threads(threads, || filters::evaluate(&plan, &budgets, &stop, reporter.as_ref()))?;
        let evaluated = evaluated.map_err(RunError::from)?;
        let status = if evaluated.is_some() { RunStatus::Complete } else { RunStatus::Interrupted };
        let summary = Summary { schema_version: SCHEMA_VERSION, status, filters: evaluated.unwrap_or_default() };
        if global.json {
            print_json(&summary)?;
        }
        if status == RunStatus::Interrupted {
            return Ok(ExitCode::from(INTERRUPTED));
        }
        if !global.json && !global.quiet {
            print(&render(&summary.filters))?;
        }
        require_bounds(summary.filters.iter().map(|filter| &filter.evaluation))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Filters that are still shown one by one; beyond, the means are the table.
const MOST_ROWS: usize = 100;
/// The width of a filter's name.
const NAME: usize = 19;

const COLUMNS: Columns<FilterEvaluation> = Columns(&[
    ("B", 6, |f| Some(f.bits_per_fact)),
    ("ideal", 7, |f| Some(f.nominal_bits_per_fact)),
    ("real", 7, |f| Some(f.stored_bits_per_fact)),
    ("ε_K", 8, |f| f.evaluation.fact_loss_nats),
    ("least", 7, |f| f.frontier.fact_loss_nats),
    ("ε_N", 8, |f| f.evaluation.non_fact_loss_nats),
    ("least", 7, |f| f.frontier.non_fact_loss_nats),
    ("L", 8, |f| f.loss_nats),
    ("least", 7, |f| Some(f.frontier.loss_nats)),
    ("F", 7, |f| f.evaluation.information_bits_per_fact),
    ("HR@.9", 7, |f| recall(f.evaluation.hallucination_at_recall.as_ref(), "0.9")),
]);

/// The whole table. It fits a terminal of 100 columns.
fn render(filters: &[FilterEvaluation]) -> String {
    let mut text = format!("{}.\n", setting(filters.iter().map(|filter| &filter.evaluation)));
    let _ = writeln!(
        text,
        "B, ideal, real: bits a fact that it may take, that its content needs, and that it is stored in.\n\
         ε_K, ε_N, L: log loss of facts, of non-facts, and ε_K + λ ε_N, nats; least, beside each: what it is\n\
         in the memory of B bits a fact whose L is least. F: bits a fact held in the scores. HR@.9: share of\n\
         non-facts that score as high as nine tenths of the facts.\n\n\
         {:<NAME$}{}",
        "memory",
        COLUMNS.headings()
    );
    if filters.len() <= MOST_ROWS {
        for filter in filters {
            let name = format!("{} seed {}", filter.filter.name(), filter.evaluation.seed);
            let _ = writeln!(text, "{name:<NAME$}{}", COLUMNS.cells(filter));
        }
    }
    let alike = |a: &FilterEvaluation, b: &FilterEvaluation| a.evaluation.population == b.evaluation.population;
    for same in filters.chunk_by(alike).filter(|same| same.len() > 1) {
        let [means, deviations] = COLUMNS.means(same);
        let _ = writeln!(text, "{:<NAME$}{means}", format!("{} mean", same[0].filter.name()));
        let _ = writeln!(text, "{:<NAME$}{deviations}", format!("   sd, {} seeds", same.len()));
    }
    text
}
