//! Carries dgen streams to storage and back: targets, writers, readers, and what they report.
//!
//! Nothing here adds bytes of its own. Workers claim *extents* from one ascending cursor, generate each into a buffer of
//! their own, and hand it to an *engine* that writes it; so what an interrupted run leaves is a dense prefix.
//!
//! Layers, each of which uses those behind it: `probe`; `write`; `read`; `verify`; `tune`; `report`; `pipeline`; `sizing`;
//! `engine`; `storage`; `memory`; `metrics`; `extents`; `options`; `base`.
//!
//! ```no_run
//! use dgen::{Recipe, Stream};
//! use dgen_io::{Watch, WriteOptions, write};
//! let stream = Stream::new(&Recipe::with_seed(7))?;
//! let outcome = write(&["data.bin".into()], &WriteOptions::new(stream, 1 << 30), Watch::default())?;
//! println!("{} bytes per second", outcome.report.run.bytes_per_s);
//! # Ok::<(), dgen::Error>(())
//! ```

mod base;
mod engine;
mod extents;
mod memory;
mod metrics;
mod options;
mod pipeline;
mod probe;
mod read;
mod report;
mod sizing;
mod storage;
#[cfg(test)]
mod tests;
mod tune;
mod verify;
mod write;

pub use base::outcome::Outcome;
pub use metrics::histogram::{Histogram, Latency, LatencyCounts};
pub use metrics::live::{Live, Snapshot};
pub use metrics::series::Series;
pub use metrics::watch::Watch;
pub use options::io::{DEFAULT_DEPTH, IoOptions, MAX_DEPTH, MAX_PASSES, MAX_VECTORED};
pub use options::modes::{DirectMode, EngineChoice, SyncMode};
pub use options::order::{Order, mix};
pub use options::ranks::{DEFAULT_RANK_WAIT, MAX_RANKS, RankShare, RanksReport};
pub use probe::{FolderCapabilities, folder_capabilities, io_uring_allowed};
pub use read::options::ReadOptions;
pub use read::read;
pub use read::report::ReadReport;
pub use report::file::FileReport;
pub use report::run::{RunReport, WorkerReport};
pub use report::skipped::{FoundFiles, SkippedFile, SkippedNotes, find_files};
pub use report::verdict::{Bound, Verdict};
pub use sizing::{DEFAULT_BUFFER, DEFAULT_WORKERS, MAX_BUFFER, MAX_GENERATORS, MAX_WORKERS};
pub use storage::advice::Advice;
pub use storage::attributes::{
    FilePlace, Mark, Marking, RANGE_ATTRIBUTE, RECIPE_ATTRIBUTE, RangeAttribute, StreamRange,
};
pub use storage::folder::{MANIFEST, MAX_FILES, folder_files};
pub use storage::host::{HostFacts, StorageFacts};
pub use storage::origin::DataOrigin;
pub use storage::page_cache::{Dropped, drop_cached};
pub use storage::scratch::{OwnName, Scratch};
pub use storage::source::open_to_read;
pub use storage::split::{files_of, split};
pub use storage::walk::SkipReason;
pub use tune::setting::{TunedSetting, TuningReport, TuningStep};
pub use verify::expected::{Expected, verify_plan};
pub use verify::options::{MoreAbsent, VerifyJob, VerifyOptions, VerifySource};
pub use verify::plan::VerifyPlan;
pub use verify::report::{PlacedRange, VerifiedFile, VerifySummary};
pub use verify::run::verify;
pub use write::append::{AppendReport, continued_stream};
pub use write::options::WriteOptions;
pub use write::report::WriteReport;
pub use write::resume::{Recalled, ResumeReport, ResumedFile, recall};
pub use write::rwmix::ReadsReport;
pub use write::write;
