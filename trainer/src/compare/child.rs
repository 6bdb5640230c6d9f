//! The process of one backend: started, watched, and stopped with this one.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::progress::{Event, Progress};

/// How often a process is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long a process may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// How a process ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// Wall clock.
    pub(super) seconds: f64,
    /// What it wrote on stdout besides its progress.
    pub(super) stdout: String,
    /// The lines that it wrote on stderr.
    said: Vec<String>,
}

impl Ended {
    /// Why it did not succeed, as far as it said so itself.
    pub(super) fn reason(&self) -> String {
        let error = self.said.iter().rposition(|line| line.starts_with("error:"));
        let last = self.said.len().saturating_sub(1);
        let words = self.said.get(error.unwrap_or(last)..).unwrap_or_default().join("\n");
        let words = words.strip_prefix("error: ").unwrap_or(&words).to_owned();
        if words.is_empty() { format!("its process ended with {}", self.status) } else { words }
    }
}

/// Runs a command to its end, or until `stop` is set, and shows its progress as that of `title`.
pub(super) fn run(mut command: Command, title: &str, stop: &AtomicBool, progress: &dyn Progress) -> io::Result<Ended> {
    let begun = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(command.spawn()?);
    let (stdout, stderr) = (running.0.stdout.take(), running.0.stderr.take());
    std::thread::scope(|scope| {
        let stdout = scope.spawn(|| stdout.map(|stdout| follow(stdout, title, progress)).unwrap_or_default());
        let said = scope.spawn(|| stderr.map(|stderr| listen(stderr, title)).unwrap_or_default());
        let status = running.wait(stop);
        if status.is_err() {
            // The threads that listen end with the process.
            _ = running.0.kill();
        }
        let stdout = stdout.join().map_err(|_| io::Error::other("the thread that reads its output panicked"))?;
        let said = said.join().map_err(|_| io::Error::other("the thread that reads its messages panicked"))?;
        // Where it was stopped or died, it told no end.
        progress.end();
        Ok(Ended { status: status?, seconds: begun.elapsed().as_secs_f64(), stdout, said })
    })
}

/// A process that does not outlive its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            _ = self.0.kill();
            _ = self.0.wait();
        }
    }
}

impl Running {
    fn wait(&mut self, stop: &AtomicBool) -> io::Result<ExitStatus> {
        let mut asked: Option<Instant> = None;
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            match asked {
                None if stop.load(Ordering::Relaxed) => {
                    self.ask_to_stop()?;
                    asked = Some(Instant::now());
                }
                Some(since) if since.elapsed() > GRACE => self.0.kill()?,
                _ => {}
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// SIGTERM, which only the system's own command sends without unsafe code; elsewhere, or without a shell, its end.
    fn ask_to_stop(&mut self) -> io::Result<()> {
        let asked = cfg!(unix) && {
            let pid = self.0.id().to_string();
            let kill = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid]).stderr(Stdio::null()).status();
            kill.is_ok_and(|status| status.success())
        };
        if asked { Ok(()) } else { self.0.kill() }
    }
}

/// Passes on the progress that a process tells, and keeps what else it writes.
fn follow(stdout: impl Read, title: &str, progress: &dyn Progress) -> String {
    let mut text = String::new();
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        match serde_json::from_str::<Event>(&line) {
            Ok(event) => event.tell(title, progress),
            Err(_) => text.extend([&line, "\n"]),
        }
    }
    text
}

/// Passes on what a process warns of, and keeps all that it says.
fn listen(stderr: impl Read, title: &str) -> Vec<String> {
    let mut said = Vec::new();
    for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if let Some(("WARN" | "ERROR", words)) = line.trim_start().split_once(' ') {
            tracing::warn!("{title}: {}", words.trim_start());
        } else {
            tracing::debug!("{title}: {line}");
        }
        said.push(line);
    }
    said
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::progress::Silent;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    /// Every event that is told, as text; the stop is set by the `stop_at`th.
    struct Told<'a> {
        events: Mutex<Vec<String>>,
        stop: (&'a AtomicBool, usize),
    }

    impl Told<'_> {
        fn tell(&self, event: String) {
            let mut events = self.events.lock().unwrap();
            events.push(event);
            self.stop.0.store(events.len() >= self.stop.1, Ordering::Relaxed);
        }
    }

    impl Progress for Told<'_> {
        fn begin(&self, title: &str, unit: &'static str, total: u64, done: u64) {
            self.tell(format!("{title}, {total} {unit}s from {done}"));
        }
        fn advance(&self, done: u64, message: &dyn Fn() -> String) {
            self.tell(format!("{done} {}", message()));
        }
        fn end(&self) {
            self.tell("end".to_owned());
        }
    }

    #[test]
    fn what_a_process_says_and_how_it_ends_is_kept() {
        let go = AtomicBool::new(false);
        let script =
            "echo result; echo ' WARN a member diverged' >&2; echo 'error: no device\n  fix: buy one' >&2; exit 3";
        let ended = run(shell(script), "test", &go, &Silent).unwrap();
        assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(3), "result\n"));
        assert_eq!(ended.reason(), "no device\n  fix: buy one");
        let silent = run(shell("kill -KILL $$"), "test", &go, &Silent).unwrap();
        assert!(silent.reason().contains("signal: 9"), "{}", silent.reason());
        assert!(run(Command::new("/nonexistent/rote"), "test", &go, &Silent).is_err());
    }

    #[test]
    fn the_progress_of_a_process_is_shown_under_its_title() {
        let events = [
            Event::Begin { title: "train w8".to_owned(), unit: "step".to_owned(), total: 9, done: 0 },
            Event::Advance { done: 4, message: "loss 1".to_owned() },
        ];
        let lines = events.map(|event| format!("echo '{}'; ", serde_json::to_string(&event).unwrap())).concat();
        let go = AtomicBool::new(false);
        let told = Told { events: Mutex::default(), stop: (&go, usize::MAX) };
        let ended = run(shell(&format!("{lines} echo '[1]'")), "flex", &go, &told).unwrap();
        assert_eq!(ended.stdout, "[1]\n");
        assert_eq!(*told.events.lock().unwrap(), ["flex: train w8, 9 steps from 0", "4 loss 1", "end"]);
    }

    #[test]
    fn a_stop_reaches_the_process() {
        let stop = AtomicBool::new(false);
        let told = Told { events: Mutex::default(), stop: (&stop, 1) };
        let event = serde_json::to_string(&Event::End).unwrap();
        let script = format!("trap 'exit 130' TERM; echo '{event}'; while :; do sleep .01; done");
        let ended = run(shell(&script), "test", &stop, &told).unwrap();
        assert_eq!(ended.status.code(), Some(130));
    }
}
