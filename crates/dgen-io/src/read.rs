//! Reading as a benchmark: the bytes are moved to memory and not looked at.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use dgen::units::human_size;
use dgen::{Error, ErrorKind, Result};

use crate::buffer::AlignedBuffer;
use crate::crew;
use crate::extents::{Cursor, Grid, Section};
use crate::modes::DirectMode;
use crate::outcome::Outcome;
use crate::plan::{Plan, Wish};
use crate::report::{FileReport, ReadReport, RunReport};
use crate::source::Source;
use crate::transfer::Stats;
use crate::watch::Watch;

/// What to read and how; the default reads whole files.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Bytes over all paths, in their order. Default: all there are.
    pub size: Option<u64>,
    /// Position in each file at which to begin. Default: 0.
    pub file_offset: u64,
    /// Bytes of one I/O, up to 256 MiB; rounded up to the alignment. Default: [`DEFAULT_BUFFER`](crate::DEFAULT_BUFFER).
    pub buffer_size: Option<u64>,
    /// Workers, each with one I/O in flight, 1 to 1024. Default: `threads`, at most
    /// [`DEFAULT_WORKERS`](crate::DEFAULT_WORKERS).
    pub readers: Option<usize>,
    /// Threads, 1 to 4096. Default: `DGEN_THREADS`, or what the machine allows.
    pub threads: Option<usize>,
    /// Whether to bypass the page cache. Default: where it is possible.
    pub direct: DirectMode,
}

/// Reads files and block devices, as fast as they give.
///
/// # Errors
/// Before the first byte: bad values, files that cannot be opened, or that are shorter than asked. What happens later
/// comes in the [`Outcome`], beside the report.
pub fn read(paths: &[PathBuf], options: &ReadOptions, watch: Watch<'_>) -> Result<Outcome<ReadReport>> {
    let sources: Vec<Source> = paths.iter().map(|path| Source::open(path, options.direct)).collect::<Result<_>>()?;
    let sections = sections(&sources, options)?;
    let size = sections.iter().map(|section| section.size).sum();
    let alignment = sources.iter().map(|source| source.channel.alignment).max().unwrap_or(crate::direct::ALIGNMENT);
    let wish =
        Wish { buffer_size: options.buffer_size, workers: options.readers, threads: options.threads, waits: true };
    let plan = wish.plan(alignment, size)?;
    let run = Run {
        watch,
        cursor: Cursor::new(&sections, Grid::File, alignment, plan.buffer),
        sources: &sources,
        failure: Mutex::new(None),
        failed: AtomicBool::new(false),
    };
    Ok(run.go(&plan, &sections, size))
}

/// The part of each file that is read.
fn sections(sources: &[Source], options: &ReadOptions) -> Result<Vec<Section>> {
    let there: u64 = sources.iter().map(|source| source.len.saturating_sub(options.file_offset)).sum();
    let mut left = options.size.unwrap_or(there);
    if left > there || there == 0 {
        let accepted = format!("at most {there}, which is what there is");
        let asked = options.size.map_or_else(|| "nothing to read".into(), |size| size.to_string());
        return Err(Error::invalid("size", asked, &accepted));
    }
    let section = |source: &Source| {
        let size = source.len.saturating_sub(options.file_offset).min(left);
        left -= size;
        Section { file_offset: options.file_offset, stream_offset: options.file_offset, size }
    };
    Ok(sources.iter().map(section).collect())
}

struct Run<'a> {
    watch: Watch<'a>,
    cursor: Cursor<'a>,
    sources: &'a [Source],
    /// Position in the operation, and the error there.
    failure: Mutex<Option<(u64, Error)>>,
    failed: AtomicBool,
}

impl Run<'_> {
    fn go(self, plan: &Plan, sections: &[Section], size: u64) -> Outcome<ReadReport> {
        let begin = Instant::now();
        let stats = crew::run(plan.workers, &|| self.work(plan));
        let channels: Vec<_> = self.sources.iter().map(|source| &source.channel).collect();
        let run = RunReport::new(&stats, begin.elapsed(), plan, &channels);
        let failure = self.failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        let prefix = failure.as_ref().map_or_else(|| self.cursor.claimed(), |(position, _)| *position);
        let interrupted = failure.is_none() && prefix < size;
        let error = failure.map(|(_, error)| error).or_else(|| {
            let (done, size) = (human_size(prefix), human_size(size));
            interrupted.then(|| Error::new(ErrorKind::Interrupted, format!("interrupted after {done} of {size}")))
        });
        let mut left = prefix;
        let file = |(source, section): (&Source, &Section)| {
            let valid_prefix = left.min(section.size);
            left -= valid_prefix;
            let (direct, direct_reason) = source.channel.engine();
            let Section { file_offset, stream_offset: offset, size } = *section;
            let path = source.channel.path.clone();
            FileReport { path, file_offset, offset, size, valid_prefix, direct, direct_reason, removed: false }
        };
        let report = ReadReport {
            bytes_read: Stats::sum(&stats).bytes,
            run,
            size,
            interrupted,
            error: error.as_ref().map(ToString::to_string),
            files: self.sources.iter().zip(sections).map(file).collect(),
        };
        Outcome { report, error }
    }

    fn work(&self, plan: &Plan) -> Stats {
        let mut stats = Stats::default();
        let len = usize::try_from(plan.buffer).expect("a buffer fits memory");
        let alignment = self.sources.iter().map(|source| source.channel.alignment).max().unwrap_or_default();
        let mut buffer = AlignedBuffer::new(len, usize::try_from(alignment).expect("an alignment is small"));
        while !self.failed.load(Ordering::Relaxed) && !self.watch.is_cancelled() {
            let Some(extent) = self.cursor.claim() else { break };
            let channel = &self.sources[extent.section].channel;
            let begin = Instant::now();
            let (done, error) = match channel.read_full(buffer.head(extent.len), extent.file_offset) {
                Ok(done) if done < extent.len => (done, Some(std::io::ErrorKind::UnexpectedEof.into())),
                Ok(done) => (done, None),
                Err((done, error)) => (done, Some(error)),
            };
            stats.io(done, begin.elapsed());
            self.watch.add(done as u64);
            if let Some(error) = error {
                let at = extent.file_offset + done as u64;
                self.fail(extent.position + done as u64, Error::io("read", &channel.path, Some(at), error));
            }
        }
        stats
    }

    fn fail(&self, position: u64, error: Error) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if failure.as_ref().is_none_or(|(first, _)| position < *first) {
            *failure = Some((position, error));
        }
        self.failed.store(true, Ordering::Relaxed);
    }
}
