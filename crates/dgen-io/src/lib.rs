//! Carries dgen streams to storage and back: targets, writers, readers, and what they report.
//!
//! Nothing here adds bytes of its own. Workers claim *extents* from one ascending cursor, generate each into a buffer of
//! their own, and hand it to an *engine* that writes it; so what an interrupted run leaves is a dense prefix.
//!
//! ```no_run
//! use dgen::{Recipe, Stream};
//! use dgen_io::{Watch, WriteOptions, write};
//! let stream = Stream::new(&Recipe::with_seed(7))?;
//! let outcome = write(&["data.bin".into()], &WriteOptions::new(stream, 1 << 30), Watch::default())?;
//! println!("{} bytes per second", outcome.report.run.bytes_per_s);
//! # Ok::<(), dgen::Error>(())
//! ```

mod advice;
mod area;
mod attributes;
mod cached;
mod clock;
mod crew;
mod descriptors;
mod device;
mod direct;
mod engine;
mod extents;
mod facts;
mod folder;
mod guard;
mod hints;
mod io_options;
mod latency;
mod ledger;
mod live;
mod machine;
mod mixed;
mod modes;
mod order;
mod outcome;
mod pace;
mod pipeline;
mod placement;
mod plan;
mod probe;
mod read;
mod report;
mod reserve;
mod resume;
mod series;
mod source;
mod split;
mod stats;
mod target;
mod transfer;
mod tune;
mod verdict;
mod verify;
mod walk;
mod watch;
mod write;
mod writeback;

pub use advice::Advice;
pub use attributes::{Mark, RANGE_ATTRIBUTE, RECIPE_ATTRIBUTE, StreamRange};
pub use cached::{Dropped, drop_cached};
pub use engine::choice::EngineChoice;
pub use engine::vector::MAX_VECTORED;
pub use facts::{HostFacts, StorageFacts};
pub use folder::{MAX_FILES, folder_files};
pub use io_options::{IoOptions, MAX_DEPTH, MAX_PASSES};
pub use latency::{Latency, LatencyCounts};
pub use live::{Live, Snapshot};
pub use mixed::ReadsReport;
pub use modes::{DirectMode, SyncMode};
pub use order::Order;
pub use outcome::Outcome;
pub use plan::{DEFAULT_BUFFER, DEFAULT_DEPTH, DEFAULT_WORKERS, MAX_BUFFER, MAX_GENERATORS, MAX_WORKERS};
pub use probe::{FolderCapabilities, folder_capabilities, io_uring_allowed};
pub use read::{ReadOptions, read};
pub use report::{FileReport, ReadReport, RunReport, WorkerReport, WriteReport};
pub use resume::{ResumeReport, ResumedFile, recall};
pub use series::Series;
pub use source::open_to_read;
pub use split::split;
pub use tune::{TunedSetting, TuningReport, TuningStep};
pub use verdict::{Bound, Verdict};
pub use verify::{
    Expected, PlacedRange, VerifiedFile, VerifyJob, VerifyOptions, VerifySource, VerifySummary, verify, verify_jobs,
};
pub use walk::{expand, files_below};
pub use watch::Watch;
pub use write::{AppendReport, WriteOptions, continued_recipe, write};
