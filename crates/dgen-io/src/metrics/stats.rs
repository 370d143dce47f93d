//! What workers did.

use std::time::Duration;

use crate::metrics::{histogram::Histogram, series::Series};

/// Share of the time from which on waiting counts as a limit.
pub(crate) const LIMITS: f64 = 0.2;

/// What one worker did, or all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stats {
    pub(crate) bytes: u64,
    pub(crate) operations: u64,
    /// Time with fewer I/Os in flight than there could be, because no buffer was filled.
    pub(crate) generating: Duration,
    /// Time in which filled buffers waited for storage, or the worker did.
    pub(crate) storing: Duration,
    pub(crate) latency: Histogram,
    /// Reads among writes, which the rest does not count.
    pub(crate) reads: Reads,
    /// Bytes over time.
    pub(crate) series: Series,
    /// Threads beside the worker's own that generated for it.
    pub(crate) generators: usize,
    /// When the worker ended, counted from the beginning.
    pub(crate) ended: Duration,
    /// Whether buffers were registered with the kernel, by every worker.
    pub(crate) registered: bool,
    /// Why the worker's engine was not the one that was chosen, or not to the end.
    pub(crate) left: Option<String>,
    /// What the report should say, each once.
    pub(crate) warnings: Vec<String>,
}

impl Stats {
    /// Counts an I/O.
    pub(crate) fn io(&mut self, bytes: usize, took: Duration) {
        self.bytes += bytes as u64;
        self.operations += 1;
        self.latency.add(took);
    }

    /// The sum of what all workers did.
    pub(crate) fn sum(all: &[Self]) -> Self {
        let registered = all.iter().all(|stats| stats.registered);
        // Only if it holds for all that did something is it true of the run.
        let left = all.iter().find_map(|stats| stats.left.clone());
        let left = left.filter(|_| all.iter().all(|stats| stats.left.is_some() || stats.operations == 0));
        let mut sum = Self { registered, left, ..Self::default() };
        for stats in all {
            sum.bytes += stats.bytes;
            sum.operations += stats.operations;
            sum.generating += stats.generating;
            sum.storing += stats.storing;
            sum.generators += stats.generators;
            sum.latency.merge(&stats.latency);
            sum.reads.merge(&stats.reads);
            sum.series.merge(&stats.series);
            sum.ended = sum.ended.max(stats.ended);
            for warning in &stats.warnings {
                if !sum.warnings.contains(warning) {
                    sum.warnings.push(warning.clone());
                }
            }
        }
        sum
    }
}

/// What one worker has read among its writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reads {
    pub(crate) bytes: u64,
    pub(crate) operations: u64,
    pub(crate) latency: Histogram,
}

impl Reads {
    pub(crate) fn add(&mut self, bytes: usize, took: Duration) {
        self.bytes += bytes as u64;
        self.operations += 1;
        self.latency.add(took);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.operations += other.operations;
        self.latency.merge(&other.latency);
    }
}
