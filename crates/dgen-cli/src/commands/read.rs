//! `dgen read`.

use dgen::Result;
use dgen_io::{ReadOptions, read};

use crate::args::ReadArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::progress::{Follow, follow};
use crate::text;

pub(crate) fn run(args: &ReadArgs) -> Result<Exit> {
    let mut options = ReadOptions::default();
    options.size = args.size;
    options.file_offset = args.io.file_offset.unwrap_or(0);
    options.buffer_size = args.io.buffer_size;
    options.readers = args.readers;
    options.threads = args.run.threads;
    options.direct = args.direct.mode();
    options.auto = args.auto.auto;
    options.io = args.engine.options();
    let output = Output::open(args.run.json.json.as_deref())?;
    let how = Follow { verb: "read", total: args.size, abandon: None };
    let outcome = follow(&how, |watch| read(&args.paths, &options, watch))?;
    output.report(&outcome.report, &text::read(&outcome.report))?;
    Ok(super::end(outcome.error.as_ref()))
}
