//! The options of `dgen read`.

use std::path::PathBuf;

use clap::Args;
use dgen_io::MAX_WORKERS;

#[cfg(feature = "object")]
use super::AccessArgs;
use super::values;
use super::{
    AdviseArgs, AutoArgs, DirectArgs, EngineArgs, FormatArgs, IoArgs, PlaceArgs, RankArgs, ReplaceArgs, ReportArgs,
    RunArgs,
};

#[derive(Args, Debug)]
pub(crate) struct ReadArgs {
    /// Files, block devices or folders, of which all files are read, in order of name; or an object, or those
    /// below s3://BUCKET/KEY and its like
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Bytes over all paths [default: all]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("size"), allow_hyphen_values = true)]
    pub(crate) size: Option<u64>,

    #[command(flatten)]
    pub(crate) io: IoArgs,

    #[command(flatten)]
    pub(crate) direct: DirectArgs,

    #[command(flatten)]
    pub(crate) advise: AdviseArgs,

    /// Workers, 1 to 1024 [default: the threads, at most 4]
    #[arg(long, value_name = "N", value_parser = values::number("readers", 1, MAX_WORKERS), allow_hyphen_values = true, help_heading = "I/O")]
    pub(crate) readers: Option<usize>,

    #[command(flatten)]
    pub(crate) auto: AutoArgs,

    #[command(flatten)]
    pub(crate) engine: EngineArgs,

    #[command(flatten)]
    pub(crate) ranks: RankArgs,

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

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}
