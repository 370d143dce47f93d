//! `dgen report compare`.

use dgen::Result;

use crate::args::CompareArgs;
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::warn;
use crate::report::compare::{self, Comparison};
use crate::report::{Forms, Sinks};

pub(crate) fn run(args: &CompareArgs) -> Result<Exit> {
    let comparison = Comparison::of_files(&args.a, &args.b)?;
    let guard = Guard::new([args.a.as_path(), args.b.as_path()], args.replace.force);
    let sinks = Sinks::open(args.json.json.as_deref(), None, args.html.as_deref(), "", guard)?;
    warn(&comparison.warnings);
    let html = || compare::page(&comparison);
    sinks.report(&Forms {
        value: &comparison,
        text: &compare::text(&comparison),
        csv: ("", &String::new),
        html: &html,
    })?;
    Ok(Exit::Done)
}
