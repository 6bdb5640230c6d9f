//! Progress on stderr: a bar on a terminal, plain lines otherwise, nothing when asked to be quiet; or events on stdout
//! for a process that shows them.

use std::fmt::Write;
use std::io::{IsTerminal, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::Global;
use super::result::print;
use crate::progress::{Event, Progress, Silent};

/// How often plain lines appear.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// The progress that suits the options and what stderr is.
pub(super) fn reporter(global: &Global) -> Box<dyn Progress> {
    if global.progress_events {
        Box::new(Events { state: Mutex::new((Instant::now(), 0)) })
    } else if global.quiet {
        Box::new(Silent)
    } else if std::io::stderr().is_terminal() {
        Box::new(Bar { bar: Mutex::new(ProgressBar::hidden()) })
    } else {
        Box::new(Lines { state: Mutex::new(None) })
    }
}

/// How often events appear between the first and the last of a stretch.
const EVENT_EVERY: Duration = Duration::from_millis(100);

/// A JSON object a line, on stdout.
struct Events {
    /// When it was told last, and the end of the stretch.
    state: Mutex<(Instant, u64)>,
}

impl Events {
    fn tell(event: &Event) {
        let line = serde_json::to_string(event).unwrap_or_default();
        // Progress is a courtesy: a reader that went away is no reason to stop.
        let _ = print(&format!("{line}\n"));
    }
}

impl Progress for Events {
    fn begin(&self, title: &str, unit: &'static str, total: u64, done: u64) {
        if let Ok(mut state) = self.state.lock() {
            *state = (Instant::now(), total);
        }
        Self::tell(&Event::Begin { title: title.to_owned(), unit: unit.to_owned(), total, done });
    }

    fn advance(&self, done: u64, message: &dyn Fn() -> String) {
        let Ok(mut state) = self.state.lock() else { return };
        if state.0.elapsed() >= EVENT_EVERY || done == state.1 {
            state.0 = Instant::now();
            Self::tell(&Event::Advance { done, message: message() });
        }
    }

    fn end(&self) {
        Self::tell(&Event::End);
    }
}

/// A bar that redraws itself.
struct Bar {
    bar: Mutex<ProgressBar>,
}

impl Bar {
    fn with(&self, work: impl FnOnce(&mut ProgressBar)) {
        // A poisoned lock means that a thread panicked while drawing; the bar itself is still whole.
        work(&mut self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Progress for Bar {
    fn begin(&self, title: &str, unit: &'static str, total: u64, done: u64) {
        let template = format!("{{prefix}} {{wide_bar}} {{pos}}/{{len}} {unit}s, {{rate}}{{msg}}{{left}}");
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let rate = |state: &ProgressState, out: &mut dyn Write| _ = write!(out, "{:.1}/s", state.per_sec());
        let left = |state: &ProgressState, out: &mut dyn Write| {
            if state.per_sec() > 0.0 && state.len().is_some_and(|len| state.pos() < len) {
                let _ = write!(out, ", ETA {:#}", HumanDuration(state.eta()));
            }
        };
        let style = style.with_key("rate", rate).with_key("left", left);
        self.with(|bar| {
            *bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            bar.set_style(style);
            bar.set_prefix(title.to_owned());
            bar.set_position(done);
            // What was done before this process started says nothing about the rate.
            bar.reset_eta();
        });
    }

    fn advance(&self, done: u64, message: &dyn Fn() -> String) {
        self.with(|bar| {
            bar.set_position(done);
            let message = message();
            if !message.is_empty() {
                bar.set_message(format!(", {message}"));
            }
        });
    }

    fn end(&self) {
        // Where the work stopped is where the bar stays.
        self.with(|bar| bar.abandon());
    }
}

/// A line every few seconds.
struct Lines {
    state: Mutex<Option<Stretch>>,
}

struct Stretch {
    title: String,
    unit: &'static str,
    total: u64,
    first: u64,
    done: u64,
    message: String,
    started: Instant,
    told: Instant,
}

impl Stretch {
    fn tell(&self) {
        let seconds = self.started.elapsed().as_secs_f64();
        let rate = (self.done - self.first) as f64 / seconds.max(1e-9);
        let left = (self.total - self.done.min(self.total)) as f64 / rate;
        let eta = if self.done < self.total && left.is_finite() {
            format!(", ETA {}", HumanDuration(Duration::from_secs_f64(left.min(1e9))))
        } else {
            String::new()
        };
        let message = if self.message.is_empty() { String::new() } else { format!(", {}", self.message) };
        let (title, done, total, unit) = (&self.title, self.done, self.total, self.unit);
        let mut stderr = std::io::stderr().lock();
        // Progress is a courtesy: a closed stderr is no reason to stop.
        let _ = writeln!(stderr, "{title}: {done}/{total} {unit}s, {rate:.1} {unit}s/s{message}{eta}");
    }
}

impl Progress for Lines {
    fn begin(&self, title: &str, unit: &'static str, total: u64, done: u64) {
        let (title, message, now) = (title.to_owned(), String::new(), Instant::now());
        let stretch = Stretch { title, unit, total, first: done, done, message, started: now, told: now };
        if let Ok(mut state) = self.state.lock() {
            *state = Some(stretch);
        }
    }

    fn advance(&self, done: u64, message: &dyn Fn() -> String) {
        let Ok(mut state) = self.state.lock() else { return };
        if let Some(stretch) = state.as_mut() {
            stretch.done = done;
            if stretch.told.elapsed() >= LINE_EVERY {
                stretch.message = message();
                stretch.told = Instant::now();
                stretch.tell();
            } else if done == stretch.total {
                stretch.message = message();
            }
        }
    }

    fn end(&self) {
        let Ok(mut state) = self.state.lock() else { return };
        if let Some(stretch) = state.take() {
            stretch.tell();
        }
    }
}
