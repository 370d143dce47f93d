//! The options of `dgen report compare`.

use std::path::PathBuf;

use clap::Args;

use super::{JsonArgs, ReplaceArgs};

#[derive(Args, Debug)]
pub(crate) struct CompareArgs {
    /// Report in JSON, as --json=FILE of write, read, verify, measure, bench storage and bench fill writes it
    #[arg(value_name = "A.json", value_hint = clap::ValueHint::FilePath)]
    pub(crate) a: PathBuf,

    /// Another one of the same command, whose figures are told as changes of those of the first
    #[arg(value_name = "B.json", value_hint = clap::ValueHint::FilePath)]
    pub(crate) b: PathBuf,

    #[command(flatten)]
    pub(crate) json: JsonArgs,

    /// Report as one page of HTML, in FILE, which needs no network to be read
    #[arg(long, value_name = "FILE", num_args = 1, require_equals = true, help_heading = "Report")]
    pub(crate) html: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,
}
