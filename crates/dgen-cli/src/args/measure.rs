//! The options of `dgen measure`.

use std::path::PathBuf;

use clap::Args;
use dgen::{Error, Result};
use dgen_measure::{Chunker, Codec, Model};

use super::values;
use super::{ReplaceArgs, ReportArgs, RunArgs};

#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub(crate) struct MeasureArgs {
    /// Files, block devices or folders, which are walked in order of name; - is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Dedup block, a multiple of 512; may be repeated [default: 512, 4KiB, 64KiB, 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("dedup block"), value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) dedup_block: Vec<u64>,

    /// Content-defined chunks, too, as borg, restic, casync, bup, kopia, duplicacy or zpaq cut them, or of given sizes:
    /// MIN:AVG:MAX, AVG a power of two, or both as borg:MIN:AVG:MAX; may be repeated
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Chunker>, value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) chunker: Vec<Chunker>,

    /// Compressor block, a power of two; may be repeated [default: 4KiB, 8KiB, 64KiB, 128KiB,
    /// 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("compress block"), value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) compress_block: Vec<u64>,

    /// Compressor: lz4, zstd, zlib, snappy or lzma (xz); may be repeated [default: all but lzma, which is slow]
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

    /// Preset of lzma, 0 to 9 [default: 6]
    #[arg(long, value_name = "N", value_parser = values::number("lzma level", 0, 9), allow_hyphen_values = true)]
    pub(crate) lzma_level: Option<usize>,

    /// Model what a storage system would allocate: zfs, zfs-dedup, btrfs (forced), btrfs-auto, bluestore, vdo, subblock,
    /// squashfs or zram; may be repeated. With sizes, codec and level: NAME[:SIZE[:SIZE]][:CODEC[:LEVEL]], such as zfs:16KiB,
    /// bluestore:64KiB:8KiB:lz4 (blob, allocation), subblock:2KiB, btrfs:zlib:6
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Model>, value_delimiter = ',')]
    pub(crate) model: Vec<Model>,

    /// Compress every block, duplicates and zero blocks too, as systems without dedup do; models do not dedup either
    #[arg(long, conflicts_with = "unique_block")]
    pub(crate) no_dedup: bool,

    /// Compress one of N blocks, or a share of them such as 1%; all of the first 512 KiB [default: 1, all of them; where many
    /// codecs and blocks are measured at once, as by default, one of 13 to 760]
    #[arg(long, value_name = "N", value_parser = sample, allow_hyphen_values = true)]
    pub(crate) sample: Option<u64>,

    /// Memory for fingerprints; beyond it counts become estimates [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("memory"), allow_hyphen_values = true)]
    pub(crate) memory: Option<u64>,

    /// Save what was counted in FILE now and then and when interrupted, and go on from there in a later run with the same
    /// paths and options; the file is removed in the end
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,

    /// Measure dedup alone
    #[arg(long, conflicts_with_all = ["codec", "compress_block", "unique_block", "zstd_level", "zlib_level", "lzma_level"])]
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
    pub(crate) report: ReportArgs,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,
}

/// One of how many: `N`, or the share that one of them is, such as `1%`.
fn sample(text: &str) -> Result<u64> {
    let text = text.trim();
    let of = match text.strip_suffix('%') {
        Some(share) => share.trim_end().parse().ok().filter(|share| *share > 0.0 && *share <= 100.0).map(one_of),
        None => text.parse().ok().filter(|of| *of > 0),
    };
    of.ok_or_else(|| Error::invalid("sample", format_args!("`{text}`"), "1 or more, or a share such as 1%, up to 100%"))
}

/// One of how many is so many per cent.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is positive")]
fn one_of(percent: f64) -> u64 {
    (100.0 / percent).round() as u64
}

#[cfg(test)]
mod tests {
    use super::sample;

    #[test]
    fn samples_are_numbers_or_shares() {
        for (text, of) in [("1", 1), ("30", 30), ("1%", 100), ("100%", 1), ("12.5 %", 8), ("0.01%", 10_000)] {
            assert_eq!(sample(text).unwrap(), of, "{text}");
        }
        for text in ["", "0", "-1", "0%", "101%", "-1%", "NaN%", "%", "1.5"] {
            assert!(sample(text).unwrap_err().to_string().starts_with("sample: "), "{text}");
        }
    }
}
