//! `dgen dataset`.

use std::path::Path;

use dgen::{ErrorKind, Result};
use dgen_dataset::{ReadOptions, VerifyOptions, WriteOptions};

use crate::args::{DatasetReadArgs, DatasetVerifyArgs, DatasetWriteArgs};
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::{Output, warn};
use crate::progress::{Follow, follow};
use crate::report::text;

pub(crate) fn write(args: &DatasetWriteArgs) -> Result<Exit> {
    let mut share = args.ranks.share()?;
    if let Some((share, wait)) = share.as_mut().zip(args.rank_wait) {
        share.wait = wait;
    }
    if !args.resume || !args.path.join(dgen_dataset::MANIFEST).exists() {
        args.stream.check_shared(share.as_ref())?;
    }
    let (layout, generation) = args.layout(share.as_ref().map(|share| share.ranks))?;
    let mut options = WriteOptions::default();
    options.generation = generation;
    options.threads = args.run.threads;
    options.sync = args.sync;
    options.resume = args.resume;
    options.force = args.force;
    options.ranks = share;
    let output = open(args.run.json.of(options.ranks.as_ref())?.json.as_deref(), &args.path, args.force)?;
    let how = Follow { verb: "wrote", total: None, abandon: None };
    let outcome = follow(&how, |watch| dgen_dataset::write(&args.path, &layout, &options, watch));
    let outcome = outcome?;
    warn(&outcome.report.warnings);
    output.report(&outcome.report, &text::dataset::write(&outcome.report))?;
    let drawn = args.stream.is_seed_unsaid() && !args.shape.is_unsaid();
    super::again::tell(outcome.error.as_ref(), drawn.then_some(&layout.recipe));
    Ok(super::end(outcome.error.as_ref()))
}

pub(crate) fn verify(args: &DatasetVerifyArgs) -> Result<Exit> {
    let share = args.ranks.share()?;
    let mut options = VerifyOptions::default();
    options.threads = args.run.threads;
    options.limit = args.limit;
    options.cached = args.cached;
    let output = open(args.run.json.of(share.as_ref())?.json.as_deref(), &args.path, args.replace.force)?;
    options.ranks = share;
    let how = Follow { verb: "verified", total: None, abandon: None };
    let outcome = follow(&how, |watch| dgen_dataset::verify(&args.path, &options, watch))?;
    warn(&outcome.report.warnings);
    output.report(&outcome.report, &text::dataset::verify(&outcome.report))?;
    let report = &outcome.report;
    let damaged = report.files_bad + report.files_missing + report.files_extra > 0;
    Ok(after_damage(damaged, outcome.error.as_ref()))
}

pub(crate) fn read(args: &DatasetReadArgs) -> Result<Exit> {
    let share = args.ranks.share()?;
    let mut options = ReadOptions::default();
    options.threads = args.run.threads;
    options.epochs = args.epochs as u64;
    options.shuffle = (!args.no_shuffle).then_some(args.shuffle_seed);
    options.record = args.record_size;
    options.batch = args.batch_size as u64;
    options.verify = args.verify;
    options.cached = args.cached;
    let output = open(args.run.json.of(share.as_ref())?.json.as_deref(), &args.path, args.replace.force)?;
    options.ranks = share;
    let how = Follow { verb: "read", total: None, abandon: None };
    let outcome = follow(&how, |watch| dgen_dataset::read(&args.path, &options, watch))?;
    warn(&outcome.report.warnings);
    output.report(&outcome.report, &text::dataset::read(&outcome.report))?;
    Ok(after_damage(outcome.report.samples_bad > 0, outcome.error.as_ref()))
}

/// Where the report goes: nowhere into the set.
fn open(json: Option<&Path>, set: &Path, force: bool) -> Result<Output> {
    Output::open(json, &mut Guard::of_folder(set, force))
}

/// Damage goes before what was not examined, and not before an interruption.
fn after_damage(damaged: bool, error: Option<&dgen::Error>) -> Exit {
    let end = super::end(error);
    let stopped = error.is_some_and(|error| error.kind() == ErrorKind::Interrupted);
    if damaged && !stopped { Exit::Mismatch } else { end }
}
