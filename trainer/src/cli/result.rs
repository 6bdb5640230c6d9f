//! How a command ends: what it prints and its exit code.

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;

use super::Global;
use super::table;
use crate::record::RunStatus;
use crate::run::{Outcome, RunError};

/// A bound is beaten.
const NEGATIVE: u8 = 1;
/// The request or its input is wrong, and nothing was written.
const REQUEST: u8 = 2;
/// The run failed.
const FAILED: u8 = 3;
/// Stopped by a signal, after a checkpoint.
const INTERRUPTED: u8 = 130;

/// Why a command ends early: a text for stderr and an exit code.
#[derive(Debug)]
pub(super) struct Failure {
    text: String,
    code: u8,
}

impl Failure {
    /// The request is wrong; `text` is complete.
    pub(super) fn request(text: String) -> Self {
        Self { text, code: REQUEST }
    }

    /// Tells stderr why, and gives the exit code.
    pub(super) fn report(self) -> ExitCode {
        let mut stderr = std::io::stderr().lock();
        // Where even stderr is closed, the exit code is all that is left to tell.
        let _ = writeln!(stderr, "{}", self.text.trim_end());
        ExitCode::from(self.code)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let code = if error.is_request() { REQUEST } else { FAILED };
        // A configuration's problems are each introduced as an error already.
        let text = if let RunError::Config(error) = error { error.to_string() } else { format!("error: {error}") };
        Self { text, code }
    }
}

impl From<crate::config::ConfigError> for Failure {
    fn from(error: crate::config::ConfigError) -> Self {
        RunError::Config(error).into()
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self { text: format!("error: cannot write to stdout: {error}"), code: FAILED }
    }
}

/// Writes text to stdout. A reader that went away (`| head`) is no failure.
pub(super) fn print(text: &str) -> Result<(), std::io::Error> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes one JSON value and a line break to stdout.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), std::io::Error> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Shows how a run or an evaluation ended.
pub(super) fn conclude(outcome: &Outcome, global: &Global) -> Result<ExitCode, Failure> {
    if global.json {
        print_json(&serde_json::json!({
            "run": outcome.directory,
            "status": outcome.status,
            "evaluation": outcome.evaluation,
        }))?;
    } else if !global.quiet {
        let evaluation = outcome.evaluation.as_ref().map_or_else(String::new, table::render);
        print(&format!("{evaluation}{}", closing(outcome)))?;
    }
    let violations: Vec<String> = outcome
        .evaluation
        .iter()
        .flat_map(|evaluation| &evaluation.members)
        .flat_map(|member| member.violations.iter().map(move |text| format!("member {}: {text}", member.member)))
        .collect();
    if !violations.is_empty() {
        let text = format!("error: the bound is beaten, so there is a bug or a leak\n  {}", violations.join("\n  "));
        return Err(Failure { text, code: NEGATIVE });
    }
    match outcome.status {
        RunStatus::Complete => Ok(ExitCode::SUCCESS),
        RunStatus::Interrupted => Ok(ExitCode::from(INTERRUPTED)),
        RunStatus::Failed | RunStatus::Running => {
            let reason = outcome.reason.as_deref().unwrap_or("the run failed");
            Err(Failure { text: format!("error: {reason}"), code: FAILED })
        }
    }
}

fn closing(outcome: &Outcome) -> String {
    let directory = outcome.directory.display();
    match outcome.status {
        RunStatus::Interrupted => {
            format!("interrupted after a checkpoint; go on with: rote train --resume {directory}\n")
        }
        _ => format!("everything is in {directory}\n"),
    }
}
