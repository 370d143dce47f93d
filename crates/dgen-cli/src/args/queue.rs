//! The options of the queue: engine, depth, buffers, order and pace.

use std::time::Duration;

use clap::Args;
use dgen_io::{EngineChoice, IoOptions, MAX_DEPTH, MAX_PASSES, MAX_VECTORED, Order};

use super::values;

/// On the commands that move data to or from storage.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Engine")]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub(crate) struct QueueArgs {
    /// How I/Os are issued: auto, io_uring, sync (one pwrite or pread at a time per worker), null (data is generated and
    /// dropped), or memory (data is generated and copied into 64 MiB of memory for each worker); these two to /dev/null
    /// alone. auto is io_uring for direct I/O, or with a depth above 1, where the system allows
    /// it, and sync elsewhere [default: auto]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<EngineChoice>)]
    engine: Option<EngineChoice>,

    /// I/Os that each worker keeps in flight, 1 to 4096 [default: 8 with io_uring, 1 with sync]
    #[arg(long, visible_alias = "iodepth", value_name = "N", value_parser = values::number("depth", 1, MAX_DEPTH), allow_hyphen_values = true)]
    depth: Option<usize>,

    /// Buffers of all workers together, at least the depth for each [default: twice the depth for each, and
    /// 32 MiB more in all for direct writes; one for each with sync]
    #[arg(long, value_name = "N", value_parser = values::number("buffer count", 1, usize::MAX), allow_hyphen_values = true)]
    buffer_count: Option<usize>,

    /// Do not register buffers with the kernel
    #[arg(long)]
    no_registered: bool,

    /// Do not advise the system to use huge pages for buffers
    #[arg(long)]
    no_huge_pages: bool,

    /// Let a kernel thread for each worker look for submissions (io_uring)
    #[arg(long)]
    sqpoll: bool,

    /// Poll the device for completions (io_uring and direct I/O, on devices that have queues for it)
    #[arg(long)]
    iopoll: bool,

    /// Bytes per second of all workers together; latency then counts from when an I/O was due [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("rate"), allow_hyphen_values = true)]
    rate: Option<u64>,
}

/// On the commands that move data as a benchmark: the queue, and how often and in which order.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Engine")]
pub(crate) struct EngineArgs {
    #[command(flatten)]
    queue: QueueArgs,

    /// Buffers that each I/O gathers, 1 to 1024, as pwritev does: an I/O then moves so many times --buffer-size, at most 256
    /// MiB, and --buffer-count counts its buffers as one [default: 1]
    #[arg(long, value_name = "N", value_parser = values::number("vectored", 1, MAX_VECTORED), allow_hyphen_values = true)]
    vectored: Option<usize>,

    /// Order of the I/Os: sequential, random, or random:SEED [default: sequential]
    #[arg(long, value_name = "ORDER", value_parser = str::parse::<Order>)]
    order: Option<Order>,

    /// Passes over the same data, 1 to 1000000 [default: 1]
    #[arg(long, value_name = "N", value_parser = values::number("passes", 1, usize::try_from(MAX_PASSES).unwrap_or(usize::MAX)), allow_hyphen_values = true)]
    passes: Option<usize>,

    /// Time after which no more I/O is begun: 30, 30s, 500ms, 5m or 1h [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = values::duration("runtime"), allow_hyphen_values = true)]
    runtime: Option<Duration>,
}

impl QueueArgs {
    pub(crate) fn options(&self) -> IoOptions {
        let mut options = IoOptions::default();
        options.engine = self.engine.unwrap_or_default();
        options.depth = self.depth;
        options.buffer_count = self.buffer_count;
        options.registered = !self.no_registered;
        options.huge_pages = !self.no_huge_pages;
        options.sqpoll = self.sqpoll;
        options.iopoll = self.iopoll;
        options.rate = self.rate;
        options
    }

    /// Whether none of them is given.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl EngineArgs {
    pub(crate) fn options(&self) -> IoOptions {
        let mut options = self.queue.options();
        options.vectored = self.vectored.unwrap_or(1);
        options.order = self.order.unwrap_or_default();
        options.passes = self.passes();
        options.time_limit = self.runtime;
        options
    }

    pub(crate) fn passes(&self) -> u64 {
        self.passes.unwrap_or(1) as u64
    }

    /// Whether none of them is given.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
