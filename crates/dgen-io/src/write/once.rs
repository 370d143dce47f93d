//! Opens the targets of a write, and runs it.

use dgen::Result;

use super::{job::WriteJob, report::WriteReport, run, rwmix};
use crate::base::outcome::Outcome;
use crate::extents::cursor::Grid;
use crate::metrics::watch::Watch;
use crate::pipeline::assembly::Assembly;
use crate::sizing::Wish;
use crate::storage::{attributes::FilePlace, attributes::Mark};
use crate::storage::{direct::Access, open_file::OpenFile, target::Kind, target::Target};

/// Writes what there is to write.
///
/// # Errors
/// What shows before the first byte; files that were made are gone then.
pub(super) fn go(mut job: WriteJob<'_>) -> Result<Outcome<WriteReport>> {
    let in_place = rwmix::is_whole(&job)?;
    let mut targets = open(&mut job)?;
    for target in &mut targets {
        (target.in_place, target.before) = (in_place || job.deal.is_shared(), job.before);
    }
    for (target, valid) in targets.iter_mut().zip(&job.valid) {
        target.continues(*valid);
    }
    let placed = place(&job, &mut targets);
    let assembly = placed.and_then(|()| assemble(&job, &mut targets));
    let outcome = assembly.and_then(|assembly| run::run(&job, &assembly, &mut targets));
    if outcome.is_err() {
        abandon(&targets);
    }
    outcome
}

/// Gives each file its place in a set.
fn place(job: &WriteJob<'_>, targets: &mut [Target]) -> Result<()> {
    let continues = job.options.resume || job.before > 0;
    let (first, count) = job.deal.places(job.paths.len());
    for (index, target) in targets.iter_mut().enumerate() {
        target.place = FilePlace::of(first + index, count);
        // A file that is continued alone stays what it was in its set.
        if target.place.is_none() && continues {
            let own = Mark::of(&target.open.buffered, &target.open.path)?.known();
            target.place = own.and_then(|mark| mark.file);
        }
    }
    Ok(())
}

/// Decides how to go about it, and empties files that are to be written from their beginning.
fn assemble(job: &WriteJob<'_>, targets: &mut [Target]) -> Result<Assembly> {
    let (options, threads) = (&job.options, job.nodes.team.threads());
    let files: Vec<&OpenFile> = targets.iter().map(|target| &target.open).collect();
    let waits = targets.iter().any(|target| target.kind != Kind::Memory);
    let assembly = Assembly::new(&job.context(), &files, &job.sections, Grid::File, |_, direct| Wish {
        buffer_size: options.buffer_size,
        workers: options.writers,
        waits,
        direct,
        generators: options.generators,
        generates: !options.pregenerated,
        ..Wish::of(&options.io, threads)
    })?;
    targets.iter_mut().try_for_each(Target::empty)?;
    Ok(assembly)
}

/// Opens every target, or none: files made before a failure are removed. Nothing is emptied yet.
fn open(job: &mut WriteJob<'_>) -> Result<Vec<Target>> {
    let access = if job.options.read_percent > 0 { Access::Both } else { Access::Write };
    let mut targets: Vec<Target> = Vec::new();
    for ((path, found), section) in job.paths.iter().zip(job.found.drain(..)).zip(&job.sections) {
        match found.open(path, *section, job.options.direct, access) {
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
        _ = target.discard(Watch::default());
    }
}
