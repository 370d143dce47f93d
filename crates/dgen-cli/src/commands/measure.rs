//! `dgen measure`.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use dgen::topology::MemoryRoom;
use dgen::{Error, ErrorKind, Result};
use dgen_io::{FoundFiles, SkipReason, SkippedFile, SkippedNotes, find_files};
use dgen_measure::{
    Codec, DEFAULT_MEMORY, Input, MeasureOptions, MeasureReport, Model, SkippedInput, Watch, measure, threads_within,
};

use crate::args::MeasureArgs;
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::warn;
use crate::progress::{Follow, follow};
use crate::report::words::human_size;
use crate::report::{Forms, measure as forms, text};

/// Threads that measuring takes at most.
const MAX_THREADS: usize = 1024;

pub(crate) fn run(args: &MeasureArgs) -> Result<Exit> {
    let options = options(args)?;
    options.validate()?;
    let FoundFiles { files, skipped, .. } = find_files(&args.paths, args.strict)?;
    let paths = files.iter().chain(skipped.iter().map(|file| &file.path)).map(PathBuf::as_path);
    let guard = Guard::new(paths, args.replace.force);
    let header = forms::header();
    let sinks = args.report.open(&args.run.json, &header, guard)?;
    // It waits for nothing that cannot be interrupted but storage itself, where a second signal ends it.
    let how = Follow { verb: "measured", total: total(&files), abandon: None };
    let inputs = files.into_iter().map(Input::from_arg).collect();
    let mut report = follow(&how, |watch| {
        let progress = |bytes| watch.done.iter().for_each(|done| done.store(bytes, Ordering::Relaxed));
        measure(inputs, &options, Watch { progress: Some(&progress), cancel: watch.cancel })
    })?;
    let failure = take_skipped(&mut report, skipped);
    warn(&report.warnings);
    let mut text = text::measured(&report);
    text::skipped(&mut text, &of_inputs(&report.skipped));
    let html = || forms::page(&report, &args.paths);
    let rows = || forms::rows(&report, &args.paths);
    sinks.report(&Forms { value: &report, text: &text, csv: (&header, &rows), html: &html })?;
    let interrupted = report.interrupted.then(|| {
        let more = if args.state.is_some() { "; the same command goes on from there" } else { "" };
        let so_far = format!("interrupted: what was measured is of the first {} bytes{more}", report.bytes);
        Error::new(ErrorKind::Interrupted, so_far)
    });
    Ok(super::end(interrupted.or(failure).as_ref()))
}

/// Bytes of the files in all; not known where one has no length of its own.
fn total(files: &[PathBuf]) -> Option<u64> {
    let len = |file: &PathBuf| fs::metadata(file).ok().filter(fs::Metadata::is_file).map(|file| file.len());
    files.iter().map(len).sum()
}

/// Adds what was skipped before inputs were measured, and warnings about all that was; the error for what should have been
/// measured and was not.
pub fn take_skipped(report: &mut MeasureReport, skipped: Vec<SkippedFile>) -> Option<Error> {
    let mut all = skipped;
    all.extend(of_inputs(&report.skipped));
    let SkippedNotes { warnings, error } = SkippedNotes::new(&all, "measured");
    report.warnings.extend(warnings);
    report.skipped = all.into_iter().map(input).collect();
    error
}

/// The same in the words of the other commands.
fn of_inputs(skipped: &[SkippedInput]) -> Vec<SkippedFile> {
    let file = |input: &SkippedInput| {
        let reason = match input.reason.as_str() {
            "link" => SkipReason::Link,
            "special" => SkipReason::Special,
            "vanished" => SkipReason::Vanished,
            _ => SkipReason::Unreadable,
        };
        SkippedFile::new(input.path.clone(), reason, input.offset, input.errno, input.error.clone())
    };
    skipped.iter().map(file).collect()
}

fn input(file: SkippedFile) -> SkippedInput {
    let SkippedFile { path, reason, offset, errno, error, .. } = file;
    SkippedInput { path, reason: reason.name().to_owned(), offset, errno, error }
}

/// What one thread with zstd and the rest take at least.
const LEAST_FOR_ZSTD: u64 = 14 << 20;

fn options(args: &MeasureArgs) -> Result<MeasureOptions> {
    let mut options = MeasureOptions::default();
    let given = |list: &[u64], into: &mut Vec<u64>| {
        if !list.is_empty() {
            *into = list.to_vec();
        }
    };
    given(&args.dedup_block, &mut options.dedup_blocks);
    given(&args.compress_block, &mut options.compress_blocks);
    options.chunkers.clone_from(&args.chunker);
    if args.no_compress {
        options.codecs.clear();
    } else if !args.codec.is_empty() {
        options.codecs.clone_from(&args.codec);
    }
    options.compress_dedup_block = args.unique_block;
    let level = |level: Option<usize>| level.and_then(|level| i32::try_from(level).ok());
    options.zstd_level = level(args.zstd_level).unwrap_or(options.zstd_level);
    options.zlib_level = level(args.zlib_level).map_or(options.zlib_level, i32::unsigned_abs);
    options.lzma_level = level(args.lzma_level).map_or(options.lzma_level, i32::unsigned_abs);
    options.compress_sample = args.sample;
    options.dedup = !args.no_dedup;
    options.models.clone_from(&args.model);
    let room = MemoryRoom::read();
    let left =
        room.as_ref().map_or_else(String::new, |room| format!("{} leaves {}", room.limit, human_size(room.bytes)));
    let mut codecs = options.codecs.iter().copied().chain(options.models.iter().map(Model::codec));
    if room.as_ref().is_some_and(|room| room.bytes < LEAST_FOR_ZSTD) && codecs.any(|codec| codec == Codec::Zstd) {
        let message = format!("there is no memory to compress with zstd: {left} (--codec lz4 takes less)");
        return Err(Error::new(ErrorKind::Io, message));
    }
    if let Some(memory) = args.memory {
        options.memory = memory;
    } else if options.memory < DEFAULT_MEMORY && room.is_some() {
        warn([&format!("memory for counting lowered to {}: {left}", human_size(options.memory))]);
    }
    options.entropy = !args.no_entropy;
    options.strict = args.strict;
    options.state.clone_from(&args.state);
    options.threads = Some(if let Some(threads) = args.run.threads {
        threads
    } else {
        let allowed = dgen::driver::default_threads()?.min(MAX_THREADS);
        let threads = threads_within(room.as_ref(), allowed);
        if threads < allowed {
            warn([&format!("threads lowered from {allowed} to {threads}: {left}")]);
        }
        threads
    });
    Ok(options)
}
