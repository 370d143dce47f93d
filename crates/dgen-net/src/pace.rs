//! When bytes may be sent.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dgen_io::Watch;

/// Longest sleep between two looks whether to stop.
const TICK: Duration = Duration::from_millis(50);

/// The rate and the time limit of all connections together, and whether one of them failed.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: Option<u64>,
    begin: Instant,
    limit: Option<Duration>,
    /// Bytes that were claimed.
    claimed: AtomicU64,
    failed: AtomicBool,
}

impl Pace {
    /// Begins now.
    pub(crate) fn new(rate: Option<u64>, limit: Option<Duration>) -> Self {
        Self { rate, begin: Instant::now(), limit, claimed: AtomicU64::new(0), failed: AtomicBool::new(false) }
    }

    /// Waits until so many bytes more may be sent; `false` where the time is over, or there is another reason to stop.
    pub(crate) fn wait(&self, bytes: usize, watch: Watch<'_>) -> bool {
        let before = self.claimed.fetch_add(bytes as u64, Ordering::Relaxed);
        let nanoseconds = |rate| u128::from(before) * 1_000_000_000 / u128::from(rate);
        let due = self.rate.map_or(0, nanoseconds);
        let due = Duration::from_nanos(u64::try_from(due).unwrap_or(u64::MAX));
        loop {
            if self.is_over() || watch.is_cancelled() || self.failed.load(Ordering::Relaxed) {
                return false;
            }
            let left = due.saturating_sub(self.begin.elapsed());
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(TICK));
        }
    }

    /// Whether the time limit ended it.
    pub(crate) fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.begin.elapsed() >= limit)
    }

    /// A connection failed: the others need not go on.
    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }
}
