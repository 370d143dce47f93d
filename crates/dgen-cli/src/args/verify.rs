//! The options of `dgen verify`.

use std::path::PathBuf;

use clap::Args;
use dgen_io::{DirectMode, MAX_WORKERS};

use super::values;
#[cfg(feature = "object")]
use super::{AccessArgs, ObjectArgs};
use super::{AdviseArgs, IoArgs, PlaceArgs, QueueArgs, RankArgs, ReplaceArgs, ReportArgs, RunArgs, StreamArgs};

#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// Files, block devices or folders, of which all files are verified; - is standard input. Files that dgen wrote carry their
    /// recipe and range. Or an object, or those below s3://BUCKET/KEY and its like
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Bytes over all paths; needed where files carry no recipe
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("size"), allow_hyphen_values = true)]
    pub(crate) size: Option<u64>,

    /// Bytes of each file but the last, where they were written with --file-size and carry no recipe
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("file size"), allow_hyphen_values = true)]
    pub(crate) file_size: Option<u64>,

    /// Seed of an earlier stream, whose pages are then called stale; may be repeated
    #[arg(long, value_name = "N", value_parser = values::seed("stale seed"), value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) stale_seed: Vec<u64>,

    /// Damaged ranges to list
    #[arg(long, value_name = "N", value_parser = values::number("limit", 0, 1_000_000), default_value = "20", allow_hyphen_values = true)]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) stream: StreamArgs,

    #[command(flatten)]
    pub(crate) io: IoArgs,

    /// Whether to bypass the page cache: auto, on or off; what it holds of the files is dropped first in any case, unless
    /// --cached is given [default: auto]
    #[arg(long, value_name = "MODE", value_parser = str::parse::<DirectMode>, help_heading = "I/O")]
    pub(crate) direct: Option<DirectMode>,

    #[command(flatten)]
    pub(crate) advise: AdviseArgs,

    /// Workers, 1 to 1024, each of which reads and compares [default: the threads; at most 4 with a queue of direct I/O]
    #[arg(long, value_name = "N", value_parser = values::number("readers", 1, MAX_WORKERS), allow_hyphen_values = true, help_heading = "I/O")]
    pub(crate) readers: Option<usize>,

    #[command(flatten)]
    pub(crate) queue: QueueArgs,

    #[command(flatten)]
    pub(crate) ranks: RankArgs,

    #[cfg(feature = "object")]
    #[command(flatten)]
    pub(crate) objects: ObjectArgs,

    #[cfg(feature = "object")]
    #[command(flatten)]
    pub(crate) access: AccessArgs,

    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// Stop at the first file that cannot be opened or read, instead of skipping it
    #[arg(long)]
    pub(crate) strict: bool,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,

    #[command(flatten)]
    pub(crate) report: ReportArgs,
}
