//! `rote compare`: one experiment on several backends, side by side.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use super::gpu::GpuFlags;
use super::result::{FAILED, Failure, INTERRUPTED, NEGATIVE, print, print_json};
use super::{Global, compare_agreement, compare_table, progress, stop_on_signals};
use crate::compare::{BackendReport, CompareError, Comparison, ComparisonFile, KernelError, Request, kernel_times};
use crate::config::{self, Overrides};
use crate::run::Plan;

/// Train the same seeds on several backends, each in a process of its own; tell how fast each is and whether they agree.
///
/// Losses of the first steps must agree but for rounding, final numbers but for chance over seeds; the first backend is
/// what the others are compared with. Writes compare.json, compare.csv and each backend's run directory.
///
/// Exit codes: 0 they agree; 1 one disagrees or beats a bound; 2 the request or its input is wrong, nothing was written; 3
/// a backend failed, the others are still reported; 130 interrupted. 1 outranks 3.
#[derive(Debug, clap::Args)]
pub(super) struct Compare {
    /// The experiment, a TOML file; see configs/.
    config: PathBuf,
    /// The backends, two or more, as `rote train --backend` takes them.
    #[arg(long, value_name = "A,B,...", value_delimiter = ',', required = true)]
    backends: Vec<String>,
    /// Sets a key of the configuration, such as `train.steps=200`; may be given again.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The directory; absent or empty. Default: runs/NAME-compare-TIME-DIGEST.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    gpu: GpuFlags,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    compare: &'a Path,
    #[serde(flatten)]
    file: &'a ComparisonFile,
}

impl Compare {
    pub(super) fn run(self, global: &Global) -> Result<ExitCode, Failure> {
        let comparison = Comparison::new(Request {
            config: &self.config,
            backends: &self.backends,
            sets: &self.gpu.laid_over(&self.set),
            out: self.out.as_deref(),
        })?;
        let program = std::env::current_exe()
            .map_err(|reason| CompareError::Process { backend: self.backends[0].clone(), reason })?;
        let stop = stop_on_signals()?;
        let Some(file) = comparison.run(&program, &stop, progress::reporter(global).as_ref())? else {
            let directory = comparison.directory.display();
            tracing::warn!(
                "interrupted: a comparison starts anew, in another directory; the runs so far stay in {directory}"
            );
            return Ok(ExitCode::from(INTERRUPTED));
        };
        let directory = &comparison.directory;
        if global.json {
            print_json(&Summary { compare: directory, file: &file })?;
        } else if !global.quiet {
            print(&compare_table::render(&file, directory))?;
        }
        conclude(&file)
    }
}

/// The exit code, and on stderr what is wrong.
fn conclude(file: &ComparisonFile) -> Result<ExitCode, Failure> {
    let mut faults: Vec<String> = Vec::new();
    for backend in &file.backends {
        faults.extend(backend.reason.iter().map(|reason| format!("error: {} failed: {reason}", backend.backend)));
        faults
            .extend(backend.violations.iter().map(|text| format!("error: {} beats a bound: {text}", backend.backend)));
        faults.extend(disagreement(file, backend));
    }
    if faults.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let code = if file.disagrees() { NEGATIVE } else { FAILED };
    Err(Failure::new(faults.join("\n"), code))
}

fn disagreement(file: &ComparisonFile, backend: &BackendReport) -> Option<String> {
    let populations = backend.populations.iter();
    let disagreeing = populations.filter(|p| p.agreement.as_ref().is_some_and(|agreement| !agreement.agree));
    let (name, first) = (&backend.backend, &file.backends.first()?.backend);
    let lines = disagreeing.map(|p| compare_agreement::disagreement(p, name, first, file.compared_steps));
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| format!("error: {name} disagrees with {first}\n  {}", lines.join("\n  ")))
}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Run(error) => error.into(),
            error => {
                let code = if error.is_request() { super::result::REQUEST } else { FAILED };
                Self::new(format!("error: {error}"), code)
            }
        }
    }
}

/// Times the kernels of a few steps, for `rote compare`, which runs this in a process of its own.
#[derive(Debug, clap::Args)]
pub(super) struct KernelTimes {
    /// The experiment, its backend included.
    config: PathBuf,
}

impl KernelTimes {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let plan = Plan::new(&config::load(&self.config, Overrides::default())?)?;
        let times = kernel_times(&plan).map_err(|error| match error {
            KernelError::Run(error) => error.into(),
            KernelError::Untold(reason) => Failure::new(format!("error: {reason}"), FAILED),
        })?;
        print_json(&times)?;
        Ok(ExitCode::SUCCESS)
    }
}
