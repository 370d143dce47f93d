//! The read-write mix: which I/Os read, what they read, and what came of it.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use dgen::{Error, ErrorKind, Result, Stream};
use serde::Serialize;

use super::job::WriteJob;
use crate::base::lock::lock;
use crate::engine::operation::Action;
use crate::extents::{completed::CompletionBitmap, cursor::Cursor, cursor::Extent};
use crate::metrics::{histogram::Latency, histogram::LatencyCounts, stats::Reads};
use crate::pipeline::task::Claim;
use crate::storage::target::Kind;
use crate::storage::{
    attributes::Mark, guard::covers, medium::Media, open_file::OpenFile, origin::DataOrigin, origin::Grounds,
};

/// Candidates looked at before an I/O that was to read writes instead.
const TRIES: u64 = 16;

/// The reads of a write that was asked for a share of them.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ReadsReport {
    /// Share of the I/Os that were to be reads, in per cent.
    pub percent: u64,
    /// Bytes read, each of them compared with the stream.
    pub bytes_read: u64,
    /// Reads done.
    pub operations: u64,
    /// Bytes read per second of wall time.
    pub bytes_per_s: f64,
    /// Reads per second of wall time.
    pub iops: f64,
    /// How long single reads took.
    pub latency_ns: Option<Latency>,
    /// How many reads took how long.
    pub latency_counts: LatencyCounts,
    /// The least that is known of any file of where its bytes were read from; absent where none were.
    pub data_read_from: Option<DataOrigin>,
    /// Bytes in ranges that read back other data than the stream has.
    pub bytes_bad: u64,
    /// The first such range, in words.
    pub damage: Option<String>,
}

/// Decides which I/Os read. After `n` I/Os, `percent` of them were reads, rounded down, as far as there was something to
/// read: an I/O that finds nothing writes, and reads are caught up on.
pub(crate) struct RwMix<'a> {
    stream: &'a Stream,
    percent: u64,
    /// Whether all data was there before the run.
    whole: bool,
    /// Reads in all: those that belong to the writes; with 100 per cent, as many as there are extents in all passes.
    reads: u64,
    turn: Mutex<Turn>,
    /// Bytes that differed, and where the first of them were.
    bad: Mutex<(u64, Option<String>)>,
}

#[derive(Debug, Default)]
struct Turn {
    reads: u64,
    writes: u64,
    /// Where reads in sequential order go on.
    next: u64,
}

impl<'a> RwMix<'a> {
    /// For the extents of `cursor`, of which all hold their data where `whole`.
    pub(crate) fn new(stream: &'a Stream, percent: u64, whole: bool, cursor: &Cursor) -> Self {
        let extents = cursor.total();
        let reads = match 100 - percent {
            0 => extents,
            writes => u64::try_from(u128::from(extents) * u128::from(percent) / u128::from(writes)).unwrap_or(u64::MAX),
        };
        Self { stream, percent, whole, reads, turn: Mutex::default(), bad: Mutex::default() }
    }

    /// What came of the reads of all workers.
    pub(crate) fn report(&self, reads: &Reads, elapsed: Duration, files: &[&OpenFile]) -> ReadsReport {
        // What was just written stays in the cache, where reads are not direct.
        let mut media = Media::default();
        let known = files.iter().map(|file| Grounds::undropped(&mut media, file).known(file).origin);
        let (bytes_bad, damage) = lock(&self.bad).clone();
        let seconds = elapsed.as_secs_f64();
        let per_second = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        ReadsReport {
            percent: self.percent,
            bytes_read: reads.bytes,
            operations: reads.operations,
            bytes_per_s: per_second(reads.bytes),
            iops: per_second(reads.operations),
            latency_ns: (reads.operations > 0).then(|| reads.latency.latency()),
            latency_counts: reads.latency.counts(),
            data_read_from: known.max().filter(|_| reads.operations > 0),
            bytes_bad,
            damage,
        }
    }

    /// Whether all reads were done.
    pub(crate) fn is_done(&self, reads: &Reads) -> bool {
        reads.operations == self.reads
    }

    /// Whether nothing is written.
    pub(crate) fn only_reads(&self) -> bool {
        self.percent == 100
    }

    /// The next I/O.
    pub(crate) fn claim(&self, cursor: &Cursor, done: &Mutex<CompletionBitmap>) -> Claim {
        let mut turn = lock(&self.turn);
        let place = turn.reads + turn.writes;
        let is_due = u128::from(turn.reads + 1) * 100 <= u128::from(self.percent) * u128::from(place + 1);
        if !is_due && let Some(extent) = self.writable(&mut turn, cursor) {
            return Claim::Io(place, extent, Action::Write);
        }
        if turn.reads < self.reads
            && let Some(extent) = self.readable(&mut turn, cursor, done)
        {
            turn.reads += 1;
            return Claim::Io(place, extent, Action::Read);
        }
        match self.writable(&mut turn, cursor) {
            Some(extent) => Claim::Io(place, extent, Action::Write),
            None if turn.reads < self.reads => Claim::Later,
            None => Claim::Over,
        }
    }

    fn writable(&self, turn: &mut Turn, cursor: &Cursor) -> Option<Extent> {
        let (_, extent) = if self.only_reads() { None } else { cursor.claim() }?;
        turn.writes += 1;
        Some(extent)
    }

    /// An extent whose data is there: in the order of the writes, the next one; in a random one, any.
    fn readable(&self, turn: &mut Turn, cursor: &Cursor, done: &Mutex<CompletionBitmap>) -> Option<Extent> {
        // Of the first pass, in the order of claiming.
        let there = if self.whole { cursor.count() } else { turn.writes.min(cursor.count()) };
        if there == 0 {
            return None;
        }
        let done = lock(done);
        for attempt in 0..TRIES {
            let place = cursor.order.pick(turn.reads, attempt, turn.next, there);
            let extent = cursor.at(place);
            if self.whole || done.holds(extent.index) {
                turn.next = place + 1;
                return Some(extent);
            }
            // What is not there yet was claimed last: sequential reads begin again.
            turn.next = there;
        }
        None
    }

    /// Compares what was read, and notes what differs.
    /// Fails when the range reaches past 2^63.
    pub(crate) fn check(&self, extent: &Extent, data: &[u8], path: &Path) -> Result<()> {
        let found = self.stream.verify_at(extent.stream_offset, data)?;
        let Some(first) = found.ranges.first() else { return Ok(()) };
        let mut bad = lock(&self.bad);
        bad.0 += found.bytes_bad;
        bad.1.get_or_insert_with(|| {
            let at = extent.file_offset + (first.offset - extent.stream_offset);
            format!("{}: {} bytes at position {at} read back {}", path.display(), first.length, first.kind)
        });
        Ok(())
    }
}

/// Whether all that is to be written is there already, as the files' own attributes say: reads need not wait for writes.
/// Fails when nothing is to be written, and something is missing.
pub(super) fn is_whole(job: &WriteJob<'_>) -> Result<bool> {
    let percent = job.options.read_percent;
    if percent == 0 {
        return Ok(false);
    }
    for ((path, found), section) in job.paths.iter().zip(&job.found).zip(&job.sections) {
        let may_be = found.kind() == Kind::Regular && found.len() >= section.file_offset + section.size;
        let mark = if may_be { Mark::of(&found.to_read(path)?, path)?.known() } else { None };
        if mark.is_some_and(|mark| covers(&mark, &job.options.stream, section)) {
            continue;
        }
        if percent == 100 {
            let message = "100 writes nothing, so the file has to be there, with this recipe and this range";
            return Err(Error::new(ErrorKind::Usage, format!("{}: {message}", path.display())).of("read percent"));
        }
        return Ok(false);
    }
    Ok(true)
}
