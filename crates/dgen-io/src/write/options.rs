//! Writing a range of a stream to files and devices.

use std::collections::HashSet;
use std::path::PathBuf;

use dgen::{Error, ErrorKind, Result, Stream};

use super::run::Run;
use super::{append, read_back, resume, rwmix, tune};
use crate::base::outcome::Outcome;
use crate::engine::machine::{Machine, Real};
use crate::engine::select::{self, EngineChoice};
use crate::extents::cursor::Section;
use crate::memory::nodes::Nodes;
use crate::metrics::watch::Watch;
use crate::options::io::IoOptions;
use crate::options::modes::{DirectMode, SyncMode};
use crate::report::run::WriteReport;
use crate::sizing::Wish;
use crate::storage::attributes::StreamRange;
use crate::storage::descriptors::make_room;
use crate::storage::direct::Access;
use crate::storage::folder::Folder;
use crate::storage::split::split;
use crate::storage::target::{Found, Kind, Target};

/// What to write and how. Start from [`new`](Self::new) and change fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each with a name")]
pub struct WriteOptions {
    /// The stream.
    pub stream: Stream,
    /// Stream offset of the first byte. Default: 0.
    pub offset: u64,
    /// Bytes over all paths, at least one for each.
    pub size: u64,
    /// How many files to write into the one path, a folder, which is made where it is absent. They get consecutive parts of
    /// the stream, as several paths do, under the names of [`folder_files`](crate::folder_files). Default: the paths are the files.
    pub files: Option<usize>,
    /// Position in each file of its first byte. Above 0, files keep what they hold elsewhere. Default: 0.
    pub file_offset: u64,
    /// Bytes of one I/O, up to 256 MiB; rounded up to the alignment. Default: [`DEFAULT_BUFFER`](crate::DEFAULT_BUFFER).
    pub buffer_size: Option<u64>,
    /// Workers, each of which generates and writes, 1 to 1024. Default: `threads`, at most
    /// [`DEFAULT_WORKERS`](crate::DEFAULT_WORKERS) where they wait for storage.
    pub writers: Option<usize>,
    /// Threads that fill buffers beside the workers, 0 to 1024. Default: none at first, and more as long as storage waits
    /// for data and there are more `threads` than workers; none where nothing is stored.
    pub generators: Option<usize>,
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
    /// Whether to go on from the first byte that an earlier, interrupted write of the same range has left wrong. All
    /// before it is read and compared. Default: no.
    pub resume: bool,
    /// Whether to write behind the end of the one path, a regular file, whatever it holds; those bytes are never touched.
    /// Where it carries this recipe and its range ends with it, the stream goes on there, and the range grows; `offset` then
    /// is 0 or that place. Default: no.
    pub append: bool,
    /// Share of the I/Os that read back, in per cent, 0 to 100: data that was written before in this run, or, where the files
    /// carry this recipe and range already, any. Such files are not emptied, and are written over with the same bytes. What
    /// is read is compared. 100 reads alone. Default: 0.
    pub read_percent: u64,
    /// Whether to measure for up to two seconds, with at most a tenth of the data, which buffers, writers and depth are
    /// fast; those that are given stay. Default: no.
    pub auto: bool,
    /// Whether to read back and compare what was written. Default: no.
    pub verify: bool,
    /// Whether each buffer is generated once, before the time begins, and written again and again: the reference beside
    /// which benchmarks show what generating costs. The files then hold no stream and carry no recipe, and nothing in them
    /// can be verified or resumed. Default: no.
    pub pregenerated: bool,
    /// Engine, queue, order and pace.
    pub io: IoOptions,
}

impl WriteOptions {
    /// The first `size` bytes of `stream`, with defaults for everything else.
    pub fn new(stream: Stream, size: u64) -> Self {
        Self {
            stream,
            offset: 0,
            size,
            files: None,
            file_offset: 0,
            buffer_size: None,
            writers: None,
            generators: None,
            threads: None,
            direct: DirectMode::Auto,
            sync: SyncMode::End,
            force: false,
            preallocate: true,
            resume: false,
            append: false,
            read_percent: 0,
            auto: false,
            verify: false,
            pregenerated: false,
            io: IoOptions::default(),
        }
    }
}

/// Writes a range of a stream to `paths`, which get consecutive parts of it.
///
/// Existing data is refused unless `force` is set, or its attributes and samples show that it is an earlier result.
/// After an error or an interruption the files end where the data stops being without gaps; files that were made and
/// not reached are removed. In random order there is no such place, and what was written stays where it is.
///
/// # Errors
/// Before the first byte: bad values, refused targets, files that cannot be opened. What happens later comes in the
/// [`Outcome`], beside the report.
pub fn write(paths: &[PathBuf], options: &WriteOptions, watch: Watch<'_>) -> Result<Outcome<WriteReport>> {
    write_on(&Real::new(), paths, options, watch)
}

pub(crate) fn write_on(
    machine: &dyn Machine,
    paths: &[PathBuf],
    options: &WriteOptions,
    watch: Watch<'_>,
) -> Result<Outcome<WriteReport>> {
    let Some(files) = options.files else { return write_paths(machine, paths, options, watch) };
    options.io.check()?;
    if options.append {
        append::check(paths, options)?;
    }
    let folder = Folder::make(paths, files)?;
    folder.settle(write_paths(machine, &folder.files, options, watch))
}

fn write_paths(
    machine: &dyn Machine,
    paths: &[PathBuf],
    options: &WriteOptions,
    watch: Watch<'_>,
) -> Result<Outcome<WriteReport>> {
    let append = if options.append { Some(append::plan(paths, options)?) } else { None };
    let options = append.as_ref().map_or(options, |append| &append.options);
    let range = StreamRange::new(options.offset, options.size)?;
    StreamRange::new(options.file_offset, options.size)
        .map_err(|_| Error::invalid("file offset", options.file_offset, "ranges that end at or below 2^63"))?;
    options.io.check()?;
    if options.pregenerated && (options.verify || options.resume || options.append || options.read_percent > 0) {
        return Err(Error::new(
            ErrorKind::Usage,
            "what is written from pre-generated buffers cannot be verified, resumed, continued or compared with what is read",
        ));
    }
    crate::tune::setting::check(options.auto, &options.io)?;
    rwmix::check(options)?;
    let nodes = Nodes::new(options.io.placement, options.threads)?;
    let parts = split(range, paths.len(), options.stream.recipe().block_size())?;
    let section =
        |part: &StreamRange| Section { file_offset: options.file_offset, stream_offset: part.offset, size: part.size };
    let mut sections: Vec<Section> = parts.iter().map(section).collect();
    let found = look(paths, &sections, options)?;
    select::check(&options.io, machine)?;
    let resumed =
        if options.resume { Some(resume::find(machine, paths, &found, &sections, options, watch)?) } else { None };
    for (section, file) in sections.iter_mut().zip(resumed.iter().flat_map(|resumed| &resumed.files)) {
        *section = section.behind(file.valid);
    }
    let tuned =
        if options.auto { Some(tune::write(machine, paths, &found[0], &sections, options, watch)?) } else { None };
    let (options, tuning) = tuned.map_or((options.clone(), None), |(options, report)| (options, Some(report)));
    let wish = wish(&options, nodes.team.threads(), &found);
    let in_place = rwmix::is_whole(paths, &found, &sections, &options)?;
    let mut targets = open(paths, found, &sections, &options)?;
    for target in &mut targets {
        target.in_place = in_place;
    }
    for (target, file) in targets.iter_mut().zip(resumed.iter().flat_map(|resumed| &resumed.files)) {
        target.continues(file.valid);
    }
    if let (Some(append), Some(target)) = (&append, targets.first_mut()) {
        target.before = if append.report.continued { append.report.file_offset } else { 0 };
    }
    let run = Run::new(machine, &options, watch, (&nodes, wish), &sections, &mut targets);
    let mut outcome = match run {
        Ok(run) => run.go(),
        Err(error) => {
            abandon(&targets);
            return Err(error);
        }
    };
    drop(targets);
    outcome.report.resumed = resumed;
    outcome.report.run.warnings.extend(append.as_ref().and_then(|append| append.warning.clone()));
    outcome.report.appended = append.map(|append| append.report);
    outcome.report.tuning = tuning.map(|tuning| tuning.finish(&outcome.report.run));
    if options.verify && outcome.error.is_none() {
        check(machine, &mut outcome, &options, watch);
    }
    Ok(outcome)
}

/// Reads back what was written, as far as it is known to be without a gap.
fn check(machine: &dyn Machine, outcome: &mut Outcome<WriteReport>, options: &WriteOptions, watch: Watch<'_>) {
    let report = &mut outcome.report;
    if report.valid_prefix == 0 {
        report.run.warnings.push("nothing was read back: no part is known to be without a gap".into());
        return;
    }
    let error = match read_back::read_back(machine, report, options, watch) {
        Ok(checked) => {
            report.verify = Some(checked.report);
            checked.error
        }
        Err(error) => Some(error),
    };
    report.interrupted |= error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Interrupted);
    report.error = error.as_ref().map(|error| format!("reading back: {error}"));
    outcome.error = error;
}

fn wish(options: &WriteOptions, threads: usize, found: &[Found]) -> Wish {
    Wish {
        buffer_size: options.buffer_size,
        workers: options.writers,
        threads: Some(threads),
        waits: found.iter().any(|found| found.kind() != Kind::Memory),
        depth: options.io.depth,
        buffer_count: options.io.buffer_count,
        vectored: options.io.vectored,
        direct: false,
        generators: options.generators,
        generates: !options.pregenerated,
    }
}

fn look(paths: &[PathBuf], sections: &[Section], options: &WriteOptions) -> Result<Vec<Found>> {
    let mut all: Vec<Found> = Vec::new();
    let (mut names, mut identities) = (HashSet::new(), HashSet::new());
    for (path, section) in paths.iter().zip(sections) {
        let found = Found::look(path, section, options.force || options.resume || options.append)?;
        if matches!(options.io.engine, EngineChoice::Null | EngineChoice::Memory) && !found.is_null() {
            let message = "the engines null and memory keep nothing, so they write to /dev/null alone";
            return Err(Error::new(ErrorKind::Usage, format!("{}: {message}", path.display())));
        }
        if (options.verify || options.read_percent > 0) && found.kind() == Kind::Memory {
            let message = "keeps nothing, so nothing can be read back";
            return Err(Error::new(ErrorKind::Usage, format!("{}: {message}", path.display())));
        }
        let known = found.identity().is_some_and(|identity| !identities.insert(identity));
        if known || (found.kind() == Kind::Regular && !names.insert(path)) {
            return Err(Error::new(ErrorKind::Usage, format!("{}: the same target is given twice", path.display())));
        }
        all.push(found);
    }
    Ok(all)
}

/// Opens every target, or none: files made before a failure are removed. Nothing is emptied yet.
fn open(paths: &[PathBuf], found: Vec<Found>, sections: &[Section], options: &WriteOptions) -> Result<Vec<Target>> {
    make_room(paths.len(), if options.direct == DirectMode::Off { 1 } else { 2 })?;
    let access = if options.read_percent > 0 { Access::Both } else { Access::Write };
    let mut targets: Vec<Target> = Vec::new();
    for ((path, found), section) in paths.iter().zip(found).zip(sections) {
        match found.open(path, *section, options.direct, access) {
            Ok(target) => targets.push(target),
            Err(error) => {
                abandon(&targets);
                return Err(error);
            }
        }
    }
    Ok(targets)
}

/// Removes files that were made for a run that does not begin.
fn abandon(targets: &[Target]) {
    for target in targets {
        _ = target.settle(0, Watch::default());
    }
}
