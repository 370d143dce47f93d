//! Writing a range of a stream to files and devices.

pub(crate) mod append;
pub(crate) mod deal;
pub(crate) mod finish;
pub(crate) mod job;
pub(crate) mod once;
pub(crate) mod options;
pub(crate) mod read_back;
pub(crate) mod remains;
pub(crate) mod report;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod rwmix;
pub(crate) mod shared;
pub(crate) mod tune;

#[cfg(test)]
mod races;

use std::path::PathBuf;

use dgen::{ErrorKind, Result};

use crate::base::outcome::Outcome;
use crate::engine::machine::{Machine, Real};
use crate::metrics::watch::Watch;
use crate::options::ranks::RankShare;
use crate::storage::{folder::Folder, name::Folders, target::Claim};
use deal::{Deal, SharedFiles};
use job::WriteJob;
use options::WriteOptions;
use report::WriteReport;

/// Writes a range of a stream to `paths`, which get consecutive parts of it.
///
/// Existing data is refused unless `force` is set, or it is an earlier result of the same write: its attributes name the same
/// recipe, version, range and place in a set, and samples of it are right. The report then has a warning that says so.
/// After an error or an interruption the files end where the data stops being without gaps; files that were made and
/// not reached are removed, unless others write in them too. In random order there is no such place, and what was written
/// stays where it is.
///
/// What is at a path when it is looked at is written, whatever takes its name meanwhile, and locked: no two writes take
/// the same bytes of a file. A path that does not lead to what was written at the end is an error.
///
/// # Errors
/// Before the first byte: bad values, refused targets, files that cannot be opened, bytes that someone else writes. What
/// happens later comes in the [`Outcome`], beside the report.
pub fn write(paths: &[PathBuf], options: &WriteOptions, watch: Watch<'_>) -> Result<Outcome<WriteReport>> {
    write_on(&Real::new(), paths, options, watch)
}

pub(crate) fn write_on(
    machine: &dyn Machine,
    paths: &[PathBuf],
    options: &WriteOptions,
    watch: Watch<'_>,
) -> Result<Outcome<WriteReport>> {
    let Some(files) = options.files else { return write_named(machine, paths, options, watch) };
    job::check(paths, options)?;
    let dealt = ranks(options).map(|ranks| ranks.of("files", files)).transpose()?;
    let folder = Folder::make(paths, files)?;
    let (own, deal) = match dealt {
        None => (&folder.files[..], Deal::All),
        Some(own) => (&folder.files[own.clone()], Deal::Own { first: own.start, count: files }),
    };
    let outcome = write_paths(machine, own, options, watch, folder.folders(), deal);
    let warning = folder.finalize();
    outcome.map(|mut outcome| {
        outcome.report.run.warnings.extend(warning);
        outcome
    })
}

/// The ranks that share a write, if there are several.
fn ranks(options: &WriteOptions) -> Option<&RankShare> {
    options.ranks.as_ref().filter(|share| share.is_one_of_many())
}

/// Writes files that are named one by one: each rank's own where the rank stands in the paths, else parts of all.
fn write_named(
    machine: &dyn Machine,
    paths: &[PathBuf],
    options: &WriteOptions,
    watch: Watch<'_>,
) -> Result<Outcome<WriteReport>> {
    let Some(ranks) = ranks(options) else {
        return write_paths(machine, paths, options, watch, Folders::default(), Deal::All);
    };
    job::check(paths, options)?;
    if let Some(own) = ranks.paths(paths)? {
        let deal = Deal::Own { first: own.len() * ranks.rank as usize, count: own.len() * ranks.ranks as usize };
        return write_paths(machine, &own, options, watch, Folders::default(), deal);
    }
    let files = SharedFiles::new(paths, options, ranks)?;
    let warnings = shared::make_ready(&files, options, ranks, watch)?;
    let mut outcome = write_paths(machine, files.own(), options, watch, Folders::default(), files.deal())?;
    outcome.report.run.warnings.splice(0..0, warnings);
    Ok(outcome)
}

fn write_paths(
    machine: &dyn Machine,
    paths: &[PathBuf],
    options: &WriteOptions,
    watch: Watch<'_>,
    folders: Folders,
    deal: Deal,
) -> Result<Outcome<WriteReport>> {
    let is_shared = deal.is_shared();
    let claim = if is_shared { Claim::Part } else { Claim::Own };
    let mut job = WriteJob::new(machine, paths, options.clone(), watch, folders, claim, deal)?;
    let append = job.append.take();
    let resumed = if options.resume { Some(resume::resume(&mut job)?) } else { None };
    let tuning = if options.auto { Some(tune::tune(&mut job)?) } else { None };
    let earlier = written_over(&job);
    let mut outcome = once::go(job)?;
    let report = &mut outcome.report;
    report.run.warnings.extend(earlier.filter(|_| report.bytes_written > 0));
    report.ranks = ranks(options).map(|ranks| ranks.report(is_shared, Some(options.offset), Some(options.size)));
    report.resumed = resumed;
    report.run.warnings.extend(append.as_ref().and_then(|append| append.warning.clone()));
    report.appended = append.map(|append| append.report);
    report.tuning = tuning.map(|tuning| tuning.finish(&report.run));
    if options.verify && outcome.error.is_none() {
        check(machine, &mut outcome, options, watch);
    }
    Ok(outcome)
}

/// What is said of earlier results that are written over.
fn written_over(job: &WriteJob<'_>) -> Option<String> {
    let mut same = job.paths.iter().zip(&job.found).filter(|(_, found)| found.is_same).map(|(path, _)| path.display());
    let (first, more) = (same.next()?, same.count());
    let others = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("{first}{others}: wrote over an earlier result of the same recipe"))
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
