//! `dgen verify`.

use std::path::{Path, PathBuf};

use dgen::{Error, ErrorKind, Recipe, Result};
use dgen_io::{Mark, StreamRange, VerifyJob, VerifyOptions, VerifySource, split, verify};

use crate::args::VerifyArgs;
use crate::exit::Exit;
use crate::output::{Output, STDOUT as STDIN, complain};
use crate::progress::{Follow, follow};
use crate::text;

pub(crate) fn run(args: &VerifyArgs) -> Result<Exit> {
    let mut options = VerifyOptions::default();
    options.buffer_size = args.io.buffer_size;
    options.readers = args.readers;
    options.threads = args.run.threads;
    options.direct = args.direct;
    options.limit = args.limit;
    options.stale_seeds.clone_from(&args.stale_seed);
    let jobs = jobs(args)?;
    let output = Output::open(args.run.json.json.as_deref())?;
    let total = jobs.iter().map(|job| job.range.size).sum();
    let abandon = |bytes| complain(&format!("error: interrupted after {bytes} bytes"));
    let how = Follow { verb: "verified", total: Some(total), abandon: Some(&abandon) };
    let outcome = follow(&how, |watch| verify(jobs, &options, watch))?;
    output.report(&outcome.report, &text::verify(&outcome.report))?;
    Ok(match outcome.error {
        None if outcome.report.ok => Exit::Done,
        None => Exit::Mismatch,
        error => super::end(error.as_ref()),
    })
}

/// What each path should hold: as its attributes say, or as the options do.
fn jobs(args: &VerifyArgs) -> Result<Vec<VerifyJob<'static>>> {
    let marks: Vec<Option<Mark>> = args.paths.iter().map(|path| mark(path)).collect::<Result<_>>()?;
    let recipe = args.stream.explicit_recipe()?;
    match (recipe, args.size) {
        (Some(recipe), Some(size)) => by_options(args, &recipe, size),
        _ => args.paths.iter().zip(marks).map(|(path, mark)| by_mark(args, path, mark, recipe)).collect(),
    }
}

fn by_options(args: &VerifyArgs, recipe: &Recipe, size: u64) -> Result<Vec<VerifyJob<'static>>> {
    let range = StreamRange::new(args.stream.offset.unwrap_or(0), size)?;
    let parts = split(range, args.paths.len(), recipe.block_size())?;
    let file_offset = args.io.file_offset.unwrap_or(0);
    let job = |(path, range): (&PathBuf, StreamRange)| {
        // Data that begins inside a file may also end inside it.
        let end = (file_offset == 0).then_some(range.size);
        VerifyJob { source: source(path), recipe: *recipe, range, file_offset, end }
    };
    Ok(args.paths.iter().zip(parts).map(job).collect())
}

fn by_mark(args: &VerifyArgs, path: &Path, mark: Option<Mark>, recipe: Option<Recipe>) -> Result<VerifyJob<'static>> {
    let usage = |message: String| Err(Error::new(ErrorKind::Usage, format!("{}: {message}", path.display())));
    let Some(mark) = mark else {
        return usage(
            "carries no dgen recipe; --recipe (or --seed and the other stream options) and --size are needed".into(),
        );
    };
    if args.stream.offset.is_some() {
        return usage("--offset needs --recipe and --size; without them the file's own range counts".into());
    }
    if args.size.is_some() && args.paths.len() > 1 {
        return usage("--size with several paths needs --recipe".into());
    }
    let begin = args.io.file_offset.unwrap_or(0);
    let there = mark.range.size.saturating_sub(begin);
    let size = args.size.unwrap_or(there);
    if size > there || size == 0 {
        return usage(format!("{size} bytes from position {begin} on reach past the file's range, {}", mark.range));
    }
    Ok(VerifyJob {
        source: source(path),
        recipe: recipe.unwrap_or(mark.recipe),
        range: StreamRange::new(mark.range.offset + begin, size)?,
        file_offset: begin,
        end: Some(mark.range.size),
    })
}

/// The attributes of a file that can be opened.
fn mark(path: &Path) -> Result<Option<Mark>> {
    if path.as_os_str() == STDIN {
        return Ok(None);
    }
    let file = dgen_io::open_to_read(path)?;
    Ok(Mark::of(&file))
}

fn source(path: &Path) -> VerifySource<'static> {
    if path.as_os_str() == STDIN {
        VerifySource::Reader("standard input".into(), Box::new(std::io::stdin()))
    } else {
        VerifySource::Path(path.to_owned())
    }
}
