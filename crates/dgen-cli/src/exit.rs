//! Exit codes, and errors as one line on standard error.

use std::error::Error as _;

use clap::error::ErrorKind as ClapKind;
use dgen::{Error, ErrorKind};
use serde::Serialize;
use signal_hook::consts::{SIGINT, SIGPIPE, SIGTERM};

use crate::display::progress::Progress;
use crate::launch;
use crate::nearly::meant;
use crate::signals;

/// How the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Failed,
    Usage,
    Mismatch,
    Interrupted,
    /// As interrupted, by SIGTERM.
    Terminated,
    /// The reader of standard output went before the end of the data.
    ReaderGone,
}

impl Exit {
    /// The code for the shell.
    pub(crate) const fn code(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Mismatch => 3,
            Self::Interrupted => signals::code(SIGINT),
            Self::ReaderGone => signals::code(SIGPIPE),
            Self::Terminated => signals::code(SIGTERM),
        }
    }

    /// The exit of a command that a signal has stopped.
    pub(crate) fn of_signal() -> Self {
        if signals::is_terminated() { Self::Terminated } else { Self::Interrupted }
    }

    /// The exit that an error means.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidValue | ErrorKind::Usage | ErrorKind::Unsupported => Self::Usage,
            ErrorKind::Interrupted => Self::of_signal(),
            _ => Self::Failed,
        }
    }
}

/// Prints an error and says how to end.
pub(crate) fn report(error: &Error) -> Exit {
    crate::output::complain(&format!("error: {}", told(error)));
    Exit::of(error)
}

/// The same for one that takes the place of a report.
pub(crate) fn report_instead(error: &Error) -> Exit {
    let exit = report(error);
    report_json(&told(error), exit, error.path(), error.offset());
    exit
}

/// An error where a report in JSON was to be.
#[derive(Serialize)]
struct ErrorReport<'a> {
    error: &'a str,
    kind: &'static str,
    exit_code: i32,
    path: Option<&'a std::path::Path>,
    offset: Option<u64>,
}

/// Whether the report was to go to standard output as JSON, which carries no data.
fn wants_json() -> bool {
    let given = launch::arguments();
    let before: Vec<&str> = given.iter().map(String::as_str).take_while(|word| *word != "--").collect();
    // Options of all commands may stand before the command.
    let is_option = |word: &&&str| word.starts_with('-') || Progress::NAMES.contains(*word);
    let carries_data = match before.iter().find(|word| !is_option(word)) {
        Some(&"stream") => true,
        Some(&"write") => before.contains(&"-"),
        _ => false,
    };
    !carries_data && before.iter().any(|word| matches!(*word, "--json" | "--json=-"))
}

/// Prints an error as JSON to standard output, where a report in JSON was to be.
fn report_json(error: &str, exit: Exit, path: Option<&std::path::Path>, offset: Option<u64>) {
    if !wants_json() {
        return;
    }
    let kind = match exit {
        Exit::Usage => "usage",
        Exit::Interrupted | Exit::Terminated => "interrupted",
        _ => "failed",
    };
    let report = ErrorReport { error, kind, exit_code: exit.code(), path, offset };
    // The line on standard error is there in any case.
    _ = crate::output::print_json(&report);
}

/// What an error says, with options as they are called here.
pub(crate) fn told(error: &Error) -> String {
    error.named(option)
}

/// `--buffer-size` for `buffer size`; some options have other names in the libraries.
fn option(words: &str) -> String {
    let words = match words {
        "time limit" => "runtime",
        "compress dedup block" => "unique block",
        other => other,
    };
    format!("--{}", words.replace(' ', "-"))
}

/// Prints what the parser of arguments has to say: one line for a bad value, help to standard output.
pub(crate) fn clap_error(error: &clap::Error) -> Exit {
    if matches!(error.kind(), ClapKind::DisplayHelp | ClapKind::DisplayVersion) {
        return crate::output::put(|| error.print()).map_or_else(|error| report(&error), |()| Exit::Done);
    }
    let line = match error.source() {
        Some(source) if error.kind() == ClapKind::ValueValidation => {
            let line = source.downcast_ref::<Error>().map_or_else(|| source.to_string(), told);
            format!("error: {line}{}", meant(error))
        }
        _ if error.kind() == ClapKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            _ = error.print();
            return Exit::Usage;
        }
        _ => one_line(&error.render().to_string(), &meant(error)),
    };
    crate::output::complain(&line);
    report_json(line.trim_start_matches("error: "), Exit::Usage, None, None);
    Exit::Usage
}

/// The parser's message without its usage and tips, in one line.
fn one_line(message: &str, meant: &str) -> String {
    let body =
        message.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let body: Vec<&str> = body.filter(|line| !line.is_empty() && !line.starts_with("tip:")).collect();
    format!("{}{meant} (see --help)", body.join(" "))
}
