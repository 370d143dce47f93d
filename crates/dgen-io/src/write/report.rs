//! What a write did.

use dgen::Recipe;
use serde::Serialize;

use super::{append::AppendReport, resume::ResumeReport, rwmix::ReadsReport};
use crate::options::ranks::RanksReport;
use crate::report::{file::FileReport, run::RunReport};
use crate::tune::setting::TuningReport;
use crate::verify::report::VerifySummary;

/// What a write did. Made by [`write`](crate::write()).
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct WriteReport {
    /// Bytes written.
    pub bytes_written: u64,
    /// Bytes from the beginning of the first file that are as asked, without a gap.
    pub valid_prefix: u64,
    /// How it ran.
    #[serde(flatten)]
    pub run: RunReport,
    /// The stream.
    pub recipe: Recipe,
    /// Its version.
    pub stream_version: u32,
    /// Its seed.
    pub seed: u64,
    /// Stream offset of the first byte that this process was to write.
    pub offset: u64,
    /// Bytes asked of it.
    pub size: u64,
    /// Bytes of each file but the last, where that was asked for: each begins at a block of the stream.
    pub file_size: Option<u64>,
    /// Whether the data was made durable.
    pub synced: bool,
    /// Whether the caller stopped it.
    pub interrupted: bool,
    /// Why it ended early, if it did.
    pub error: Option<String>,
    /// Which part of the write this was, where several processes shared it.
    pub ranks: Option<RanksReport>,
    /// What an earlier run had written, where this one continued it.
    pub resumed: Option<ResumeReport>,
    /// Where data was appended, where that was asked for.
    pub appended: Option<AppendReport>,
    /// What was read among the writes, where that was asked for; all other counts and rates are those of the writes.
    pub reads: Option<ReadsReport>,
    /// What automatic tuning tried and chose, where it was asked for.
    pub tuning: Option<TuningReport>,
    /// What reading back found, where it was asked for and there was something to read; with its own time.
    pub verify: Option<VerifySummary>,
    /// One entry per path.
    pub files: Vec<FileReport>,
}
