//! The options of what is told while a command works, and after it, to people.

use clap::Args;

use crate::display::progress::{Progress, choose};
use crate::report::words::{set_units, units_of};

/// On every command.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Report")]
pub(crate) struct TellingArgs {
    /// Sizes and rates in texts and pages in decimal units (kB, MB, GB) instead of binary ones (KiB, MiB, GiB); exact sizes
    /// stay as options take them
    #[arg(long, global = true)]
    si: bool,

    /// How it goes on, on standard error: auto (lines on a terminal, else nothing), json (an object per line, each second and at
    /// the end) or none [default: auto]
    #[arg(long, global = true, value_name = "KIND", value_parser = str::parse::<Progress>)]
    progress: Option<Progress>,
}

impl TellingArgs {
    /// Makes it so for all that is told from now on.
    pub(crate) fn apply(self) {
        set_units(units_of(self.si));
        choose(self.progress.unwrap_or_default());
    }
}
