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

mod area;
mod attributes;
mod buffer;
mod clock;
mod crew;
mod device;
mod direct;
mod engine;
mod extents;
mod facts;
mod feed;
mod guard;
mod hints;
mod io_options;
mod latency;
mod ledger;
mod live;
mod machine;
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
mod verify_report;
mod watch;
mod write;
mod writeback;

pub use attributes::{Mark, RANGE_ATTRIBUTE, RECIPE_ATTRIBUTE, StreamRange};
pub use engine::choice::EngineChoice;
pub use facts::{HostFacts, StorageFacts};
pub use io_options::{IoOptions, MAX_DEPTH, MAX_PASSES};
pub use latency::{Latency, LatencyCounts};
pub use live::{Live, Snapshot};
pub use modes::{DirectMode, SyncMode};
pub use order::Order;
pub use outcome::Outcome;
pub use plan::{DEFAULT_BUFFER, DEFAULT_DEPTH, DEFAULT_WORKERS, MAX_BUFFER, MAX_WORKERS};
pub use probe::{FolderCapabilities, folder_capabilities, io_uring_allowed};
pub use read::{ReadOptions, read};
pub use report::{FileReport, ReadReport, RunReport, WorkerReport, WriteReport};
pub use resume::{ResumeReport, ResumedFile, recall};
pub use series::Series;
pub use source::open_to_read;
pub use split::split;
pub use tune::{TunedSetting, TuningReport, TuningStep};
pub use verdict::{Bound, Verdict};
pub use verify::{VerifyJob, VerifyOptions, VerifySource, verify};
pub use verify_report::{PlacedRange, VerifiedFile, VerifySummary};
pub use watch::Watch;
pub use write::{WriteOptions, write};
