//! `dgen measure`.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use dgen::Result;
use dgen::topology::MemoryRoom;
use dgen::units::human_size;
use dgen_io::files_below;
use dgen_measure::{DEFAULT_MEMORY, Input, MeasureOptions, Watch, measure};

use crate::args::MeasureArgs;
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::{Output, STDOUT, complain, warn};
use crate::progress::{Follow, follow};

/// Threads that measuring takes at most.
const MAX_THREADS: usize = 1024;

pub(crate) fn run(args: &MeasureArgs) -> Result<Exit> {
    let options = options(args)?;
    options.validate()?;
    let inputs = inputs(&args.paths)?;
    let paths = inputs.iter().map(|input| match input {
        Input::Path(path) => path,
        _ => Path::new(STDOUT),
    });
    let mut guard = Guard::new(paths, args.replace.force);
    let output = Output::open(args.run.json.json.as_deref(), &mut guard)?;
    let abandon = |bytes| complain(&format!("error: interrupted after {bytes} bytes"));
    let how = Follow { verb: "measured", total: None, abandon: Some(&abandon) };
    let report = follow(&how, |watch| {
        let progress = |bytes| watch.done.iter().for_each(|done| done.store(bytes, Ordering::Relaxed));
        measure(inputs, &options, Watch { progress: Some(&progress), cancel: watch.cancel })
    })?;
    warn(&report.warnings);
    let mut shown = report.clone();
    shown.warnings.clear();
    output.report(&report, &shown.to_text())?;
    Ok(Exit::Done)
}

/// The inputs that paths stand for: folders become the regular files below them; links in them are left out.
fn inputs(paths: &[PathBuf]) -> Result<Vec<Input<'static>>> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.is_dir() {
            inputs.extend(files_below(path)?.into_iter().map(Input::Path));
        } else {
            inputs.push(Input::from_arg(path));
        }
    }
    Ok(inputs)
}

fn options(args: &MeasureArgs) -> Result<MeasureOptions> {
    let mut options = MeasureOptions::default();
    let given = |list: &[u64], into: &mut Vec<u64>| {
        if !list.is_empty() {
            *into = list.to_vec();
        }
    };
    given(&args.dedup_block, &mut options.dedup_blocks);
    given(&args.compress_block, &mut options.compress_blocks);
    if args.no_compress {
        options.codecs.clear();
    } else if !args.codec.is_empty() {
        options.codecs.clone_from(&args.codec);
    }
    options.compress_dedup_block = args.unique_block;
    let level = |level: Option<usize>| level.and_then(|level| i32::try_from(level).ok());
    options.zstd_level = level(args.zstd_level).unwrap_or(options.zstd_level);
    options.zlib_level = level(args.zlib_level).map_or(options.zlib_level, i32::unsigned_abs);
    options.compress_sample = args.sample.map_or(options.compress_sample, |sample| sample as u64);
    if let Some(memory) = args.memory {
        options.memory = memory;
    } else if options.memory < DEFAULT_MEMORY
        && let Some(room) = MemoryRoom::read()
    {
        let (memory, limit, left) = (human_size(options.memory), room.limit, human_size(room.bytes));
        complain(&format!("warning: memory for counting lowered to {memory}: {limit} leaves {left}"));
    }
    options.entropy = !args.no_entropy;
    options.threads = Some(match args.run.threads {
        Some(threads) => threads,
        None => dgen::driver::default_threads()?.min(MAX_THREADS),
    });
    Ok(options)
}
