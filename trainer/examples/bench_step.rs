//! Times one training step of a population, as `rote train` takes it, for scripts/bench-step.
//!
//! Prints one JSON object a line: the machine's measured peak of multiply-adds, then every case. Batches are made
//! beforehand, as they are for the peers; what making one costs is measured apart. Peers start from the same batches and
//! parameters (`--inputs`), and every case tells its first losses, so that a run also shows that all do the same step.

#![allow(
    clippy::inline_always,
    reason = "a kernel takes on the instruction set of the function that it is inlined into"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::tensor::Tensor;
use clap::Parser;
use pulp::{Simd, WithSimd};
use rote::config::{self, Optimizer};
use rote::run::{Plan, with_threads};
use rote::train::{Learner, Population};
use rote_models::Kernels;
use serde_json::json;

/// Batches that steps take in turn.
const RING: u64 = 16;
/// First steps whose losses are told.
const TOLD: usize = 5;

#[derive(Parser)]
struct Arguments {
    /// Widths of the two hidden layers.
    #[arg(long, value_delimiter = ',', default_value = "8,24,40")]
    widths: Vec<usize>,
    /// Members of the population.
    #[arg(long, value_delimiter = ',', default_value = "1,8")]
    members: Vec<usize>,
    /// Threads.
    #[arg(long, value_delimiter = ',', default_value = "1")]
    threads: Vec<usize>,
    /// Seconds a case is measured.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Backends with their kernels, as `--backend` takes them.
    #[arg(long, value_delimiter = ',', default_value = "flex,flex+composed,ndarray")]
    backends: Vec<String>,
    /// Writes what each population starts from into this folder, for the peers: WIDTH-MEMBERS.words, the packed rows
    /// `[ring, members, rows]`, and WIDTH-MEMBERS.parameters `[members, P]`, both little-endian.
    #[arg(long)]
    inputs: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments = Arguments::parse();
    say(&json!({ "peak_gflops": peak(), "instruction_set": rote_models::kernels::simd::Isa::best().name() }))?;
    for &width in &arguments.widths {
        for &members in &arguments.members {
            for backend in &arguments.backends {
                for &threads in &arguments.threads {
                    let case = Case { width, members, backend, threads };
                    say(&with_threads(threads, || case.run(arguments.seconds, arguments.inputs.as_deref()))??)?;
                }
            }
        }
    }
    Ok(())
}

fn say(value: &serde_json::Value) -> std::io::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout().lock(), "{value}")
}

/// One line of the table.
struct Case<'a> {
    width: usize,
    members: usize,
    backend: &'a str,
    threads: usize,
}

impl Case<'_> {
    fn run(&self, seconds: f64, inputs: Option<&Path>) -> Result<serde_json::Value, Box<dyn Error + Send + Sync>> {
        let Self { width, members, backend, threads } = *self;
        let text = format!(
            "name = 'bench'\nseeds = {members}\nfacts = {{ count = 1000, universe = '2^32' }}\n\
             model = {{ widths = [{width}] }}\ntrain = {{ steps = 1000 }}\n\
             backend = {{ name = '{backend}', threads = {threads} }}\n"
        );
        let experiment = config::from_text(&text, "bench.toml".as_ref(), ".".as_ref(), config::Overrides::default())?;
        let plan = Plan::new(&experiment)?;
        let opened = rote::backend::open(&experiment.backend)?;
        let population = &plan.populations[0];
        let start = population.initial_parameters();
        let device = opened.device.clone().autodiff();
        let ring: Vec<_> = (0..RING).map(|step| population.batch(step, &device)).collect();
        if let Some(folder) = inputs {
            let path = |kind: &str| folder.join(format!("{width}-{members}.{kind}"));
            let words: Vec<i32> =
                ring.iter().flat_map(|batch| batch.to_data().iter::<i32>().collect::<Vec<_>>()).collect();
            std::fs::write(path("words"), bytemuck::cast_slice(&words))?;
            std::fs::write(path("parameters"), bytemuck::cast_slice(&start))?;
        }
        let mut learner = Learner::new(population, start, Optimizer::AdamW, opened.kernels, &opened.device);
        let rates = vec![0.05; members];
        let mut step = |number: usize| learner.step(ring[number % RING as usize].clone(), &rates).training;
        let first: Vec<Vec<f64>> = (0..TOLD).map(|number| step(number).into_data().iter().collect()).collect();
        let samples = time(&mut step, Duration::from_secs_f64(seconds));
        let milliseconds = |sample: f64| 1e3 * sample / members as f64;
        Ok(json!({
            "peer": name(backend, opened.kernels),
            "version": env!("CARGO_PKG_VERSION"),
            "width": width,
            "members": members,
            "threads": threads,
            "ms_per_member_step": milliseconds(samples[samples.len() / 2]),
            "min": milliseconds(samples[0]),
            "max": milliseconds(samples[samples.len() - 1]),
            "first_losses": first,
            "needed_mflop": (population.shape.flops_per_row() * population.rows()) as f64 / 1e6,
            "batch_ms_per_member": batch_cost(population, &device),
        }))
    }
}

/// Seconds a step, in order, of groups of steps: a single one may be shorter than a timer's noise. The first groups warm
/// up.
fn time(step: &mut impl FnMut(usize) -> Tensor<1>, budget: Duration) -> Vec<f64> {
    let mut samples = Vec::new();
    let started = Instant::now();
    let mut group = 1;
    while started.elapsed() < budget || samples.len() < 4 {
        let start = Instant::now();
        let losses = (0..group).map(&mut *step).last();
        // Reading is what waits for the device.
        std::hint::black_box(losses.map(Tensor::into_data));
        let elapsed = start.elapsed().as_secs_f64();
        samples.push(elapsed / group as f64);
        if elapsed < 0.05 {
            group *= 2;
            samples.clear();
        }
    }
    samples.sort_by(f64::total_cmp);
    samples
}

fn name(backend: &str, kernels: Kernels) -> String {
    let device = backend.trim_end_matches("+composed");
    format!("rote {device} {}", kernels.name())
}

/// Milliseconds to make one member's batch.
fn batch_cost(population: &Population, device: &burn::tensor::Device) -> f64 {
    let steps = 50;
    let start = Instant::now();
    for step in 0..steps {
        std::hint::black_box(population.batch(step, device));
    }
    1e3 * start.elapsed().as_secs_f64() / (steps as f64 * population.members.len() as f64)
}

/// The most single-precision multiply-adds that one core does, GFLOP/s: independent chains in registers.
fn peak() -> f64 {
    struct Chains(usize);
    impl WithSimd for Chains {
        type Output = f32;
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f32 {
            let factor = simd.splat_f32s(std::hint::black_box(0.999_999));
            let mut sums = [simd.splat_f32s(1.0); 12];
            for _ in 0..self.0 {
                for sum in &mut sums {
                    *sum = simd.mul_add_e_f32s(*sum, factor, factor);
                }
            }
            sums.iter().map(|&sum| simd.reduce_sum_f32s(sum)).sum()
        }
    }
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    let arch = pulp::Arch::new();
    let lanes = arch.dispatch(Lanes);
    let rounds = 2_000_000;
    let fastest = (0..7)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(arch.dispatch(Chains(rounds)));
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    (2 * 12 * lanes * rounds) as f64 / fastest / 1e9
}
