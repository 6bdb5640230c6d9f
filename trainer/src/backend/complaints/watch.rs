//! The sink of the engine's log, and the panic hook that keeps what its threads panic with instead of printing it.

use std::cell::Cell;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use log::{Level, LevelFilter, Log, Metadata, Record};

/// How the names of the engine's threads begin.
const THREADS: [&str; 2] = ["DSU-", "DSD-"];
/// The crates of the engine that say in their log what failed.
const ENGINE: [&str; 2] = ["cubecl", "burn"];
/// What they say then: the task's panic, the error that tensors now hold.
const SEVERE: [&str; 3] = ["Task failed", "CallError(", "an operation failed"];
/// Complaints that are kept: the first ones, since the cause comes before its consequences.
const KEPT: usize = 8;

static WATCHING: AtomicBool = AtomicBool::new(false);
static FAILED: AtomicBool = AtomicBool::new(false);
static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

thread_local! {
    static GUARDED: Cell<u32> = const { Cell::new(0) };
}

/// Watches the engine from now on.
pub(in crate::backend) fn begin() {
    static BEGIN: Once = Once::new();
    BEGIN.call_once(|| {
        // A program that embeds this library may have a sink of its own; then it hears the engine, and we do not.
        if log::set_logger(&Sink).is_ok() {
            let all = tracing::enabled!(target: "engine", tracing::Level::DEBUG);
            log::set_max_level(if all { LevelFilter::Debug } else { LevelFilter::Warn });
        }
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if GUARDED.get() > 0 || on_engine_thread() {
                let place = info.location().map_or_else(String::new, |place| format!(" ({place})"));
                keep(format!("{}{place}", info.payload_as_str().unwrap_or("a panic without a message")));
            } else {
                print(info);
            }
        }));
        WATCHING.store(true, Ordering::Release);
    });
}

/// Whether a GPU engine was started.
pub(in crate::backend) fn watching() -> bool {
    WATCHING.load(Ordering::Acquire)
}

/// Whether an operation was reported as failed.
pub(in crate::backend) fn severe() -> bool {
    FAILED.load(Ordering::Acquire)
}

/// What was said since the last time.
pub(in crate::backend) fn take() -> Vec<String> {
    FAILED.store(false, Ordering::Release);
    std::mem::take(&mut *SAID.lock().unwrap_or_else(PoisonError::into_inner))
}

/// While it lives, panics of this thread are kept and not printed.
pub(in crate::backend) struct Quiet;

impl Quiet {
    pub(in crate::backend) fn begin() -> Self {
        GUARDED.set(GUARDED.get() + 1);
        Self
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        GUARDED.set(GUARDED.get() - 1);
    }
}

fn on_engine_thread() -> bool {
    std::thread::current().name().is_some_and(|name| THREADS.iter().any(|start| name.starts_with(start)))
}

fn keep(text: String) {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.len() < KEPT {
        said.push(text);
    }
}

/// Hands the engine's log on to ours and keeps what says that an operation failed.
struct Sink;

impl Log for Sink {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record) {
        let (target, text) = (record.target(), record.args().to_string());
        let ours = ENGINE.iter().any(|name| target.starts_with(name));
        if ours && record.level() <= Level::Warn && SEVERE.iter().any(|words| text.contains(words)) {
            keep(text);
            FAILED.store(true, Ordering::Release);
            return;
        }
        match record.level() {
            Level::Error => tracing::error!(target: "engine", "{target}: {text}"),
            Level::Warn => tracing::warn!(target: "engine", "{target}: {text}"),
            Level::Info => tracing::info!(target: "engine", "{target}: {text}"),
            Level::Debug | Level::Trace => tracing::debug!(target: "engine", "{target}: {text}"),
        }
    }

    fn flush(&self) {}
}
