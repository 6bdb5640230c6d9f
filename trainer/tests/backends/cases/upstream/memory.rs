//! burn#4792, #5212, #2042: memory grew with every step of a long training.

use rote::config::Optimizer;
use rote::train::Learner;
use rote_models::{Activation, Shape};

use super::super::optimizers::population_on;
use crate::case::{Bench, Case, Found, Trial, read};
use crate::length::Length;
use crate::tolerance::Class;

const MIB: f64 = (1 << 20) as f64;

pub fn cases() -> Vec<Case> {
    vec![Case {
        name: "memory over a long training",
        issues: &["burn#4792", "burn#5212", "burn#2042"],
        class: Class::Flat,
        trials: vec![Trial::new("losses read every 50 steps", |bench: &Bench| {
            let steps = if bench.length == Length::Long { 5000 } else { bench.length.steps(600) };
            flat(bench, steps)
        })],
    }]
}

/// What is held after a third of the steps must be what is held at the end.
fn flat(bench: &Bench, steps: u64) -> Result<Found, String> {
    let shape = Shape { inputs: 20, widths: vec![8, 8], activation: Activation::Tanh };
    let population = population_on(&shape, 2, 32, 32, |_| None)?;
    let parameters = population.initial_parameters();
    let mut learner = Learner::new(&population, parameters, Optimizer::AdamW, bench.kernels, &bench.device);
    let autodiff = bench.device.clone().autodiff();
    let mut warm = Held::default();
    for step in 0..steps {
        let losses = learner.step(population.batch(step, &autodiff), &[0.01, 0.01]);
        if (step + 1).is_multiple_of(50) {
            read(losses.parts)?;
        }
        if step + 1 == (steps / 3).next_multiple_of(50) {
            warm = Held::now(bench);
        }
    }
    let end = Held::now(bench);
    let grown = |what: &str, before: f64, after: f64, allowed: f64| {
        let place = format!(
            "{what} after a third of {steps} steps: {:.2} MiB, at the end {:.2} MiB",
            before / MIB,
            after / MIB
        );
        Found::new((after - before).max(0.0), allowed, place)
    };
    let device = grown("device memory in use", warm.in_use, end.in_use, 0.01 * warm.in_use + MIB).or(grown(
        "device memory reserved",
        warm.reserved,
        end.reserved,
        0.01 * warm.reserved + MIB,
    ));
    Ok(device.or(grown("resident memory", warm.resident, end.resident, 0.01 * warm.resident + 16.0 * MIB)))
}

/// Memory in bytes; 0 where it cannot be known.
#[derive(Default)]
struct Held {
    in_use: f64,
    reserved: f64,
    resident: f64,
}

impl Held {
    fn now(bench: &Bench) -> Self {
        let pools = bench.device.memory_pool_usage();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB"));
        let resident = resident.and_then(|kilobytes| kilobytes.trim().parse::<f64>().ok());
        Self {
            in_use: pools.as_ref().map_or(0.0, |pools| pools.bytes_in_use as f64),
            reserved: pools.as_ref().map_or(0.0, |pools| pools.bytes_reserved as f64),
            resident: resident.unwrap_or(0.0) * 1024.0,
        }
    }
}
