//! How an operation ran: plain values with units in their names.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dgen::placement::PlacementReport;
use serde::Serialize;

use super::{file::path_taken, verdict::Signs, verdict::Verdict, warnings::warnings};
use crate::base::clock::ns;
use crate::engine::kind::EngineTarget;
use crate::metrics::{histogram::Latency, histogram::LatencyCounts, series::Series, stats::Stats};
use crate::pipeline::assembly::{Assembly, Context, Moved};
use crate::storage::{host::HostFacts, host::StorageFacts, open_file::OpenFile};

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
    /// Whether it keeps several I/Os in flight.
    #[serde(skip)]
    pub(crate) overlaps: bool,
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
    /// Share of the workers' time in which fewer than `depth` I/Os were in flight because no buffer was filled. 0 to 1; absent where
    /// nothing was moved.
    pub generation_bound: Option<f64>,
    /// Share of the workers' time in which filled buffers, or workers without an empty one, waited for storage; syncing
    /// included. 0 to 1; absent where nothing was moved, and of the engine `null`, which moves nothing anywhere.
    pub storage_bound: Option<f64>,
    /// How long single I/Os took; absent where none was done, and of the engine `null`.
    pub latency_ns: Option<Latency>,
    /// Whether latency counts from when an I/O was due, because a rate was asked for; from when it was begun otherwise.
    pub latency_from_due: bool,
    /// How many I/Os took how long.
    pub latency_counts: LatencyCounts,
    /// What limited the run, in words; absent where nothing was moved.
    pub verdict: Option<Verdict>,
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
pub(crate) struct RunRecord<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) assembly: &'a Assembly,
    pub(crate) moved: &'a Moved,
    pub(crate) files: &'a [&'a OpenFile],
    /// When the operation began, and when all of it was done.
    pub(crate) entered: Duration,
    pub(crate) ended: Duration,
    /// Time at the end in which workers had ended and data was made durable.
    pub(crate) syncing: Duration,
    /// Whether data was generated.
    pub(crate) generates: bool,
    pub(crate) time_limited: bool,
    /// Whether it ended because storage had no room for more.
    pub(crate) full: bool,
}

impl RunRecord<'_> {
    /// What limited it, as signs: the rate it came to, and what its paths lie on, are known.
    fn signs(&self, elapsed: f64, per_second: f64, storage: &[StorageFacts], direct: bool) -> Signs {
        let share = |seconds_of_one: f64| if elapsed > 0.0 { (seconds_of_one / elapsed).min(1.0) } else { 0.0 };
        let of_one = |time: Duration| time.as_secs_f64() / self.moved.stats.len() as f64;
        let kind = self.assembly.chosen.kind;
        Signs {
            generation: share(of_one(self.moved.sum.generating)),
            storage: share(of_one(self.moved.sum.storing) + self.syncing.as_secs_f64()),
            rate_kept: self.context.io.rate.map(|rate| per_second / rate as f64),
            generates: self.generates,
            stores: kind.target == EngineTarget::Memory || (kind.keeps_data() && !storage.is_empty()),
            direct,
            queues: self.assembly.plan.depth > 1,
            full: self.full,
        }
    }
}

impl RunReport {
    pub(crate) fn new(record: &RunRecord<'_>) -> Self {
        let Context { io, nodes, .. } = record.context;
        let Assembly { plan, chosen, .. } = record.assembly;
        let Moved { stats, sum, begin, board, .. } = record.moved;
        let elapsed = record.ended.saturating_sub(*begin);
        let (moved, workers, seconds) = (sum.bytes + sum.reads.bytes, stats.len(), elapsed.as_secs_f64());
        let per_second = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        let (direct, direct_reason) = path_taken(record.files);
        let (first_done, first_done_bytes) = board.first_done();
        let course = warnings(&sum.series, ns(first_done), ns(sum.ended));
        let warnings = [&plan.warnings, &chosen.warnings, &sum.warnings, &course].into_iter().flatten().cloned();
        let cpu = board.cpu();
        let storage = StorageFacts::of(record.files.iter().map(|file| file.path.as_path()));
        let (engine, engine_reason) = chosen.used(sum.left.as_ref());
        let happened = moved > 0 || sum.operations > 0;
        let is_real = chosen.kind.target != EngineTarget::Nowhere;
        let signs = record.signs(seconds, per_second(moved), &storage, direct);
        Self {
            operations: sum.operations,
            elapsed_ns: ns(elapsed),
            prepare_ns: ns(begin.saturating_sub(record.entered)),
            duration_secs: seconds,
            bytes_per_s: per_second(sum.bytes),
            iops: per_second(sum.operations),
            engine: engine.name,
            engine_reason,
            overlaps: engine.overlaps,
            registered: sum.registered,
            direct,
            direct_reason,
            writers: workers,
            generators: sum.generators,
            depth: plan.depth.min(engine.max_depth),
            buffer_size: plan.buffer / plan.vectored,
            vectored: plan.vectored,
            buffer_count: workers * plan.buffers,
            order: io.order.name(),
            passes: io.passes,
            rate_bytes_per_s: io.rate,
            time_limited: record.time_limited,
            generation_bound: happened.then_some(signs.generation),
            storage_bound: (happened && is_real).then_some(signs.storage),
            latency_ns: (is_real && sum.operations > 0).then(|| sum.latency.latency()),
            latency_from_due: io.rate.is_some(),
            latency_counts: if is_real { sum.latency.counts() } else { LatencyCounts::default() },
            verdict: (happened || signs.full).then(|| Verdict::new(&signs)),
            started_unix_s: started(record.ended.saturating_sub(record.entered)),
            first_done_ns: ns(first_done),
            first_done_bytes,
            last_done_ns: ns(sum.ended),
            sync_ns: ns(record.syncing),
            cpu_ns: ns(cpu),
            cpu_seconds_per_gib: (moved > 0).then(|| cpu.as_secs_f64() / (moved as f64 / f64::from(1_u32 << 30))),
            workers: stats.iter().map(WorkerReport::new).collect(),
            throughput: sum.series.clone(),
            placement: nodes.team.with_threads(workers).report(),
            host: HostFacts::read(),
            storage,
            warnings: warnings.collect(),
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
