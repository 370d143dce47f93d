//! The report of verifying files: totals, the first damaged ranges, and a summary per file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use dgen::placement::PlacementReport;
use dgen::units::human_size;
use dgen::{DamageKind, DamageRange, Error, ErrorKind, Recipe, VerifyReport};
use serde::Serialize;

use super::{options::MoreAbsent, subject::Subject};
use crate::base::clock::ns;
use crate::memory::nodes::Nodes;
use crate::metrics::{histogram::Latency, histogram::LatencyCounts, stats::Stats};
use crate::options::ranks::RanksReport;
use crate::report::{file::path_text, skipped::SkippedFile};
use crate::storage::{origin::DataOrigin, origin::Known};

/// A damaged range of one file; offsets are positions in the file.
#[derive(Clone, Debug, Serialize)]
pub struct PlacedRange {
    /// The file.
    #[serde(serialize_with = "path_text")]
    pub path: PathBuf,
    /// The range.
    #[serde(flatten)]
    pub range: DamageRange,
}

/// One verified file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct VerifiedFile {
    /// The file.
    #[serde(serialize_with = "path_text")]
    pub path: PathBuf,
    /// Whether every byte was compared and right.
    pub ok: bool,
    /// Whether there is no such file, although others of its set are there; `size` is 0 where they do not tell it.
    pub absent: bool,
    /// Bytes compared, missing ones included.
    pub bytes_checked: u64,
    /// Bytes in damaged ranges.
    pub bytes_bad: u64,
    /// Bytes before the first damaged one, from `file_offset` on.
    pub valid_prefix: u64,
    /// Damaged ranges.
    pub ranges_total: u64,
    /// Damaged bytes by kind.
    pub bytes_by_kind: BTreeMap<DamageKind, u64>,
    /// The recipe compared with.
    pub recipe: Recipe,
    /// The version of its stream compared with.
    pub stream_version: u32,
    /// Position in the file at which the range begins.
    pub file_offset: u64,
    /// Stream offset of the range's first byte.
    pub offset: u64,
    /// Bytes of the range.
    pub size: u64,
    /// Whether reading bypassed the page cache.
    pub direct: bool,
    /// Why, or why not.
    pub direct_reason: String,
    /// What is known of where its bytes were read from; absent where there is no such file.
    pub data_read_from: Option<DataOrigin>,
    /// Why not more, and not less.
    pub data_read_from_reason: Option<String>,
    /// Why it was not read to its end; what is told of it then is of what lies before.
    pub error: Option<String>,
}

impl VerifiedFile {
    /// Notes that it could not be read to its end.
    pub(super) fn fail(&mut self, error: &Error) {
        self.ok = false;
        self.error = Some(error.to_string());
    }
}

/// What verifying files found. Made by [`verify`](crate::verify()).
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct VerifySummary {
    /// Whether every byte of every file was right, and none was left out.
    pub ok: bool,
    /// Bytes compared, missing ones included.
    pub bytes_checked: u64,
    /// Bytes in damaged ranges.
    pub bytes_bad: u64,
    /// Bytes before the first damaged one, over the files in their order.
    pub valid_prefix: u64,
    /// The first damaged ranges, in order; `ranges_total` says how many there are.
    pub ranges: Vec<PlacedRange>,
    /// Damaged ranges in all, also those not listed.
    pub ranges_total: u64,
    /// Damaged bytes by kind.
    pub bytes_by_kind: BTreeMap<DamageKind, u64>,
    /// The recipe compared with, if it was one for all files.
    pub recipe: Option<Recipe>,
    /// Bytes to check over all files.
    pub size: u64,
    /// Which part of the verification this was, where several processes shared it.
    pub ranks: Option<RanksReport>,
    /// Wall time in nanoseconds.
    pub elapsed_ns: u64,
    /// Bytes compared per second of wall time, without missing ones.
    pub bytes_per_s: f64,
    /// How I/Os were issued: `io_uring`, or `sync` (one `pread` or `read` at a time per worker).
    pub engine: &'static str,
    /// Why this engine.
    pub engine_reason: String,
    /// Whether buffers were registered with the kernel.
    pub registered: bool,
    /// Whether every file was reached without the page cache.
    pub direct: bool,
    /// Why, or why not.
    pub direct_reason: String,
    /// The least that is known of any file of where its bytes were read from; absent where nothing was read.
    pub data_read_from: Option<DataOrigin>,
    /// What the system was told of the order and the page cache: `none`, `sequential`, `random`, `willneed` or `dontneed`.
    pub advice: &'static str,
    /// Why.
    pub advice_reason: String,
    /// Workers.
    pub readers: usize,
    /// I/Os in flight at most, of each worker.
    pub depth: usize,
    /// Bytes of a full I/O.
    pub buffer_size: u64,
    /// Buffers of all workers.
    pub buffer_count: usize,
    /// Bytes per second that were asked for; latency then counts from the time an I/O was due.
    pub rate_bytes_per_s: Option<u64>,
    /// Share of the workers' time in which fewer than `depth` I/Os were in flight because they regenerated and compared.
    /// 0 to 1; absent where a pipe was read, and where nothing was.
    pub generation_bound: Option<f64>,
    /// Share of the workers' time in which they waited for storage, or what was to be read next did. 0 to 1; absent where a
    /// pipe was read, and where nothing was.
    pub storage_bound: Option<f64>,
    /// How long single I/Os took; absent where a pipe was read, and where nothing was.
    pub latency_ns: Option<Latency>,
    /// How many I/Os took how long; empty where `latency_ns` is absent.
    pub latency_counts: LatencyCounts,
    /// Whether the caller stopped it.
    pub interrupted: bool,
    /// Why it ended early, if it did.
    pub error: Option<String>,
    /// Where workers ran, and where their buffers came from; absent before the end.
    pub placement: Option<PlacementReport>,
    /// What a reader of the numbers should know.
    pub warnings: Vec<String>,
    /// What was not verified, or not to its end.
    pub skipped: Vec<SkippedFile>,
    /// Files that are absent although others of their set are there, also those that are not in `files`.
    pub absent_total: u64,
    /// One entry per file; of those that are absent the first 1000.
    pub files: Vec<VerifiedFile>,
}

/// What became of a run.
pub(super) struct Done {
    /// How it went about it, in a summary that holds nothing else.
    pub(super) way: VerifySummary,
    /// What all workers did; absent where it was not measured.
    pub(super) stats: Option<Stats>,
    /// In the order of the data; where there is an error, up to the file in which it is.
    pub(super) files: Vec<VerifiedFile>,
    /// The first damaged ranges.
    pub(super) ranges: Vec<PlacedRange>,
    /// The files that could not be read to their end.
    pub(super) skipped: Vec<SkippedFile>,
    /// Why it ended before the data did, if so.
    pub(super) early: Option<Early>,
}

/// What ended a run.
pub(super) enum Early {
    Failed(Error),
    /// The caller.
    Stopped,
}

/// The sum of all runs.
pub(super) struct Totals {
    summary: VerifySummary,
    limit: usize,
    stats: Stats,
    /// Whether every run has stats.
    measured: bool,
    runs: usize,
    /// Whether a file was not read to its end.
    broken: bool,
}

impl Totals {
    /// For so many bytes, of whose damaged ranges so many are listed.
    pub(super) fn new(size: u64, limit: usize) -> Self {
        let summary = VerifySummary { size, direct: true, ..VerifySummary::default() };
        Self { summary, limit, stats: Stats::default(), measured: true, runs: 0, broken: false }
    }

    /// Adds a file that is not there.
    pub(super) fn absent(&mut self, subject: &Subject) {
        let mut report = VerifyReport::new(subject.verifier.stream(), 1);
        let (at, size) = (subject.file_offset, subject.range.size);
        // Also where it is not known how many bytes there were.
        report.add(at, size, vec![DamageRange::new(at, size, DamageKind::Missing)]);
        let (mut file, ranges) = subject.report(report, (false, "the file does not exist".into()), None);
        file.absent = true;
        self.summary.absent_total += 1;
        self.file(file);
        self.list(ranges);
    }

    /// Adds more of them, which are not listed.
    pub(super) fn more_absent(&mut self, MoreAbsent { files, bytes }: MoreAbsent) {
        if files == 0 {
            return;
        }
        let summary = &mut self.summary;
        summary.absent_total += files;
        summary.ranges_total += files;
        summary.bytes_checked = summary.bytes_checked.saturating_add(bytes);
        summary.bytes_bad = summary.bytes_bad.saturating_add(bytes);
        let missing = summary.bytes_by_kind.entry(DamageKind::Missing).or_default();
        *missing = missing.saturating_add(bytes);
    }

    fn list(&mut self, ranges: Vec<PlacedRange>) {
        let left = self.limit - self.summary.ranges.len();
        self.summary.ranges.extend(ranges.into_iter().take(left));
    }

    /// Adds the next run. Comes back with why nothing is to follow.
    pub(super) fn add(&mut self, done: Done) -> Option<Error> {
        for file in done.files {
            self.file(file);
        }
        self.list(done.ranges);
        self.summary.skipped.extend(done.skipped);
        self.way(done.way, done.stats);
        done.early.map(|early| match early {
            Early::Failed(error) => error,
            Early::Stopped => {
                let (checked, all) = (human_size(self.summary.bytes_checked), human_size(self.summary.size));
                Error::new(ErrorKind::Interrupted, format!("interrupted after {checked} of {all}"))
            }
        })
    }

    fn file(&mut self, file: VerifiedFile) {
        let summary = &mut self.summary;
        if summary.ranges_total == 0 && !self.broken {
            summary.valid_prefix = summary.valid_prefix.saturating_add(file.valid_prefix);
        }
        self.broken |= file.error.is_some();
        // Files may say that they are of any size.
        summary.bytes_checked = summary.bytes_checked.saturating_add(file.bytes_checked);
        summary.bytes_bad = summary.bytes_bad.saturating_add(file.bytes_bad);
        summary.ranges_total += file.ranges_total;
        for (kind, bytes) in &file.bytes_by_kind {
            let all = summary.bytes_by_kind.entry(*kind).or_default();
            *all = all.saturating_add(*bytes);
        }
        // What is less known is greater, and nothing least.
        summary.data_read_from = summary.data_read_from.max(file.data_read_from);
        let first = summary.files.is_empty();
        summary.recipe = if first { Some(file.recipe) } else { summary.recipe.filter(|recipe| *recipe == file.recipe) };
        summary.files.push(file);
    }

    /// How it went about it is said of the first run; a pipe beside files makes it buffered.
    fn way(&mut self, way: VerifySummary, stats: Option<Stats>) {
        let summary = &mut self.summary;
        if self.runs == 0 {
            (summary.engine, summary.engine_reason) = (way.engine, way.engine_reason);
            (summary.advice, summary.advice_reason) = (way.advice, way.advice_reason);
            (summary.depth, summary.rate_bytes_per_s) = (way.depth, way.rate_bytes_per_s);
        }
        if self.runs == 0 || summary.direct && !way.direct {
            (summary.direct, summary.direct_reason) = (way.direct, way.direct_reason);
        }
        summary.readers = summary.readers.max(way.readers);
        summary.buffer_size = way.buffer_size;
        summary.buffer_count = summary.buffer_count.max(way.buffer_count);
        for warning in way.warnings {
            if !summary.warnings.contains(&warning) {
                summary.warnings.push(warning);
            }
        }
        self.measured &= stats.is_some();
        if let Some(mut stats) = stats {
            summary.registered = stats.registered && (self.runs == 0 || summary.registered);
            let workers = u32::try_from(way.readers.max(1)).expect("there are at most 1024");
            (stats.generating, stats.storing) = (stats.generating / workers, stats.storing / workers);
            self.stats = Stats::sum(&[std::mem::take(&mut self.stats), stats]);
        }
        self.runs += 1;
    }

    /// Adds what could not be opened.
    pub(super) fn skip(&mut self, skipped: Vec<SkippedFile>) {
        self.summary.skipped.extend(skipped);
    }

    /// The report of all that was done in so much time.
    pub(super) fn finish(self, elapsed: Duration, nodes: &Nodes, error: Option<&Error>) -> VerifySummary {
        let Self { mut summary, stats, measured, runs, .. } = self;
        summary.direct &= runs > 0;
        summary.placement = Some(nodes.team.with_threads(summary.readers.max(1)).report());
        summary.interrupted = error.is_some_and(|error| error.kind() == ErrorKind::Interrupted);
        let failed = summary.skipped.iter().any(SkippedFile::is_failure);
        summary.ok = summary.ranges_total == 0 && error.is_none() && !failed;
        summary.error = error.map(ToString::to_string);
        summary.elapsed_ns = ns(elapsed);
        let missing = summary.bytes_by_kind.get(&DamageKind::Missing).copied().unwrap_or(0);
        summary.bytes_per_s = summary.bytes_checked.saturating_sub(missing) as f64 / elapsed.as_secs_f64().max(1e-9);
        let share = |time: Duration| (time.as_secs_f64() / elapsed.as_secs_f64().max(1e-9)).min(1.0);
        if measured && runs > 0 && stats.operations > 0 {
            summary.generation_bound = Some(share(stats.generating));
            summary.storage_bound = Some(share(stats.storing));
            summary.latency_ns = Some(stats.latency.latency());
            summary.latency_counts = stats.latency.counts();
        }
        summary
    }
}

impl Subject {
    /// The entry of this file, and its listed ranges.
    pub(super) fn report(
        &self,
        report: VerifyReport,
        way: (bool, String),
        known: Option<Known>,
    ) -> (VerifiedFile, Vec<PlacedRange>) {
        let placed = |range| PlacedRange { path: self.path.clone(), range };
        let ranges = report.ranges.into_iter().map(placed).collect();
        let file = VerifiedFile {
            path: self.path.clone(),
            // What was not reached is not right.
            ok: report.ok && report.bytes_checked >= self.range.size,
            absent: false,
            bytes_checked: report.bytes_checked,
            bytes_bad: report.bytes_bad,
            valid_prefix: report.valid_prefix,
            ranges_total: report.ranges_total,
            bytes_by_kind: report.bytes_by_kind,
            recipe: report.recipe,
            stream_version: report.stream_version,
            file_offset: self.file_offset,
            offset: self.range.offset,
            size: self.range.size,
            direct: way.0,
            direct_reason: way.1,
            data_read_from: known.as_ref().map(|known| known.origin),
            data_read_from_reason: known.map(|known| known.reason),
            error: None,
        };
        (file, ranges)
    }
}
