//! `dgen write`.

use std::path::PathBuf;

use dgen::{Error, ErrorKind, Result, Stream};
use dgen_io::{Live, RankShare, StreamRange, WriteOptions, continued_stream, folder_files, recall, write};

use super::again;
use crate::args::{ReplaceArgs, StreamCommandArgs, WriteArgs, own_paths};
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::{STDOUT, warn};
use crate::progress::{Follow, follow_live};
use crate::report::{Forms, JsonOf, csv, fio, html, text};

pub(crate) fn run(mut args: WriteArgs) -> Result<Exit> {
    args.paths.append(&mut args.output);
    args.complete()?;
    if args.paths.iter().any(|path| path.as_os_str() == STDOUT) {
        return to_stdout(args);
    }
    if let Some(end) = super::objects::write(&args) {
        return end;
    }
    let mut share = args.ranks.share()?;
    if let Some((share, wait)) = share.as_mut().zip(args.rank_wait) {
        share.wait = wait;
    }
    let share = share.as_ref();
    let (stream, range, file_size) = what(&args, share)?;
    let recipe = *stream.recipe();
    let mut options = WriteOptions::new(stream, range.size);
    options.offset = range.offset;
    options.files = args.files;
    options.file_size = file_size;
    options.file_offset = args.io.file_offset.unwrap_or(0);
    options.buffer_size = args.io.buffer_size;
    options.writers = args.writers;
    options.generators = args.generators.and_then(|count| count.0);
    options.threads = args.run.threads;
    options.direct = args.direct.mode();
    options.sync = args.sync;
    options.force = args.force;
    options.preallocate = !args.no_preallocate;
    options.resume = args.resume;
    options.append = args.append;
    options.read_percent = args.read_percent as u64;
    options.verify = args.verify;
    options.auto = args.auto.auto;
    options.ranks = share.cloned();
    options.io = args.engine.options();
    options.io.placement = args.place.options();
    let live = Live::default();
    let header = csv::header();
    let targets = files(&args, share)?;
    let guard = Guard::new(targets.iter().map(PathBuf::as_path), args.force);
    let sinks = args.report.of(share)?.open(&args.format.of(args.run.json.of(share)?), &header, guard)?;
    // In files of one size, a rank's part is about that of the bytes.
    let own = share.map_or(Ok(range), |share| share.part(range, recipe.block_size()))?;
    let moved = own.size.saturating_mul(args.engine.passes() + u64::from(args.verify));
    let verb = if args.verify { "wrote and verified" } else { "wrote" };
    let how = Follow { verb, total: Some(moved), abandon: None };
    let outcome = follow_live(&how, &live, |watch| write(&args.paths, &options, watch))?;
    let report = &outcome.report;
    warn(report.run.warnings.iter().chain(report.verify.iter().flat_map(|verify| &verify.warnings)));
    let fio = args.format.is_fio().then(|| fio::write(report));
    sinks.report(&Forms {
        value: &fio.as_ref().map_or(JsonOf::Dgen(report), JsonOf::Fio),
        text: &text::write(report),
        csv: (&header, &|| csv::write(report)),
        html: &|| html::write(report),
    })?;
    if !args.append && args.read_percent == 0 {
        let drawn = args.stream.is_seed_unsaid() && !args.resume;
        again::tell(outcome.error.as_ref(), drawn.then_some(&recipe));
    }
    Ok(match outcome.error {
        None if outcome.report.verify.as_ref().is_some_and(|verify| !verify.ok) => Exit::Mismatch,
        None if outcome.report.reads.is_some_and(|reads| reads.bytes_bad > 0) => Exit::Mismatch,
        error => super::end(error.as_ref()),
    })
}

/// The stream, the range of it and the size of files: as given, and to resume, else as the files say.
fn what(args: &WriteArgs, share: Option<&RankShare>) -> Result<(Stream, StreamRange, Option<u64>)> {
    let offset = args.stream.offset;
    // What each rank's own files say of themselves is of that rank alone.
    let own = share.map(|share| share.paths(&args.paths)).transpose()?.flatten().is_some() || args.files.is_some();
    match args.size {
        Some(size) if !args.resume || (share.is_some() && own) => {
            args.stream.check_shared(share)?;
            Ok((stream(args, share)?, StreamRange { offset: offset.unwrap_or(0), size }, args.file_size))
        }
        None if share.is_some() && own => {
            let message = "--size is missing: the files of one rank do not say how much all ranks write";
            Err(Error::new(ErrorKind::Usage, message))
        }
        size => {
            let (recipe, version) = (args.stream.explicit_recipe()?, args.stream.stream_version);
            let known = recall(&files(args, share)?, recipe, version, offset, size)?;
            Ok((known.stream, known.range, args.file_size.or(known.file_size)))
        }
    }
}

/// The paths, or those of the files in the folder.
fn files(args: &WriteArgs, share: Option<&RankShare>) -> Result<Vec<PathBuf>> {
    let folder = args.files.zip(args.paths.first());
    folder.map_or_else(|| own_paths(share, &args.paths), |(files, folder)| folder_files(folder, files))
}

/// The stream as given; to append or to read back, else that of the first file, where its range ends with it.
fn stream(args: &WriteArgs, share: Option<&RankShare>) -> Result<Stream> {
    let asks = (args.append || args.read_percent > 0) && args.stream.is_unsaid();
    let known = if asks { continued_stream(&files(args, share)?[0])? } else { None };
    let Some(known) = known else { return args.stream.stream() };
    Ok(args.stream.stream_version.map_or(known.clone(), |version| known.version(version)))
}

/// Standard output takes the stream as `dgen stream` gives it.
fn to_stdout(args: WriteArgs) -> Result<Exit> {
    let conflict =
        |what| Err(Error::new(ErrorKind::Usage, format!("standard output (-) cannot be combined with {what}")));
    if args.paths.len() > 1 {
        return conflict("other paths");
    }
    if args.files.is_some() {
        return conflict("--files");
    }
    if args.io.file_offset.is_some() {
        return conflict("--file-offset");
    }
    if args.read_percent > 0 {
        return conflict("--read-percent");
    }
    if args.resume || args.append || args.verify || args.auto.auto {
        return conflict("--resume, --append, --verify and --auto");
    }
    if args.generators.is_some() {
        return conflict("--generators");
    }
    if !args.engine.is_default() {
        return conflict("options of engines (--engine to --runtime)");
    }
    if !args.report.is_default() || args.format.is_fio() {
        return conflict("--csv, --html or --format");
    }
    let Some(size) = args.size else { return conflict("a missing --size") };
    let replace = ReplaceArgs { force: args.force };
    let (stream, ranks, place, run) = (args.stream, args.ranks, args.place, args.run);
    super::stream::run(&StreamCommandArgs { size, stream, ranks, place, run, replace })
}
