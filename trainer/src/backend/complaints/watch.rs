//! The sink of the engine's log, and the panic hook that keeps what its threads panic with instead of printing it.

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use super::NO_MESSAGE;
use log::{Level, LevelFilter, Log, Metadata, Record};

/// How the names of the engine's threads begin.
const THREADS: [&str; 2] = ["DSU-", "DSD-"];
/// The crates of the engine that say in their log what failed.
const ENGINE: [&str; 2] = ["cubecl", "burn"];
/// The crates that compute on GPUs, by the beginnings of their folders. What tensors in general refuse, such as shapes
/// that do not fit, is in none of them: that is a bug of ours.
const CRATES: [&str; 10] =
    ["cubecl", "cubek", "burn-cubecl", "burn-fusion", "burn-wgpu", "burn-cuda", "wgpu", "naga", "cudarc", "ash-"];
/// What they say when results are wrong or missing and nobody else tells: a task's panic, the error that tensors now
/// hold, a device that is gone, a driver's refusal, and waits for the device that ended before the device did.
const SEVERE: [&str; 11] = [
    "Task failed",
    "CallError(",
    "an operation failed",
    "wgpu device was lost",
    "wgpu validation",
    "wait timed out before the submission was completed",
    "write flush poll failed",
    "poll before a mapped write failed",
    "after a failed wait",
    "a fence wait failed",
    "sync_collective failed",
];
/// What they say of work that failed but whose tensors carry the failure to whoever reads them, or of which another way
/// was found: kernels that do not compile or launch, where autotune takes the next one, and kernels that it could not
/// measure and chose all the same, which the comparison at the start of a run tests like any other. No failure by
/// itself, and the cause of one that follows.
const SUSPECT: [&str; 3] = ["compilation failed", "the device refused the", "Autotune measured no candidate"];
/// Where such lines come from that have no words of their own.
const SUSPECT_PLACES: [&str; 2] = ["cubecl_runtime::logging::server", "cubecl_wgpu::compute::stream"];
/// Complaints that are kept: the newest ones, since the oldest may have been got over.
const KEPT: usize = 8;

static WATCHING: AtomicBool = AtomicBool::new(false);
static FAILED: AtomicBool = AtomicBool::new(false);
static SAID: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

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
            let of_engine = info.location().is_some_and(|place| is_engine(place.file()));
            if on_engine_thread() || GUARDED.get() > 0 && of_engine {
                let place = info.location().map_or_else(String::new, |place| format!(" ({place})"));
                keep(format!("{}{place}", info.payload_as_str().unwrap_or(NO_MESSAGE)), false);
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

/// Whether nothing was reported as failed. What was said otherwise has then been got over and is forgotten.
pub(in crate::backend) fn clean() -> bool {
    let mut said = said();
    let clean = !FAILED.load(Ordering::Acquire);
    if clean {
        said.clear();
    }
    clean
}

/// What was said since the last time.
pub(in crate::backend) fn take() -> Vec<String> {
    let mut said = said();
    FAILED.store(false, Ordering::Release);
    said.drain(..).collect()
}

fn said() -> MutexGuard<'static, VecDeque<String>> {
    SAID.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While it lives, panics of the engine on this thread are kept and not printed.
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

/// Whether a source file is one of the engine's: the folder of its crate says so.
fn is_engine(file: &str) -> bool {
    let file = file.replace('\\', "/");
    let folder = file.rsplit_once("/src/").map_or("", |(folder, _)| folder).rsplit('/').next().unwrap_or_default();
    CRATES.iter().any(|name| folder.starts_with(name))
}

fn keep(text: String, failed: bool) {
    let mut said = said();
    if said.len() == KEPT {
        said.pop_front();
    }
    said.push_back(text);
    if failed {
        FAILED.store(true, Ordering::Release);
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
        let of_engine = ENGINE.iter().any(|name| target.starts_with(name)) && record.level() <= Level::Warn;
        let says = |list: &[&str]| of_engine && list.iter().any(|words| text.contains(words));
        if says(&SEVERE) {
            keep(text, true);
            return;
        }
        if says(&SUSPECT) || SUSPECT_PLACES.contains(&target) && of_engine {
            keep(text.clone(), false);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_is_known_by_the_folders_of_its_crates() {
        let registry = "/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f";
        for file in
            ["cubecl-runtime-0.11.3/src/tune/local.rs", "wgpu-30.0.2/src/lib.rs", "burn-fusion-0.22.1/src/a/b.rs"]
        {
            assert!(is_engine(&format!("{registry}/{file}")), "{file}");
        }
        assert!(is_engine(r"C:\u\registry\src\index\cubecl-common-0.11.3\src\device.rs"));
        for file in ["burn-tensor-0.22.1/src/tensor/api/check.rs", "rayon-core-1.13.0/src/registry.rs"] {
            assert!(!is_engine(&format!("{registry}/{file}")), "{file}");
        }
        assert!(!is_engine("trainer/src/run.rs") && !is_engine("/home/u/wgpu/rote/trainer/src/run.rs"));
    }

    /// One test, since what was said belongs to the process.
    #[test]
    fn what_was_got_over_is_forgotten_and_the_newest_is_kept() {
        let _turn = crate::backend::TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let line = |level: Level, target: &str, text: &str| {
            let arguments = format_args!("{text}");
            Sink.log(&Record::builder().level(level).target(target).args(arguments).build());
        };
        line(Level::Warn, "cubecl_runtime::tune::schedule", "Autotune measured no candidate for key 1");
        line(Level::Warn, "cubecl_runtime::logging::server", "a kernel did not launch");
        line(Level::Warn, "another::place", "Task failed");
        assert!(clean(), "none of these is a failure");
        assert_eq!(take(), Vec::<String>::new(), "they were got over");
        for index in 0..=KEPT {
            line(Level::Error, "cubecl_wgpu::compute::device_poison", &format!("the wgpu device was lost ({index})"));
        }
        assert!(!clean() && !clean(), "it stays until it is taken");
        let said = take();
        assert_eq!((said.len(), said[KEPT - 1].as_str()), (KEPT, "the wgpu device was lost (8)"));
        assert!(clean());
    }
}
