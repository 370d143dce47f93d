//! What to measure: the options, their defaults, and their one validation.

use std::num::NonZero;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use dgen::topology::MemoryRoom;
use dgen::{Error, Result};

use crate::chunker::Chunker;
use crate::codec::{Codec, Levels};
use crate::model::Model;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Every dedup block is a multiple of this.
const SECTOR: u64 = 512;

/// Largest unit that is hashed at once; see `fingerprint`.
const UNIT_MAX: u64 = 64 * KIB;

/// Bytes for tables where nobody says how much and no limit on memory leaves less.
pub const DEFAULT_MEMORY: u64 = GIB;

/// Extent where only digests are needed: small enough that hashing finds the data in the second-level cache.
const EXTENT: u64 = 512 * KIB;

/// Round where only digests are needed.
const ROUND: u64 = 256 * MIB;

/// Extent and round where the bytes stay in memory until they are compressed.
const KEPT_EXTENT: u64 = MIB;
const KEPT_ROUND: u64 = 32 * MIB;

/// Least piece of the unique part that is compressed, or skipped, as a whole.
const CHUNK: u64 = MIB;

/// Nanoseconds that compressing a byte by all codecs at all blocks may take in all before a sample is drawn, and those
/// that the sample aims at; see [`Codec::cost`].
const COST_MAX: f64 = 70.0;
const COST_AIM: f64 = 3.5;

/// Extents hold whole blocks and records of every kind; no more than this for that.
const ALIGNED_EXTENT_MAX: u64 = 64 * MIB;

/// What a thread takes of memory with all codecs, about.
const THREAD_MEMORY: u64 = 7 * MIB;

/// Most block sizes, codecs or threads one measurement takes.
const BLOCKS_MAX: usize = 32;
const THREADS_MAX: usize = 1024;

/// What [`measure`](crate::measure()) does. Start from the default and change fields.
///
/// ```
/// use dgen_measure::MeasureOptions;
/// let dedup_only = MeasureOptions { dedup_blocks: vec![4096], codecs: vec![], entropy: false, ..Default::default() };
/// assert!(dedup_only.validate().is_ok());
/// let odd = MeasureOptions { dedup_blocks: vec![1000], ..Default::default() };
/// let message = odd.validate().unwrap_err().to_string();
/// assert_eq!(message, "dedup block: 1000 is not accepted (accepted: a multiple of 512, from 512 to 1073741824)");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureOptions {
    /// Dedup blocks, in bytes: multiples of 512 up to 1 GiB, at most 32 of them. Order and repeats do not matter.
    /// Default: 512 B, 4 KiB, 64 KiB, 1 MiB.
    pub dedup_blocks: Vec<u64>,
    /// Content-defined chunkers, at most 32. Default: none.
    pub chunkers: Vec<Chunker>,
    /// Codecs to compress with; none to measure dedup alone. Default: [`Codec::USUAL`].
    pub codecs: Vec<Codec>,
    /// Compressor blocks, in bytes: powers of two from 512 B to 16 MiB. Default: 4 KiB, 8 KiB, 64 KiB, 128 KiB, 1 MiB.
    pub compress_blocks: Vec<u64>,
    /// The dedup block whose first occurrences are the unique part that is compressed: one of `dedup_blocks`, at most
    /// 4 MiB. Default: 4 KiB if it is among `dedup_blocks`, else the smallest of them.
    pub compress_dedup_block: Option<u64>,
    /// Whether duplicates are left out of what is compressed. If not, every block is, zero blocks too, each input from its
    /// start, as systems without dedup do; [models](Self::models) then store duplicates as well, and only the holes that
    /// the system makes take no space. Default: true.
    pub dedup: bool,
    /// Compress one of this many blocks, drawn evenly, behind the first 512 KiB, which all are; ratios then have an
    /// [error](crate::Records::error). 1 compresses all. Default: as few as keep compression from being the bulk of the time,
    /// where codecs and blocks are many, as they are by default, and more of those codecs that are fast and of larger blocks; all where they are
    /// few, such as one codec at the default blocks (of zlib, one block). [Models](Self::models) are sampled only if a number is given, and `vdo` never.
    pub compress_sample: Option<u64>,
    /// Storage systems to model: what they would allocate. Default: none.
    pub models: Vec<Model>,
    /// Level of zstd, 1 to 22. Default: 3, its own default and that of the file systems that offer it.
    pub zstd_level: i32,
    /// Level of zlib, 1 to 9. Default: 6, its own default.
    pub zlib_level: u32,
    /// Preset of lzma, 0 to 9. Default: 6, its own default.
    pub lzma_level: u32,
    /// Whether to compute the entropy; it takes about as long as dedup at one block size. Default: true.
    pub entropy: bool,
    /// Bytes of memory for the tables of fingerprints, at least 1 MiB, shared equally by the dedup blocks and
    /// chunkers. A table
    /// holds about 0.7 fingerprints per 16 bytes. Other buffers take up to about 100 MiB, or twice as much as the tables if
    /// that is less, 4 MiB per thread, and two chunks per chunker; one round (256 MiB of input at most) may exceed the tables' limit before the
    /// sample shrinks. Default: 1 GiB, or an eighth of what a limit on memory leaves where that is less.
    pub memory: u64,
    /// Threads, 1 to 1024. Default: as many as the process may use, or as a limit on memory leaves room for.
    pub threads: Option<usize>,
    /// A file to go on from, of an earlier run with the same inputs and options that did not come to its end. What was counted
    /// is saved there now and then and when it is stopped, and the file is removed in the end. A run that is stopped then
    /// measures the round that it has begun. Inputs must be files or devices. Default: none.
    pub state: Option<PathBuf>,
    /// How long to count before it is saved again, or longer if that took long; 0 saves it after each round. Default: 15 s.
    pub state_every: Duration,
    /// Whether the first input that cannot be opened, or read to its end, is an error. Default: no; it is listed as
    /// skipped, unless it is the only one and cannot be opened.
    pub strict: bool,
}

impl Default for MeasureOptions {
    fn default() -> Self {
        Self {
            dedup_blocks: vec![512, 4 * KIB, 64 * KIB, MIB],
            chunkers: Vec::new(),
            codecs: Codec::USUAL.to_vec(),
            compress_blocks: vec![4 * KIB, 8 * KIB, 64 * KIB, 128 * KIB, MIB],
            compress_dedup_block: None,
            dedup: true,
            compress_sample: None,
            models: Vec::new(),
            zstd_level: 3,
            zlib_level: 6,
            lzma_level: 6,
            entropy: true,
            memory: default_memory(MemoryRoom::read().as_ref()),
            threads: None,
            state: None,
            state_every: Duration::from_secs(15),
            strict: false,
        }
    }
}

/// Validated options, and what follows from them.
pub(crate) struct Plan {
    /// Ascending.
    pub(crate) dedup_blocks: Vec<u64>,
    pub(crate) chunkers: Vec<Chunker>,
    pub(crate) codecs: Vec<Codec>,
    /// In bytes, ascending; each divides `chunk`.
    pub(crate) compress_blocks: Vec<usize>,
    /// Absent if nothing is compressed.
    pub(crate) compress_dedup_block: Option<u64>,
    /// Whether what is compressed is the unique part, and models that dedup do so.
    pub(crate) dedup: bool,
    /// One of so many blocks is compressed, by codec and compressor block.
    pub(crate) compress_samples: Vec<Vec<u64>>,
    pub(crate) models: Vec<Model>,
    /// One of so many records is handed to models.
    pub(crate) model_sample: u64,
    pub(crate) levels: Levels,
    pub(crate) entropy: bool,
    /// Bytes for the tables of one block size or chunker.
    pub(crate) table_memory: u64,
    pub(crate) threads: usize,
    pub(crate) strict: bool,
    /// Bytes hashed at once; divides every dedup block and `extent_bytes`.
    pub(crate) unit: usize,
    /// A multiple of `unit` and of `compress_dedup_block`.
    pub(crate) extent_bytes: usize,
    pub(crate) round_bytes: usize,
    /// Bytes of the unique part that are compressed as one piece.
    pub(crate) chunk: usize,
}

impl Plan {
    /// Whether bytes must stay in memory after they were hashed.
    pub(crate) fn keep(&self) -> bool {
        !self.codecs.is_empty() || !self.models.is_empty() || !self.chunkers.is_empty()
    }
}

impl MeasureOptions {
    /// Checks every option, without measuring anything.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`](dgen::ErrorKind::InvalidValue), naming the first option that is out of range, the
    /// value and the accepted range.
    pub fn validate(&self) -> Result<()> {
        self.plan().map(drop)
    }

    pub(crate) fn plan(&self) -> Result<Plan> {
        let mut dedup_blocks =
            blocks("dedup block", &self.dedup_blocks, SECTOR, GIB, |b| b % SECTOR == 0, "a multiple of 512")?;
        let power = |b: u64| b.is_power_of_two();
        let compress_blocks = blocks("compress block", &self.compress_blocks, 512, 16 * MIB, power, "a power of two")?;
        let range = |name, value: u64, min: u64, max: u64| match value {
            _ if (min..=max).contains(&value) => Ok(()),
            _ if max == u64::MAX => Err(Error::invalid(name, value, &format!("{min} or more"))),
            _ => Err(Error::invalid(name, value, &format!("{min} to {max}"))),
        };
        range("compress sample", self.compress_sample.unwrap_or(1), 1, u64::MAX)?;
        range("model count", self.models.len() as u64, 0, BLOCKS_MAX as u64)?;
        range("chunker count", self.chunkers.len() as u64, 0, BLOCKS_MAX as u64)?;
        range("memory", self.memory, MIB, u64::MAX)?;
        range("zlib level", self.zlib_level.into(), 1, 9)?;
        range("lzma level", self.lzma_level.into(), 0, 9)?;
        if !(1..=22).contains(&self.zstd_level) {
            return Err(Error::invalid("zstd level", self.zstd_level, "1 to 22"));
        }
        let allowed = || available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX);
        let threads = self.threads.unwrap_or_else(|| threads_within(MemoryRoom::read().as_ref(), allowed()));
        range("threads", threads as u64, 1, THREADS_MAX as u64)?;

        let mut codecs = self.codecs.clone();
        codecs.sort_unstable();
        codecs.dedup();
        let compress_dedup_block = self.unique_block(&dedup_blocks)?.filter(|_| !codecs.is_empty());
        let mut chunkers: Vec<Chunker> = Vec::new();
        for chunker in &self.chunkers {
            if !chunkers.iter().any(|known| known.name() == chunker.name()) {
                chunkers.push(chunker.clone());
            }
        }
        let mut models: Vec<Model> = Vec::new();
        for model in &self.models {
            if !models.contains(model) {
                models.push(model.clone());
            }
        }
        // Those that dedup need a count of their records.
        let counted = models.iter().filter(|model| self.dedup && model.dedups()).map(|model| model.record);
        dedup_blocks.extend(counted.collect::<Vec<_>>());
        dedup_blocks.sort_unstable();
        dedup_blocks.dedup();
        let divisor = dedup_blocks.iter().copied().fold(0, gcd);
        let unit = if divisor > UNIT_MAX { gcd(divisor, UNIT_MAX) } else { divisor };
        let whole = models.iter().map(|model| model.record).chain(compress_dedup_block).fold(unit, lcm);
        if whole > ALIGNED_EXTENT_MAX {
            let block = compress_dedup_block.unwrap_or(unit);
            return Err(Error::invalid("dedup block", block, "a power of two beside models"));
        }
        let keep = !codecs.is_empty() || !models.is_empty() || !chunkers.is_empty();
        let (extent, round_bytes) = if keep { (KEPT_EXTENT, KEPT_ROUND) } else { (EXTENT, ROUND) };
        let extent_bytes = (extent / whole).max(1) * whole;
        // Little memory for tables is little memory for the rest.
        let round_bytes = round_bytes.min(self.memory).max(extent_bytes);
        let chunk = CHUNK.max(compress_blocks[compress_blocks.len() - 1]);
        Ok(Plan {
            table_memory: self.memory / (dedup_blocks.len() + chunkers.len()) as u64,
            dedup_blocks,
            compress_dedup_block,
            compress_samples: match self.compress_sample {
                Some(of) => vec![vec![of; compress_blocks.len()]; codecs.len()],
                None => thrift(&codecs, &compress_blocks),
            },
            chunkers,
            codecs,
            compress_blocks: compress_blocks.into_iter().map(small).collect(),
            dedup: self.dedup,
            models,
            model_sample: self.compress_sample.unwrap_or(1),
            levels: Levels { zstd: self.zstd_level, zlib: self.zlib_level, lzma: self.lzma_level },
            entropy: self.entropy,
            threads,
            unit: small(unit),
            extent_bytes: small(extent_bytes),
            strict: self.strict,
            round_bytes: small(round_bytes),
            chunk: small(chunk),
        })
    }

    /// The dedup block of the unique part; absent if nothing is to be compressed.
    fn unique_block(&self, dedup_blocks: &[u64]) -> Result<Option<u64>> {
        let max = 4 * MIB;
        let block = match self.compress_dedup_block {
            Some(block) if !dedup_blocks.contains(&block) || block > max => {
                let accepted = format!("one of the dedup blocks, at most {max}");
                return Err(Error::invalid("compress dedup block", block, &accepted));
            }
            Some(block) => block,
            None if dedup_blocks.contains(&(4 * KIB)) => 4 * KIB,
            None => dedup_blocks[0],
        };
        if self.codecs.is_empty() || !self.dedup {
            return Ok(None);
        }
        if block > max {
            let accepted = format!("at most {max} for the smallest, unless no codec is asked for");
            return Err(Error::invalid("dedup block", block, &accepted));
        }
        Ok(Some(block))
    }
}

/// The given sizes, ascending and without repeats, if all are accepted.
fn blocks(name: &str, given: &[u64], min: u64, max: u64, fits: impl Fn(u64) -> bool, rule: &str) -> Result<Vec<u64>> {
    let mut sorted = given.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.is_empty() || sorted.len() > BLOCKS_MAX {
        return Err(Error::malformed(&format!("{name} count"), sorted.len(), &format!("1 to {BLOCKS_MAX}")));
    }
    match sorted.iter().find(|block| !(min..=max).contains(*block) || !fits(**block)) {
        Some(block) => Err(Error::invalid(name, block, &format!("{rule}, from {min} to {max}"))),
        None => Ok(sorted),
    }
}

/// So many threads, or fewer where a limit on memory leaves no room for their compressors: they take half of it at most.
pub fn threads_within(room: Option<&MemoryRoom>, threads: usize) -> usize {
    let fit = room.map_or(u64::MAX, |room| room.bytes / 2 / THREAD_MEMORY).max(1);
    threads.min(usize::try_from(fit).unwrap_or(usize::MAX))
}

/// Memory for tables where nobody says how much.
fn default_memory(room: Option<&MemoryRoom>) -> u64 {
    room.map_or(DEFAULT_MEMORY, |room| (room.bytes / 8).clamp(MIB, DEFAULT_MEMORY))
}

/// A size of at most 1 GiB.
fn small(bytes: u64) -> usize {
    usize::try_from(bytes).expect("at most 1 GiB")
}

/// One of how many blocks each codec compresses at each size where nobody says: all, unless that takes long. The error of a
/// share of the bytes is as the root of the block over the share, so what there is of time gives the smallest errors where
/// the shares are as the roots of the blocks, and as those of one over the costs.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive numbers")]
fn thrift(codecs: &[Codec], blocks: &[u64]) -> Vec<Vec<u64>> {
    let costs: f64 = codecs.iter().map(|codec| codec.cost()).sum::<f64>() * blocks.len() as f64;
    if costs <= COST_MAX {
        return vec![vec![1; blocks.len()]; codecs.len()];
    }
    let roots: f64 = codecs.iter().map(|codec| codec.cost().sqrt()).sum();
    let sizes: f64 = blocks.iter().map(|block| (*block as f64).sqrt()).sum();
    let of = |codec: &Codec, block: u64| roots * sizes / COST_AIM * (codec.cost() / block as f64).sqrt();
    codecs.iter().map(|codec| blocks.iter().map(|block| of(codec, *block).ceil() as u64).collect()).collect()
}

fn lcm(a: u64, b: u64) -> u64 {
    a / gcd(a, b) * b
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
