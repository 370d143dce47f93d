//! Bytes moved over time, in memory that does not grow with it.

use std::time::Duration;

use serde::Serialize;

use crate::base::clock::ns;

/// Time of one slot, until there are too many of them.
const FIRST_INTERVAL: u64 = 25_000_000;
/// Most slots; one more, and pairs of them are merged.
const MAX_SLOTS: usize = 1024;

/// Bytes moved in consecutive intervals of equal length, the first of which begins with the run.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Series {
    /// Length of an interval in nanoseconds: 25 ms, and twice as long whenever a run has filled 1024 of them.
    pub interval_ns: u64,
    /// Bytes of the I/Os that were done in each interval.
    pub bytes: Vec<u64>,
    /// When the last interval ends, so that most I/Os are counted without a division.
    #[serde(skip)]
    end: Duration,
}

impl Default for Series {
    fn default() -> Self {
        Self { interval_ns: FIRST_INTERVAL, bytes: Vec::new(), end: Duration::ZERO }
    }
}

impl Series {
    /// Counts bytes that were done so long after the beginning, no earlier than those before.
    pub(crate) fn add(&mut self, at: Duration, bytes: u64) {
        match self.bytes.last_mut() {
            Some(last) if at < self.end => *last += bytes,
            _ => self.begin_slot(at, bytes),
        }
    }

    #[cold]
    fn begin_slot(&mut self, at: Duration, bytes: u64) {
        let at = ns(at);
        let mut slot = at / self.interval_ns;
        while slot >= MAX_SLOTS as u64 {
            self.halve();
            slot = at / self.interval_ns;
        }
        let slot = usize::try_from(slot).expect("below the most");
        if slot >= self.bytes.len() {
            self.bytes.resize(slot + 1, 0);
        }
        self.bytes[slot] += bytes;
        self.end = Duration::from_nanos(self.interval_ns.saturating_mul(slot as u64 + 1));
    }

    /// Adds what another worker has done in the same run.
    pub(crate) fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        while self.interval_ns < other.interval_ns {
            self.halve();
        }
        while other.interval_ns < self.interval_ns {
            other.halve();
        }
        self.bytes.resize(self.bytes.len().max(other.bytes.len()), 0);
        for (slot, more) in self.bytes.iter_mut().zip(&other.bytes) {
            *slot += more;
        }
    }

    /// Merges pairs of slots.
    fn halve(&mut self) {
        self.interval_ns = self.interval_ns.saturating_mul(2);
        self.bytes = self.bytes.chunks(2).map(|pair| pair.iter().sum()).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let mut series = Series::default();
        for ms in 0..600_000 {
            series.add(Duration::from_millis(ms), 3);
        }
        assert_eq!(series.bytes.iter().sum::<u64>(), 1_800_000);
        assert!((MAX_SLOTS / 2..=MAX_SLOTS).contains(&series.bytes.len()), "{}", series.bytes.len());
        assert_eq!(series.interval_ns, 800_000_000);
        assert!(series.bytes.iter().all(|bytes| *bytes == 2400), "{series:?}");
    }

    #[test]
    fn workers_with_different_intervals_add_up() {
        let (mut short, mut long) = (Series::default(), Series::default());
        short.add(Duration::from_millis(30), 10);
        long.add(Duration::from_millis(10), 1);
        long.add(Duration::from_secs(100), 5);
        let mut sum = short.clone();
        sum.merge(&long);
        let mut other = long.clone();
        other.merge(&short);
        assert_eq!((sum.interval_ns, &sum.bytes), (other.interval_ns, &other.bytes));
        assert_eq!(sum.interval_ns, 100_000_000);
        assert_eq!((sum.bytes[0], sum.bytes[1000], sum.bytes.len()), (11, 5, 1001));
    }
}
