//! How fast a population is trained: the time to the losses of its first step, and steps a second once it is warm.
//!
//! A device works behind the host's back, so a time means something only where losses have just been read from it.

use std::time::{Duration, Instant};

/// Steps in which engines compile, choose kernels and allocate. Their speed says nothing of the others.
pub const WARM_UP: u64 = 10;

/// The clock of one population in training.
pub(super) struct Pace {
    begun: Instant,
    first: u64,
    warm: u64,
    /// What was no training: files that were written.
    away: Duration,
    first_read: Option<Duration>,
    warm_read: Option<Reading>,
    last_read: Option<Reading>,
}

/// So many steps were done after so long.
#[derive(Clone, Copy)]
struct Reading {
    step: u64,
    time: Duration,
}

/// What a [`Pace`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Speed {
    /// Seconds to the losses of the first step, compiling included.
    pub first_step_seconds: Option<f64>,
    /// Steps after the warm-up.
    pub measured_steps: u64,
    /// Seconds that those took, the writing of checkpoints left out.
    pub measured_seconds: f64,
}

impl Pace {
    /// A clock that runs since `begun`, for a training that goes on after `done` steps. Steps up to `watched`, whose
    /// losses are all read, count as warm-up too: reading holds a device up.
    pub(super) fn new(begun: Instant, done: u64, watched: u64) -> Self {
        let (first, warm) = (done + 1, watched.max(done + WARM_UP));
        Self { begun, first, warm, away: Duration::ZERO, first_read: None, warm_read: None, last_read: None }
    }

    /// Whether the losses of this step are to be read for the clock's sake.
    pub(super) fn asks_for(&self, step: u64) -> bool {
        step == self.first || step == self.warm
    }

    /// All steps up to this one are done, and the device has said so.
    pub(super) fn reached(&mut self, step: u64) {
        self.reached_at(step, self.begun.elapsed());
    }

    fn reached_at(&mut self, step: u64, elapsed: Duration) {
        let reading = Reading { step, time: elapsed.saturating_sub(self.away) };
        self.first_read.get_or_insert(reading.time);
        if step >= self.warm {
            self.warm_read.get_or_insert(reading);
            self.last_read = Some(reading);
        }
    }

    /// Does work that is no training.
    pub(super) fn away<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.away += start.elapsed();
        result
    }

    pub(super) fn speed(&self) -> Speed {
        let (from, to) = (self.warm_read, self.last_read);
        let measured = from.zip(to).map(|(from, to)| (to.step - from.step, to.time.saturating_sub(from.time)));
        let (measured_steps, time) = measured.unwrap_or_default();
        let first_step_seconds = self.first_read.map(|time| time.as_secs_f64());
        Speed { first_step_seconds, measured_steps, measured_seconds: time.as_secs_f64() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_warm_up_is_no_part_of_the_speed() {
        let mut pace = Pace::new(Instant::now(), 0, 0);
        assert!(pace.asks_for(1) && pace.asks_for(10) && !pace.asks_for(2));
        pace.reached_at(1, seconds(60));
        pace.reached_at(10, seconds(90));
        assert_eq!(pace.speed().measured_steps, 0);
        pace.reached_at(50, seconds(100));
        pace.reached_at(110, seconds(140));
        let expected = Speed { first_step_seconds: Some(60.0), measured_steps: 100, measured_seconds: 50.0 };
        assert_eq!(pace.speed(), expected);
    }

    #[test]
    fn steps_that_are_all_watched_are_warm_up_and_a_resumed_run_warms_up_again() {
        let mut watched = Pace::new(Instant::now(), 0, 100);
        watched.reached_at(1, seconds(1));
        watched.reached_at(100, seconds(1000));
        watched.reached_at(300, seconds(1002));
        assert_eq!((watched.speed().measured_steps, watched.speed().measured_seconds), (200, 2.0));
        let resumed = Pace::new(Instant::now(), 500, 100);
        assert!(resumed.asks_for(501) && resumed.asks_for(510));
    }

    #[test]
    fn what_is_no_training_is_not_counted() {
        let mut pace = Pace::new(Instant::now(), 0, 0);
        pace.reached_at(10, seconds(10));
        pace.away(|| std::thread::sleep(Duration::from_millis(20)));
        assert!(pace.away >= Duration::from_millis(20));
        pace.reached_at(20, seconds(20));
        let (measured, away) = (pace.speed().measured_seconds, pace.away.as_secs_f64());
        assert!((measured + away - 10.0).abs() < 1e-9, "{measured} and {away}");
    }

    #[test]
    fn a_training_shorter_than_its_warm_up_has_no_speed() {
        let mut pace = Pace::new(Instant::now(), 0, 0);
        pace.reached_at(1, seconds(1));
        pace.reached_at(5, seconds(2));
        assert_eq!((pace.speed().measured_steps, pace.speed().first_step_seconds), (0, Some(1.0)));
    }
}
