//! Nanoseconds for one rate, one frontier point and what else a sweep calls often, for scripts/bench-theory.
//!
//! Arguments walk through a grid, so that no branch is predicted by heart and nothing is computed beforehand; each case
//! is timed in rounds, and the median and the range of the rounds are printed.

#![allow(clippy::print_stdout, reason = "a benchmark's result")]

use std::hint::black_box;
use std::time::Instant;

use rote_theory::frontier::AbstainCost;
use rote_theory::solver::{Distortions, Goal, solve};
use rote_theory::{Bits, DomainError, Nats, frontier, rate, yardstick};

/// Timed rounds a case.
const ROUNDS: usize = 15;
/// Seconds a round.
const ROUND: f64 = 0.02;

fn main() {
    println!("{:<44}{:>12}  (minimum to maximum)", "one call of", "ns, median");
    let losses = grid(&[1e-3, 0.05, 0.3, 1.2], &[1e-6, 1e-3, 0.02, 0.4]);
    for p in [0.0, 1e-6, 0.1] {
        time(&format!("rate::log_loss, p = {p}"), &losses, |&[k, n]| rate::log_loss(Nats(k), Nats(n), p));
    }
    let errors = grid(&[1e-6, 0.01, 0.1, 0.4], &[1e-6, 1e-3, 0.02, 0.4]);
    time("rate::zero_one, p = 0.1", &errors, |&[k, n]| rate::zero_one(k, n, 0.1));
    let budgets = grid(&[0.3, 1.0, 2.5, 4.0], &[0.1, 1.0, 10.0, 300.0]);
    for p in [0.0, 1e-3] {
        let name = |loss| format!("frontier::{loss}, p = {p}");
        time(&name("log_loss"), &budgets, |&[b, w]| frontier::log_loss(Bits(b), w, p));
        time(&name("budget"), &budgets, |&[loss, w]| frontier::budget(Nats(loss / 8.0), w, p));
        time(&name("zero_one"), &budgets, |&[b, w]| frontier::zero_one(Bits(b), w, p));
        time(&name("brier"), &budgets, |&[b, w]| frontier::brier(Bits(b), w, p));
        let cost = AbstainCost { on_fact: 0.1, on_non_fact: 0.1 };
        time(&name("abstain"), &budgets, |&[b, w]| frontier::abstain(Bits(b), w, cost, p));
    }
    time("yardstick::perceptron", &grid(&[1e-6, 1e-3, 0.1, 0.5], &[1.0]), |&[f, _]| yardstick::perceptron(f));
    let scores: Vec<f64> = (1..64).map(|i| f64::from(i) / 64.0).collect();
    let table =
        Distortions::new(scores.iter().map(|x| -x.ln()).collect(), scores.iter().map(|x| -(-x).ln_1p()).collect())
            .expect("log losses are distortions");
    time("solver::solve, 63 scores, budget and weight", &budgets, |&[b, w]| {
        solve(&table, Goal::Budget { budget: Bits(b), negative_weight: w }, 1e-3)
    });
}

/// Every pair of a row and a column.
fn grid(rows: &[f64], columns: &[f64]) -> Vec<[f64; 2]> {
    rows.iter().flat_map(|&row| columns.iter().map(move |&column| [row, column])).collect()
}

fn time<T>(name: &str, arguments: &[[f64; 2]], call: impl Fn(&[f64; 2]) -> Result<T, DomainError>) {
    // An error would be fast, and no answer.
    for pair in arguments {
        if let Err(error) = call(pair) {
            panic!("{name} at {pair:?}: {error}");
        }
    }
    let turn = || arguments.iter().for_each(|pair| drop(black_box(call(black_box(pair)))));
    let seconds = |turns: u32| {
        let start = Instant::now();
        (0..turns).for_each(|_| turn());
        start.elapsed().as_secs_f64()
    };
    let mut turns = 1;
    while seconds(turns) < ROUND {
        turns *= 2;
    }
    let calls = f64::from(turns) * arguments.len() as f64;
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| 1e9 * seconds(turns) / calls).collect();
    rounds.sort_by(f64::total_cmp);
    println!("{name:<44}{:>12.1}  ({:.1} to {:.1})", rounds[ROUNDS / 2], rounds[0], rounds[ROUNDS - 1]);
}
