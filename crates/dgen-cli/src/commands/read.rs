//! `dgen read`.

use std::fs::Metadata;
use std::path::PathBuf;

use dgen::Result;
use dgen_io::{FoundFiles, Live, ReadOptions, SkippedNotes, find_files, read};

use crate::args::{ReadArgs, own_paths};
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::warn;
use crate::progress::{Follow, follow_live};
use crate::report::{Forms, JsonOf, csv, fio, html, text};

pub(crate) fn run(args: &ReadArgs) -> Result<Exit> {
    if let Some(end) = super::objects::read(args) {
        return end;
    }
    let mut share = args.ranks.share()?;
    if let Some(share) = &mut share {
        share.own = share.paths(&args.paths)?.is_some();
    }
    let share = share.as_ref();
    let FoundFiles { files: paths, skipped, .. } = find_files(&own_paths(share, &args.paths)?, args.strict)?;
    if let (true, Some(error)) = (paths.is_empty(), SkippedNotes::new(&skipped, "read").error) {
        return Err(error);
    }
    let mut options = ReadOptions::default();
    options.size = args.size;
    options.file_offset = args.io.file_offset.unwrap_or(0);
    options.buffer_size = args.io.buffer_size;
    options.readers = args.readers;
    options.threads = args.run.threads;
    options.direct = args.direct.mode();
    options.advice = args.advise.advise;
    options.cached = args.advise.cached;
    options.auto = args.auto.auto;
    options.strict = args.strict;
    options.ranks = share.cloned();
    options.io = args.engine.options();
    options.io.placement = args.place.options();
    let live = Live::default();
    let header = csv::header();
    let beside = skipped.iter().map(|file| &*file.path);
    let guard = Guard::new(paths.iter().map(PathBuf::as_path).chain(beside), args.replace.force);
    let sinks = args.report.of(share)?.open(&args.format.of(args.run.json.of(share)?), &header, guard)?;
    let parts = share.filter(|share| !share.own).map_or(1, |share| u64::from(share.ranks));
    let total = total(args, &paths).map(|total| total / parts);
    let how = Follow { verb: "read", total, abandon: None };
    let mut outcome = follow_live(&how, &live, |watch| read(&paths, &options, watch))?;
    outcome.skip(skipped);
    let report = &outcome.report;
    warn(&report.run.warnings);
    let fio = args.format.is_fio().then(|| fio::read(report));
    sinks.report(&Forms {
        value: &fio.as_ref().map_or(JsonOf::Dgen(report), JsonOf::Fio),
        text: &text::read(report),
        csv: (&header, &|| csv::read(report)),
        html: &|| html::read(report),
    })?;
    Ok(super::end(outcome.error.as_ref()))
}

/// Bytes to read in all passes, as far as they are known before files are opened.
fn total(args: &ReadArgs, paths: &[PathBuf]) -> Option<u64> {
    let skipped = args.io.file_offset.unwrap_or(0);
    let of_file = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
        Some(metadata.len().saturating_sub(skipped))
    };
    let once = args.size.or_else(|| paths.iter().map(of_file).sum())?;
    Some(once.saturating_mul(args.engine.passes()))
}
