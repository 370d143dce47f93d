//! `dgen write`, `read` and `verify` of objects.

use std::path::{Path, PathBuf};

use dgen::{Error, ErrorKind, Result};
use dgen_io::{RankShare, SyncMode};
use dgen_object::{Location, ObjectSet, ReadOptions, VerifyOptions, VerifyReport, WriteOptions, WriteReport, recall};
use serde::Serialize;

use crate::args::{RankArgs, ReadArgs, VerifyArgs, WriteArgs};
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::{Output, warn};
use crate::progress::{Follow, follow};
use crate::report::text;

/// What was written, and what came when it was read back.
#[derive(Serialize)]
struct Written {
    #[serde(flatten)]
    write: WriteReport,
    verify: Option<VerifyReport>,
}

pub(super) fn write_objects(args: &WriteArgs) -> Result<Exit> {
    let location = location(&args.paths)?;
    refuse(&[
        ("--file-size", args.file_size.is_some()),
        ("--files", args.files.is_some()),
        ("--append", args.append),
        ("--read-percent", args.read_percent > 0),
        ("--buffer-size", args.io.buffer_size.is_some()),
        ("--file-offset", args.io.file_offset.is_some()),
        ("--direct", args.direct.mode() != dgen_io::DirectMode::Auto),
        ("--writers", args.writers.is_some()),
        ("--generators", args.generators.is_some()),
        ("--sync", args.sync != SyncMode::End),
        ("--no-preallocate", args.no_preallocate),
        ("--auto", args.auto.auto),
        ("options of engines (--engine to --runtime)", !args.engine.is_default()),
        ("--numa-mode, --numa-node or --physical-cores", args.place != crate::args::PlaceArgs::default()),
        ("--csv or --html", !args.report.is_default()),
        ("--format", args.format.is_fio()),
    ])?;
    let share = share(&args.ranks, &args.paths)?;
    let mut options = WriteOptions::default();
    options.access = args.access.access();
    options.concurrency = args.access.concurrency();
    options.part_size = args.access.part_size;
    options.threads = args.run.threads;
    options.resume = args.resume;
    options.force = args.force;
    options.ranks = share;
    let set = set_to_write(args, &location, options.ranks.as_ref())?;
    let json = args.run.json.of(options.ranks.as_ref())?;
    let output = Output::open(json.json.as_deref(), &mut Guard::new(std::iter::empty(), args.force))?;
    let recipe = *set.stream().recipe();
    let own = set.size() / options.ranks.as_ref().map_or(1, |share| u64::from(share.ranks));
    let how = Follow { verb: "wrote", total: Some(own), abandon: None };
    let outcome = follow(&how, |watch| dgen_object::write(set.clone(), &options, watch));
    let outcome = outcome?;
    warn(&outcome.report.warnings);
    let verify = (args.verify && outcome.error.is_none()).then(|| read_back(&location, set, &options)).transpose()?;
    let written = Written { write: outcome.report, verify };
    let mut shown = text::objects::write(&written.write);
    written.verify.iter().for_each(|verify| shown.append(text::objects::verify(verify)));
    output.report(&written, &shown)?;
    let drawn = args.stream.is_seed_unsaid() && !args.resume;
    super::super::again::tell(outcome.error.as_ref(), drawn.then_some(&recipe));
    let differs = written.verify.is_some_and(|verify| !verify.ok);
    Ok(if differs { Exit::Mismatch } else { super::super::end(outcome.error.as_ref()) })
}

/// What is to be written: as the options say, or to resume, else as the objects say.
fn set_to_write(args: &WriteArgs, location: &Location, share: Option<&RankShare>) -> Result<ObjectSet> {
    let shape = args.objects.shape(args.size)?;
    let Some(shape) = shape.filter(|_| !args.resume || !args.stream.is_unsaid()) else {
        let set = recalled(location, args)?;
        if shape.is_some() {
            let message =
                "--seed or --recipe is missing: give it beside --size, --objects and --object-size, or none of them";
            return Err(Error::new(ErrorKind::Usage, message));
        }
        return Ok(set);
    };
    args.stream.check_shared(share)?;
    let version = args.stream.stream_version.unwrap_or(0);
    ObjectSet::new(location.clone(), args.stream.recipe()?, version, args.stream.offset.unwrap_or(0), shape)
}

fn recalled(location: &Location, args: &WriteArgs) -> Result<ObjectSet> {
    let how = Follow { verb: "looked at", total: None, abandon: None };
    follow(&how, |watch| recall(location, &args.access.access(), watch))
}

/// What this process has written, compared.
fn read_back(location: &Location, set: ObjectSet, written: &WriteOptions) -> Result<VerifyReport> {
    let mut options = VerifyOptions::default();
    options.access = written.access.clone();
    options.concurrency = written.concurrency;
    options.threads = written.threads;
    options.ranks.clone_from(&written.ranks);
    options.set = Some(set);
    let how = Follow { verb: "verified", total: None, abandon: None };
    let outcome = follow(&how, |watch| dgen_object::verify(location, &options, watch))?;
    warn(&outcome.report.warnings);
    outcome.error.map_or(Ok(outcome.report), Err)
}

pub(super) fn read_objects(args: &ReadArgs) -> Result<Exit> {
    let location = location(&args.paths)?;
    refuse(&[
        ("--size", args.size.is_some()),
        ("--buffer-size", args.io.buffer_size.is_some()),
        ("--file-offset", args.io.file_offset.is_some()),
        ("--direct", args.direct.mode() != dgen_io::DirectMode::Auto),
        ("--readers", args.readers.is_some()),
        ("--advise or --cached", args.advise.cached || args.advise.advise != dgen_io::Advice::Auto),
        ("--auto", args.auto.auto),
        ("options of engines (--engine to --runtime)", !args.engine.is_default()),
        ("--numa-mode, --numa-node or --physical-cores", args.place != crate::args::PlaceArgs::default()),
        ("--csv or --html", !args.report.is_default()),
        ("--format", args.format.is_fio()),
    ])?;
    let mut options = ReadOptions::default();
    options.access = args.access.access();
    options.concurrency = args.access.concurrency();
    options.part_size = args.access.part_size.unwrap_or(options.part_size);
    options.threads = args.run.threads;
    options.ranks = share(&args.ranks, &args.paths)?;
    let json = args.run.json.of(options.ranks.as_ref())?;
    let output = Output::open(json.json.as_deref(), &mut Guard::new(std::iter::empty(), args.replace.force))?;
    let how = Follow { verb: "read", total: None, abandon: None };
    let outcome = follow(&how, |watch| dgen_object::read(&location, &options, watch))?;
    warn(&outcome.report.warnings);
    output.report(&outcome.report, &text::objects::read(&outcome.report))?;
    Ok(super::super::end(outcome.error.as_ref()))
}

pub(super) fn verify_objects(args: &VerifyArgs) -> Result<Exit> {
    let location = location(&args.paths)?;
    refuse(&[
        ("--buffer-size", args.io.buffer_size.is_some()),
        ("--file-offset", args.io.file_offset.is_some()),
        ("--file-size", args.file_size.is_some()),
        ("--stale-seed", !args.stale_seed.is_empty()),
        ("--direct", args.direct.is_some()),
        ("--readers", args.readers.is_some()),
        ("--advise or --cached", args.advise.cached || args.advise.advise != dgen_io::Advice::Auto),
        ("options of engines (--engine to --rate)", !args.queue.is_default()),
        ("--numa-mode, --numa-node or --physical-cores", args.place != crate::args::PlaceArgs::default()),
        ("--csv or --html", !args.report.is_default()),
    ])?;
    let mut options = VerifyOptions::default();
    options.access = args.access.access();
    options.concurrency = args.access.concurrency();
    options.part_size = args.access.part_size.unwrap_or(options.part_size);
    options.threads = args.run.threads;
    options.limit = args.limit;
    options.strict = args.strict;
    options.set = set_to_verify(args, &location)?;
    options.ranks = share(&args.ranks, &args.paths)?;
    let json = args.run.json.of(options.ranks.as_ref())?;
    let output = Output::open(json.json.as_deref(), &mut Guard::new(std::iter::empty(), args.replace.force))?;
    let how = Follow { verb: "verified", total: None, abandon: None };
    let outcome = follow(&how, |watch| dgen_object::verify(&location, &options, watch))?;
    let report = &outcome.report;
    warn(&report.warnings);
    output.report(report, &text::objects::verify(report))?;
    let damaged = report.objects_bad + report.objects_missing + report.objects_misplaced > 0;
    let damaged = damaged || (!report.ok && outcome.error.is_none());
    let end = super::super::end(outcome.error.as_ref());
    // Damage goes before what was not examined, and not before an interruption.
    Ok(if damaged && matches!(end, Exit::Done | Exit::Failed) { Exit::Mismatch } else { end })
}

/// What should be there, where options say it.
fn set_to_verify(args: &VerifyArgs, location: &Location) -> Result<Option<ObjectSet>> {
    let shape = args.objects.shape(args.size)?;
    match (args.stream.explicit_recipe()?, shape) {
        (None, None) => Ok(None),
        (Some(recipe), Some(shape)) => {
            let (version, offset) = (args.stream.stream_version.unwrap_or(0), args.stream.offset.unwrap_or(0));
            ObjectSet::new(location.clone(), recipe, version, offset, shape).map(Some)
        }
        (Some(_), None) => {
            let message = "--size, or --objects and --object-size, is missing: give what the objects were written with";
            Err(Error::new(ErrorKind::Usage, message))
        }
        (None, Some(_)) => {
            let message = "--recipe or --seed is missing: give what the objects were written with";
            Err(Error::new(ErrorKind::Usage, message))
        }
    }
}

/// The one URL.
fn location(paths: &[PathBuf]) -> Result<Location> {
    let [path] = paths else {
        let message = "the URL of an object cannot be combined with other paths: it names a prefix of many objects";
        return Err(Error::new(ErrorKind::Usage, message));
    };
    text_of(path)?.parse()
}

fn text_of(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::malformed("path", format_args!("`{}`", path.display()), "URLs in UTF-8"))
}

/// Refuses options of files.
fn refuse(options: &[(&str, bool)]) -> Result<()> {
    let Some((option, _)) = options.iter().find(|(_, given)| *given) else { return Ok(()) };
    Err(Error::new(ErrorKind::Usage, format!("{option} cannot be combined with objects")))
}

/// This process's share, if there are others: objects are dealt out, so that all have the same URL.
fn share(ranks: &RankArgs, paths: &[PathBuf]) -> Result<Option<RankShare>> {
    let share = ranks.share()?;
    if share.as_ref().map(|share| share.paths(paths)).transpose()?.flatten().is_some() {
        let message = "{rank} has no place in the URL of objects, which are dealt out to all ranks";
        return Err(Error::new(ErrorKind::Usage, message));
    }
    Ok(share)
}
