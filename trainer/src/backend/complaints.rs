//! What the engine's own threads say when something fails there: they log it or panic, and the caller sees no more of it
//! than a read that fails later, or nothing. Only the GPU engines have such threads; without them nothing is watched.

#[cfg(feature = "gpu")]
mod watch;

#[cfg(feature = "gpu")]
pub(super) use watch::{Quiet, begin, clean, take, watching};

/// What stands for the message of a panic that has none.
pub(super) const NO_MESSAGE: &str = "a panic without a message";

#[cfg(not(feature = "gpu"))]
mod nobody {
    /// Whether a GPU engine was started.
    pub(in crate::backend) fn watching() -> bool {
        false
    }

    /// Whether nothing was reported as failed.
    pub(in crate::backend) fn clean() -> bool {
        true
    }

    /// What was said since the last time.
    pub(in crate::backend) fn take() -> Vec<String> {
        Vec::new()
    }

    /// Nothing prints panics differently while this lives.
    pub(in crate::backend) struct Quiet;

    impl Quiet {
        pub(in crate::backend) fn begin() -> Self {
            Self
        }
    }
}

#[cfg(not(feature = "gpu"))]
pub(super) use nobody::{Quiet, clean, take, watching};
