//! What long work tells of itself while it goes on. The library says it; who shows it, and how, is the caller's business.

use serde::{Deserialize, Serialize};

/// Receives the progress of one stretch of work after another.
pub trait Progress: Sync {
    /// A stretch of `total` units, counted from `done`, begins.
    fn begin(&self, title: &str, unit: &'static str, total: u64, done: u64);

    /// So many units of it are done; `message` says how it stands.
    fn advance(&self, done: u64, message: &dyn Fn() -> String);

    /// The stretch is over.
    fn end(&self);
}

/// The same as data, from a process to the one that started it and shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// [`Progress::begin`].
    Begin {
        /// What is done.
        title: String,
        /// What it is counted in.
        unit: String,
        /// How many there are.
        total: u64,
        /// How many are done already.
        done: u64,
    },
    /// [`Progress::advance`].
    Advance {
        /// How many are done.
        done: u64,
        /// How it stands.
        message: String,
    },
    /// [`Progress::end`].
    End,
}

impl Event {
    /// Tells it on, as a part of what is called `name` here.
    pub fn tell(self, name: &str, progress: &dyn Progress) {
        // What else there may be is counted all the same.
        const UNITS: [&str; 4] = ["step", "network", "population", "unit"];
        match self {
            Self::Begin { title, unit, total, done } => {
                let unit = UNITS.into_iter().find(|known| *known == unit).unwrap_or("unit");
                progress.begin(&format!("{name}: {title}"), unit, total, done);
            }
            Self::Advance { done, message } => progress.advance(done, &|| message.clone()),
            Self::End => progress.end(),
        }
    }
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _title: &str, _unit: &'static str, _total: u64, _done: u64) {}
    fn advance(&self, _done: u64, _message: &dyn Fn() -> String) {}
    fn end(&self) {}
}
