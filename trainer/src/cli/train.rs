//! `rote train`: memorise facts, then measure what the networks say of non-facts.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use rote_models::{Kernels, ParameterCounts};

use super::gpu::GpuFlags;
use super::result::{Failure, conclude, print, print_json};
use super::{Global, progress, stop_on_signals};
use crate::backend::composed_bytes;
use crate::config::{self, KEYS, Overrides};
use crate::record::RunPaths;
use crate::run::{self, Plan, RunError};

/// Train a population of networks on facts, and evaluate every one on non-facts that it never saw.
#[derive(Debug, clap::Args)]
#[command(after_long_help = keys_help())]
pub(super) struct Train {
    /// The experiment, a TOML file; see configs/.
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    config: Option<PathBuf>,
    /// Where to compute: flex (the CPU; `cpu` means the same), ndarray, wgpu, vulkan or cuda, the GPUs also as
    /// NAME:INDEX; NAME+composed takes the reference kernels. With --resume: where to go on. See `rote devices`.
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
    #[command(flatten)]
    gpu: GpuFlags,
    /// Sets a key of the configuration, such as `train.steps=200`; may be given again.
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "resume")]
    set: Vec<String>,
    /// The run directory; absent or empty. Default: runs/NAME-TIME-DIGEST.
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Show the resolved configuration, the populations, their work and memory; touch no device and write nothing.
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// Go on with an interrupted run; a complete one is left as it is.
    #[arg(long, value_name = "RUN")]
    resume: Option<PathBuf>,
}

/// The keys of a configuration, for `--help`.
fn keys_help() -> String {
    let mut text = String::from("Keys of a configuration (a table's name before the dot):\n");
    for key in KEYS {
        let _ = writeln!(
            text,
            "  {}\n      {}. Allowed: {}. Default: {}.",
            key.name, key.meaning, key.allowed, key.default
        );
    }
    text.push_str(
        "\nExit codes: 0 done; 1 a bound is beaten, a bug or a leak, or a GPU computes something else than the CPU; 2 the \
         request or its input is wrong, nothing was written;\n3 the run failed; 130 interrupted after a checkpoint.\n",
    );
    text
}

impl Train {
    pub(super) fn run(self, global: &Global) -> Result<ExitCode, Failure> {
        if let Some(run) = &self.resume {
            let stop = stop_on_signals()?;
            let sets = self.gpu.laid_over(&[]);
            let overrides = Overrides { sets: &sets, backend: self.backend.as_deref(), non_facts: None };
            let outcome = run::resume(run, overrides, &stop, progress::reporter(global).as_ref())?;
            return conclude(&outcome, global);
        }
        let config = self.config.as_deref().unwrap_or_else(|| std::path::Path::new(""));
        let sets = self.gpu.laid_over(&self.set);
        let overrides = Overrides { sets: &sets, backend: self.backend.as_deref(), non_facts: None };
        let experiment = config::load(config, overrides)?;
        let plan = Plan::new(&experiment)?;
        if self.dry_run {
            if let Some(out) = self.out {
                RunPaths::new(out).require_free().map_err(RunError::Directory)?;
            }
            return dry_run(&plan, global);
        }
        let directory = self.out.unwrap_or_else(|| plan.default_directory(SystemTime::now()));
        let stop = stop_on_signals()?;
        let outcome = run::start(&plan, &directory, &stop, progress::reporter(global).as_ref())?;
        conclude(&outcome, global)
    }
}

fn dry_run(plan: &Plan, global: &Global) -> Result<ExitCode, Failure> {
    let experiment = &plan.resolved.experiment;
    let populations: Vec<Estimate> = plan.populations.iter().map(|population| Estimate::of(plan, population)).collect();
    if global.json {
        print_json(&serde_json::json!({ "config": experiment.resolved_toml(), "populations": populations }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = format!("{}\n", experiment.resolved_toml());
    let _ =
        writeln!(text, "# population  shape                members  parameters  train GFLOP  score GFLOP  memory MiB");
    for estimate in &populations {
        let _ = writeln!(
            text,
            "# {:<11} {:<20} {:>7} {:>11} {:>12.1} {:>12.1} {:>11.1}",
            estimate.population,
            estimate.shape,
            estimate.members,
            estimate.parameters,
            estimate.train_gflop,
            estimate.score_gflop,
            estimate.memory_mib
        );
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// What a population will take.
#[derive(serde::Serialize)]
struct Estimate {
    population: String,
    shape: String,
    members: usize,
    parameters: usize,
    parameters_by_kind: ParameterCounts,
    train_gflop: f64,
    score_gflop: f64,
    memory_mib: f64,
}

impl Estimate {
    fn of(plan: &Plan, population: &crate::train::Population) -> Self {
        let (shape, members) = (&population.shape, population.members.len());
        let parameters = shape.parameters();
        let steps = plan.resolved.experiment.train.steps as f64;
        let scored = (plan.resolved.scored + plan.resolved.facts) as f64;
        let packed = (population.rows() + plan.resolved.facts as usize) * population.words_per_row();
        let networks = match plan.resolved.experiment.backend.kernels {
            // Parameters, their gradients and two moments.
            Kernels::Fused => 16 * (members * parameters) as u64,
            Kernels::Composed => composed_bytes(shape, members, population.rows()),
        };
        Self {
            population: population.id.clone(),
            shape: shape.to_string(),
            members,
            parameters,
            parameters_by_kind: shape.counts(),
            train_gflop: steps * (members * population.rows() * shape.flops_per_row()) as f64 / 1e9,
            score_gflop: scored * (members * 2 * parameters) as f64 / 1e9,
            memory_mib: (networks + 4 * (members * packed) as u64) as f64 / f64::from(1 << 20),
        }
    }
}
