//! Time, which tests make virtual.

use std::time::{Duration, Instant};

/// Time since a run began.
pub(crate) trait Clock: Sync {
    fn now(&self) -> Duration;
    fn sleep(&self, duration: Duration);
}

/// The machine's time.
pub(crate) struct RealClock(pub(crate) Instant);

impl Clock for RealClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// Nanoseconds of a span of time.
pub(crate) fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
