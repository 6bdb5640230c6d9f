//! What long work tells of itself while it goes on. The library says it; who shows it, and how, is the caller's business.

/// Receives the progress of one stretch of work after another.
pub trait Progress: Sync {
    /// A stretch of `total` units, counted from `done`, begins.
    fn begin(&self, title: &str, unit: &'static str, total: u64, done: u64);

    /// So many units of it are done; `message` says how it stands.
    fn advance(&self, done: u64, message: &dyn Fn() -> String);

    /// The stretch is over.
    fn end(&self);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _title: &str, _unit: &'static str, _total: u64, _done: u64) {}
    fn advance(&self, _done: u64, _message: &dyn Fn() -> String) {}
    fn end(&self) {}
}
