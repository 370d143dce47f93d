//! Reading as a benchmark: the bytes are moved to memory and not looked at.

use std::path::PathBuf;
use std::time::Duration;

use dgen::units::human_size;
use dgen::{Error, ErrorKind, Result};

use crate::base::outcome::Outcome;
use crate::engine::machine::{Machine, Real};
use crate::engine::operation::Action;
use crate::engine::select::{self, EngineChoice};
use crate::extents::completed;
use crate::extents::cursor::{Cursor, Grid, Section};
use crate::memory::nodes::Nodes;
use crate::metrics::live::Board;
use crate::metrics::stats::Stats;
use crate::options::io::IoOptions;
use crate::options::modes::DirectMode;
use crate::pipeline::rate_limiter::Pace;
use crate::pipeline::shared::{Pipeline, Progress, Supplied};
use crate::report::run::{FileReport, ReadReport, RunFacts, RunReport};
use crate::sizing::Wish;
use crate::storage::advice::{self, Advice};
use crate::storage::descriptors::make_room;
use crate::storage::open_file::Channel;
use crate::storage::source::Source;

use crate::metrics::watch::Watch;

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
    /// Workers, 1 to 1024. Default: `threads`, at most
    /// [`DEFAULT_WORKERS`](crate::DEFAULT_WORKERS).
    pub readers: Option<usize>,
    /// Threads, 1 to 4096. Default: `DGEN_THREADS`, or what the machine allows.
    pub threads: Option<usize>,
    /// Whether to bypass the page cache. Default: where it is possible.
    pub direct: DirectMode,
    /// Whether to measure for up to two seconds, with at most a tenth of the data, which buffers, workers and depth are
    /// fast; those that are given stay. Default: no.
    pub auto: bool,
    /// What the system is told of reads through the page cache. Default: what suits the order.
    pub advice: Advice,
    /// Engine, queue, order and pace.
    pub io: IoOptions,
}

/// Reads files and block devices, as fast as they give.
///
/// # Errors
/// Before the first byte: bad values, files that cannot be opened, or that are shorter than asked. What happens later
/// comes in the [`Outcome`], beside the report.
pub fn read(paths: &[PathBuf], options: &ReadOptions, watch: Watch<'_>) -> Result<Outcome<ReadReport>> {
    read_on(&Real::new(), paths, options, watch)
}

pub(crate) fn read_on(
    machine: &dyn Machine,
    paths: &[PathBuf],
    options: &ReadOptions,
    watch: Watch<'_>,
) -> Result<Outcome<ReadReport>> {
    options.io.check()?;
    crate::tune::setting::check(options.auto, &options.io)?;
    let nodes = Nodes::new(options.io.placement, options.threads)?;
    if matches!(options.io.engine, EngineChoice::Null | EngineChoice::Memory) {
        return Err(Error::new(ErrorKind::Usage, "the engines null and memory read nothing: they are for writing"));
    }
    select::check(&options.io, machine)?;
    make_room(paths.len(), if options.direct == DirectMode::Off { 1 } else { 2 })?;
    let sources: Vec<Source> = paths.iter().map(|path| Source::open(path, options.direct)).collect::<Result<_>>()?;
    let sections = sections(&sources, options)?;
    let size = sections.iter().map(|section| section.size).sum::<u64>();
    let tuned = if options.auto {
        Some(crate::write::tune::read(machine, paths, size.min(sections[0].size), options, watch)?)
    } else {
        None
    };
    let (options, tuning) = tuned.map_or((options.clone(), None), |(options, report)| (options, Some(report)));
    let options = &options;
    let channels: Vec<&Channel> = sources.iter().map(|source| &source.channel).collect();
    let chosen = select::choose(&options.io, &channels, machine)?;
    let alignment = channels.iter().map(|channel| channel.alignment).max().unwrap_or(crate::storage::direct::ALIGNMENT);
    let wish = Wish {
        buffer_size: options.buffer_size,
        workers: options.readers,
        threads: Some(nodes.team.threads()),
        waits: true,
        depth: options.io.depth,
        buffer_count: options.io.buffer_count,
        vectored: options.io.vectored,
        direct: false,
        generators: None,
        generates: false,
    };
    let plan = wish.plan(alignment, size.saturating_mul(options.io.passes), chosen.kind)?;
    let cursor = Cursor::new(&sections, Grid::File, alignment, plan.buffer);
    completed::check(cursor.count(), options.io.order)?;
    let advised = advice::advise(&channels, &sections, options.advice, options.io.order)?;
    let entered = machine.clock().now();
    let pipeline = Pipeline {
        action: Action::Read,
        channels: &channels,
        cursor: cursor.ordered(options.io.order, options.io.passes),
        pace: Pace::new(&options.io, plan.buffer),
        clock: machine.clock(),
        watch,
        supply: Supplied::Nothing,
        finished: &|_, _| Ok(()),
        examine: None,
        progress: Progress::default(),
        mix: None,
        nodes: &nodes,
        board: Board::of_run(plan.workers, options.io.live.as_deref()),
    };
    let make = |buffers: &mut [_]| machine.make(&chosen, &options.io, plan.depth, &channels, buffers);
    let stats = pipeline.run(&plan, options.io.huge_pages, &make);
    let begin = pipeline.pace.begin(machine.clock());
    let elapsed = machine.clock().now().saturating_sub(begin);
    let asked = size.saturating_mul(options.io.passes);
    let bytes = Stats::sum(&stats).bytes;
    let prefix = pipeline.prefix();
    let failure = pipeline.progress.take_error();
    let early = failure.is_none() && bytes < asked;
    let time_limited = early && pipeline.pace.is_over(machine.clock()) && !watch.is_cancelled();
    let mut run = RunReport::new(&RunFacts {
        stats: &stats,
        elapsed,
        preparing: begin.saturating_sub(entered),
        syncing: Duration::ZERO,
        plan: &plan,
        chosen: &chosen,
        options: &options.io,
        channels: &channels,
        nodes: &nodes,
        board: &pipeline.board,
        generates: false,
        time_limited,
    });
    run.warnings.extend(advised.warnings);
    let (done, all) = (human_size(bytes), human_size(asked));
    if time_limited {
        run.warnings.push(format!("the time limit ended it after {done} of {all}"));
    }
    let interrupted = early && !time_limited;
    let error = failure.or_else(|| {
        interrupted.then(|| Error::new(ErrorKind::Interrupted, format!("interrupted after {done} of {all}")))
    });
    let tuning = tuning.map(|tuning| tuning.finish(&run));
    let report = ReadReport {
        bytes_read: bytes,
        advice: advised.name,
        advice_reason: advised.reason,
        run,
        tuning,
        size,
        interrupted,
        error: error.as_ref().map(ToString::to_string),
        files: files(&channels, &sections, prefix),
    };
    Ok(Outcome { report, error })
}

fn files(channels: &[&Channel], sections: &[Section], prefix: u64) -> Vec<FileReport> {
    let mut left = prefix;
    let file = |(channel, section): (&&Channel, &Section)| {
        let valid_prefix = left.min(section.size);
        left -= valid_prefix;
        let (direct, direct_reason) = channel.path_taken();
        let Section { file_offset, stream_offset: offset, size } = *section;
        let path = channel.path.clone();
        FileReport { path, file_offset, offset, size, valid_prefix, direct, direct_reason, removed: false }
    };
    channels.iter().zip(sections).map(file).collect()
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
