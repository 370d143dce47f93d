//! When I/Os may begin.

use std::time::Duration;

use crate::clock::Clock;
use crate::io_options::IoOptions;

/// A rate and a time limit, each of which may be absent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    /// Bytes per second of all workers.
    pub(crate) rate: Option<u64>,
    /// When nothing more is begun.
    pub(crate) limit: Option<Duration>,
    /// Bytes of a full I/O.
    pub(crate) buffer: u64,
    /// When the first I/O is due.
    pub(crate) begin: Duration,
}

impl Pace {
    /// As the options say, from `begin` on.
    pub(crate) fn new(options: &IoOptions, buffer: u64, begin: Duration) -> Self {
        let limit = options.time_limit.map(|limit| begin.saturating_add(limit));
        Self { rate: options.rate, limit, buffer, begin }
    }

    /// When the I/O that is claimed as number `place` is due; `None` without a rate.
    pub(crate) fn due(&self, place: u64) -> Option<Duration> {
        let ns = u128::from(place) * u128::from(self.buffer) * 1_000_000_000 / u128::from(self.rate?);
        Some(self.begin.saturating_add(Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))))
    }

    /// Whether the time is over.
    pub(crate) fn is_over(&self, clock: &dyn Clock) -> bool {
        self.limit.is_some_and(|limit| clock.now() >= limit)
    }
}
