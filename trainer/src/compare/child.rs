//! The process of one backend: started, watched, and stopped with this one.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::record::MetricsRecord;

/// How often a process is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often its metrics are read, for the progress.
const READ_EVERY: Duration = Duration::from_millis(500);
/// How long a process may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(10);
/// A line of metrics is shorter than this.
const LONGEST_LINE: u64 = 4096;

/// How a process ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// Wall clock.
    pub(super) seconds: f64,
    /// What it wrote on stdout.
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

/// Runs a command to its end, or until `stop` is set; calls `tick` again and again meanwhile.
pub(super) fn run(mut command: Command, name: &str, stop: &AtomicBool, tick: &mut dyn FnMut()) -> io::Result<Ended> {
    let begun = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(command.spawn()?);
    let (stdout, stderr) = (running.0.stdout.take(), running.0.stderr.take());
    std::thread::scope(|scope| {
        let stdout = scope.spawn(|| stdout.map(io::read_to_string).transpose());
        let said = scope.spawn(|| stderr.map(|stderr| listen(stderr, name)).unwrap_or_default());
        let status = running.wait(stop, tick);
        if status.is_err() {
            // The threads that listen end with the process.
            _ = running.0.kill();
        }
        let stdout = stdout.join().map_err(|_| io::Error::other("the thread that reads its output panicked"))?;
        let said = said.join().map_err(|_| io::Error::other("the thread that reads its messages panicked"))?;
        let stdout = stdout?.unwrap_or_default();
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
    fn wait(&mut self, stop: &AtomicBool, tick: &mut dyn FnMut()) -> io::Result<ExitStatus> {
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
                _ => tick(),
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

/// Passes on what a process warns of, and keeps all that it says.
fn listen(stderr: impl Read, name: &str) -> Vec<String> {
    let mut said = Vec::new();
    for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if let Some(("WARN" | "ERROR", words)) = line.trim_start().split_once(' ') {
            tracing::warn!("{name}: {}", words.trim_start());
        } else {
            tracing::debug!("{name}: {line}");
        }
        said.push(line);
    }
    said
}

/// Follows a run by the lines of metrics that it appends.
pub(super) struct Watch {
    path: PathBuf,
    looked: Instant,
}

impl Watch {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, looked: Instant::now() }
    }

    /// From time to time: the member and the step of the newest line.
    pub(super) fn look(&mut self) -> Option<(u32, u64)> {
        if self.looked.elapsed() < READ_EVERY {
            return None;
        }
        self.looked = Instant::now();
        self.newest().map(|line| (line.member, line.step))
    }

    fn newest(&self) -> Option<MetricsRecord> {
        let mut file = File::open(&self.path).ok()?;
        let length = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LONGEST_LINE))).ok()?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail).ok()?;
        // The last line may still be in the writing.
        tail.rsplit(|&byte| byte == b'\n').find_map(|line| serde_json::from_slice(line).ok())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_a_process_says_and_how_it_ends_is_kept() {
        let go = AtomicBool::new(false);
        let script =
            "echo result; echo ' WARN a member diverged' >&2; echo 'error: no device\n  fix: buy one' >&2; exit 3";
        let ended = run(shell(script), "test", &go, &mut || ()).unwrap();
        assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(3), "result\n"));
        assert_eq!(ended.reason(), "no device\n  fix: buy one");
        let silent = run(shell("kill -KILL $$"), "test", &go, &mut || ()).unwrap();
        assert!(silent.reason().contains("signal: 9"), "{}", silent.reason());
        assert!(run(Command::new("/nonexistent/rote"), "test", &go, &mut || ()).is_err());
    }

    #[test]
    fn a_stop_reaches_the_process() {
        let stop = AtomicBool::new(false);
        let mut ticks = 0;
        let ended = run(shell("trap 'exit 130' TERM; while :; do sleep .01; done"), "test", &stop, &mut || {
            ticks += 1;
            stop.store(ticks > 5, Ordering::Relaxed);
        });
        assert_eq!(ended.unwrap().status.code(), Some(130));
    }

    #[test]
    fn the_newest_whole_line_tells_how_far_a_run_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let watch = Watch::new(path.clone());
        assert_eq!(watch.newest(), None);
        let line = |step: u64, member: u32| format!("{{\"step\":{step},\"member\":{member},\"split\":\"train\"}}\n");
        let lines: String = (0..500).map(|step| line(step, 3)).collect();
        std::fs::write(&path, lines + &line(500, 4)[..20]).unwrap();
        assert_eq!(watch.newest().map(|line| (line.step, line.member)), Some((499, 3)));
    }
}
