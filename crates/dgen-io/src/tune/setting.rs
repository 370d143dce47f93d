//! What tuning varies, and what it reports.

use std::time::Duration;

use dgen::{Error, ErrorKind, Result};
use serde::Serialize;

use crate::options::io::IoOptions;
use crate::report::run::RunReport;

/// Share of the data that tries may move: one in so many bytes.
pub(crate) const SHARE: u64 = 10;
/// Most bytes that tries move.
pub(crate) const MOST_BYTES: u64 = 4 << 30;
/// Fewer are not worth measuring.
pub(super) const LEAST_BYTES: u64 = 16 << 20;
/// Time after which no further try begins.
pub(super) const MOST_TIME: Duration = Duration::from_secs(2);

/// Workers, buffers and depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TunedSetting {
    /// Workers.
    pub writers: usize,
    /// Bytes of a full I/O.
    pub buffer_size: u64,
    /// Buffers of all workers.
    pub buffer_count: usize,
    /// I/Os in flight at most, of each worker.
    pub depth: usize,
}

/// One measurement.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TuningStep {
    /// What was tried.
    #[serde(flatten)]
    pub setting: TunedSetting,
    /// Why.
    pub what: &'static str,
    /// Bytes moved.
    pub bytes: u64,
    /// Nanoseconds that took, syncing as in the real run included.
    pub elapsed_ns: u64,
    /// Bytes per second.
    pub bytes_per_s: f64,
}

/// What automatic tuning tried and chose.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TuningReport {
    /// What the run then used.
    pub chosen: TunedSetting,
    /// Why.
    pub reason: String,
    /// Options that were given, and so kept.
    pub kept: Vec<&'static str>,
    /// Processors that may be used.
    pub cpus: usize,
    /// All measurements, in their order.
    pub steps: Vec<TuningStep>,
    /// Nanoseconds that all of it took; no part of the run's time.
    pub elapsed_ns: u64,
}

/// Refuses what tuning cannot vary.
pub(crate) fn check(auto: bool, io: &IoOptions) -> Result<()> {
    if auto && io.vectored > 1 {
        let message =
            "vectored I/O cannot be combined with auto, which varies the bytes of an I/O by one buffer's size";
        return Err(Error::new(ErrorKind::Usage, message));
    }
    Ok(())
}

impl TunedSetting {
    pub(crate) fn of(run: &RunReport) -> Self {
        Self { writers: run.writers, buffer_size: run.buffer_size, buffer_count: run.buffer_count, depth: run.depth }
    }

    /// Bytes of all buffers.
    pub(super) fn memory(&self) -> u64 {
        self.buffer_size.saturating_mul(self.buffer_count as u64)
    }
}

impl TuningReport {
    /// Notes what the run came to use.
    pub(crate) fn finish(mut self, run: &RunReport) -> Self {
        self.chosen = TunedSetting::of(run);
        self
    }
}
