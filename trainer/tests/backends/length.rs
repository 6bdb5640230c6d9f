//! How much is repeated: a software driver takes minutes for what a GPU does in seconds, and finds less in repetition,
//! since it computes in order.

/// As the environment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Every case, but fewer steps and repetitions.
    Short,
    Usual,
    /// Thousands of steps where it is said so.
    Long,
}

impl Length {
    /// What is said by `ROTE_SUITE_LENGTH`.
    ///
    /// # Errors
    /// If it says something else.
    pub fn read() -> Result<Self, String> {
        match std::env::var("ROTE_SUITE_LENGTH").as_deref() {
            Ok("short") => Ok(Self::Short),
            Err(_) | Ok("" | "usual") => Ok(Self::Usual),
            Ok("long") => Ok(Self::Long),
            Ok(other) => Err(format!("ROTE_SUITE_LENGTH = {other}; allowed: short, usual, long")),
        }
    }

    /// Steps of a training.
    pub fn steps(self, usual: u64) -> u64 {
        if self == Self::Short { usual * 2 / 5 } else { usual }
    }

    /// Repetitions of an operation in the loop that reads nothing. On a CPU an operation has ended when it returns, so
    /// there is little to be found.
    pub fn loops(self, gpu: bool) -> usize {
        match self {
            _ if !gpu => 2,
            Self::Short => 3,
            Self::Usual | Self::Long => 16,
        }
    }

    /// Seconds that those may take: large operations are repeated less often on a slow device.
    pub fn loop_seconds(self) -> f64 {
        if self == Self::Short { 0.3 } else { 2.0 }
    }
}
