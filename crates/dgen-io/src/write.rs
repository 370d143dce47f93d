//! Writing a range of a stream to files and devices.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use dgen::units::human_size;
use dgen::{Error, ErrorKind, Result, Stream};

use crate::attributes::StreamRange;
use crate::buffer::AlignedBuffer;
use crate::extents::{Cursor, Extent, Grid, Section};
use crate::modes::{DirectMode, SyncMode};
use crate::outcome::Outcome;
use crate::plan::{Plan, Wish};
use crate::report::{FileReport, RunReport, WriteReport};
use crate::target::{Found, Kind, Target};
use crate::transfer::Stats;
use crate::watch::Watch;
use crate::{crew, split, writeback};

/// What to write and how. Start from [`new`](Self::new) and change fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriteOptions {
    /// The stream.
    pub stream: Stream,
    /// Stream offset of the first byte. Default: 0.
    pub offset: u64,
    /// Bytes over all paths, at least one for each.
    pub size: u64,
    /// Position in each file of its first byte. Above 0, files keep what they hold elsewhere. Default: 0.
    pub file_offset: u64,
    /// Bytes of one I/O, up to 256 MiB; rounded up to the alignment. Default: [`DEFAULT_BUFFER`](crate::DEFAULT_BUFFER).
    pub buffer_size: Option<u64>,
    /// Workers, each with one I/O in flight, 1 to 1024. Default: `threads`, at most
    /// [`DEFAULT_WORKERS`](crate::DEFAULT_WORKERS) where they wait for storage.
    pub writers: Option<usize>,
    /// Threads, 1 to 4096. Default: `DGEN_THREADS`, or what the machine allows.
    pub threads: Option<usize>,
    /// Whether to bypass the page cache. Default: where it is possible.
    pub direct: DirectMode,
    /// When to sync. Default: at the end.
    pub sync: SyncMode,
    /// Whether to write over existing data. Default: no.
    pub force: bool,
    /// Whether to reserve the space first. Default: yes.
    pub preallocate: bool,
}

impl WriteOptions {
    /// The first `size` bytes of `stream`, with defaults for everything else.
    pub fn new(stream: Stream, size: u64) -> Self {
        Self {
            stream,
            offset: 0,
            size,
            file_offset: 0,
            buffer_size: None,
            writers: None,
            threads: None,
            direct: DirectMode::Auto,
            sync: SyncMode::End,
            force: false,
            preallocate: true,
        }
    }
}

/// Writes a range of a stream to `paths`, which get consecutive parts of it.
///
/// Existing data is refused unless `force` is set, or its attributes and samples show that it is an earlier result.
/// After an error or an interruption the files end where the data stops being without gaps; files that were made and
/// not reached are removed.
///
/// # Errors
/// Before the first byte: bad values, refused targets, files that cannot be opened. What happens later comes in the
/// [`Outcome`], beside the report.
pub fn write(paths: &[PathBuf], options: &WriteOptions, watch: Watch<'_>) -> Result<Outcome<WriteReport>> {
    let range = StreamRange::new(options.offset, options.size)?;
    StreamRange::new(options.file_offset, options.size)
        .map_err(|_| Error::invalid("file offset", options.file_offset, "ranges that end at or below 2^63"))?;
    let parts = split(range, paths.len(), options.stream.recipe().block_size())?;
    let section =
        |part: &StreamRange| Section { file_offset: options.file_offset, stream_offset: part.offset, size: part.size };
    let sections: Vec<Section> = parts.iter().map(section).collect();
    let found = look(paths, &sections, options.force)?;
    let wish = Wish {
        buffer_size: options.buffer_size,
        workers: options.writers,
        threads: options.threads,
        waits: found.iter().any(|found| found.kind() != Kind::Memory),
    };
    wish.plan(crate::direct::ALIGNMENT, options.size)?;
    let targets = open(paths, found, &sections, options)?;
    let alignment = targets.iter().map(|target| target.channel.alignment).max().expect("there is a path");
    let plan = wish.plan(alignment, options.size)?;
    let run = Run {
        options,
        watch,
        cursor: Cursor::new(&sections, Grid::File, alignment, plan.buffer),
        targets,
        failure: Mutex::new(None),
        failed: AtomicBool::new(false),
        written: AtomicU64::new(0),
    };
    Ok(run.go(&plan))
}

fn look(paths: &[PathBuf], sections: &[Section], force: bool) -> Result<Vec<Found>> {
    let mut all: Vec<Found> = Vec::new();
    for (path, section) in paths.iter().zip(sections) {
        let found = Found::look(path, section, force)?;
        if all.iter().any(|other| other.is_same(&found)) || (found.kind() == Kind::Regular && repeats(paths, path)) {
            return Err(Error::new(ErrorKind::Usage, format!("{}: the same target is given twice", path.display())));
        }
        all.push(found);
    }
    Ok(all)
}

fn repeats(paths: &[PathBuf], path: &PathBuf) -> bool {
    paths.iter().filter(|other| *other == path).count() > 1
}

/// Opens every target, or none: files made before a failure are removed, and only when all are open are they emptied.
fn open(paths: &[PathBuf], found: Vec<Found>, sections: &[Section], options: &WriteOptions) -> Result<Vec<Target>> {
    let mut targets: Vec<Target> = Vec::new();
    for ((path, found), section) in paths.iter().zip(found).zip(sections) {
        match found.open(path, *section, options.direct) {
            Ok(target) => targets.push(target),
            Err(error) => {
                for target in &targets {
                    _ = target.settle(0);
                }
                return Err(error);
            }
        }
    }
    for target in &mut targets {
        target.empty()?;
    }
    Ok(targets)
}

/// The first failure, by position in the operation: what was right before it.
struct Failure {
    position: u64,
    error: Error,
}

/// Whether data is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Synced {
    Yes,
    /// Not asked for, nothing to sync, or it failed.
    No,
    /// The caller stopped it.
    Stopped,
}

struct Run<'a> {
    options: &'a WriteOptions,
    watch: Watch<'a>,
    cursor: Cursor<'a>,
    targets: Vec<Target>,
    failure: Mutex<Option<Failure>>,
    failed: AtomicBool,
    /// Bytes written by all workers.
    written: AtomicU64,
}

impl Run<'_> {
    fn go(mut self, plan: &Plan) -> Outcome<WriteReport> {
        let begin = Instant::now();
        let recipe = *self.options.stream.recipe();
        for target in &mut self.targets {
            target.mark(&recipe);
        }
        self.preallocate();
        let stats = crew::run(plan.workers, &|| self.work(plan.buffer));
        let prefix = self.prefix();
        let removed = self.settle(prefix);
        let synced = self.sync(prefix);
        self.finish(plan, &stats, begin.elapsed(), prefix, &removed, synced)
    }

    fn preallocate(&self) {
        let wanted = self.targets.iter().filter(|_| self.options.preallocate);
        for target in wanted {
            if let Err(error) = target.preallocate() {
                self.fail(0, error);
                return;
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.watch.is_cancelled()
    }

    /// One worker: claims, generates and writes extents until there are no more.
    fn work(&self, buffer: u64) -> Stats {
        let mut stats = Stats::default();
        let len = usize::try_from(buffer).expect("a buffer fits memory");
        let alignment = usize::try_from(self.targets[0].channel.alignment).expect("an alignment is small");
        let mut buffer = AlignedBuffer::new(len, alignment);
        while !self.is_stopped() {
            let Some(extent) = self.cursor.claim() else { break };
            let data = buffer.head(extent.len);
            let begin = Instant::now();
            self.options.stream.fill_at(extent.stream_offset, data).expect("the range was checked at the start");
            let generated = Instant::now();
            stats.generating += generated - begin;
            let channel = &self.targets[extent.section].channel;
            let (done, error) = match channel.write_all(data, extent.file_offset) {
                Ok(()) => (extent.len, None),
                Err((done, error)) => (done, Some(error)),
            };
            stats.io(done, generated.elapsed());
            self.watch.add(done as u64);
            if let Some(error) = error {
                let at = extent.file_offset + done as u64;
                self.fail(extent.position + done as u64, Error::io("write", &channel.path, Some(at), error));
            }
            self.sync_some(&extent, &mut stats);
        }
        stats
    }

    /// Syncs where the options ask for it every so many bytes.
    fn sync_some(&self, extent: &Extent, stats: &mut Stats) {
        let SyncMode::Every(step) = self.options.sync else { return };
        let before = self.written.fetch_add(extent.len as u64, Ordering::Relaxed);
        if before / step == (before + extent.len as u64) / step || self.is_stopped() {
            return;
        }
        let target = &self.targets[extent.section];
        let begin = Instant::now();
        if let Err(error) = target.kind.has_cache().then(|| target.channel.buffered.sync_data()).transpose() {
            self.fail(extent.position, Error::io("sync", &target.channel.path, None, error));
        }
        stats.storing += begin.elapsed();
    }

    fn fail(&self, position: u64, error: Error) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if failure.as_ref().is_none_or(|first| position < first.position) {
            *failure = Some(Failure { position, error });
        }
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Bytes of the whole operation that were written without a gap.
    fn prefix(&self) -> u64 {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().map_or_else(|| self.cursor.claimed(), |failure| failure.position)
    }

    /// Each section with its own part of the prefix.
    fn prefixes(&self, prefix: u64) -> Vec<u64> {
        let mut left = prefix;
        let own = |target: &Target| {
            let own = left.min(target.section.size);
            left -= own;
            own
        };
        self.targets.iter().map(own).collect()
    }

    fn settle(&self, prefix: u64) -> Vec<bool> {
        let settle = |(target, own): (&Target, u64)| {
            target.settle(own).unwrap_or_else(|error| {
                self.fail(prefix, error);
                false
            })
        };
        self.targets.iter().zip(self.prefixes(prefix)).map(settle).collect()
    }

    /// Makes what was written durable, unless the run was stopped.
    fn sync(&self, prefix: u64) -> Synced {
        let mut synced = Synced::No;
        for (target, own) in self.targets.iter().zip(self.prefixes(prefix)) {
            if self.options.sync == SyncMode::None || !target.kind.has_cache() || own == 0 {
                continue;
            }
            match writeback::sync_range(&target.channel.buffered, target.section.file_offset, own, self.watch) {
                Ok(true) => synced = Synced::Yes,
                Ok(false) => return Synced::Stopped,
                Err(error) => {
                    self.fail(prefix, Error::io("sync", &target.channel.path, None, error));
                    return Synced::No;
                }
            }
        }
        synced
    }

    fn finish(
        &self,
        plan: &Plan,
        stats: &[Stats],
        elapsed: Duration,
        prefix: u64,
        removed: &[bool],
        synced: Synced,
    ) -> Outcome<WriteReport> {
        let options = self.options;
        let channels: Vec<_> = self.targets.iter().map(|target| &target.channel).collect();
        let mut run = RunReport::new(stats, elapsed, plan, &channels);
        run.warnings.extend(self.targets.iter().filter_map(|target| target.warning.clone()));
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        let interrupted = failure.is_none() && (prefix < options.size || synced == Synced::Stopped);
        let error = failure.map(|failure| failure.error).or_else(|| {
            let (done, size) = (human_size(prefix), human_size(options.size));
            interrupted.then(|| Error::new(ErrorKind::Interrupted, format!("interrupted after {done} of {size}")))
        });
        let files = self.targets.iter().zip(self.prefixes(prefix)).zip(removed);
        let report = WriteReport {
            bytes_written: Stats::sum(stats).bytes,
            valid_prefix: prefix,
            run,
            recipe: *options.stream.recipe(),
            seed: options.stream.recipe().seed(),
            offset: options.offset,
            size: options.size,
            synced: synced == Synced::Yes,
            interrupted,
            error: error.as_ref().map(ToString::to_string),
            files: files.map(|((target, own), removed)| target.report(own, *removed)).collect(),
        };
        Outcome { report, error }
    }
}

impl Kind {
    /// Whether written data waits in a cache until it is synced.
    fn has_cache(self) -> bool {
        self != Self::Memory
    }
}

impl Target {
    fn report(&self, valid_prefix: u64, removed: bool) -> FileReport {
        let (direct, direct_reason) = self.channel.engine();
        let Section { file_offset, stream_offset: offset, size } = self.section;
        FileReport {
            path: self.channel.path.clone(),
            file_offset,
            offset,
            size,
            valid_prefix,
            direct,
            direct_reason,
            removed,
        }
    }
}
