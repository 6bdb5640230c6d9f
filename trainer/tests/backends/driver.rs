//! Runs each mode in a process of its own, starts it again after a crash or a hang, and gathers what it found.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::case::Case;
use crate::cases;
use crate::environment::is_set;
use crate::length::Length;
use crate::mode::Mode;
use crate::outcome::{self, Line, Outcome};
use crate::report::{self, Ran, Status};
use crate::worker;

/// A trial that takes longer hangs. Software drivers are slow, and compile in between.
const PATIENCE: Duration = Duration::from_mins(5);
/// A backend that dies so often has been tested enough.
const MOST_DEATHS: usize = 8;

pub fn run(arguments: &Arguments, length: Length) -> ExitCode {
    let cases = cases::all(length);
    let modes = Mode::all();
    if arguments.list || arguments.ignored {
        for name in modes.iter().flat_map(|mode| cases.iter().map(|case| mode.name_of(case.name))) {
            if arguments.list && !arguments.ignored && arguments.picks(&name) {
                println!("{name}: test");
            }
        }
        return ExitCode::SUCCESS;
    }
    let require_gpu = is_set("ROTE_REQUIRE_GPU");
    let mut all_ran = Vec::new();
    for mode in &modes {
        let picked: Vec<bool> = cases.iter().map(|case| arguments.picks(&mode.name_of(case.name))).collect();
        if picked.contains(&true) {
            eprintln!("{mode} ...");
            let ran = run_mode(mode, &cases, &picked);
            println!("{}", report::table(&ran, &cases));
            all_ran.push(ran);
        }
    }
    let summary = report::summary(&all_ran, &cases, require_gpu);
    println!("{summary}");
    if let Ok(path) = std::env::var("ROTE_SUITE_REPORT")
        && let Err(error) = std::fs::write(&path, report::whole(&all_ran, &cases, require_gpu))
    {
        eprintln!("{path}: {error}");
        return ExitCode::FAILURE;
    }
    let lacks_gpu = require_gpu && arguments.picks_everything() && !modes.iter().any(Mode::is_gpu);
    if lacks_gpu {
        println!("ROTE_REQUIRE_GPU is set, but no GPU backend is built in: build with --features rote/wgpu");
    }
    let failed = lacks_gpu || all_ran.iter().any(|ran| ran.failed(&cases, require_gpu));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run_mode(mode: &Mode, cases: &[Case], picked: &[bool]) -> Ran {
    let started = Instant::now();
    let owners: Vec<usize> =
        cases.iter().enumerate().flat_map(|(index, case)| vec![index; case.trials.len()]).collect();
    let mut left: Vec<usize> = (0..owners.len()).filter(|&trial| picked[owners[trial]]).collect();
    let mut results: HashMap<usize, Outcome> = HashMap::new();
    let mut status = Status::Unavailable("it never started".to_owned());
    let mut deaths = 0;
    while !left.is_empty() {
        let lived = match live(mode, &left) {
            Ok(lived) => lived,
            Err(error) => {
                status = Status::Died(error);
                break;
            }
        };
        if let Some(opened) = lived.status {
            status = opened;
        }
        results.extend(lived.results);
        left.retain(|trial| !results.contains_key(trial));
        if lived.finished || !matches!(status, Status::Opened(_)) {
            break;
        }
        deaths += 1;
        if deaths > MOST_DEATHS {
            let giving_up = || failed(format!("not run: the process had died {deaths} times"));
            results.extend(left.drain(..).map(|trial| (trial, giving_up())));
        }
    }
    Ran { mode: mode.clone(), status, results, picked: picked.to_vec(), seconds: started.elapsed().as_secs_f64() }
}

/// A trial that found nothing, for this reason.
fn failed(reason: String) -> Outcome {
    Outcome { result: Err(reason), seconds: 0.0 }
}

/// What one process came to.
struct Lived {
    status: Option<Status>,
    results: HashMap<usize, Outcome>,
    /// Whether it got to its end.
    finished: bool,
}

fn live(mode: &Mode, trials: &[usize]) -> Result<Lived, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (out, said) = (folder.path().join("found.jsonl"), folder.path().join("said.txt"));
    let child = start(mode, trials, &out, &said).map_err(|error| format!("it could not be started: {error}"))?;
    let end = wait(child, &out);
    let mut lived = Lived { status: None, results: HashMap::new(), finished: false };
    let mut running = None;
    for line in outcome::read(&out)? {
        match line {
            Line::Opened(about) => lived.status = Some(Status::Opened(about)),
            Line::Unavailable(reason) => {
                lived.status = Some(Status::Unavailable(reason));
                lived.finished = true;
            }
            Line::Began { trial } => running = Some(trial),
            Line::Ended { trial, outcome } => {
                running = None;
                lived.results.insert(trial, outcome);
            }
            Line::Finished => lived.finished = true,
        }
    }
    if !lived.finished {
        let last_words = last_words(&said);
        match running {
            Some(trial) => drop(lived.results.insert(trial, failed(format!("{end}{last_words}")))),
            None => lived.status = Some(Status::Died(format!("{end}{last_words}"))),
        }
    }
    Ok(lived)
}

fn start(mode: &Mode, trials: &[usize], out: &Path, said: &Path) -> std::io::Result<Child> {
    let numbers: Vec<String> = trials.iter().map(ToString::to_string).collect();
    let said = File::create(said)?;
    File::create(out)?;
    Command::new(std::env::current_exe()?)
        .env(worker::MODE, mode.to_string())
        .env(worker::OUT, out)
        .env(worker::TRIALS, numbers.join(","))
        .stdin(Stdio::null())
        .stdout(said.try_clone()?)
        .stderr(said)
        .spawn()
}

/// Waits for the process, as long as it goes on writing, and says how it ended.
fn wait(mut child: Child, out: &Path) -> String {
    let length = || std::fs::metadata(out).map_or(0, |metadata| metadata.len());
    let (mut seen, mut since) = (0, Instant::now());
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return format!("the process died ({status})"),
            Err(error) => return format!("the process was lost: {error}"),
            Ok(None) if length() != seen => (seen, since) = (length(), Instant::now()),
            Ok(None) if since.elapsed() > PATIENCE => {
                // It may have ended this instant, which is as well.
                drop(child.kill());
                drop(child.wait());
                return format!("it hung for {} s and was ended", PATIENCE.as_secs());
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn last_words(said: &Path) -> String {
    let said = std::fs::read(said).unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    let last: Vec<&str> = said.lines().rev().take(3).collect();
    if last.is_empty() {
        String::new()
    } else {
        format!("; it last said: {}", last.into_iter().rev().collect::<Vec<_>>().join(" "))
    }
}
