//! `dgen verify`.

use dgen::Result;
use dgen_io::{VerifyOptions, verify};

use crate::args::VerifyArgs;
use crate::exit::Exit;
use crate::expected::{Expected, verify_jobs};
use crate::output::{Output, complain};
use crate::progress::{Follow, follow};
use crate::text;

pub(crate) fn run(args: &VerifyArgs) -> Result<Exit> {
    let mut options = VerifyOptions::default();
    options.buffer_size = args.io.buffer_size;
    options.readers = args.readers;
    options.threads = args.run.threads;
    options.placement = args.place.options();
    options.direct = args.direct;
    options.limit = args.limit;
    options.stale_seeds.clone_from(&args.stale_seed);
    let expected = Expected {
        recipe: args.stream.explicit_recipe()?,
        size: args.size,
        offset: args.stream.offset,
        file_offset: args.io.file_offset.unwrap_or(0),
    };
    let jobs = verify_jobs(&args.paths, &expected)?;
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
