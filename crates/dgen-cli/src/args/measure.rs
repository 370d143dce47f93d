//! The options of `dgen measure`.

use std::path::PathBuf;

use clap::Args;
use dgen_measure::Codec;

use super::values;
use super::{ReplaceArgs, RunArgs};

#[derive(Args, Debug)]
pub(crate) struct MeasureArgs {
    /// Files, block devices or folders, which are walked in order of name; - is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Dedup block, a multiple of 512; may be repeated [default: 512, 4KiB, 64KiB, 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("dedup block"), value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) dedup_block: Vec<u64>,

    /// Compressor block, a power of two; may be repeated [default: 4KiB, 64KiB, 128KiB, 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("compress block"), value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) compress_block: Vec<u64>,

    /// Compressor: lz4, zstd, zlib or snappy; may be repeated [default: all]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Codec>, value_delimiter = ',')]
    pub(crate) codec: Vec<Codec>,

    /// Dedup block whose first occurrences are what is compressed [default: 4KiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("unique block"), allow_hyphen_values = true)]
    pub(crate) unique_block: Option<u64>,

    /// Level of zstd, 1 to 22 [default: 3]
    #[arg(long, value_name = "N", value_parser = values::number("zstd level", 1, 22), allow_hyphen_values = true)]
    pub(crate) zstd_level: Option<usize>,

    /// Level of zlib, 1 to 9 [default: 6]
    #[arg(long, value_name = "N", value_parser = values::number("zlib level", 1, 9), allow_hyphen_values = true)]
    pub(crate) zlib_level: Option<usize>,

    /// Compress one of so many pieces of the unique part [default: 1, all of them]
    #[arg(long, value_name = "N", value_parser = values::number("sample", 1, usize::MAX), allow_hyphen_values = true)]
    pub(crate) sample: Option<usize>,

    /// Memory for fingerprints; beyond it counts become estimates [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("memory"), allow_hyphen_values = true)]
    pub(crate) memory: Option<u64>,

    /// Measure dedup alone
    #[arg(long, conflicts_with_all = ["codec", "compress_block", "unique_block", "zstd_level", "zlib_level", "sample"])]
    pub(crate) no_compress: bool,

    /// Leave out the byte entropy
    #[arg(long)]
    pub(crate) no_entropy: bool,

    /// Stop at the first file that cannot be opened or read, instead of skipping it
    #[arg(long)]
    pub(crate) strict: bool,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,
}
