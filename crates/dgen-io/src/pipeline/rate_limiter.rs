//! When a run begins, and when its I/Os may.

use std::sync::OnceLock;
use std::time::Duration;

use crate::base::clock::Clock;
use crate::options::io::IoOptions;

/// The beginning, and a rate and a time limit, each of which may be absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct RateLimiter {
    /// Bytes per second of all workers.
    rate: Option<u64>,
    /// Time from the beginning after which nothing more begins.
    limit: Option<Duration>,
    /// Bytes of a full I/O.
    buffer: u64,
    /// When the first worker had its buffers and its engine.
    begin: OnceLock<Duration>,
}

impl RateLimiter {
    pub(crate) fn new(options: &IoOptions, buffer: u64) -> Self {
        Self { rate: options.rate, limit: options.time_limit, buffer, begin: OnceLock::new() }
    }

    /// The first call sets the beginning.
    pub(crate) fn begin(&self, clock: &dyn Clock) -> Duration {
        *self.begin.get_or_init(|| clock.now())
    }

    /// When the I/O that is claimed as number `place` is due; `None` without a rate.
    pub(crate) fn due(&self, place: u64, clock: &dyn Clock) -> Option<Duration> {
        let ns = u128::from(place) * u128::from(self.buffer) * 1_000_000_000 / u128::from(self.rate?);
        let after = Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX));
        Some(self.begin(clock).saturating_add(after))
    }

    /// Whether the time is over.
    pub(crate) fn is_over(&self, clock: &dyn Clock) -> bool {
        self.limit.is_some_and(|limit| clock.now() >= self.begin(clock).saturating_add(limit))
    }
}
