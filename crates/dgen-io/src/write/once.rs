//! Opens the targets of a write, and runs it.

use std::path::PathBuf;

use dgen::Result;

use super::job::WriteJob;
use super::options::WriteOptions;
use super::report::WriteReport;
use super::{run, rwmix};
use crate::base::outcome::Outcome;
use crate::extents::cursor::{Grid, Section};
use crate::metrics::watch::Watch;
use crate::pipeline::assembly::Assembly;
use crate::sizing::Wish;
use crate::storage::descriptors::make_room;
use crate::storage::direct::Access;
use crate::storage::open_file::OpenFile;
use crate::storage::target::{Found, Kind, Target};

/// Writes what there is to write.
///
/// # Errors
/// What shows before the first byte; files that were made are gone then.
pub(super) fn go(mut job: WriteJob<'_>) -> Result<Outcome<WriteReport>> {
    let in_place = rwmix::is_whole(job.paths, &job.found, &job.sections, &job.options)?;
    let found = std::mem::take(&mut job.found);
    let mut targets = open(job.paths, found, &job.sections, &job.options)?;
    for target in &mut targets {
        (target.in_place, target.before) = (in_place, job.before);
    }
    for (target, valid) in targets.iter_mut().zip(&job.valid) {
        target.continues(*valid);
    }
    match assemble(&job, &mut targets) {
        Ok(assembly) => Ok(run::run(&job, &assembly, &mut targets)),
        Err(error) => {
            abandon(&targets);
            Err(error)
        }
    }
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
fn open(paths: &[PathBuf], found: Vec<Found>, sections: &[Section], options: &WriteOptions) -> Result<Vec<Target>> {
    make_room(paths.len(), options.direct)?;
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
        _ = target.finalize(0, Watch::default());
    }
}
