//! Reports of writing and reading: plain values with units in their names.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dgen::Recipe;
use dgen::placement::PlacementReport;
use serde::{Serialize, Serializer};

use crate::engine::select::{Chosen, EngineKind};
use crate::memory::nodes::Nodes;
use crate::metrics::histogram::{Latency, LatencyCounts};
use crate::metrics::live::{Board, ns};
use crate::metrics::series::Series;
use crate::metrics::stats::Stats;
use crate::options::io::IoOptions;
use crate::report::verdict::{Signs, Verdict};
use crate::report::warnings::hints;
use crate::sizing::Plan;
use crate::storage::host::{HostFacts, StorageFacts};
use crate::storage::open_file::Channel;
use crate::tune::setting::TuningReport;
use crate::verify::report::VerifySummary;
use crate::write::append::AppendReport;
use crate::write::resume::ResumeReport;
use crate::write::rwmix::ReadsReport;

/// How an operation ran: rates, the engine and its settings.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct RunReport {
    /// I/Os done.
    pub operations: u64,
    /// Wall time in nanoseconds, syncing included.
    pub elapsed_ns: u64,
    /// Nanoseconds before that, in which space was reserved, and buffers were made.
    pub prepare_ns: u64,
    /// The same in seconds.
    pub duration_secs: f64,
    /// Bytes per second of wall time.
    pub bytes_per_s: f64,
    /// I/Os per second of wall time.
    pub iops: f64,
    /// How I/Os were issued: `io_uring`, `sync` (one `pwrite` or `pread` at a time per worker), `memory` (by copying
    /// into memory) or `null` (not at all).
    pub engine: &'static str,
    /// Why this engine.
    pub engine_reason: String,
    /// Whether buffers were registered with the kernel.
    pub registered: bool,
    /// Whether every file was reached without the page cache.
    pub direct: bool,
    /// Why, or why not.
    pub direct_reason: String,
    /// Workers.
    pub writers: usize,
    /// Threads beside the workers that took part in generating.
    pub generators: usize,
    /// I/Os in flight at most, of each worker.
    pub depth: usize,
    /// Bytes of a buffer: of a full I/O, unless it gathers several.
    pub buffer_size: u64,
    /// Buffers of `buffer_size` bytes that each I/O gathers; 1 without vectored I/O.
    pub vectored: u64,
    /// Buffers of all workers; those that one I/O gathers count as one.
    pub buffer_count: usize,
    /// In which order: `sequential` or `random`.
    pub order: &'static str,
    /// Passes over the data that were asked for.
    pub passes: u64,
    /// Bytes per second that were asked for; latency then counts from the time an I/O was due.
    pub rate_bytes_per_s: Option<u64>,
    /// Whether the time limit ended it.
    pub time_limited: bool,
    /// Share of the workers' time in which fewer than `depth` I/Os were in flight because no buffer was filled. 0 to 1.
    pub generation_bound: f64,
    /// Share of the workers' time in which filled buffers, or workers without an empty one, waited for storage; syncing
    /// included. 0 to 1.
    pub storage_bound: f64,
    /// How long single I/Os took.
    pub latency_ns: Latency,
    /// Whether latency counts from when an I/O was due, because a rate was asked for; from when it was begun otherwise.
    pub latency_from_due: bool,
    /// How many I/Os took how long.
    pub latency_counts: LatencyCounts,
    /// What limited the run, in words.
    pub verdict: Verdict,
    /// When it began: seconds since 1970, UTC.
    pub started_unix_s: u64,
    /// Nanoseconds until the first worker had nothing left to do.
    pub first_done_ns: u64,
    /// Bytes that all workers had moved by then, to within a millisecond.
    pub first_done_bytes: u64,
    /// Nanoseconds until the last worker had ended.
    pub last_done_ns: u64,
    /// Nanoseconds after that, in which data was made durable.
    pub sync_ns: u64,
    /// Processor time, user and system, that this process used in the wall time, in nanoseconds.
    pub cpu_ns: u64,
    /// The same for each GiB moved, reads among writes included, in seconds; absent where nothing was.
    pub cpu_seconds_per_gib: Option<f64>,
    /// Bytes over time.
    pub throughput: Series,
    /// One entry per worker.
    pub workers: Vec<WorkerReport>,
    /// Where workers ran, and where their buffers came from.
    pub placement: PlacementReport,
    /// The machine.
    pub host: HostFacts,
    /// What the paths lie on; empty for what keeps nothing, such as `/dev/null`.
    pub storage: Vec<StorageFacts>,
    /// What a reader of the numbers should know.
    pub warnings: Vec<String>,
}

/// One worker of a run.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct WorkerReport {
    /// Bytes moved.
    pub bytes: u64,
    /// I/Os done.
    pub operations: u64,
    /// Nanoseconds until it had nothing left to do.
    pub done_ns: u64,
    /// Bytes per second until then.
    pub bytes_per_s: f64,
}

/// What a run's report is made of.
pub(crate) struct RunFacts<'a> {
    pub(crate) stats: &'a [Stats],
    pub(crate) elapsed: Duration,
    /// The time before that.
    pub(crate) preparing: Duration,
    /// The part of `elapsed` in which workers had ended and data was made durable.
    pub(crate) syncing: Duration,
    pub(crate) plan: &'a Plan,
    pub(crate) chosen: &'a Chosen,
    pub(crate) options: &'a IoOptions,
    pub(crate) channels: &'a [&'a Channel],
    pub(crate) nodes: &'a Nodes,
    pub(crate) board: &'a Board,
    /// Whether data was generated.
    pub(crate) generates: bool,
    pub(crate) time_limited: bool,
}

impl RunReport {
    pub(crate) fn new(facts: &RunFacts<'_>) -> Self {
        let RunFacts { plan, chosen, options, .. } = facts;
        let stats = Stats::sum(facts.stats);
        let moved = stats.bytes + stats.reads.bytes;
        let workers = facts.stats.len();
        let seconds = facts.elapsed.as_secs_f64();
        let per_second = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        let share = |seconds_of_one: f64| if seconds > 0.0 { (seconds_of_one / seconds).min(1.0) } else { 0.0 };
        let of_one = |time: Duration| time.as_secs_f64() / workers as f64;
        let (direct, direct_reason) = path_taken(facts.channels);
        let (first_done, first_done_bytes) = facts.board.first_done();
        let hints = hints(&stats.series, ns(first_done), ns(stats.ended));
        let warnings =
            [&plan.warnings, &chosen.warnings, &stats.warnings, &hints].into_iter().flatten().cloned().collect();
        let cpu = facts.board.cpu();
        let generation_bound = share(of_one(stats.generating));
        let storage_bound = share(of_one(stats.storing) + facts.syncing.as_secs_f64());
        let storage = StorageFacts::of(facts.channels.iter().map(|channel| channel.path.as_path()));
        let verdict = Verdict::new(&Signs {
            generation: generation_bound,
            storage: storage_bound,
            rate_kept: options.rate.map(|rate| per_second(moved) / rate as f64),
            generates: facts.generates,
            stores: chosen.kind == EngineKind::Memory || (chosen.kind != EngineKind::Null && !storage.is_empty()),
            direct,
            queues: plan.depth > 1,
        });
        Self {
            operations: stats.operations,
            elapsed_ns: ns(facts.elapsed),
            prepare_ns: ns(facts.preparing),
            duration_secs: seconds,
            bytes_per_s: per_second(stats.bytes),
            iops: per_second(stats.operations),
            engine: chosen.kind.name(),
            engine_reason: chosen.reason.clone(),
            registered: stats.registered,
            direct,
            direct_reason,
            writers: workers,
            generators: stats.generators,
            depth: plan.depth,
            buffer_size: plan.buffer / plan.vectored,
            vectored: plan.vectored,
            buffer_count: workers * plan.buffers,
            order: options.order.name(),
            passes: options.passes,
            rate_bytes_per_s: options.rate,
            time_limited: facts.time_limited,
            generation_bound,
            storage_bound,
            latency_ns: stats.latency.latency(),
            latency_from_due: options.rate.is_some(),
            latency_counts: stats.latency.counts(),
            verdict,
            started_unix_s: started(facts.elapsed + facts.preparing),
            first_done_ns: ns(first_done),
            first_done_bytes,
            last_done_ns: ns(stats.ended),
            sync_ns: ns(facts.syncing),
            cpu_ns: ns(cpu),
            cpu_seconds_per_gib: (moved > 0).then(|| cpu.as_secs_f64() / (moved as f64 / f64::from(1_u32 << 30))),
            workers: facts.stats.iter().map(WorkerReport::new).collect(),
            throughput: stats.series,
            placement: facts.nodes.team.with_threads(workers).report(),
            host: HostFacts::read(),
            storage,
            warnings,
        }
    }
}

impl WorkerReport {
    fn new(stats: &Stats) -> Self {
        let seconds = stats.ended.as_secs_f64();
        Self {
            bytes: stats.bytes,
            operations: stats.operations,
            done_ns: ns(stats.ended),
            bytes_per_s: if seconds > 0.0 { stats.bytes as f64 / seconds } else { 0.0 },
        }
    }
}

/// The time of day so long ago.
fn started(ago: Duration) -> u64 {
    let begin = SystemTime::now().checked_sub(ago);
    begin.and_then(|begin| begin.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_secs())
}

/// Whether all channels are direct, with the reason of the first that is not, or else of the first.
pub(crate) fn path_taken(channels: &[&Channel]) -> (bool, String) {
    let engines: Vec<_> = channels.iter().map(|channel| channel.path_taken()).collect();
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
    /// What an earlier run had written, where this one continued it.
    pub resumed: Option<ResumeReport>,
    /// Where data was appended, where that was asked for.
    pub appended: Option<AppendReport>,
    /// What was read among the writes, where that was asked for; all other counts and rates are those of the writes.
    pub reads: Option<ReadsReport>,
    /// What automatic tuning tried and chose, where it was asked for.
    pub tuning: Option<TuningReport>,
    /// What reading back found, where it was asked for and there was something to read; with its own time.
    pub verify: Option<VerifySummary>,
    /// One entry per path.
    pub files: Vec<FileReport>,
}

/// What a read did. Made by [`read`](crate::read()).
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ReadReport {
    /// Bytes read.
    pub bytes_read: u64,
    /// What the system was told of the order and the page cache: `none`, `sequential`, `random`, `willneed` or `dontneed`.
    pub advice: &'static str,
    /// Why.
    pub advice_reason: String,
    /// How it ran.
    #[serde(flatten)]
    pub run: RunReport,
    /// Bytes asked for.
    pub size: u64,
    /// Whether the caller stopped it.
    pub interrupted: bool,
    /// Why it ended early, if it did.
    pub error: Option<String>,
    /// What automatic tuning tried and chose, where it was asked for.
    pub tuning: Option<TuningReport>,
    /// One entry per path.
    pub files: Vec<FileReport>,
}
