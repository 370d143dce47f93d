//! The `dgen` command as a library, so that other packages can run the same code.
//!
//! [`main_with_args`] takes the arguments, the program's name first, and returns the exit code:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done; also when the reader of a report closed the pipe |
//! | 1 | failed: I/O, or an overwrite that was refused |
//! | 2 | usage: bad values, a missing recipe, a kernel that this processor lacks |
//! | 3 | data differs from its recipe |
//! | 130 | interrupted |
//! | 141 | the reader of a stream went before its end |
//! | 143 | terminated: interrupted by SIGTERM |

mod args;
mod bench;
mod cli;
mod commands;
mod display;
mod exit;
mod guard;
mod help;
mod launch;
mod nearly;
mod output;
mod progress;
mod report;
mod report_file;
mod signals;
mod stack;
mod stdout;

use std::ffi::OsString;

use clap::FromArgMatches;

use cli::{BenchCommand, Cli, Command, DatasetCommand, ReportCommand};
use exit::Exit;

pub use commands::info::{Info, info};
pub use commands::measure::take_skipped;
pub use dgen_io::{Expected, FoundFiles, SkippedNotes, find_files, verify_plan};

/// Runs the command with these arguments, the program's name first, and returns the exit code.
///
/// Installs handlers for SIGINT and SIGTERM: the first one ends the command in order, the second at once.
pub fn main_with_args<A: Into<OsString> + Clone>(args: impl IntoIterator<Item = A>) -> i32 {
    main_with_launcher(args, Vec::new())
}

/// The same where the running executable is not the command: `launcher` is the program that is, with its first arguments.
///
/// Benchmarks that need processes of their own start it.
pub fn main_with_launcher<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    launcher: Vec<OsString>,
) -> i32 {
    launch::set(launcher);
    signals::install();
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    launch::set_arguments(&args);
    stack::with_room(&|| execute(&args))
}

fn execute(args: &[OsString]) -> i32 {
    let result = match parsed(args) {
        Ok(cli) => {
            cli.telling.apply();
            run(cli.command)
        }
        Err(error) => return exit::clap_error(&error).code(),
    };
    match result {
        Ok(exit) => exit.code(),
        Err(error) => exit::report_instead(&error).code(),
    }
}

/// Reads arguments, the program's name first, and does nothing with them; else the exit code, which is 0 for help.
#[doc(hidden)]
pub fn understood<A: Into<OsString> + Clone>(args: impl IntoIterator<Item = A>) -> Result<(), i32> {
    parsed(args).map(drop).map_err(|error| error.exit_code())
}

fn parsed<A: Into<OsString> + Clone>(args: impl IntoIterator<Item = A>) -> Result<Cli, clap::Error> {
    let mut matches = help::command().try_get_matches_from(args)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut help::command()))
}

fn run(command: Command) -> dgen::Result<Exit> {
    match command {
        Command::Write(args) => commands::write::run(args),
        Command::Read(args) => commands::read::run(&args),
        Command::Verify(args) => commands::verify::run(&args),
        Command::Stream(args) => commands::stream::run(&args),
        Command::Dataset(DatasetCommand::Write(args)) => commands::dataset::write(&args),
        Command::Dataset(DatasetCommand::Verify(args)) => commands::dataset::verify(&args),
        Command::Dataset(DatasetCommand::Read(args)) => commands::dataset::read(&args),
        Command::Send(args) => commands::send::run(&args),
        Command::Recv(args) => commands::recv::run(&args),
        Command::Measure(args) => commands::measure::run(&args),
        Command::Bench(BenchCommand::Fill(args)) => bench::fill::run(&args),
        Command::Bench(BenchCommand::Numa(args)) => bench::numa::run(&args),
        Command::Bench(BenchCommand::Process(args)) => Ok(bench::process::member::run(&args)),
        Command::Bench(BenchCommand::Storage(args)) => bench::storage::run(args),
        Command::Report(ReportCommand::Compare(args)) => commands::compare::run(&args),
        Command::Info(args) => commands::info::run(&args),
        Command::Completions { shell } => Ok(commands::completions::run(shell, &mut help::command_with_names())),
        Command::Man { folder } => commands::man::run(folder.as_deref(), help::command_with_names()),
    }
}
