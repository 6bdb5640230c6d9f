//! `rote eval`: evaluate the networks of a run again, on more non-facts or on another backend.

use std::path::PathBuf;
use std::process::ExitCode;

use super::gpu::GpuFlags;
use super::result::{Failure, conclude};
use super::{Global, progress, stop_on_signals};
use crate::config::Overrides;
use crate::run;

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
    #[command(flatten)]
    gpu: GpuFlags,
}

impl Eval {
    pub(super) fn run(self, global: &Global) -> Result<ExitCode, Failure> {
        let sets = self.gpu.laid_over(&[]);
        let overrides =
            Overrides { sets: &sets, backend: self.backend.as_deref(), non_facts: self.non_facts.as_deref() };
        let stop = stop_on_signals()?;
        let outcome = run::evaluate_again(&self.run, overrides, &stop, progress::reporter(global).as_ref())?;
        conclude(&outcome, global)
    }
}
