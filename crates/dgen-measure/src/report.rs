//! The result of a measurement: plain values, with units in their names.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use dgen::Error;
use rustix::io::Errno;
use serde::{Serialize, Serializer};

use crate::codec::Codec;
use crate::keep::{Keep, Pass, pass_bytes};

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
    /// How often the contents of blocks occur, and how far apart, per block size.
    pub repeats: BTreeMap<u64, Repeats>,
    /// Dedup of content-defined chunks, by the name of the chunker.
    pub chunks: BTreeMap<String, Chunks>,
    /// Ratio of the bytes that were compressed to those stored, per codec and compressor block: of the unique part, or, unless
    /// `dedup_first`, of all data. At least 1; none where it was stopped before any was compressed.
    pub compress: BTreeMap<Codec, BTreeMap<u64, f64>>,
    /// Ratio of all bytes to those stored, dedup and compression together, per codec and compressor block.
    pub reduction: BTreeMap<Codec, BTreeMap<u64, f64>>,
    /// What became of the compressor blocks, per codec and compressor block.
    pub records: BTreeMap<Codec, BTreeMap<u64, Records>>,
    /// What the modelled systems would allocate, by the name of the model.
    pub models: BTreeMap<String, Modelled>,
    /// Whether duplicates were left out of what was compressed.
    pub dedup_first: bool,
    /// Name, version and settings of each codec used.
    pub engines: BTreeMap<Codec, String>,
    /// The dedup block that defines the unique part; absent if nothing was compressed.
    pub compress_dedup_block: Option<u64>,
    /// Bytes of the unique part at that block, an estimate unless its [`Dedup::exact`]. 0 if it was not compressed.
    pub unique_bytes: u64,
    /// Least bytes that a codec compressed at a compressor block; less than there were if either was sampled.
    pub compressed_bytes: u64,
    /// One of this many compressor blocks was compressed, behind the first 512 KiB, or of fewer where the codec is fast.
    pub compress_sample: u64,
    /// Blocks that hold only zeros, per block size.
    pub zero_blocks: BTreeMap<u64, ZeroBlocks>,
    /// Order-0 Shannon entropy of all bytes, in bits per byte (0 to 8), if asked for.
    pub entropy: Option<f64>,
    /// Whether it was stopped; the numbers are of what was measured up to then.
    pub interrupted: bool,
    /// Inputs that could not be measured, or not to their end.
    pub skipped: Vec<SkippedInput>,
    /// What a reader of the numbers should know.
    pub warnings: Vec<String>,
    /// Threads used at most.
    pub threads: usize,
    /// Wall time, in nanoseconds.
    pub elapsed_ns: u64,
    /// Bytes measured per second.
    pub bytes_per_s: f64,
}

/// An input that was not measured, in all or from an offset on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SkippedInput {
    /// What it is called.
    #[serde(serialize_with = "path_text")]
    pub path: PathBuf,
    /// Why, in a word: `vanished`, `unreadable`, or another of whoever looked for inputs.
    pub reason: String,
    /// Position at which reading failed; absent where it did not begin.
    pub offset: Option<u64>,
    /// The error number of the system, where it refused something.
    pub errno: Option<i32>,
    /// What failed, in words; absent where nothing was tried.
    pub error: Option<String>,
}

impl SkippedInput {
    /// What an operation failed on.
    pub(crate) fn failed(error: &Error) -> Self {
        let path = error.path().map(Path::to_owned).unwrap_or_default();
        let is_gone = path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
        let reason = match () {
            () if path.is_symlink() && error.raw_os_error() == Some(Errno::NOENT.raw_os_error()) => "link",
            () if is_gone && error.offset().is_none() => "vanished",
            () => "unreadable",
        };
        Self {
            path,
            reason: reason.to_owned(),
            offset: error.offset(),
            errno: error.raw_os_error(),
            error: Some(error.to_string()),
        }
    }
}

impl Keep for SkippedInput {
    fn pass(&mut self, way: &mut dyn Pass) -> std::io::Result<()> {
        let mut path = std::mem::take(&mut self.path).into_os_string().into_vec();
        pass_bytes(&mut path, way)?;
        self.path = OsString::from_vec(path).into();
        self.reason.pass(way)?;
        self.offset.pass(way)?;
        self.errno.pass(way)?;
        self.error.pass(way)
    }
}

/// Writes a path as text, with U+FFFD for what is not UTF-8.
fn path_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
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

/// Dedup of content-defined chunks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Chunks {
    /// All bytes over those of distinct chunks; 1 for no data.
    pub ratio: f64,
    /// Bytes of the distinct chunks.
    pub distinct_bytes: u64,
    /// Distinct chunks.
    pub distinct: u64,
    /// Chunks.
    pub total: u64,
    /// Bytes of a chunk, on average.
    pub mean: f64,
    /// Whether `distinct` and `distinct_bytes` are counts; otherwise they are estimates.
    pub exact: bool,
    /// Share of the distinct chunks that was kept: 1 if exact.
    pub sampling_rate: f64,
    /// Standard error of `distinct_bytes`, in bytes: 0 if exact.
    pub standard_error: f64,
    /// Least bytes of a chunk, unless its input ends.
    pub min: u64,
    /// Mean distance between edges behind the minimum, in bytes.
    pub avg: u64,
    /// Most bytes of a chunk.
    pub max: u64,
    /// How often chunks occur, and how far apart.
    pub repeats: Repeats,
}

/// How often contents occur, and how far apart; those that hold only zeros are left out. Counts are estimates unless
/// `sampling_rate` is 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Repeats {
    /// Contents by how often they occur: so many times at most, and more than half as often. The keys are powers of two.
    pub contents: BTreeMap<u64, u64>,
    /// Copies by the bytes from the beginning of the one before to their own: so many at most, and more than half as many. The
    /// keys are powers of two; inputs follow each other without a gap.
    pub distances: BTreeMap<u64, u64>,
    /// Share of the contents that was followed: 1 for all.
    pub sampling_rate: f64,
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

/// Compressor blocks of one size under one codec. Counts and bytes are of those that were compressed; `ratio` is of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Records {
    /// Blocks compressed.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The bytes stored for them.
    pub stored_bytes: u64,
    /// Ratio of all bytes to those stored, an estimate if only a share was compressed.
    pub ratio: f64,
    /// Half the interval that holds the true ratio with 95 %, as a part of `ratio`: 0 where all was compressed, absent
    /// where too little was to tell.
    pub error: Option<f64>,
    /// Share of the bytes that was compressed: 1 for all.
    pub share: f64,
    /// Blocks stored as they are.
    pub raw: u64,
    /// Blocks that hold only zeros.
    pub zero: u64,
    /// Their bytes.
    pub zero_bytes: u64,
    /// The bytes stored for them.
    pub zero_stored_bytes: u64,
    /// How many blocks were stored in up to 1/16 of their length, in up to 2/16, and so on; the last holds the raw ones.
    pub sizes: Vec<u64>,
}

/// What a modelled system would allocate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Modelled {
    /// All bytes over those allocated; absent if nothing is allocated.
    pub ratio: Option<f64>,
    /// Half the interval that holds the true ratio with 95 %, as a part of `ratio`: 0 where all was compressed, absent
    /// where it cannot be told.
    pub error: Option<f64>,
    /// Bytes allocated, an estimate if only a share was compressed.
    pub allocated_bytes: u64,
    /// Bytes among them of pages that were begun and are not full: of zram, at most some pages for each size class.
    pub unfilled_bytes: u64,
    /// Bytes of the records that are stored, duplicates left out where the system deduplicates; holes included.
    pub record_bytes: u64,
    /// Share of those that was compressed: 1 for all.
    pub share: f64,
    /// Records looked at.
    pub records: u64,
    /// Those that are holes: nothing is allocated for them.
    pub holes: u64,
    /// Those for which as much is allocated as for raw ones.
    pub raw: u64,
    /// Bytes of a record.
    pub record: u64,
    /// Whether duplicates of records, or of whole files, were left out.
    pub dedup: bool,
    /// The codec.
    pub codec: Codec,
    /// Its engine, version and settings.
    pub engine: String,
    /// Where the rules of the system are documented.
    pub source: String,
}
