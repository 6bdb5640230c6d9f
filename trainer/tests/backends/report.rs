//! The pass table of each backend, as Markdown that a terminal shows as well.

use std::collections::HashMap;
use std::fmt::Write;

use crate::case::{Case, Found};
use crate::expected::{ExpectedFailure, expected};
use crate::grid::grid;
use crate::mode::Mode;
use crate::outcome::{About, Outcome};
use crate::tolerance::Class;

/// One mode after its run.
pub struct Ran {
    pub mode: Mode,
    pub status: Status,
    /// By the trial's number over all cases.
    pub results: HashMap<usize, Outcome>,
    /// Which cases were asked for.
    pub picked: Vec<bool>,
    pub seconds: f64,
}

/// Whether a backend could be tested.
pub enum Status {
    Opened(About),
    /// Nothing to test on.
    Unavailable(String),
    /// The process did not get as far as its first trial.
    Died(String),
}

/// How a case came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    Fail,
    /// It failed, as is known.
    Known,
    /// It should have failed.
    Recovered,
}

/// One row.
struct Row<'a> {
    case: &'a Case,
    verdict: Verdict,
    known: Option<&'static ExpectedFailure>,
    /// The trial that came nearest to its tolerance or exceeded it most.
    worst: Found,
    /// The fewest and the most repetitions of its trials in loops that read nothing; none without such loops.
    loops: Option<(usize, usize)>,
    /// Trials that failed, with what was wrong.
    failures: Vec<(&'a str, String)>,
    seconds: f64,
}

impl Ran {
    fn rows<'a>(&'a self, cases: &'a [Case]) -> Vec<Row<'a>> {
        let mut first = 0;
        let mut rows = Vec::new();
        for (case, &picked) in cases.iter().zip(&self.picked) {
            if picked {
                rows.push(self.row(case, first));
            }
            first += case.trials.len();
        }
        rows
    }

    fn row<'a>(&'a self, case: &'a Case, first: usize) -> Row<'a> {
        let mut worst = Found::nothing();
        let mut failures = Vec::new();
        let mut loops: Option<(usize, usize)> = None;
        let mut seconds = 0.0;
        for (offset, trial) in case.trials.iter().enumerate() {
            let outcome = self.results.get(&(first + offset));
            seconds += outcome.map_or(0.0, |outcome| outcome.seconds);
            match outcome.map(|outcome| &outcome.result) {
                Some(Ok(found)) => {
                    if !found.is_right() {
                        let how = format!("off by {:.2e}, allowed {:.2e}", found.error.0, found.bound.0);
                        failures.push((trial.label.as_str(), format!("{}: {how}", found.place)));
                    }
                    if found.loops > 0 {
                        let (fewest, most) = loops.unwrap_or((found.loops, found.loops));
                        loops = Some((fewest.min(found.loops), most.max(found.loops)));
                    }
                    worst = worst.or(found.clone());
                }
                Some(Err(error)) => failures.push((trial.label.as_str(), error.clone())),
                None => failures.push((trial.label.as_str(), "not run".to_owned())),
            }
        }
        let known = if let Status::Opened(about) = &self.status { expected(case.name, about) } else { None };
        let verdict = match (failures.is_empty(), known.is_some()) {
            (true, false) => Verdict::Pass,
            (true, true) => Verdict::Recovered,
            (false, true) => Verdict::Known,
            (false, false) => Verdict::Fail,
        };
        Row { case, verdict, known, worst, loops, failures, seconds }
    }

    /// Whether the suite fails for it.
    pub fn failed(&self, cases: &[Case], require_gpu: bool) -> bool {
        match &self.status {
            Status::Opened(_) => self.rows(cases).iter().any(|row| row.verdict == Verdict::Fail),
            Status::Unavailable(_) => require_gpu || !self.mode.is_gpu(),
            Status::Died(_) => true,
        }
    }

    fn title(&self) -> String {
        match &self.status {
            Status::Opened(about) => {
                let switch = |name: &str, on: Option<bool>| match on {
                    Some(true) => format!("{name} on, "),
                    Some(false) => format!("{name} off, "),
                    None => String::new(),
                };
                let compiler = about.compiler.as_ref().map(|compiler| format!("{compiler}, ")).unwrap_or_default();
                let (fusion, autotune) = (switch("fusion", about.fusion), switch("autotune", about.autotune));
                format!("{fusion}{autotune}{compiler}matrix products in {}: {}", about.products, about.device)
            }
            Status::Unavailable(reason) => format!("skipped: {reason}"),
            Status::Died(reason) => format!("FAILED before the first case: {reason}"),
        }
    }
}

/// The table of one mode, with every failure in words below it.
pub fn table(ran: &Ran, cases: &[Case]) -> String {
    let mut text = format!("## {}\n\n{}\n", ran.mode, ran.title());
    if !matches!(ran.status, Status::Opened(_)) {
        return text;
    }
    let rows = ran.rows(cases);
    let width = rows.iter().map(|row| row.case.name.chars().count()).max().unwrap_or(0);
    let lines = rows.iter().map(|row| {
        [
            row.case.name.to_owned(),
            row.case.issues.join(" "),
            row.case.trials.len().to_string(),
            loops(row),
            row.case.class.name().to_owned(),
            if row.worst.error.0 == 0.0 { "0".to_owned() } else { format!("{:.1e}", row.worst.error.0) },
            if row.worst.bound.0 == 0.0 { "0".to_owned() } else { format!("{:.1e}", row.worst.bound.0) },
            share(row),
            format!("{:.1}", row.seconds),
            match row.verdict {
                Verdict::Pass => "pass",
                Verdict::Fail => "FAIL",
                Verdict::Known => "known failure",
                Verdict::Recovered => "passes, though known to fail",
            }
            .to_owned(),
        ]
    });
    let head =
        ["case", "upstream", "trials", "loops", "class", "largest error", "tolerance", "share", "seconds", "verdict"];
    text.push('\n');
    grid(&mut text, &head, &lines.collect::<Vec<_>>(), width);
    for row in &rows {
        if let Some(known) = row.known {
            let _ = writeln!(text, "\n{}: {}", row.case.name, known.issue);
        }
        for (label, what) in &row.failures {
            let _ = writeln!(text, "\n- {} {label}: {what}", row.case.name);
        }
    }
    let _ = writeln!(text, "\n{}", count(&rows, ran.seconds));
    text
}

fn loops(row: &Row) -> String {
    match row.loops {
        None => "-".to_owned(),
        Some((fewest, most)) if fewest == most => most.to_string(),
        Some((fewest, most)) => format!("{fewest} to {most}"),
    }
}

fn share(row: &Row) -> String {
    let share = row.worst.share();
    if share.is_infinite() { "∞".to_owned() } else { format!("{share:.2}") }
}

fn count(rows: &[Row], seconds: f64) -> String {
    let [pass, fail, known, recovered] = counts(rows);
    let trials: usize = rows.iter().map(|row| row.case.trials.len()).sum();
    format!(
        "{} cases of {trials} trials in {seconds:.0} s: {} pass, {fail} fail, {known} known failures.",
        rows.len(),
        pass + recovered
    )
}

fn counts(rows: &[Row]) -> [usize; 4] {
    [Verdict::Pass, Verdict::Fail, Verdict::Known, Verdict::Recovered]
        .map(|verdict| rows.iter().filter(|row| row.verdict == verdict).count())
}

/// All modes side by side, a line each.
pub fn summary(all: &[Ran], cases: &[Case], require_gpu: bool) -> String {
    let mut text = "## Summary\n\n".to_owned();
    let lines: Vec<[String; 6]> = all
        .iter()
        .map(|ran| {
            let verdict = if ran.failed(cases, require_gpu) { "FAIL" } else { "pass" };
            if !matches!(ran.status, Status::Opened(_)) {
                let verdict = if verdict == "FAIL" { "FAIL" } else { "skipped" };
                let dash = || "-".to_owned();
                return [ran.mode.to_string(), dash(), dash(), dash(), verdict.to_owned(), ran.title()];
            }
            let rows = ran.rows(cases);
            let [pass, fail, known, recovered] = counts(&rows);
            [
                ran.mode.to_string(),
                (pass + recovered).to_string(),
                fail.to_string(),
                known.to_string(),
                verdict.to_owned(),
                ran.title(),
            ]
        })
        .collect();
    grid(&mut text, &["backend", "pass", "fail", "known failures", "verdict", "what it is"], &lines, 0);
    text
}

/// Everything, for a file.
pub fn whole(all: &[Ran], cases: &[Case], require_gpu: bool) -> String {
    let mut text = summary(all, cases, require_gpu);
    text.push_str(
        "\nA trial is one shape or setting: an operation is launched and read twice, then launched again and again with \
         nothing read until the end. The loops are how often, fewer where it is slow on the device. The largest error \
         is that of the number which came nearest to its tolerance, and the share is their ratio.\n\n\
         | class | tolerance |\n|---|---|\n",
    );
    for class in Class::ALL {
        let _ = writeln!(text, "| {} | {} |", class.name(), class.reason());
    }
    for ran in all {
        text.push('\n');
        text.push_str(&table(ran, cases));
    }
    text
}
