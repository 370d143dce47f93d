//! `dgen completions`.

use crate::exit::{self, Exit};
use crate::output;

pub(crate) fn run(shell: clap_complete::Shell, command: &mut clap::Command) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "dgen", &mut script);
    output::print(&String::from_utf8_lossy(&script)).map_or_else(|error| exit::report(&error), |()| Exit::Done)
}
