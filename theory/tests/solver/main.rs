//! The general solver against closed forms, against Blahut and Arimoto's iteration, and against its own certificate.
//! Run with `--nocapture` to see the largest errors.

#![allow(clippy::print_stdout, reason = "a measurement to be read with --nocapture")]
#![allow(clippy::float_cmp, reason = "zero and infinite rates are exact")]
#![allow(clippy::cast_precision_loss, reason = "small counts")]

use rote_theory::solver::{Distortions, Goal, Solution, solve};
use rote_theory::{Bits, DomainError};

mod closed_forms;
mod edges;
mod random_tables;

const INF: f64 = f64::INFINITY;

fn within_budget(table: &Distortions, bits: f64, negative_weight: f64, p: f64) -> Result<Solution, DomainError> {
    solve(table, Goal::Budget { budget: Bits(bits), negative_weight }, p)
}

fn within_limits(table: &Distortions, fact_limit: f64, non_fact_limit: f64, p: f64) -> Result<Solution, DomainError> {
    solve(table, Goal::Limits { fact_limit, non_fact_limit }, p)
}

fn log_loss_over(scores: &[f64]) -> Distortions {
    let on_facts = scores.iter().map(|x| -x.ln()).collect();
    Distortions::new(on_facts, scores.iter().map(|x| -(-x).ln_1p()).collect()).unwrap()
}

fn zero_one() -> Distortions {
    Distortions::new(vec![1.0, 0.0], vec![0.0, 1.0]).unwrap()
}

/// Scores 0, 1 and `steps - 1` between them.
fn grid(steps: u32) -> Vec<f64> {
    (0..=steps).map(|i| f64::from(i) / f64::from(steps)).collect()
}

/// What every solution must satisfy: laws, and the proof that they are optimal.
fn check(found: &Solution) {
    for law in [&found.facts, &found.non_facts] {
        assert!(law.iter().all(|&weight| (0.0..=1.0 + 1e-14).contains(&weight)), "{found:?}");
        assert!((law.iter().sum::<f64>() - 1.0).abs() < 1e-13, "{found:?}");
    }
    assert!(found.certificate_gap.abs() < 1e-9, "{found:?}");
    if found.rate.0.is_finite() {
        let missing = found.rate - found.rate_bound;
        assert!(missing.0.abs() < 1e-9 * (1.0 + found.rate.0), "{missing} not proved: {found:?}");
    }
}

fn distortions(table: &[(f64, f64)]) -> Distortions {
    let (on_facts, on_non_facts) = table.iter().copied().unzip();
    Distortions::new(on_facts, on_non_facts).unwrap()
}
