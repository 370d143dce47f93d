//! `dgen completions`.

use crate::exit::Exit;
use crate::output;

pub(crate) fn run(shell: clap_complete::Shell, command: &mut clap::Command) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "dgen", &mut script);
    output::print(&String::from_utf8_lossy(&script)).map_or(Exit::Failed, |()| Exit::Done)
}
