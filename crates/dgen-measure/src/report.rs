//! The result of a measurement: plain values, with units in their names.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::codec::Codec;

/// What [`measure`](crate::measure()) found. Maps by block size use bytes as keys.
///
/// All fields but `elapsed_ns`, `bytes_per_s` and `threads` are the same for every thread count.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MeasureReport {
    /// Bytes measured.
    pub bytes: u64,
    /// Inputs measured.
    pub inputs: u64,
    /// Dedup result per block size.
    pub dedup: BTreeMap<u64, Dedup>,
    /// Ratio of unique bytes to stored bytes, per codec and compressor block. At least 1.
    pub compress: BTreeMap<Codec, BTreeMap<u64, f64>>,
    /// Name, version and settings of each codec used.
    pub engines: BTreeMap<Codec, String>,
    /// The dedup block that defines the unique part; absent if nothing was compressed.
    pub compress_dedup_block: Option<u64>,
    /// Bytes of the unique part at that block, an estimate unless its [`Dedup::exact`]. 0 if nothing was compressed.
    pub unique_bytes: u64,
    /// Bytes handed to each codec at each compressor block; less than `unique_bytes` if either was sampled.
    pub compressed_bytes: u64,
    /// One of this many pieces of the unique part was compressed.
    pub compress_sample: u64,
    /// Blocks that hold only zeros, per block size.
    pub zero_blocks: BTreeMap<u64, ZeroBlocks>,
    /// Order-0 Shannon entropy of all bytes, in bits per byte (0 to 8), if asked for.
    pub entropy: Option<f64>,
    /// What a reader of the numbers should know.
    pub warnings: Vec<String>,
    /// Threads used at most.
    pub threads: usize,
    /// Wall time, in nanoseconds.
    pub elapsed_ns: u64,
    /// Bytes measured per second.
    pub bytes_per_s: f64,
}

/// Dedup at one block size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Dedup {
    /// Blocks over distinct blocks; 1 for no data.
    pub ratio: f64,
    /// Distinct blocks, short ones included.
    pub distinct: u64,
    /// Blocks, short ones included.
    pub total: u64,
    /// Whether `distinct` is a count; otherwise it is an estimate.
    pub exact: bool,
    /// Share of the distinct contents that was kept: 1 if exact.
    pub sampling_rate: f64,
    /// Standard error of `distinct`, in blocks: 0 if exact.
    pub standard_error: f64,
}

/// Blocks that hold only zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ZeroBlocks {
    /// How many, short ones included.
    pub blocks: u64,
    /// How many bytes they hold.
    pub bytes: u64,
}
