//! How I/Os are issued: what writing and reading have in common.

use std::time::Duration;

use dgen::placement::PlacementOptions;
use dgen::{Error, Result};

use crate::options::{modes::EngineChoice, order::Order};

/// I/Os that each worker keeps in flight with `io_uring`, unless told otherwise.
pub const DEFAULT_DEPTH: usize = 8;
/// Most I/Os that one worker may have in flight.
pub const MAX_DEPTH: usize = 4096;
/// Most pieces of one I/O: the system's own limit.
pub const MAX_VECTORED: usize = 1024;
/// Most passes over the same data.
pub const MAX_PASSES: u64 = 1_000_000;

/// Engine, queue, order and pace of a write or read. Start from the default and change fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each with a name")]
pub struct IoOptions {
    /// How I/Os are issued. Default: automatic.
    pub engine: EngineChoice,
    /// I/Os that each worker keeps in flight, 1 to 4096; above 1 with `io_uring` alone.
    /// Default: [`DEFAULT_DEPTH`](crate::DEFAULT_DEPTH) with `io_uring`.
    pub depth: Option<usize>,
    /// Buffers of all workers together, at least `depth` for each. Default with `io_uring`: twice `depth` for each, so that
    /// as many are filled as are in flight, and 32 MiB more in all for direct writes; else `depth` for each.
    pub buffer_count: Option<usize>,
    /// Buffers that each I/O gathers, 1 to 1024, with `pwritev`, `preadv` and their like in `io_uring`; an I/O then moves so
    /// many times the buffer size, at most 256 MiB, and `buffer_count` counts its buffers as one. Default: 1.
    pub vectored: usize,
    /// Whether `io_uring` registers its buffers with the kernel, which it cannot with vectored I/Os. Default: yes.
    pub registered: bool,
    /// Whether a kernel thread for each worker looks for submissions (`SQPOLL`), for `io_uring`. Default: no.
    pub sqpoll: bool,
    /// Whether completions are polled for (`IOPOLL`), for `io_uring` and direct I/O on devices that have queues for it.
    /// Default: no.
    pub iopoll: bool,
    /// Whether to advise the system to use huge pages for buffers. Default: yes.
    pub huge_pages: bool,
    /// The memory nodes that workers and buffers are kept on. Default: each in turn, where there is more than one.
    pub placement: PlacementOptions,
    /// The order in which extents are claimed. Default: sequential.
    pub order: Order,
    /// Passes over the same data, 1 to a million. Default: 1.
    pub passes: u64,
    /// Bytes per second of all workers together. I/Os are due at fixed times, and latency counts from there, so that a
    /// stall shows in all I/Os it delays. Default: no limit.
    pub rate: Option<u64>,
    /// Time after which no further I/O is begun; a run that it ends is a success. Default: no limit.
    pub time_limit: Option<Duration>,
}

impl Default for IoOptions {
    fn default() -> Self {
        Self {
            engine: EngineChoice::Auto,
            depth: None,
            buffer_count: None,
            vectored: 1,
            registered: true,
            sqpoll: false,
            iopoll: false,
            huge_pages: true,
            placement: PlacementOptions::default(),
            order: Order::Sequential,
            passes: 1,
            rate: None,
            time_limit: None,
        }
    }
}

impl IoOptions {
    /// Whether a kind of polling is asked for, which `io_uring` alone has.
    pub(crate) fn polls(&self) -> bool {
        self.sqpoll || self.iopoll
    }

    /// The same engine, with defaults for the rest: to read and compare what is, or was, written with these.
    pub(crate) fn for_check(&self) -> Self {
        let Self { engine, registered, huge_pages, placement, .. } = *self;
        Self { engine, registered, huge_pages, placement, ..Self::default() }
    }

    /// Refuses values out of range.
    pub(crate) fn check(&self) -> Result<()> {
        let depth = self.depth.unwrap_or(1);
        let ranges = [
            ("depth", depth as u64, MAX_DEPTH as u64),
            ("passes", self.passes, MAX_PASSES),
            ("vectored", self.vectored as u64, MAX_VECTORED as u64),
        ];
        if let Some((name, value, most)) = ranges.into_iter().find(|(_, value, most)| !(1..=*most).contains(value)) {
            return Err(Error::invalid(name, value, &format!("1 to {most}")));
        }
        if self.rate == Some(0) {
            return Err(Error::invalid("rate", 0, "1 byte per second or more"));
        }
        if self.time_limit == Some(Duration::ZERO) {
            return Err(Error::invalid("time limit", 0, "more than 0 seconds"));
        }
        Ok(())
    }
}
