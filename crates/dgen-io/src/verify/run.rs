//! Verifying files: reads them, regenerates what they should hold, and compares.

use std::io::Read;
use std::path::PathBuf;

use dgen::{Error, ErrorKind, Recipe, Result, Stream, Verifier};

use super::files::{self, Files};
use super::gaps;
use super::reader::Pipe;
use super::report::{PlacedRange, Totals, VerifiedFile, VerifySummary, Way};
use crate::base::outcome::Outcome;
use crate::engine::machine::{Machine, Real};
use crate::engine::select::{self, EngineChoice};
use crate::extents::cursor::Section;
use crate::memory::nodes::Nodes;
use crate::metrics::watch::Watch;
use crate::options::io::IoOptions;
use crate::options::modes::DirectMode;
use crate::options::order::Order;
use crate::storage::advice::Advice;
use crate::storage::attributes::StreamRange;
use crate::storage::descriptors::make_room;
use crate::storage::source::Source;

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
    /// Workers, each of which reads and compares, 1 to 1024. Default: `threads`, at most
    /// [`DEFAULT_WORKERS`](crate::DEFAULT_WORKERS) where a queue of direct I/O keeps them busy.
    pub readers: Option<usize>,
    /// Threads, 1 to 4096. Default: `DGEN_THREADS`, or what the machine allows.
    pub threads: Option<usize>,
    /// Whether to bypass the page cache. Default: no.
    pub direct: DirectMode,
    /// What the system is told of reads through the page cache. Default: that they are sequential.
    pub advice: Advice,
    /// Engine, queue and rate, for paths; what comes from a reader is read in order without them. All is read in order, once
    /// and to the end: another order, more passes and a time limit are refused, and so is the engine `null`.
    pub io: IoOptions,
    /// Damaged ranges to list. Default: 20.
    pub limit: usize,
    /// Seeds of earlier streams, whose pages are to be called stale.
    pub stale_seeds: Vec<u64>,
    /// Whether to go no further than the first I/O with damage in each file. What lies behind is then neither checked nor
    /// called missing. Default: no.
    pub stop_at_damage: bool,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            buffer_size: None,
            readers: None,
            threads: None,
            direct: DirectMode::Off,
            advice: Advice::Auto,
            io: IoOptions::default(),
            limit: 20,
            stale_seeds: Vec::new(),
            stop_at_damage: false,
        }
    }
}

impl VerifyOptions {
    fn check(&self) -> Result<()> {
        self.io.check()?;
        let usage = |message: &str| Err(Error::new(ErrorKind::Usage, message));
        if matches!(self.io.engine, EngineChoice::Null | EngineChoice::Memory) {
            return usage("the engines null and memory read nothing: they are for writing");
        }
        if self.io.vectored != 1 {
            return usage("vectored I/O is for writing and reading, not for verifying");
        }
        if self.io.order != Order::Sequential || self.io.passes != 1 || self.io.time_limit.is_some() {
            return usage("files are verified in order, once and to the end: no other order, passes or time limit");
        }
        Ok(())
    }
}

/// Verifies files with all workers. The report is the same whatever the engine, the queue and the buffers.
///
/// # Errors
/// Bad values, and files that cannot be opened. Read errors come in the [`Outcome`], beside what was found up to there.
pub fn verify(jobs: Vec<VerifyJob<'_>>, options: &VerifyOptions, watch: Watch<'_>) -> Result<Outcome<VerifySummary>> {
    verify_on(&Real::new(), jobs, options, watch)
}

pub(crate) fn verify_on(
    machine: &dyn Machine,
    jobs: Vec<VerifyJob<'_>>,
    options: &VerifyOptions,
    watch: Watch<'_>,
) -> Result<Outcome<VerifySummary>> {
    options.check()?;
    select::check(&options.io, machine)?;
    let mut totals = Totals::new(jobs.iter().map(|job| job.range.size).sum(), options.limit);
    let gaps = gaps::gaps(&jobs);
    let nodes = Nodes::new(options.io.placement, options.threads)?;
    make_room(jobs.len(), if options.direct == DirectMode::Off { 1 } else { 2 })?;
    let setup = Setup { machine, options, watch, nodes: &nodes };
    let runs = runs(jobs, &setup)?;
    let begin = machine.clock().now();
    let mut error = None;
    for run in runs {
        let done = match run {
            Run::Files(files) => files.go(&setup),
            Run::Pipe(pipe) => pipe.go(&setup),
        };
        error = totals.add(done);
        if error.is_some() {
            break;
        }
    }
    let elapsed = machine.clock().now().saturating_sub(begin);
    let mut report = totals.finish(elapsed, &nodes, error.as_ref());
    report.warnings.extend(gaps);
    Ok(Outcome { report, error })
}

/// What all runs have in common.
pub(super) struct Setup<'a> {
    pub(super) machine: &'a dyn Machine,
    pub(super) options: &'a VerifyOptions,
    pub(super) watch: Watch<'a>,
    pub(super) nodes: &'a Nodes,
}

/// A part of the jobs that is done together.
pub(super) enum Run<'a> {
    Files(Files),
    Pipe(Pipe<'a>),
}

/// What one file should hold.
pub(super) struct Subject {
    pub(super) path: PathBuf,
    pub(super) verifier: Verifier,
    pub(super) range: StreamRange,
    pub(super) file_offset: u64,
    pub(super) end: Option<u64>,
}

/// What became of a run.
pub(super) struct Done {
    pub(super) way: Way,
    /// In the order of the data; where there is an error, up to the file in which it is.
    pub(super) files: Vec<VerifiedFile>,
    /// The first damaged ranges.
    pub(super) ranges: Vec<PlacedRange>,
    /// Why it ended before the data did, if so.
    pub(super) early: Option<Early>,
}

/// What ended a run.
pub(super) enum Early {
    Failed(Error),
    /// The caller.
    Stopped,
}

impl Subject {
    /// Checks the job, and takes it apart.
    fn new<'a>(job: VerifyJob<'a>, options: &VerifyOptions) -> Result<(Self, VerifySource<'a>)> {
        let range = StreamRange::new(job.range.offset, job.range.size)?;
        let stale: Result<Vec<_>> =
            options.stale_seeds.iter().map(|seed| Stream::new(&job.recipe.reseeded(*seed))).collect();
        let verifier = Verifier::new(Stream::new(&job.recipe)?).with_stale(stale?);
        let path = match &job.source {
            VerifySource::Path(path) | VerifySource::Reader(path, _) => path.clone(),
        };
        Ok((Self { path, verifier, range, file_offset: job.file_offset, end: job.end }, job.source))
    }

    /// The part that is read, where `there` bytes of the range can be.
    pub(super) fn section(&self, there: u64) -> Section {
        Section { file_offset: self.file_offset, stream_offset: self.range.offset, size: there }
    }
}

/// Opens everything, and decides what is done together: all files, but each alone where reading ends at damage; and each
/// reader alone.
fn runs<'a>(jobs: Vec<VerifyJob<'a>>, setup: &Setup<'_>) -> Result<Vec<Run<'a>>> {
    let mut runs = Vec::new();
    let mut group: Vec<(Subject, Source)> = Vec::new();
    for job in jobs {
        let (subject, source) = Subject::new(job, setup.options)?;
        match source {
            VerifySource::Path(path) => {
                let source = files::open(&path, setup.options.direct, &subject)?;
                if setup.options.stop_at_damage {
                    flush(&mut group, &mut runs, setup)?;
                }
                group.push((subject, source));
            }
            VerifySource::Reader(_, reader) => {
                flush(&mut group, &mut runs, setup)?;
                runs.push(Run::Pipe(Pipe::new(subject, reader, setup)?));
            }
        }
    }
    flush(&mut group, &mut runs, setup)?;
    Ok(runs)
}

fn flush(group: &mut Vec<(Subject, Source)>, runs: &mut Vec<Run<'_>>, setup: &Setup<'_>) -> Result<()> {
    if !group.is_empty() {
        runs.push(Run::Files(Files::new(std::mem::take(group), setup)?));
    }
    Ok(())
}
