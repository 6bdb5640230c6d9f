//! How a command ends: what it prints and its exit code.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use super::Global;
use super::table;
use crate::record::{EvaluationFile, MemberEvaluation, RunStatus};
use crate::run::{Outcome, RunError};

/// A bound is beaten, backends disagree, or a device does not compute what the CPU computes.
pub(super) const NEGATIVE: u8 = 1;
/// The request or its input is wrong, and nothing was written.
pub(super) const REQUEST: u8 = 2;
/// The run failed.
pub(super) const FAILED: u8 = 3;
/// Stopped by a signal, after a checkpoint.
pub(super) const INTERRUPTED: u8 = 130;

/// Why a command ends early: a text for stderr and an exit code.
#[derive(Debug)]
pub(super) struct Failure {
    text: String,
    code: u8,
}

impl Failure {
    /// `text` is complete.
    pub(super) fn new(text: String, code: u8) -> Self {
        Self { text, code }
    }

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
        let code = match &error {
            RunError::Differs { .. } => NEGATIVE,
            error if error.is_request() => REQUEST,
            _ => FAILED,
        };
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

/// What `--json` prints of a run or an evaluation.
#[derive(Serialize)]
struct Summary<'a> {
    run: &'a Path,
    status: RunStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluation: Option<&'a EvaluationFile>,
}

/// Shows how a run or an evaluation ended.
pub(super) fn conclude(outcome: &Outcome, global: &Global) -> Result<ExitCode, Failure> {
    if global.json {
        print_json(&Summary {
            run: &outcome.directory,
            status: outcome.status,
            reason: outcome.reason.as_deref(),
            evaluation: outcome.evaluation.as_ref(),
        })?;
    } else if !global.quiet {
        let evaluation = outcome.evaluation.as_ref().map_or_else(String::new, table::render);
        print(&format!("{evaluation}{}", closing(outcome)))?;
    }
    if outcome.was_complete {
        return Ok(ExitCode::SUCCESS);
    }
    require_bounds(outcome.evaluation.iter().flat_map(|evaluation| &evaluation.members))?;
    match outcome.status {
        RunStatus::Complete => Ok(ExitCode::SUCCESS),
        RunStatus::Interrupted => Ok(ExitCode::from(INTERRUPTED)),
        RunStatus::Failed | RunStatus::Running => {
            let reason = outcome.reason.as_deref().unwrap_or("the run failed");
            Err(Failure { text: format!("error: {reason}"), code: FAILED })
        }
    }
}

/// Fails if one of these beats a bound.
pub(super) fn require_bounds<'a>(members: impl Iterator<Item = &'a MemberEvaluation>) -> Result<(), Failure> {
    let violations: Vec<String> = members
        .flat_map(|member| {
            let name = format!("{} seed {} (member {})", member.population, member.seed, member.member);
            member.violations.iter().map(move |text| format!("{name}: {text}"))
        })
        .collect();
    if violations.is_empty() {
        return Ok(());
    }
    let text = format!("error: the bound is beaten, so there is a bug or a leak\n  {}", violations.join("\n  "));
    Err(Failure { text, code: NEGATIVE })
}

fn closing(outcome: &Outcome) -> String {
    let directory = outcome.directory.display();
    match outcome.status {
        RunStatus::Interrupted => {
            format!("interrupted after a checkpoint; go on with: rote train --resume {directory}\n")
        }
        _ if outcome.was_complete => format!("{directory} was complete already; nothing was done\n"),
        _ => match &outcome.written {
            Some(written) => format!("written to {}; the run is {directory}\n", written.display()),
            None => format!("the run is {directory}\n"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: RunStatus, violations: &[&str]) -> Outcome {
        let file = serde_json::json!({ "schema_version": 1, "members": [{
            "member": 3, "population": "w8", "seed": 3, "status": "complete", "widths": [8, 8], "activation": "tanh",
            "parameters": 345, "steps": 10, "facts": 100, "universe": 1000, "sparsity": 0.1, "negative_weight": 1.0,
            "violations": violations,
        }] });
        let evaluation = Some(serde_json::from_value(file).expect("an evaluation"));
        Outcome {
            directory: "run".into(),
            status,
            reason: Some("why".to_owned()),
            evaluation,
            written: None,
            was_complete: false,
        }
    }

    fn code(outcome: &Outcome) -> (u8, String) {
        let global = Global { log: String::new(), quiet: true, json: false, progress_events: false };
        match conclude(outcome, &global) {
            Err(failure) => (failure.code, failure.text),
            Ok(code) if code == ExitCode::SUCCESS => (0, String::new()),
            Ok(_) => (INTERRUPTED, String::new()),
        }
    }

    #[test]
    fn a_device_that_computes_something_else_is_no_mere_failure() {
        let difference = crate::backend::check::Difference {
            population: "w8".into(),
            member: 0,
            what: "the training loss".into(),
            expected: 1.0,
            got: 2.0,
            tolerance: 1e-5,
            precision: "f32".into(),
        };
        let (backend, fix) = ("wgpu:0".to_owned(), "take another backend");
        let differs = RunError::Differs { backend: backend.clone(), difference: Box::new(difference), fix };
        let differs = Failure::from(differs);
        assert_eq!(differs.code, NEGATIVE);
        assert!(differs.text.starts_with("error: wgpu:0 is not trusted: it does not compute what"), "{}", differs.text);
        let failure = crate::backend::DeviceFailure::Lost("gone".into());
        let lost = Failure::from(RunError::Unchecked { backend, failure, fix });
        assert_eq!(
            (lost.code, lost.text.as_str()),
            (
                FAILED,
                "error: wgpu:0 failed in its first computations: the device was lost: gone\n  fix: take another \
                 backend"
            )
        );
    }

    #[test]
    fn a_beaten_bound_is_exit_code_1_and_outranks_a_failed_run() {
        for status in [RunStatus::Complete, RunStatus::Failed] {
            let (code, text) = code(&outcome(status, &["R exceeds F."]));
            assert_eq!(code, 1);
            assert!(text.contains("w8 seed 3 (member 3): R exceeds F."), "{text}");
        }
    }

    #[test]
    fn a_sound_run_ends_as_its_status_says() {
        assert_eq!(code(&outcome(RunStatus::Complete, &[])).0, 0);
        assert_eq!(code(&outcome(RunStatus::Interrupted, &[])).0, 130);
        assert_eq!(code(&outcome(RunStatus::Failed, &[])), (3, "error: why".to_owned()));
    }
}
