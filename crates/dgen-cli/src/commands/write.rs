//! `dgen write`.

use std::sync::Arc;

use dgen::{Error, ErrorKind, Result, Stream};
use dgen_io::{Live, WriteOptions, write};

use crate::args::{StreamCommandArgs, WriteArgs};
use crate::exit::Exit;
use crate::output::{STDOUT, complain};
use crate::progress::{Follow, follow_live};
use crate::report::{Forms, csv, html};
use crate::text;

pub(crate) fn run(mut args: WriteArgs) -> Result<Exit> {
    args.paths.append(&mut args.output);
    if args.paths.iter().any(|path| path.as_os_str() == STDOUT) {
        return to_stdout(args);
    }
    let recipe = args.stream.recipe()?;
    let mut options = WriteOptions::new(Stream::new(&recipe)?, args.size);
    options.offset = args.stream.offset.unwrap_or(0);
    options.file_offset = args.io.file_offset.unwrap_or(0);
    options.buffer_size = args.io.buffer_size;
    options.writers = args.writers;
    options.threads = args.run.threads;
    options.direct = args.direct.mode();
    options.sync = args.sync;
    options.force = args.force;
    options.preallocate = !args.no_preallocate;
    options.io = args.engine.options();
    let live = Arc::new(Live::default());
    options.io.live = Some(Arc::clone(&live));
    let header = csv::header();
    let sinks = args.report.open(&args.run.json, &header)?;
    let how = Follow { verb: "wrote", total: Some(args.size.saturating_mul(args.engine.passes())), abandon: None };
    let outcome = follow_live(&how, &live, |watch| write(&args.paths, &options, watch)).inspect_err(|_| {
        complain(&format!("recipe        {recipe}"));
    })?;
    let report = &outcome.report;
    sinks.report(&Forms {
        value: report,
        text: &text::write(report),
        csv: (&header, &csv::write(report)),
        html: &|| html::write(report),
    })?;
    Ok(super::end(outcome.error.as_ref()))
}

/// Standard output takes the stream as `dgen stream` gives it.
fn to_stdout(args: WriteArgs) -> Result<Exit> {
    let conflict =
        |what| Err(Error::new(ErrorKind::Usage, format!("standard output (-) cannot be combined with {what}")));
    if args.paths.len() > 1 {
        return conflict("other paths");
    }
    if args.io.file_offset.is_some() {
        return conflict("--file-offset");
    }
    if !args.engine.is_default() {
        return conflict("options of engines (--engine to --runtime)");
    }
    if !args.report.is_default() {
        return conflict("--csv or --html");
    }
    super::stream::run(&StreamCommandArgs { size: args.size, stream: args.stream, run: args.run })
}
