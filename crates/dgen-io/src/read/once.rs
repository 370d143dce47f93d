//! One read, from options to the report.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use dgen::units::human_size;
use dgen::{Error, ErrorKind, Result};

use super::{options::ReadOptions, report::ReadReport};
use crate::base::{lock::lock, outcome::Outcome};
use crate::engine::{machine::Machine, operation::Action, select};
use crate::extents::completed::CompletionBitmap;
use crate::extents::cursor::{Cursor, Extent, Grid, Section};
use crate::memory::nodes::Nodes;
use crate::metrics::watch::Watch;
use crate::options::ranks::{RankShare, RanksReport};
use crate::pipeline::{assembly::Assembly, assembly::Context, spared::Spared, task::Claim, task::Task};
use crate::report::skipped::{SkippedFile, SkippedNotes};
use crate::report::{file::FileReport, file::prefixes, run::RunRecord, run::RunReport};
use crate::sizing::{DEFAULT_BUFFER, Wish};
use crate::storage::attributes::StreamRange;
use crate::storage::origin::{self, DataOrigin, Grounds, Known};
use crate::storage::{advice, descriptors::make_room, medium::Media, open_file::OpenFile, source::Source};
use crate::tune::setting;

/// A read whose options were checked, and whose files are open.
pub(super) struct ReadJob<'a> {
    pub(super) machine: &'a dyn Machine,
    pub(super) watch: Watch<'a>,
    /// The files that are open.
    pub(super) paths: Vec<PathBuf>,
    /// Those that could not be opened.
    skipped: Vec<SkippedFile>,
    pub(super) options: ReadOptions,
    pub(super) nodes: Nodes,
    sources: Vec<Source>,
    pub(super) sections: Vec<Section>,
    /// Which part of the reading this is.
    ranks: Option<RanksReport>,
}

/// Moves bytes to memory, and nothing else.
struct ReadTask(Spared);

impl Task for ReadTask {
    fn action(&self) -> Action {
        Action::Read
    }

    fn claim(&self, cursor: &Cursor, done: &Mutex<CompletionBitmap>) -> Claim {
        self.0.claim(cursor, |extent| lock(done).add(extent.index))
    }

    fn spare(&self, extent: &Extent, error: Error) -> Option<Error> {
        self.0.take(extent, error)
    }
}

impl<'a> ReadJob<'a> {
    pub(super) fn new(
        machine: &'a dyn Machine,
        paths: &[PathBuf],
        options: ReadOptions,
        watch: Watch<'a>,
    ) -> Result<Self> {
        let ranks = options.ranks.clone().filter(RankShare::is_one_of_many);
        let own = ranks.as_ref().map(|ranks| ranks.paths(paths)).transpose()?.flatten();
        let paths = own.as_deref().unwrap_or(paths);
        select::check(&options.io)?;
        setting::check(options.auto, &options.io)?;
        select::check_reads(&options.io)?;
        select::check_allowed(&options.io, machine)?;
        let nodes = Nodes::new(options.io.placement, options.threads)?;
        options.advice.check(options.cached)?;
        let direct = options.direct.unless(options.cached)?;
        make_room(paths.len(), direct)?;
        let strict = options.strict || paths.len() == 1;
        let (mut sources, mut skipped, mut first) = (Vec::new(), Vec::new(), None);
        for path in paths {
            match Source::open(path, direct) {
                Ok(source) => sources.push(source),
                Err(error) if !strict && error.kind() == ErrorKind::Io => {
                    skipped.push(SkippedFile::failed(path, &error));
                    first = first.or(Some(error));
                }
                Err(error) => return Err(error),
            }
        }
        if let (true, Some(error)) = (sources.is_empty(), first) {
            return Err(error);
        }
        if options.cached {
            for source in &mut sources {
                source.open.reason = "cached reads were asked for".into();
            }
        }
        let mut sections = sections(&sources, &options)?;
        let size = sections.iter().map(|section| section.size).sum();
        let ranks = match ranks {
            Some(ranks) if own.is_none() => {
                share(&mut sources, &mut sections, ranks.part(StreamRange { offset: 0, size }, DEFAULT_BUFFER)?);
                Some(ranks.report(true, None, Some(size)))
            }
            ranks => ranks.map(|ranks| ranks.report(false, None, None)),
        };
        let paths = sources.iter().map(|source| source.open.path.clone()).collect();
        Ok(Self { machine, watch, paths, skipped, options, nodes, sources, sections, ranks })
    }

    pub(super) fn go(self) -> Result<Outcome<ReadReport>> {
        let Self { machine, watch, options, nodes, mut sources, sections, mut skipped, ranks, .. } = self;
        let (io, clock) = (&options.io, machine.clock());
        let context = Context { machine, io, nodes: &nodes, watch };
        let mut media = Media::default();
        let seek = |(source, section): (&mut Source, &Section)| {
            Grounds::seek(&mut media, &mut source.open, section, options.cached, watch)
        };
        let (grounds, undropped): (Vec<_>, Vec<_>) = sources.iter_mut().zip(&sections).map(seek).unzip();
        let files: Vec<&OpenFile> = sources.iter().map(|source| &source.open).collect();
        let assembly = Assembly::new(&context, &files, &sections, Grid::File, |_, _| Wish {
            buffer_size: options.buffer_size,
            workers: options.readers,
            waits: true,
            ..Wish::of(io, nodes.team.threads())
        })?;
        let advised = advice::advise(&files, &sections, options.advice, io.order)?;
        let entered = clock.now();
        let task = ReadTask(Spared::new(files.len(), options.strict));
        let moved = assembly.run(&context, &files, &task);
        let ended = clock.now();
        let failure = moved.progress.take_error();
        let early = failure.is_none() && moved.sum.bytes + task.0.missed() < assembly.size;
        let failures = task.0.into_errors();
        let time_limited = early && moved.time_over && !watch.is_cancelled();
        let mut run = RunReport::new(&RunRecord {
            context: &context,
            assembly: &assembly,
            moved: &moved,
            files: &files,
            entered,
            ended,
            syncing: Duration::ZERO,
            generates: false,
            time_limited,
            full: false,
        });
        let known = known(&grounds, &files, io.passes);
        let looked_at = files.iter().map(|file| &*file.path).zip(&grounds).zip(&known);
        run.warnings.extend(undropped.into_iter().flatten());
        run.warnings.extend(origin::warnings(looked_at.map(|((path, grounds), known)| (path, grounds, known))));
        run.warnings.extend(advised.warnings);
        let done = format!("{} of {}", human_size(moved.sum.bytes), human_size(assembly.size));
        if time_limited {
            run.warnings.push(format!("the time limit ended it after {done}"));
        }
        let interrupted = early && !time_limited;
        let stopped = || Error::new(ErrorKind::Interrupted, format!("interrupted after {done}"));
        let error = failure.or_else(|| interrupted.then(stopped));
        let mut prefixes = prefixes(moved.prefix, sections.iter().map(|section| section.size));
        for (index, failure) in failures {
            let before = failure.offset().map_or(0, |at| at.saturating_sub(sections[index].file_offset));
            prefixes[index] = prefixes[index].min(before);
            skipped.push(SkippedFile::failed(&files[index].path, &failure));
        }
        let file = |(((open, section), prefix), known): (((&&OpenFile, &Section), u64), Known)| FileReport {
            data_read_from: Some(known.origin),
            data_read_from_reason: Some(known.reason),
            ..FileReport::new(open, section, prefix)
        };
        let report = ReadReport {
            bytes_read: moved.sum.bytes,
            advice: advised.name,
            advice_reason: advised.reason,
            data_read_from: known.iter().map(|known| known.origin).max(),
            run,
            tuning: None,
            size: sections.iter().map(|section| section.size).sum(),
            ranks,
            interrupted,
            error: error.as_ref().map(ToString::to_string),
            files: files.iter().zip(&sections).zip(prefixes).zip(known).map(file).collect(),
            skipped: Vec::new(),
        };
        let mut outcome = Outcome { report, error };
        outcome.skip(skipped);
        Ok(outcome)
    }
}

impl Outcome<ReadReport> {
    /// Adds files that were skipped, and what is to be said of them.
    pub fn skip(&mut self, skipped: Vec<SkippedFile>) {
        let SkippedNotes { warnings, error } = SkippedNotes::new(&skipped, "read");
        self.report.run.warnings.extend(warnings);
        self.report.skipped.extend(skipped);
        if let (None, Some(error)) = (&self.error, error) {
            self.report.error = Some(error.to_string());
            self.error = Some(error);
        }
    }
}

/// What is known of where each file's bytes came from.
fn known(grounds: &[Grounds], files: &[&OpenFile], passes: u64) -> Vec<Known> {
    let known = |(grounds, file): (&Grounds, &&OpenFile)| {
        let known = grounds.known(file);
        if passes > 1 && known.origin == DataOrigin::ReadFromTheDevice && !file.was_direct() {
            return Known::new(DataOrigin::ComparedInMemory, "what the first pass reads is in the page cache after it");
        }
        known
    };
    grounds.iter().zip(files).map(known).collect()
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

/// Leaves the part of all that is read which lies in `part`, counted from its first byte.
fn share(sources: &mut Vec<Source>, sections: &mut Vec<Section>, part: StreamRange) {
    let (mut position, end) = (0, part.offset + part.size);
    let mut own = Vec::new();
    for section in &mut *sections {
        let (begin, next) = (position, position + section.size);
        let (from, to) = (begin.max(part.offset), next.min(end));
        own.push(from < to);
        if from < to {
            *section = Section { size: to - begin, ..*section }.behind(from - begin);
        }
        position = next;
    }
    let mut keeps = own.iter();
    sources.retain(|_| *keeps.next().expect("one for each"));
    let mut keeps = own.iter();
    sections.retain(|_| *keeps.next().expect("one for each"));
}
