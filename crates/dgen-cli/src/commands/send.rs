//! `dgen send`.

use dgen::{ErrorKind, Result};
use dgen_io::{StreamRange, Watch};
use dgen_net::{SendOptions, Sender};

use crate::args::SendArgs;
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::{Output, tell};
use crate::progress::{Follow, follow};
use crate::report::text;
use crate::signals;

pub(crate) fn run(args: &SendArgs) -> Result<Exit> {
    let range = StreamRange::new(args.stream.offset.unwrap_or(0), args.size)?;
    let mut options = SendOptions::new(args.address.clone(), args.stream.stream()?, range);
    options.streams = args.streams;
    options.rate = args.rate;
    options.time_limit = args.runtime;
    options.ahead = args.by_turns.then_some(false);
    options.connect_timeout = args.connect_timeout.unwrap_or(options.connect_timeout);
    options.timeout = args.timeout.unwrap_or(options.timeout);
    options.check()?;
    let output = Output::open(args.json.json.as_deref(), &mut Guard::of_output(args.replace.force))?;
    let sender = signals::ending_at_once(|| Sender::connect(&options, Watch::default()))?;
    tell("recipe", options.stream.recipe());
    let how = Follow { verb: "sent", total: Some(range.size), abandon: None };
    let outcome = follow(&how, |watch| sender.send(watch));
    output.report(&outcome.report, &text::sent(&outcome.report))?;
    let damaged = outcome.report.receiver.as_ref().is_some_and(|receiver| !receiver.ok);
    let interrupted = outcome.error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Interrupted);
    let end = super::end(outcome.error.as_ref());
    Ok(if damaged && !interrupted { Exit::Mismatch } else { end })
}
