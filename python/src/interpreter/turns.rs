//! Letting others run during long calls that need the interpreter.

use super::detached::detached;
use pyo3::prelude::*;
use std::thread;
use std::time::{Duration, Instant};

/// How long a call keeps the interpreter at a time: a few times as long as the interpreter lets Python code keep it, so
/// that pauses, which last longer than they should on a busy machine, take a small share.
const TURN: Duration = Duration::from_millis(20);
/// How long the interpreter stays released then. To release it and come back at once is not enough: waiting threads wake
/// too late, again and again, and never ask for it since they never wait for long.
const PAUSE: Duration = Duration::from_micros(100);

/// The turns of one call.
pub(crate) struct Turns {
    begun: Instant,
    paused: Duration,
}

impl Turns {
    /// The first turn begins.
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), paused: Duration::ZERO }
    }

    /// Lets others run where the turn was long enough, and has signals handled.
    ///
    /// Raises what a signal handler raises.
    pub(crate) fn look(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.begun.elapsed() >= TURN {
            let end = Instant::now();
            detached(py, || thread::sleep(PAUSE));
            self.begun = Instant::now();
            self.paused += self.begun - end;
        }
        py.check_signals()
    }

    /// How long others could run, in all.
    pub(crate) fn paused(&self) -> Duration {
        self.paused
    }
}
