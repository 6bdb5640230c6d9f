//! What goes wrong on a device while it computes, told apart by what can be done about it, and the guard that turns an
//! engine's panic into such a failure.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use burn::backend::ExecutionError;
#[cfg(feature = "gpu")]
use burn::tensor::Int;
use burn::tensor::{Device, Element, Tensor, TensorData};
use thiserror::Error;

use super::complaints::{self, NO_MESSAGE};

/// A device that failed while it computed. What it held is lost; what was read from it before is not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeviceFailure {
    /// The device has no memory left, or no buffer so large.
    #[error("the device is out of memory: {0}")]
    OutOfMemory(String),
    /// The device is gone: reset, unplugged or hung. This process cannot use it again.
    #[error("the device was lost: {0}")]
    Lost(String),
    /// An operation failed for another reason.
    #[error("the device failed: {0}")]
    Operation(String),
}

/// What engines and drivers say when memory is short; there is no other way to tell.
const MEMORY_WORDS: [&str; 8] = [
    "out of memory",
    "outofmemory",
    "not enough memory",
    "out of device memory",
    "out of host memory",
    "out-of-memory",
    "can't allocate buffer",
    "buffer too big",
];
/// What they say when the device is gone.
const LOST_WORDS: [&str; 4] = ["device is lost", "device was lost", "device lost", "is poisoned"];
/// Lines that are kept of each of the two innermost causes of an engine's message; further out it says only that
/// something failed.
const LINES: usize = 3;
const CAUSES: usize = 2;
/// How often a device that failed is asked whether it is gone, and the time between.
const ASKED: usize = 5;
const BETWEEN: Duration = Duration::from_millis(20);

impl DeviceFailure {
    /// The failure that a read of a tensor tells of.
    pub fn of_read(error: &ExecutionError) -> Self {
        if error.is_device_poisoned() { Self::Lost(innermost(error.reason())) } else { Self::of_words(error.reason()) }
    }

    /// The failure behind an error of the engine that is known by its words only. What its threads complained of before
    /// is the cause more often than the error itself.
    pub fn of_words(reason: impl std::fmt::Display) -> Self {
        Self::of_complaints(&reason.to_string(), &complaints::take())
    }

    fn of_complaints(whole: &str, complaints: &[String]) -> Self {
        let (mut parts, mut words) = (vec![innermost(whole)], whole.to_lowercase());
        for complaint in complaints {
            words.push_str(&complaint.to_lowercase());
            let complaint = innermost(complaint);
            // Where one says the same and more, such as the place of a panic, it says it alone.
            if let Some(less) = parts.iter_mut().find(|part| complaint.contains(part.as_str())) {
                *less = complaint;
            } else if !parts.iter().any(|part| part.contains(&complaint)) {
                parts.push(complaint);
            }
        }
        let reason = parts.join("; ");
        if says(&words, &LOST_WORDS) {
            Self::Lost(reason)
        } else if says(&words, &MEMORY_WORDS) {
            Self::OutOfMemory(reason)
        } else {
            Self::Operation(reason)
        }
    }

    /// A device that is lost fails at whatever it was doing; only asked does it say that it is gone. The engine learns
    /// of it just after the wait that an answer takes, so that a first answer may not know yet.
    fn of(self, device: &Device) -> Self {
        if matches!(self, Self::Lost(_)) {
            return self;
        }
        for asked in 0..ASKED {
            if asked > 0 {
                std::thread::sleep(BETWEEN);
            }
            if let Ok(Err(error)) = guarded(|| device.sync())
                && error.is_device_poisoned()
            {
                return Self::Lost(innermost(error.reason()));
            }
        }
        self
    }

    /// The failure behind a panic, if it is the engine's: one that was seen in its crates or threads, or that says what
    /// only devices suffer from.
    fn of_panic(payload: &(dyn Any + Send), complaints: &[String]) -> Option<Self> {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or(NO_MESSAGE);
        let seen = complaints.iter().any(|complaint| complaint.starts_with(text));
        let words = text.to_lowercase();
        (seen || says(&words, &MEMORY_WORDS) || says(&words, &LOST_WORDS))
            .then(|| Self::of_complaints(text, complaints))
    }
}

fn says(text: &str, list: &[&str]) -> bool {
    list.iter().any(|word| text.contains(word))
}

/// What an engine's message comes down to, in one line: its innermost causes, without backtraces.
fn innermost(message: &str) -> String {
    let mut causes: Vec<Vec<&str>> = vec![Vec::new()];
    for line in message.lines().map(str::trim).filter(|line| !line.is_empty() && !is_trace(line)) {
        if line == "Caused by:" {
            causes.push(Vec::new());
        } else if let Some(cause) = causes.last_mut().filter(|cause| cause.len() < LINES) {
            cause.push(line);
        }
    }
    causes.retain(|cause| !cause.is_empty());
    let inner = causes.len().saturating_sub(CAUSES);
    causes[inner..].concat().join(": ")
}

/// Whether a line is part of a backtrace: `12: function`, `at file:line`, or that there is none.
fn is_trace(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    (number.len() < line.len() && number.starts_with(": "))
        || line.starts_with("at ")
        || ["No backtrace available", "Asked at:", "<disabled backtrace>"].contains(&line)
}

/// Does work that computes on a device. Where a GPU was opened, a panic of the engine is no crash but a failure of the
/// device, and nothing is printed; any other panic, and every one on the CPU, stays the panic that it is.
///
/// # Errors
/// [`DeviceFailure`] if the engine panicked.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, DeviceFailure> {
    if !complaints::watching() {
        return Ok(work());
    }
    let _quiet = complaints::Quiet::begin();
    // What the work had in its hands is dropped, not used again: a run goes on from a checkpoint.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        DeviceFailure::of_panic(payload.as_ref(), &complaints::take()).unwrap_or_else(|| resume_unwind(payload))
    })
}

/// The same for work on one device, which is asked whether it is lost where the engine panicked.
///
/// # Errors
/// [`DeviceFailure`].
pub fn guarded_on<T>(device: &Device, work: impl FnOnce() -> T) -> Result<T, DeviceFailure> {
    guarded(work).map_err(|failure| failure.of(device))
}

/// A tensor's numbers, read from the device. Whatever failed before shows here at the latest: in the read itself, or in
/// what the engine's threads said of an operation whose result no read has asked for yet.
///
/// # Errors
/// [`DeviceFailure`].
pub fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, DeviceFailure> {
    let device = tensor.device();
    numbers(tensor.try_into_data()).map_err(|failure| failure.of(&device))
}

/// A tensor's integers, likewise.
///
/// # Errors
/// [`DeviceFailure`].
#[cfg(feature = "gpu")]
pub fn read_integers<const D: usize>(tensor: Tensor<D, Int>) -> Result<Vec<i32>, DeviceFailure> {
    let device = tensor.device();
    numbers(tensor.try_into_data()).map_err(|failure| failure.of(&device))
}

fn numbers<E: Element>(data: Result<TensorData, ExecutionError>) -> Result<Vec<E>, DeviceFailure> {
    let data = data.map_err(|error| DeviceFailure::of_read(&error))?;
    // The copy itself may be put off until here.
    let values = data.try_to_vec().map_err(|error| DeviceFailure::of_words(format!("{error:?}")))?;
    if !complaints::watching() || complaints::clean() {
        Ok(values)
    } else {
        Err(DeviceFailure::of_words("an operation failed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_apart_by_what_can_be_done() {
        let read = |reason: &str| DeviceFailure::of_read(&ExecutionError::with_context(reason));
        assert!(matches!(read("Not enough memory left."), DeviceFailure::OutOfMemory(_)));
        assert!(matches!(read("can't allocate buffer of size 9"), DeviceFailure::OutOfMemory(_)));
        assert!(matches!(read("couldn't find resource"), DeviceFailure::Operation(_)));
        let poisoned = DeviceFailure::of_read(&ExecutionError::device_poisoned("Destroyed: bye"));
        assert_eq!(poisoned.to_string(), "the device was lost: Destroyed: bye");
    }

    #[test]
    fn a_message_comes_down_to_its_causes() {
        // As the engine wrote it.
        let message = "An error happened during execution\nCaused by:\n  Several failures at once\nCaused by:\n  The bytes \
                       were never written (failure #1, still claiming 1 buffer(s))\n  skipped `KernelScalarBinop`: it \
                       needed memory ManagedMemoryId { value: 0 }, which carried the failure\nCaused by:\n  An IO error \
                       happened\nCaused by:\n  can't allocate buffer of size: 138412032\n   0: main\n      at main.rs:3\n\
                       No backtrace available\nAsked at:\nNo backtrace available";
        let read = DeviceFailure::of_read(&ExecutionError::with_context(message));
        assert_eq!(
            read.to_string(),
            "the device is out of memory: An IO error happened: can't allocate buffer of size: 138412032"
        );
        assert_eq!(DeviceFailure::of_words(" a\n\nb\nc\nd"), DeviceFailure::Operation("a: b: c".to_owned()));
        assert_eq!(DeviceFailure::of_words(""), DeviceFailure::Operation(String::new()));
    }

    #[test]
    fn what_is_said_twice_is_told_once() {
        let complaints =
            ["first".to_owned(), "no kernel (cubecl.rs:3)".to_owned(), "no kernel (cubecl.rs:3)".to_owned()];
        assert_eq!(
            DeviceFailure::of_complaints("no kernel", &complaints),
            DeviceFailure::Operation("no kernel (cubecl.rs:3); first".to_owned())
        );
        assert_eq!(
            DeviceFailure::of_complaints("no kernel", &complaints[1..]),
            DeviceFailure::Operation("no kernel (cubecl.rs:3)".to_owned())
        );
    }

    #[test]
    fn only_panics_of_the_engine_are_failures_of_the_device() {
        let failure = |text: &'static str, complaints: &[&str]| {
            let complaints: Vec<String> = complaints.iter().map(|&complaint| complaint.to_owned()).collect();
            DeviceFailure::of_panic(&text, &complaints)
        };
        assert_eq!(failure("index out of bounds", &[]), None);
        assert_eq!(failure("index out of bounds", &["Task failed: no kernel"]), None);
        let of_engine = failure("no kernel", &["no kernel (cubecl.rs:3)"]);
        assert_eq!(of_engine, Some(DeviceFailure::Operation("no kernel (cubecl.rs:3)".to_owned())));
        assert!(matches!(failure("wgpu error: Out of Memory", &[]), Some(DeviceFailure::OutOfMemory(_))));
        assert_eq!(DeviceFailure::of_panic(&5, &[]), None);
    }

    #[test]
    fn on_the_cpu_a_panic_stays_a_panic() {
        assert_eq!(guarded(|| 5), Ok(5));
        if !complaints::watching() {
            assert!(catch_unwind(|| guarded(|| -> u8 { panic!("a bug of ours") })).is_err());
        }
    }
}
