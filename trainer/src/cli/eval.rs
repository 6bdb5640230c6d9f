//! `rote eval`: evaluate the networks of a run again, on more non-facts or on another backend.

use std::path::PathBuf;
use std::process::ExitCode;

use super::result::{Failure, conclude};
use super::{Global, progress, stop_on_signals};
use crate::run::{self, Reevaluation};

/// Evaluate the networks of a run again; writes evaluations/N.json and leaves evaluation.json as it is.
#[derive(Debug, clap::Args)]
pub(super) struct Eval {
    /// The run directory.
    run: PathBuf,
    /// Non-facts to score for every network: a number, 2^K, or `all` of those held out.
    #[arg(long, value_name = "N|all")]
    non_facts: Option<String>,
    /// Where to compute; see `rote devices`.
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
}

impl Eval {
    pub(super) fn run(self, global: &Global) -> Result<ExitCode, Failure> {
        let mut sets: Vec<String> = Vec::new();
        sets.extend(self.non_facts.map(|count| format!("evaluation.non_facts={count}")));
        if let Some(name) = self.backend {
            // The run's configuration names the kernels of the backend that it was trained on.
            let fused = matches!(name.as_str(), "flex" | "cpu");
            sets.extend((!fused).then(|| "backend.kernels=composed".to_owned()));
            sets.push(format!("backend.name={name}"));
        }
        let request = Reevaluation { run: &self.run, sets: &sets };
        let stop = stop_on_signals()?;
        let outcome = run::evaluate_again(&request, &stop, progress::reporter(global).as_ref())?;
        conclude(&outcome, global)
    }
}
