//! Verifying files: reads them, regenerates what they should hold, and compares.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use dgen::placement::PlacementOptions;
use dgen::units::human_size;
use dgen::{DamageKind, DamageRange, Error, ErrorKind, Recipe, Result, Stream, Verifier, VerifyReport};

use crate::attributes::StreamRange;
use crate::buffer::AlignedBuffer;
use crate::crew;
use crate::direct::ALIGNMENT;
use crate::engine::choice::EngineKind;
use crate::extents::{Cursor, Extent, Grid, Section};
use crate::feed::Feed;
use crate::modes::DirectMode;
use crate::outcome::Outcome;
use crate::placement::Nodes;
use crate::plan::{Plan, Wish};
use crate::transfer::Channel;
use crate::verify_report::{Place, VerifySummary};
use crate::watch::Watch;

/// Where the bytes to verify come from.
pub enum VerifySource<'a> {
    /// A regular file or a block device.
    Path(PathBuf),
    /// A reader, and what reports call it.
    Reader(PathBuf, Box<dyn Read + Send + 'a>),
}

/// One file and what it should hold.
pub struct VerifyJob<'a> {
    /// The bytes.
    pub source: VerifySource<'a>,
    /// The stream.
    pub recipe: Recipe,
    /// The part of the stream.
    pub range: StreamRange,
    /// Position in the file of the range's first byte.
    pub file_offset: u64,
    /// Where the file should end; bytes behind are extra. `None`: anywhere.
    pub end: Option<u64>,
}

/// How to verify.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// Bytes of one I/O, up to 256 MiB; rounded up to the alignment. Default: [`DEFAULT_BUFFER`](crate::DEFAULT_BUFFER).
    pub buffer_size: Option<u64>,
    /// Workers, each of which reads and compares, 1 to 1024. Default: `threads`.
    pub readers: Option<usize>,
    /// Threads, 1 to 4096. Default: `DGEN_THREADS`, or what the machine allows.
    pub threads: Option<usize>,
    /// The memory nodes that workers and buffers are kept on. Default: each in turn, where there is more than one.
    pub placement: PlacementOptions,
    /// Whether to bypass the page cache. Default: no.
    pub direct: DirectMode,
    /// Damaged ranges to list. Default: 20.
    pub limit: usize,
    /// Seeds of earlier streams, whose pages are to be called stale.
    pub stale_seeds: Vec<u64>,
    /// Whether to read no further than the first damage in each file. What lies behind is then neither checked nor called
    /// missing. Default: no.
    pub stop_at_damage: bool,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            buffer_size: None,
            readers: None,
            threads: None,
            placement: PlacementOptions::default(),
            direct: DirectMode::Off,
            limit: 20,
            stale_seeds: Vec::new(),
            stop_at_damage: false,
        }
    }
}

/// Verifies files one after another, each with all workers.
///
/// # Errors
/// Bad values, and files that cannot be opened. Read errors come in the [`Outcome`], beside what was found up to there.
pub fn verify(jobs: Vec<VerifyJob<'_>>, options: &VerifyOptions, watch: Watch<'_>) -> Result<Outcome<VerifySummary>> {
    let begin = Instant::now();
    let nodes = Nodes::new(options.placement, options.threads)?;
    let size = jobs.iter().map(|job| job.range.size).sum();
    let mut summary = VerifySummary { size, ..VerifySummary::default() };
    let mut opened = Vec::new();
    for job in jobs {
        opened.push(Run::open(job, options, &nodes, watch)?);
    }
    let mut error = None;
    for run in opened {
        let limit = options.limit.saturating_sub(summary.ranges.len());
        summary.readers = summary.readers.max(run.plan.workers);
        summary.buffer_size = run.plan.buffer;
        summary.warnings.clone_from(&run.plan.warnings);
        error = run.go(limit, &mut summary)?;
        if error.is_some() {
            break;
        }
    }
    summary.placement = Some(nodes.team.with_threads(summary.readers.max(1)).report());
    summary.interrupted = error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Interrupted);
    summary.ok = summary.bytes_bad == 0 && error.is_none();
    summary.error = error.as_ref().map(ToString::to_string);
    let elapsed = begin.elapsed();
    summary.elapsed_ns = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
    summary.bytes_per_s = summary.bytes_checked as f64 / elapsed.as_secs_f64().max(1e-9);
    Ok(Outcome { report: summary, error })
}

/// One file.
struct Run<'a> {
    feed: Feed<'a>,
    verifier: Verifier,
    range: StreamRange,
    file_offset: u64,
    end: Option<u64>,
    plan: Plan,
    nodes: &'a Nodes,
    stop_at_damage: bool,
    watch: Watch<'a>,
}

/// What the workers of one file share.
struct Progress {
    cursor: Cursor,
    findings: Mutex<Findings>,
    failure: Mutex<Option<Error>>,
    stopped: AtomicBool,
}

impl<'a> Run<'a> {
    fn open(job: VerifyJob<'a>, options: &VerifyOptions, nodes: &'a Nodes, watch: Watch<'a>) -> Result<Self> {
        let range = StreamRange::new(job.range.offset, job.range.size)?;
        let feed = match job.source {
            VerifySource::Path(path) => Feed::open(&path, options.direct, &range, job.file_offset)?,
            VerifySource::Reader(name, reader) => Feed::Reader(name, Mutex::new((reader, false))),
        };
        let stream = Stream::new(&job.recipe)?;
        let stale: Result<Vec<_>> =
            options.stale_seeds.iter().map(|seed| Stream::new(&job.recipe.reseeded(*seed))).collect();
        let wish = Wish {
            buffer_size: options.buffer_size,
            workers: options.readers,
            threads: Some(nodes.team.threads()),
            ..Wish::default()
        };
        let alignment = feed.channel().map_or(ALIGNMENT, |channel| channel.alignment);
        let plan = wish.plan(alignment, job.range.size, EngineKind::Sync)?;
        let verifier = Verifier::new(stream).with_stale(stale?);
        let stop_at_damage = options.stop_at_damage;
        let (file_offset, end) = (job.file_offset, job.end);
        Ok(Self { feed, verifier, range, file_offset, end, plan, nodes, stop_at_damage, watch })
    }

    fn go(self, limit: usize, summary: &mut VerifySummary) -> Result<Option<Error>> {
        let there = match &self.feed {
            Feed::File(source) => source.len.saturating_sub(self.file_offset).min(self.range.size),
            Feed::Reader(..) => self.range.size,
        };
        let section = [Section { file_offset: self.file_offset, stream_offset: self.range.offset, size: there }];
        let alignment = self.feed.channel().map_or(ALIGNMENT, |channel| channel.alignment);
        let progress = Progress {
            cursor: Cursor::new(&section, Grid::Stream, alignment, self.plan.buffer),
            findings: Mutex::new(Findings::new(self.verifier.stream().recipe(), limit)),
            failure: Mutex::new(None),
            stopped: AtomicBool::new(false),
        };
        let results = crew::run(self.plan.workers, &|| self.work(&progress));
        results.into_iter().collect::<Result<()>>()?;
        let mut report = progress.findings.into_inner().unwrap_or_else(PoisonError::into_inner).report;
        let mut error = progress.failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        if error.is_none() && self.watch.is_cancelled() {
            let done = summary.bytes_checked + report.bytes_checked;
            let message = format!("interrupted after {} of {}", human_size(done), human_size(summary.size));
            error = Some(Error::new(ErrorKind::Interrupted, message));
        }
        if error.is_none() && (report.ok || !self.stop_at_damage) {
            error = self.ends(&mut report);
        }
        let (direct, direct_reason) = self.feed.channel().map_or((false, "a pipe".into()), Channel::path_taken);
        let StreamRange { offset, size } = self.range;
        let place = Place {
            path: self.feed.path().to_owned(),
            file_offset: self.file_offset,
            offset,
            size,
            direct,
            direct_reason,
        };
        summary.add(place, report);
        Ok(error)
    }

    /// One worker: claims, reads and compares extents until there are no more.
    fn work(&self, progress: &Progress) -> Result<()> {
        let len = usize::try_from(self.plan.buffer).expect("a buffer fits memory");
        let alignment = self.feed.channel().map_or(ALIGNMENT, |channel| channel.alignment);
        let mut buffer = AlignedBuffer::new(len, usize::try_from(alignment).expect("an alignment is small"));
        let _seat = self.nodes.enter(std::iter::once(buffer.head(len)))?;
        while !progress.stopped.load(Ordering::Relaxed) && !self.watch.is_cancelled() {
            let Some((extent, read)) = self.feed.next(&progress.cursor, &mut buffer) else { break };
            let done = match read {
                Ok(done) => done,
                Err((done, error)) => {
                    let at = extent.file_offset + done as u64;
                    let error = Error::io("read", self.feed.path(), Some(at), error);
                    progress.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    progress.stopped.store(true, Ordering::Relaxed);
                    done
                }
            };
            let mut ranges = self.verifier.check(extent.stream_offset, &buffer.head(extent.len)[..done])?;
            for range in &mut ranges {
                range.offset = range.offset - extent.stream_offset + extent.file_offset;
            }
            self.watch.add(done as u64);
            // Extents before this one are claimed already, and will be finished.
            if self.stop_at_damage && !ranges.is_empty() {
                progress.stopped.store(true, Ordering::Relaxed);
            }
            let mut findings = progress.findings.lock().unwrap_or_else(PoisonError::into_inner);
            findings.add(extent, done as u64, ranges);
        }
        Ok(())
    }

    /// Adds what is missing at the end, or there although it should not be.
    fn ends(&self, report: &mut VerifyReport) -> Option<Error> {
        let missing = self.range.size - report.bytes_checked;
        let at = self.file_offset + report.bytes_checked;
        if missing > 0 {
            report.add(at, missing, vec![DamageRange::new(at, missing, DamageKind::Missing)]);
            return None;
        }
        let end = self.end?;
        match self.feed.bytes_behind(end) {
            Ok(0) => {}
            Ok(extra) => report.add(end, 0, vec![DamageRange::new(end, extra, DamageKind::Extra)]),
            Err(error) => return Some(Error::io("read", self.feed.path(), Some(at), error)),
        }
        None
    }
}

/// Puts what workers find in the order of the data.
struct Findings {
    report: VerifyReport,
    next: u64,
    waiting: BTreeMap<u64, (u64, u64, Vec<DamageRange>)>,
}

impl Findings {
    fn new(recipe: &Recipe, limit: usize) -> Self {
        Self { report: VerifyReport::new(recipe, limit), next: 0, waiting: BTreeMap::new() }
    }

    fn add(&mut self, extent: Extent, len: u64, ranges: Vec<DamageRange>) {
        self.waiting.insert(extent.index, (extent.file_offset, len, ranges));
        while let Some((offset, len, ranges)) = self.waiting.remove(&self.next) {
            self.report.add(offset, len, ranges);
            self.next += 1;
        }
    }
}
