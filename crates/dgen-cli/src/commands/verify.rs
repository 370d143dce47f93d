//! `dgen verify`.

use dgen::{Error, ErrorKind, Result};
use dgen_io::{Advice, Expected, Live, VerifyOptions, verify_plan};

use crate::args::{VerifyArgs, own_paths};
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::{STDOUT, complain, warn};
use crate::progress::{Follow, follow, follow_live};
use crate::report::{Forms, csv, text, verify_page};

pub(crate) fn run(args: &VerifyArgs) -> Result<Exit> {
    if let Some(end) = super::objects::verify(args) {
        return end;
    }
    let pipe = args.paths.iter().any(|path| path.as_os_str() == STDOUT);
    if pipe {
        check_pipe(args)?;
    }
    let mut options = VerifyOptions::default();
    options.buffer_size = args.io.buffer_size;
    options.readers = args.readers;
    options.threads = args.run.threads;
    options.direct = args.direct.unwrap_or_default();
    options.cached = args.advise.cached;
    options.advice = args.advise.advise;
    options.io = args.queue.options();
    options.io.placement = args.place.options();
    options.limit = args.limit;
    options.strict = args.strict;
    options.stale_seeds.clone_from(&args.stale_seed);
    let expected = Expected {
        recipe: args.stream.explicit_recipe()?,
        version: args.stream.stream_version,
        size: args.size,
        file_size: args.file_size,
        offset: args.stream.offset,
        file_offset: args.io.file_offset.unwrap_or(0),
        strict: args.strict,
    };
    let mut share = args.ranks.share()?;
    if let Some(share) = &mut share {
        share.own = pipe || share.paths(&args.paths)?.is_some();
    }
    let share = share.as_ref();
    let mut plan = verify_plan(&own_paths(share, &args.paths)?, &expected)?;
    let ranks = share.map(|share| plan.share(share)).transpose()?;
    let found = plan.skipped.iter().map(|file| &*file.path);
    let guard = Guard::new(plan.paths().chain(found), args.replace.force);
    let header = csv::verify_header();
    let sinks = args.report.of(share)?.open(&args.run.json.of(share)?, &header, guard)?;
    let abandon = |bytes| complain(&format!("error: interrupted after {bytes} bytes"));
    let how = Follow { verb: "verified", total: Some(plan.size()), abandon: Some(&abandon) };
    let mut outcome = if pipe {
        follow(&how, |watch| plan.run(&options, watch))?
    } else {
        let live = Live::default();
        follow_live(&how, &live, |watch| plan.run(&options, watch))?
    };
    outcome.report.ranks = ranks;
    warn(&outcome.report.warnings);
    let report = &outcome.report;
    sinks.report(&Forms {
        value: report,
        text: &text::verify(report),
        csv: (&header, &|| csv::verify(report)),
        html: &|| verify_page::verify(report),
    })?;
    let damaged = report.ranges_total > 0;
    let end = super::end(outcome.error.as_ref());
    // Damage goes before what was not examined.
    Ok(if damaged && matches!(end, Exit::Done | Exit::Failed) { Exit::Mismatch } else { end })
}

/// Standard input is read in order, as it comes.
fn check_pipe(args: &VerifyArgs) -> Result<()> {
    let queue = !args.queue.is_default();
    if queue || args.direct.is_some() || args.advise.advise != Advice::Auto {
        let message =
            "standard input (-) cannot be combined with options of engines (--engine to --rate), --direct or --advise";
        return Err(Error::new(ErrorKind::Usage, message));
    }
    Ok(())
}
