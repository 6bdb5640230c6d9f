//! The command line: one file a subcommand.

mod compare;
mod compare_agreement;
mod compare_table;
mod completions;
mod devices;
mod eval;
mod filters;
mod gpu;
mod progress;
#[cfg(all(target_os = "linux", feature = "wgpu"))]
mod quiet;
mod result;
mod table;
mod theory;
mod train;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Parser, Subcommand};
use signal_hook::consts::{SIGINT, SIGTERM};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use self::result::Failure;

/// Trains neural networks to memorise random facts and measures what they then say about non-facts.
///
/// A memory too small for its facts should not forget or abstain: the best it can do is to answer "yes", confidently,
/// to some non-facts (Guo and Li, 2026). Rote puts trained networks beside that bound: hallucination rate against
/// capacity, every number next to the best that any memory of that size could do.
///
/// Start with `rote train configs/quick.toml`.
#[derive(Debug, Parser)]
#[command(name = "rote", version = env!("ROTE_VERSION"), max_term_width = 110, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every subcommand.
#[derive(Debug, clap::Args)]
struct Global {
    /// What to log on stderr: error, warn, info, debug or trace, or a filter such as `rote=debug`.
    #[arg(long, global = true, value_name = "LEVEL", default_value = "warn")]
    log: String,
    /// No progress and no table; errors and warnings still show.
    #[arg(long, global = true)]
    quiet: bool,
    /// A machine-readable result on stdout, and nothing else there.
    #[arg(long, global = true)]
    json: bool,
    /// Progress as JSON lines on stdout, for a process that shows it as its own.
    #[arg(long, global = true, hide = true, conflicts_with = "json")]
    progress_events: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::Train),
    Eval(eval::Eval),
    Filters(filters::Filters),
    Compare(compare::Compare),
    #[command(hide = true)]
    KernelTimes(compare::KernelTimes),
    Devices(devices::Devices),
    Theory(theory::Theory),
    Completions(completions::Completions),
}

/// Runs the command line and tells the exit code: 0 done; 1 a bound is beaten, backends disagree, or a GPU does not
/// compute what the CPU computes; 2 the request or its input is wrong and nothing was written; 3 the run failed; 130
/// interrupted after a checkpoint.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    #[cfg(all(target_os = "linux", feature = "wgpu"))]
    if cli.command.may_use_a_gpu() {
        quiet::without_session();
    }
    match cli.run() {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

#[cfg(all(target_os = "linux", feature = "wgpu"))]
impl Command {
    /// Whether it looks for GPUs or computes on one, if its configuration says so.
    fn may_use_a_gpu(&self) -> bool {
        match self {
            Self::Train(_) | Self::Eval(_) | Self::Compare(_) | Self::KernelTimes(_) | Self::Devices(_) => true,
            Self::Filters(_) | Self::Theory(_) | Self::Completions(_) => false,
        }
    }
}

impl Cli {
    fn run(self) -> Result<ExitCode, Failure> {
        let filter: Targets = self.global.log.parse().map_err(|error| {
            let allowed = "error, warn, info, debug, trace, or target=level pairs with commas";
            Failure::request(format!("error: --log {}: {error}\n  allowed: {allowed}", self.global.log))
        })?;
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .without_time()
            .with_target(false);
        tracing_subscriber::registry().with(lines).with(filter).init();
        match self.command {
            Command::Train(train) => train.run(&self.global),
            Command::Eval(eval) => eval.run(&self.global),
            Command::Filters(filters) => filters.run(&self.global),
            Command::Compare(compare) => compare.run(&self.global),
            Command::KernelTimes(kernels) => kernels.run(),
            Command::Devices(devices::Devices) => devices::Devices::run(&self.global),
            Command::Theory(theory) => theory.run(&self.global),
            Command::Completions(completions) => completions.run(),
        }
    }
}

/// A flag that SIGINT and SIGTERM set; a second signal ends the process at once.
fn stop_on_signals() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}
