//! What operations on data sets come to.

use std::path::PathBuf;

use dgen::{DamageRange, Recipe};
use dgen_io::{Latency, RanksReport};
use serde::Serialize;

/// What writing a data set came to; bytes are those of files, with what formats add.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct WriteReport {
    /// Bytes written by this process.
    pub bytes_written: u64,
    /// Files of this process's part that were written or changed.
    pub files_written: u64,
    /// Files that were as they should be.
    pub files_kept: u64,
    /// Files that got another name.
    pub files_renamed: u64,
    /// Files that went.
    pub files_deleted: u64,
    /// From the first file to the end of the last sync.
    pub elapsed_ns: u64,
    /// Of which the sync at the end took.
    pub sync_ns: u64,
    /// Bytes written in a second.
    pub bytes_per_s: f64,
    /// Files written in a second.
    pub files_per_s: f64,
    /// From opening a file to its being written, in nanoseconds.
    pub latency_ns: Latency,
    /// Threads, each with a file of its own at a time.
    pub threads: usize,
    /// The data set's folder.
    pub path: PathBuf,
    /// The format of its files.
    pub format: String,
    /// Files of the data set, those of all processes.
    pub files: u64,
    /// Bytes of payload in all of them.
    pub size: u64,
    /// The generation that the folder holds now.
    pub generation: u32,
    /// Bytes of payload that are new in this generation; all of them in generation 0.
    pub new_bytes: u64,
    /// Of those, bytes of blocks that lay nowhere in an earlier generation, each content counted once; absent where a recipe
    /// with duplicates has more than 2^22 such blocks.
    pub new_distinct_bytes: Option<u64>,
    /// The recipe of the stream.
    pub recipe: Recipe,
    /// Its seed.
    pub seed: u64,
    /// Stream offset of the first file.
    pub offset: u64,
    /// Which part was this process's, where several shared the work.
    pub ranks: Option<RanksReport>,
    /// What a user should know.
    pub warnings: Vec<String>,
    /// Why it is not all, if it is not.
    pub error: Option<String>,
}

/// A file that is not as it should be.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DamagedFile {
    /// The file.
    pub path: PathBuf,
    /// Its damaged bytes, those that are missing and those behind its end among them.
    pub bytes_bad: u64,
    /// The first damaged ranges, by their offset in the file.
    pub ranges: Vec<DamageRange>,
}

/// What verifying a data set came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Whether every file of this process's part is there and as it should be, and no other file is.
    pub ok: bool,
    /// Bytes compared, missing ones included.
    pub bytes_checked: u64,
    /// Bytes that are damaged, missing, or too many.
    pub bytes_bad: u64,
    /// Files compared.
    pub files_checked: u64,
    /// Files with damage.
    pub files_bad: u64,
    /// Files that are not there.
    pub files_missing: u64,
    /// The first damaged files, in order.
    pub damaged: Vec<DamagedFile>,
    /// The first missing files, in order.
    pub missing: Vec<PathBuf>,
    /// The first files that do not belong to the data set.
    pub extra: Vec<PathBuf>,
    /// How many of those there are.
    pub files_extra: u64,
    /// How long it took.
    pub elapsed_ns: u64,
    /// Bytes compared in a second.
    pub bytes_per_s: f64,
    /// Threads, each with a file of its own at a time.
    pub threads: usize,
    /// Files that could not be dropped from the page cache, so that memory was compared.
    pub files_cached: u64,
    /// The data set's folder.
    pub path: PathBuf,
    /// Files of the data set, those of all processes.
    pub files: u64,
    /// The generation that the folder holds.
    pub generation: u32,
    /// The recipe of the stream.
    pub recipe: Recipe,
    /// Which part was this process's, where several shared the work.
    pub ranks: Option<RanksReport>,
    /// What a user should know.
    pub warnings: Vec<String>,
    /// Why it is not all, if it is not.
    pub error: Option<String>,
}

/// One pass over all samples.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EpochReport {
    /// Which one, from 0.
    pub epoch: u64,
    /// Samples read.
    pub samples: u64,
    /// Bytes read.
    pub bytes_read: u64,
    /// How long it took.
    pub elapsed_ns: u64,
    /// Samples read in a second.
    pub samples_per_s: f64,
    /// Bytes read in a second.
    pub bytes_per_s: f64,
}

/// What reading a data set as a data loader does came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ReadReport {
    /// Bytes read by this process.
    pub bytes_read: u64,
    /// Samples read.
    pub samples: u64,
    /// How long it took.
    pub elapsed_ns: u64,
    /// Samples read in a second.
    pub samples_per_s: f64,
    /// Bytes read in a second.
    pub bytes_per_s: f64,
    /// From the request for a sample to its last byte, with opening the file where it was not open, in nanoseconds.
    pub latency_ns: Latency,
    /// What a sample is: `record` or `file`.
    pub sample: String,
    /// Bytes of the largest sample.
    pub sample_size: u64,
    /// Samples that a thread takes at a time.
    pub batch_size: u64,
    /// Passes over all samples.
    pub epochs: Vec<EpochReport>,
    /// Samples of all processes in one pass.
    pub samples_per_epoch: u64,
    /// The seed of the order.
    pub shuffle_seed: Option<u64>,
    /// Whether each sample was compared with what it should be.
    pub verified: bool,
    /// Samples that were not.
    pub samples_bad: u64,
    /// The first files with such samples.
    pub damaged: Vec<PathBuf>,
    /// Threads.
    pub threads: usize,
    /// The data set's folder.
    pub path: PathBuf,
    /// The generation that the folder holds.
    pub generation: u32,
    /// The recipe of the stream.
    pub recipe: Recipe,
    /// Which part was this process's, where several shared the work.
    pub ranks: Option<RanksReport>,
    /// What a user should know.
    pub warnings: Vec<String>,
    /// Why it is not all, if it is not.
    pub error: Option<String>,
}

/// A rate for so many nanoseconds.
pub(crate) fn per_second(amount: u64, elapsed_ns: u64) -> f64 {
    if elapsed_ns == 0 { 0.0 } else { amount as f64 * 1e9 / elapsed_ns as f64 }
}
