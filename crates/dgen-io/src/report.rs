//! Reports of writing and reading: plain values with units in their names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dgen::Recipe;
use serde::{Serialize, Serializer};

use crate::latency::Latency;
use crate::plan::Plan;
use crate::transfer::{Channel, Stats};

/// How an operation ran: rates, the engine and its settings.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RunReport {
    /// I/Os done.
    pub operations: u64,
    /// Wall time in nanoseconds, syncing included.
    pub elapsed_ns: u64,
    /// The same in seconds.
    pub duration_secs: f64,
    /// Bytes per second of wall time.
    pub bytes_per_s: f64,
    /// I/Os per second of wall time.
    pub iops: f64,
    /// How I/Os are issued: `sync` is one `pwrite` or `pread` at a time per worker.
    pub engine: &'static str,
    /// Whether every file was reached without the page cache.
    pub direct: bool,
    /// Why, or why not.
    pub direct_reason: String,
    /// Workers.
    pub writers: usize,
    /// I/Os in flight at most.
    pub depth: usize,
    /// Bytes of a full I/O.
    pub buffer_size: u64,
    /// Buffers.
    pub buffer_count: usize,
    /// Share of the workers' time in which they generated, so that no I/O of theirs was in flight. 0 to 1.
    pub generation_bound: f64,
    /// Share of the workers' time in which a full buffer waited for storage. 0 to 1.
    pub storage_bound: f64,
    /// How long single I/Os took.
    pub latency_ns: Latency,
    /// What a reader of the numbers should know.
    pub warnings: Vec<String>,
}

impl RunReport {
    pub(crate) fn new(all: &[Stats], elapsed: Duration, plan: &Plan, channels: &[&Channel]) -> Self {
        let stats = Stats::sum(all);
        let seconds = elapsed.as_secs_f64();
        let per_second = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        let share = |time: Duration| {
            let total = seconds * all.len() as f64;
            if total > 0.0 { (time.as_secs_f64() / total).min(1.0) } else { 0.0 }
        };
        let (direct, direct_reason) = engine(channels);
        Self {
            operations: stats.operations,
            elapsed_ns: u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX),
            duration_secs: seconds,
            bytes_per_s: per_second(stats.bytes),
            iops: per_second(stats.operations),
            engine: "sync",
            direct,
            direct_reason,
            writers: all.len(),
            depth: all.len(),
            buffer_size: plan.buffer,
            buffer_count: all.len(),
            generation_bound: share(stats.generating),
            storage_bound: share(stats.storing),
            latency_ns: stats.latency.latency(),
            warnings: plan.warnings.clone(),
        }
    }
}

/// Whether all channels are direct, with the reason of the first that is not, or else of the first.
fn engine(channels: &[&Channel]) -> (bool, String) {
    let engines: Vec<_> = channels.iter().map(|channel| channel.engine()).collect();
    let decisive = engines.iter().position(|(direct, _)| !direct).unwrap_or(0);
    let Some((direct, reason)) = engines.get(decisive) else { return (false, String::new()) };
    let mixed = engines.iter().any(|other| other.0 != *direct);
    let place = if mixed { format!("{}: ", channels[decisive].path.display()) } else { String::new() };
    (*direct, format!("{place}{reason}"))
}

/// Writes a path as text, with U+FFFD for what is not UTF-8: any path can be reported.
pub(crate) fn path_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// One file of a run.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FileReport {
    /// The file.
    #[serde(serialize_with = "path_text")]
    pub path: PathBuf,
    /// Position in the file at which the range begins.
    pub file_offset: u64,
    /// Stream offset of the range's first byte; the file position again where there is no stream.
    pub offset: u64,
    /// Bytes of the range.
    pub size: u64,
    /// Bytes from the range's start on that were moved without a gap.
    pub valid_prefix: u64,
    /// Whether I/O bypassed the page cache.
    pub direct: bool,
    /// Why, or why not.
    pub direct_reason: String,
    /// Whether the run had made the file, and removed it because nothing was written to it.
    pub removed: bool,
}

/// What a write did. Made by [`write`](crate::write()).
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct WriteReport {
    /// Bytes written.
    pub bytes_written: u64,
    /// Bytes from the beginning of the first file that are as asked, without a gap.
    pub valid_prefix: u64,
    /// How it ran.
    #[serde(flatten)]
    pub run: RunReport,
    /// The stream.
    pub recipe: Recipe,
    /// Its seed.
    pub seed: u64,
    /// Stream offset of the first byte.
    pub offset: u64,
    /// Bytes asked for.
    pub size: u64,
    /// Whether the data was made durable.
    pub synced: bool,
    /// Whether the caller stopped it.
    pub interrupted: bool,
    /// Why it ended early, if it did.
    pub error: Option<String>,
    /// One entry per path.
    pub files: Vec<FileReport>,
}

/// What a read did. Made by [`read`](crate::read()).
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ReadReport {
    /// Bytes read.
    pub bytes_read: u64,
    /// How it ran.
    #[serde(flatten)]
    pub run: RunReport,
    /// Bytes asked for.
    pub size: u64,
    /// Whether the caller stopped it.
    pub interrupted: bool,
    /// Why it ended early, if it did.
    pub error: Option<String>,
    /// One entry per path.
    pub files: Vec<FileReport>,
}
