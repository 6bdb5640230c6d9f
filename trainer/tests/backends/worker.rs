//! One process that runs the cases on one backend and writes down what it found, trial by trial.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rote::backend;

use crate::case::{Case, Trial};
use crate::cases;
use crate::length::Length;
use crate::mode::Mode;
use crate::open;
use crate::outcome::{Line, Outcome, Writer};

/// The variables through which the driver speaks: the mode, the file to write, and the numbers of the trials to run.
pub const MODE: &str = "ROTE_SUITE_WORKER";
pub const OUT: &str = "ROTE_SUITE_WORKER_OUT";
pub const TRIALS: &str = "ROTE_SUITE_WORKER_TRIALS";

/// What was said by threads that panicked since it was last asked for.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub fn run(mode: &str, length: Length) -> ExitCode {
    match work(&Mode::of(mode), length) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn work(mode: &Mode, length: Length) -> Result<(), String> {
    let driver = parent();
    let variable = |name: &str| std::env::var(name).map_err(|error| format!("{name}: {error}"));
    let out = PathBuf::from(variable(OUT)?);
    let trials: Vec<usize> = variable(TRIALS)?.split(',').filter_map(|number| number.parse().ok()).collect();
    let mut out = Writer::append(&out).map_err(|error| error.to_string())?;
    let mut tell = |line: &Line| out.write(line).map_err(|error| error.to_string());
    std::panic::set_hook(Box::new(|info| {
        eprintln!("{info}");
        let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
        panics.push(info.to_string().replace('\n', " "));
    }));
    let opened = match guarded(|| open::open(mode, length)) {
        Ok(opened) => opened,
        Err(reason) => {
            let lines: Vec<&str> = reason.lines().map(str::trim).collect();
            return tell(&Line::Unavailable(lines.join("; ")));
        }
    };
    tell(&Line::Opened(opened.about))?;
    let cases = cases::all(length);
    for (number, trial) in numbered(&cases) {
        if parent() != driver {
            return Err("the driver is gone".to_owned());
        }
        if trials.contains(&number) {
            tell(&Line::Began { trial: number })?;
            let started = Instant::now();
            let result = guarded(|| (trial.run)(&opened.bench));
            let outcome = Outcome { result, seconds: started.elapsed().as_secs_f64() };
            tell(&Line::Ended { trial: number, outcome })?;
        }
    }
    tell(&Line::Finished)
}

/// The process that started this one, where a system tells.
fn parent() -> Option<u32> {
    #[cfg(unix)]
    let parent = Some(std::os::unix::process::parent_id());
    #[cfg(not(unix))]
    let parent = None;
    parent
}

/// The trials of all cases, counted through.
pub fn numbered(cases: &[Case]) -> impl Iterator<Item = (usize, &Trial)> {
    cases.iter().flat_map(|case| &case.trials).enumerate()
}

/// The work's result; a panic, of this thread or of the engine's, is an error with what was said.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let take = || std::mem::take(&mut *PANICS.lock().unwrap_or_else(PoisonError::into_inner));
    take();
    // On a GPU the guard knows what the engine's threads said; on the CPU a panic passes through it.
    let watched = || backend::guarded(work).unwrap_or_else(|failure| Err(failure.to_string()));
    let result = catch_unwind(AssertUnwindSafe(watched));
    let panics = take();
    match result {
        Ok(Ok(value)) if panics.is_empty() => Ok(value),
        Ok(Ok(_)) => Err(format!("the result was right, but the engine said: {}", panics.join("; "))),
        Ok(Err(error)) if panics.is_empty() => Err(error),
        Ok(Err(error)) => Err(format!("{error}; the engine said: {}", panics.join("; "))),
        Err(_) => Err(panics.join("; ")),
    }
}
