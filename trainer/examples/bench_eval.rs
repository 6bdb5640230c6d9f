//! Times a whole evaluation, claims to evaluation.json's numbers, for scripts/bench-eval: one untrained network, every
//! claim of a universe of 2^24.

use std::io::Write;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use clap::Parser;
use rote::config;
use rote::evaluate::Evaluation;
use rote::progress::Silent;
use rote::run::{Plan, with_threads};
use rote::train::{MemberStatus, Trained};

#[derive(Parser)]
struct Arguments {
    /// Width of the two hidden layers.
    #[arg(long, default_value_t = 40)]
    width: usize,
    /// Claims are all below 2^BITS.
    #[arg(long, default_value_t = 24)]
    bits: u32,
    /// Threads.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    threads: Vec<usize>,
    /// Backends with their kernels, as `--backend` takes them.
    #[arg(long, value_delimiter = ',', default_value = "flex,flex+composed,ndarray")]
    backends: Vec<String>,
    /// How often each case is measured.
    #[arg(long, default_value_t = 3)]
    repeats: usize,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Arguments { width, bits, threads, backends, repeats } = Arguments::parse();
    for backend in &backends {
        for &threads in &threads {
            let text = format!(
                "name = 'bench'\nfacts = {{ count = 1000, universe = '2^{bits}' }}\nnon_facts.held_out = 0\n\
                 model = {{ widths = [{width}] }}\ntrain = {{ steps = 1 }}\n\
                 backend = {{ name = '{backend}', threads = {threads} }}\n"
            );
            let experiment =
                config::from_text(&text, "bench.toml".as_ref(), ".".as_ref(), config::Overrides::default())?;
            let plan = Plan::new(&experiment)?;
            let opened = rote::backend::open(&experiment.backend)?;
            let parameters = plan.populations[0].initial_parameters();
            let trained = [Trained { parameters, members: vec![MemberStatus::Active], steps: 0 }];
            let (kernels, limits) = (opened.kernels, opened.limits);
            let evaluation = Evaluation { plan: &plan, kernels, device: &opened.device, limits };
            let mut seconds = Vec::new();
            for _ in 0..repeats {
                let start = Instant::now();
                with_threads(threads, || evaluation.run(&trained, None, &AtomicBool::new(false), &Silent))??;
                seconds.push(start.elapsed().as_secs_f64());
            }
            seconds.sort_by(f64::total_cmp);
            let median = seconds[seconds.len() / 2];
            writeln!(
                std::io::stdout().lock(),
                "{:<16} width {width}, {threads} thread(s): {median:.2} s ({:.2} to {:.2}) for 2^{bits} claims, {:.2} million \
                 claims/s",
                opened.name,
                seconds[0],
                seconds[seconds.len() - 1],
                f64::from(1_u32 << bits) / median / 1e6
            )?;
        }
    }
    Ok(())
}
