//! What a read did.

use serde::Serialize;

use crate::options::ranks::RanksReport;
use crate::report::{file::FileReport, run::RunReport, skipped::SkippedFile};
use crate::storage::origin::DataOrigin;
use crate::tune::setting::TuningReport;

/// What a read did. Made by [`read`](crate::read()).
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ReadReport {
    /// Bytes read.
    pub bytes_read: u64,
    /// What the system was told of the order and the page cache: `none`, `sequential`, `random`, `willneed` or `dontneed`.
    pub advice: &'static str,
    /// Why.
    pub advice_reason: String,
    /// The least that is known of any file of where its bytes were read from.
    pub data_read_from: Option<DataOrigin>,
    /// How it ran.
    #[serde(flatten)]
    pub run: RunReport,
    /// Bytes asked for.
    pub size: u64,
    /// Which part of the reading this was, where several processes shared it.
    pub ranks: Option<RanksReport>,
    /// Whether the caller stopped it.
    pub interrupted: bool,
    /// Why it ended early, if it did.
    pub error: Option<String>,
    /// What automatic tuning tried and chose, where it was asked for.
    pub tuning: Option<TuningReport>,
    /// One entry per path.
    pub files: Vec<FileReport>,
    /// What was not read, or not to its end.
    pub skipped: Vec<SkippedFile>,
}
