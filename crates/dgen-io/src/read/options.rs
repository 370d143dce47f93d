//! What to read and how.

use crate::options::{io::IoOptions, modes::DirectMode, ranks::RankShare};
use crate::storage::advice::Advice;

/// What to read and how; the default reads whole files.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Bytes over all paths, in their order. Default: all there are.
    pub size: Option<u64>,
    /// Position in each file at which to begin. Default: 0.
    pub file_offset: u64,
    /// Bytes of one I/O, up to 256 MiB; rounded up to the alignment. Default: [`DEFAULT_BUFFER`](crate::DEFAULT_BUFFER).
    pub buffer_size: Option<u64>,
    /// Workers, 1 to 1024. Default: `threads`, at most
    /// [`DEFAULT_WORKERS`](crate::DEFAULT_WORKERS).
    pub readers: Option<usize>,
    /// Threads, 1 to 4096. Default: `DGEN_THREADS`, or what the machine allows.
    pub threads: Option<usize>,
    /// Whether to bypass the page cache. Default: where it is possible. What it holds of the files is dropped in any case.
    pub direct: DirectMode,
    /// Whether the page cache may answer: nothing is dropped from it, and reads go through it. Default: no.
    pub cached: bool,
    /// Whether to measure for up to two seconds, with at most a tenth of the data, which buffers, workers and depth are
    /// fast; those that are given stay. Default: no.
    pub auto: bool,
    /// What the system is told of reads through the page cache. Default: what suits the order.
    pub advice: Advice,
    /// Whether the first file that cannot be opened, or read to its end, ends the work. Default: no; it is listed as
    /// skipped, unless it is the only one.
    pub strict: bool,
    /// Which of several processes that share the reading this one is. Default: it reads all.
    pub ranks: Option<RankShare>,
    /// Engine, queue, order and pace.
    pub io: IoOptions,
}
