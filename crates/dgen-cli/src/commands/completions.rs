//! `dgen completions`.

use clap::CommandFactory;

use crate::args::Cli;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "dgen", &mut script);
    output::print(&String::from_utf8_lossy(&script)).map_or(Exit::Failed, |()| Exit::Done)
}
