//! The options of moving data: sizes, and the path that it takes.

use clap::Args;
use dgen_io::{Advice, DirectMode};

use super::values;

/// How data is moved.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "I/O")]
pub(crate) struct IoArgs {
    /// Bytes of one I/O, up to 256 MiB; rounded up to the alignment [default: 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("buffer size"), allow_hyphen_values = true)]
    pub(crate) buffer_size: Option<u64>,

    /// Position in the file of the first byte
    #[arg(long, value_name = "SIZE", value_parser = values::size("file offset"), allow_hyphen_values = true)]
    pub(crate) file_offset: Option<u64>,
}

/// Whether to bypass the page cache.
#[derive(Args, Clone, Debug)]
pub(crate) struct DirectArgs {
    /// Whether to bypass the page cache: auto, on or off
    #[arg(long, value_name = "MODE", value_parser = str::parse::<DirectMode>, default_value = "auto", help_heading = "I/O")]
    direct: DirectMode,

    /// The same as --direct off
    #[arg(long, conflicts_with = "direct", help_heading = "I/O")]
    no_direct: bool,
}

impl DirectArgs {
    pub(crate) fn mode(&self) -> DirectMode {
        if self.no_direct { DirectMode::Off } else { self.direct }
    }
}

/// Whether to measure first.
#[derive(Args, Clone, Debug)]
pub(crate) struct AutoArgs {
    /// Choose buffers, workers and depth by the number of processors and a measurement on the target, of at most a tenth
    /// of the data and about two seconds; those that are given stay
    #[arg(long, help_heading = "I/O")]
    pub(crate) auto: bool,
}

/// On the commands that read.
#[derive(Args, Clone, Debug)]
pub(crate) struct AdviseArgs {
    /// What to tell the system of reads through the page cache: auto (sequential or random, as the order is: the system then
    /// reads far ahead, or not at all), none, sequential, random, willneed (begin to load the data into the cache), or
    /// dontneed (make cached data durable and drop it first, which is done in any case without --cached; then as auto).
    /// Direct I/O does not use the page cache and goes without
    #[arg(long, value_name = "ADVICE", value_parser = str::parse::<Advice>, default_value = "auto", help_heading = "I/O")]
    pub(crate) advise: Advice,

    /// Let the page cache answer: drop nothing from it, and read through it. Without this option what it holds is made durable
    /// and dropped, so that the device answers; the report says of each file what is known of that
    #[arg(long, help_heading = "I/O")]
    pub(crate) cached: bool,
}
