//! Does every backend compute the right thing? One table of cases, each with its reference in double precision and a
//! tolerance that has a reason, run on every backend of this build, with fusion off and on, each in a process of its
//! own: what a process computes with is settled once, and a driver that crashes must not take the rest along.
//!
//! Without arguments it runs everything and prints a table for each backend. Filters, `--exact`, `--skip` and `--list`
//! work as in other tests, on names like `wgpu+fusion::population matmul`. From the environment:
//!
//! | variable | meaning |
//! |---|---|
//! | `ROTE_REQUIRE_GPU=1` | a GPU backend without a device fails; otherwise it is skipped, and the table says why |
//! | `ROTE_ALLOW_SOFTWARE_GPU=1` | a GPU driver that computes on the CPU will do |
//! | `ROTE_SUITE_BACKENDS=wgpu:1,flex` | these backends and devices, in the place of all |
//! | `ROTE_SUITE_LENGTH=short` | all cases with fewer steps and repetitions, for software drivers; `long`: with more |
//! | `ROTE_SUITE_REPORT=FILE.md` | the tables also go there |

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its tables are its purpose")]

mod arguments;
mod case;
mod cases;
mod driver;
#[path = "../support/environment.rs"]
mod environment;
mod expected;
mod grid;
mod length;
mod mode;
mod open;
mod outcome;
mod reference;
mod report;
mod sample;
mod tolerance;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    let length = match length::Length::read() {
        Ok(length) => length,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match std::env::var(worker::MODE) {
        Ok(mode) => worker::run(&mode, length),
        Err(_) => driver::run(&arguments::Arguments::read(std::env::args().skip(1)), length),
    }
}
