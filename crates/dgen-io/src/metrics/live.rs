//! What workers have done so far, for whoever shows it while they work.
//!
//! Each worker has a cell of its own, which it alone writes: relaxed stores, no locks, no shared cache lines.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::base::{clock::ns, lock::lock};
use crate::metrics::{histogram::BUCKETS, histogram::Histogram, stats::Stats};

/// A window onto a run. Lend it to a run by [`Watch::live`](crate::Watch::live), and look at any time.
#[derive(Debug, Default)]
pub struct Live {
    /// That of the run that began last.
    board: Mutex<Option<Arc<Board>>>,
}

/// What all workers have done up to a moment.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Snapshot {
    /// Time since the first worker began.
    pub elapsed: Duration,
    /// Bytes moved.
    pub bytes: u64,
    /// I/Os done.
    pub operations: u64,
    /// Workers.
    pub workers: usize,
    /// Whether all workers have ended; what is left is making data durable.
    pub ended: bool,
    /// Time of all workers together, in which fewer I/Os were in flight than could be because no buffer was filled.
    pub generating: Duration,
    /// Time of all workers together, in which filled buffers, or workers, waited for storage.
    pub storing: Duration,
    latency: Histogram,
}

impl Live {
    /// The state now; `None` before workers begin.
    pub fn snapshot(&self) -> Option<Snapshot> {
        let board = lock(&self.board).clone()?;
        board.begin.get().map(|_| board.snapshot())
    }
}

impl Snapshot {
    /// What was done since an earlier snapshot of the same run.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            elapsed: self.elapsed.saturating_sub(earlier.elapsed),
            bytes: self.bytes.saturating_sub(earlier.bytes),
            operations: self.operations.saturating_sub(earlier.operations),
            workers: self.workers,
            ended: self.ended,
            generating: self.generating.saturating_sub(earlier.generating),
            storing: self.storing.saturating_sub(earlier.storing),
            latency: self.latency.since(&earlier.latency),
        }
    }

    /// The latency in nanoseconds that so many of a thousand I/Os did not exceed.
    pub fn latency_ns(&self, per_mille: u64) -> u64 {
        self.latency.quantile(per_mille)
    }
}

/// The cells of one run.
#[derive(Debug)]
pub(crate) struct Board {
    cells: Vec<Cell>,
    /// When the first worker began, and the processor time of this process then.
    begin: OnceLock<(Instant, Duration)>,
    /// When the first worker ended, and the bytes of all workers then.
    first_done: OnceLock<(Duration, u64)>,
}

/// What one worker has done. Aligned so that no two share a cache line, or a pair of them.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Cell {
    bytes: AtomicU64,
    operations: AtomicU64,
    generating_ns: AtomicU64,
    storing_ns: AtomicU64,
    ended: AtomicBool,
    /// Empty where nobody looks.
    latency: Box<[AtomicU64]>,
}

impl Board {
    /// The board of a run that begins, shown to whoever watches.
    pub(crate) fn of_run(workers: usize, live: Option<&Live>) -> Arc<Self> {
        let buckets = if live.is_some() { BUCKETS } else { 0 };
        let cell = |_| Cell { latency: (0..buckets).map(|_| AtomicU64::new(0)).collect(), ..Cell::default() };
        let cells = (0..workers).map(cell).collect();
        let board = Arc::new(Self { cells, begin: OnceLock::new(), first_done: OnceLock::new() });
        if let Some(live) = live {
            *lock(&live.board) = Some(Arc::clone(&board));
        }
        board
    }

    /// A worker begins to move bytes.
    pub(crate) fn begin(&self, worker: usize) -> &Cell {
        self.begin.get_or_init(|| (Instant::now(), cpu_time()));
        &self.cells[worker]
    }

    /// A worker has ended, so long after the beginning.
    pub(crate) fn end(&self, worker: usize, at: Duration) {
        self.cells[worker].ended.store(true, Relaxed);
        self.first_done.get_or_init(|| (at, self.cells.iter().map(|cell| cell.bytes.load(Relaxed)).sum()));
    }

    /// When the first worker ended, and what all had done by then.
    pub(crate) fn first_done(&self) -> (Duration, u64) {
        self.first_done.get().copied().unwrap_or_default()
    }

    /// Processor time of this process since the first worker began.
    pub(crate) fn cpu(&self) -> Duration {
        self.begin.get().map_or(Duration::ZERO, |(_, cpu)| cpu_time().saturating_sub(*cpu))
    }

    fn snapshot(&self) -> Snapshot {
        let mut sum = Snapshot { workers: self.cells.len(), ended: !self.cells.is_empty(), ..Snapshot::default() };
        sum.elapsed = self.begin.get().map_or(Duration::ZERO, |(begin, _)| begin.elapsed());
        for cell in &self.cells {
            sum.bytes += cell.bytes.load(Relaxed);
            sum.operations += cell.operations.load(Relaxed);
            sum.generating += Duration::from_nanos(cell.generating_ns.load(Relaxed));
            sum.storing += Duration::from_nanos(cell.storing_ns.load(Relaxed));
            sum.ended &= cell.ended.load(Relaxed);
            sum.latency.merge_counts(cell.latency.iter().map(|count| count.load(Relaxed)));
        }
        sum
    }
}

impl Cell {
    /// Publishes how long the worker's I/Os took, where somebody looks.
    pub(crate) fn publish_latency(&self, histogram: &Histogram) {
        for (shown, count) in self.latency.iter().zip(histogram.buckets()) {
            if *count > shown.load(Relaxed) {
                shown.store(*count, Relaxed);
            }
        }
    }

    /// Publishes what the worker has done.
    pub(crate) fn publish(&self, stats: &Stats) {
        self.bytes.store(stats.bytes, Relaxed);
        self.operations.store(stats.operations, Relaxed);
        self.generating_ns.store(ns(stats.generating), Relaxed);
        self.storing_ns.store(ns(stats.storing), Relaxed);
    }
}

/// Processor time that all threads of this process have used.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0));
    Duration::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_sum_workers_and_differ_by_what_was_done_between() {
        let live = Live::default();
        assert!(live.snapshot().is_none());
        let board = Board::of_run(2, Some(&live));
        let mut stats = [Stats::default(), Stats::default()];
        for (worker, took) in [(0, 100), (1, 200), (1, 300)] {
            let took = Duration::from_micros(took);
            let cell = board.begin(worker);
            stats[worker].io(1000, took);
            cell.publish_latency(&stats[worker].latency);
            stats[worker].storing += took;
            cell.publish(&stats[worker]);
        }
        let first = live.snapshot().unwrap();
        assert_eq!((first.bytes, first.operations, first.workers, first.ended), (3000, 3, 2, false));
        assert_eq!(first.storing, Duration::from_micros(600));
        assert!((200_000..213_000).contains(&first.latency_ns(500)), "{}", first.latency_ns(500));
        board.end(1, Duration::from_secs(1));
        stats[0].io(500, Duration::from_millis(7));
        board.begin(0).publish_latency(&stats[0].latency);
        board.begin(0).publish(&stats[0]);
        board.end(0, Duration::from_secs(2));
        let second = live.snapshot().unwrap();
        let between = second.since(&first);
        assert_eq!((between.bytes, between.operations, between.ended), (500, 1, true));
        assert!((7_000_000..7_500_000).contains(&between.latency_ns(500)));
        assert_eq!(board.first_done(), (Duration::from_secs(1), 3000));
    }
}
