//! One read, from options to the report.

use std::path::PathBuf;
use std::time::Duration;

use dgen::units::human_size;
use dgen::{Error, ErrorKind, Result};

use super::{options::ReadOptions, report::ReadReport};
use crate::base::outcome::Outcome;
use crate::engine::{machine::Machine, operation::Action, select};
use crate::extents::cursor::{Grid, Section};
use crate::memory::nodes::Nodes;
use crate::metrics::watch::Watch;
use crate::pipeline::{assembly::Assembly, assembly::Context, task::Task};
use crate::report::{file::FileReport, file::prefixes, run::RunRecord, run::RunReport};
use crate::sizing::Wish;
use crate::storage::origin::{self, DataOrigin, Grounds, Known};
use crate::storage::{advice, descriptors::make_room, medium::Media, open_file::OpenFile, source::Source};
use crate::tune::setting;

/// A read whose options were checked, and whose files are open.
pub(super) struct ReadJob<'a> {
    pub(super) machine: &'a dyn Machine,
    pub(super) watch: Watch<'a>,
    pub(super) paths: &'a [PathBuf],
    pub(super) options: ReadOptions,
    pub(super) nodes: Nodes,
    sources: Vec<Source>,
    pub(super) sections: Vec<Section>,
}

/// Moves bytes to memory, and nothing else.
struct ReadTask;

impl Task for ReadTask {
    fn action(&self) -> Action {
        Action::Read
    }
}

impl<'a> ReadJob<'a> {
    pub(super) fn new(
        machine: &'a dyn Machine,
        paths: &'a [PathBuf],
        options: ReadOptions,
        watch: Watch<'a>,
    ) -> Result<Self> {
        select::check(&options.io)?;
        setting::check(options.auto, &options.io)?;
        select::check_reads(&options.io)?;
        select::check_allowed(&options.io, machine)?;
        let nodes = Nodes::new(options.io.placement, options.threads)?;
        options.advice.check(options.cached)?;
        let direct = options.direct.unless(options.cached)?;
        make_room(paths.len(), direct)?;
        let mut sources: Vec<Source> = paths.iter().map(|path| Source::open(path, direct)).collect::<Result<_>>()?;
        if options.cached {
            for source in &mut sources {
                source.open.reason = "cached reads were asked for".into();
            }
        }
        let sections = sections(&sources, &options)?;
        Ok(Self { machine, watch, paths, options, nodes, sources, sections })
    }

    pub(super) fn go(self) -> Result<Outcome<ReadReport>> {
        let Self { machine, watch, options, nodes, mut sources, sections, .. } = self;
        let (io, clock) = (&options.io, machine.clock());
        let context = Context { machine, io, nodes: &nodes, watch };
        let mut media = Media::default();
        let seek = |(source, section): (&mut Source, &Section)| {
            Grounds::seek(&mut media, &mut source.open, section, options.cached, watch)
        };
        let (grounds, failures): (Vec<_>, Vec<_>) = sources.iter_mut().zip(&sections).map(seek).unzip();
        let files: Vec<&OpenFile> = sources.iter().map(|source| &source.open).collect();
        let assembly = Assembly::new(&context, &files, &sections, Grid::File, |_, _| Wish {
            buffer_size: options.buffer_size,
            workers: options.readers,
            waits: true,
            ..Wish::of(io, nodes.team.threads())
        })?;
        let advised = advice::advise(&files, &sections, options.advice, io.order)?;
        let entered = clock.now();
        let moved = assembly.run(&context, &files, &ReadTask);
        let ended = clock.now();
        let failure = moved.progress.take_error();
        let early = failure.is_none() && moved.sum.bytes < assembly.size;
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
        run.warnings.extend(failures.into_iter().flatten());
        run.warnings.extend(origin::warnings(looked_at.map(|((path, grounds), known)| (path, grounds, known))));
        run.warnings.extend(advised.warnings);
        let done = format!("{} of {}", human_size(moved.sum.bytes), human_size(assembly.size));
        if time_limited {
            run.warnings.push(format!("the time limit ended it after {done}"));
        }
        let interrupted = early && !time_limited;
        let stopped = || Error::new(ErrorKind::Interrupted, format!("interrupted after {done}"));
        let error = failure.or_else(|| interrupted.then(stopped));
        let prefixes = prefixes(moved.prefix, sections.iter().map(|section| section.size));
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
            interrupted,
            error: error.as_ref().map(ToString::to_string),
            files: files.iter().zip(&sections).zip(prefixes).zip(known).map(file).collect(),
        };
        Ok(Outcome { report, error })
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
