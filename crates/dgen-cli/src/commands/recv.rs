//! `dgen recv`.

use std::io;

use dgen::{Error, ErrorKind, Result};
use dgen_io::{Outcome, StreamRange, Watch};
use dgen_net::{Listener, RawSource, ReceiveOptions, ReceiveReport, receive_raw};

use crate::args::RecvArgs;
use crate::display::lines::Text;
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::{Output, STDOUT, complain, tell, warn};
use crate::progress::{Follow, follow};
use crate::report::text;

/// The address of a port alone.
const THIS_MACHINE: &str = "127.0.0.1";

pub(crate) fn run(args: &RecvArgs) -> Result<Exit> {
    let raw = raw(args)?;
    let mut options = ReceiveOptions::default();
    options.verify = !args.no_verify;
    options.limit = args.limit;
    options.timeout = args.timeout.unwrap_or(options.timeout);
    let mut guard = Guard::of_output(args.replace.force);
    let output = Output::open(args.json.json.as_deref(), &mut guard)?;
    let abandon = |bytes| complain(&format!("error: interrupted after {bytes} bytes"));
    let how = Follow { verb: "received", total: raw.as_ref().map(|raw| raw.range.size), abandon: None };
    if args.address == STDOUT {
        let Some(source) = &raw else { return Err(needs_raw()) };
        let how = Follow { abandon: Some(&abandon), ..how };
        let input = io::stdin().lock();
        let outcome = follow(&how, |watch| receive_raw("standard input", input, source, &options, watch))?;
        output.report(&outcome.report, &text::received(&outcome.report))?;
        return Ok(ended(&outcome));
    }
    let listener = Listener::bind(&address(&args.address)?)?;
    tell("listening at", listener.address());
    let take = |watch: Watch<'_>| match &raw {
        Some(source) => listener.receive_raw(source, &options, watch),
        None => listener.receive(&options, watch),
    };
    let (mut reports, mut shown, mut exit) = (Vec::new(), Text::default(), Exit::Done);
    for _ in 0..args.sessions {
        let outcome = match follow(&how, take) {
            // The sessions before it are reported.
            Err(error) if !reports.is_empty() => {
                exit = worse(exit, crate::exit::report(&error));
                break;
            }
            other => other?,
        };
        warn(&outcome.report.warnings);
        exit = worse(exit, ended(&outcome));
        shown.append(text::received(&outcome.report));
        reports.push(outcome.report);
        if matches!(exit, Exit::Interrupted | Exit::Terminated) {
            break;
        }
    }
    match &reports[..] {
        [one] if args.sessions == 1 => output.report(one, &shown)?,
        all => output.report(&all, &shown)?,
    }
    Ok(exit)
}

/// What comes without a header.
fn raw(args: &RecvArgs) -> Result<Option<RawSource>> {
    let recipe = args.stream.explicit_recipe()?;
    let Some(size) = args.size.filter(|_| args.raw) else {
        if recipe.is_some() || args.stream.offset.is_some() || args.stream.stream_version.is_some() {
            let message = "stream options are for --raw: the sender says which stream it sends";
            return Err(Error::new(ErrorKind::Usage, message));
        }
        return Ok(None);
    };
    if recipe.is_none() {
        let message = "--recipe or --seed is missing: with --raw the sender does not say which stream it sends";
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let range = StreamRange::new(args.stream.offset.unwrap_or(0), size)?;
    Ok(Some(RawSource { stream: args.stream.stream()?, range }))
}

fn needs_raw() -> Error {
    Error::new(ErrorKind::Usage, "standard input (-) needs --raw, --recipe and --size, which say what it carries")
}

/// Where to listen: a port alone is of this machine.
fn address(text: &str) -> Result<String> {
    if text.parse::<u16>().is_ok() {
        return Ok(format!("{THIS_MACHINE}:{text}"));
    }
    let port = text.rsplit_once(':').filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    match port {
        Some(_) => Ok(text.to_owned()),
        None => Err(Error::malformed("address", format_args!("`{text}`"), "PORT, ADDRESS:PORT, [ADDRESS]:PORT or -")),
    }
}

/// How to end after one session: damage goes before failures.
fn ended(outcome: &Outcome<ReceiveReport>) -> Exit {
    let found = &outcome.report.found;
    let damaged = found.ranges_total > 0 || (!found.ok && outcome.error.is_none());
    let end = super::end(outcome.error.as_ref());
    if damaged && matches!(end, Exit::Done | Exit::Failed) { Exit::Mismatch } else { end }
}

/// The one that goes before the other.
fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: Exit| match exit {
        Exit::Done => 0,
        Exit::Failed => 1,
        Exit::Mismatch => 2,
        _ => 3,
    };
    if rank(other) > rank(one) { other } else { one }
}
