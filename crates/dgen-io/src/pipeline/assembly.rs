//! A run from open files to what its workers did: put together once, for writing, reading and verifying.

use std::sync::Arc;
use std::time::Duration;

use dgen::Result;

use super::progress::Progress;
use super::rate_limiter::RateLimiter;
use super::run::run;
use super::shared::Pipeline;
use super::task::{Generated, Task};
use crate::engine::kind::EngineSetup;
use crate::engine::machine::Machine;
use crate::engine::make::Chosen;
use crate::engine::select::choose;
use crate::extents::completed;
use crate::extents::cursor::{Cursor, Grid, Section};
use crate::memory::nodes::Nodes;
use crate::metrics::live::Board;
use crate::metrics::stats::Stats;
use crate::metrics::watch::Watch;
use crate::options::io::IoOptions;
use crate::sizing::{Plan, Wish};
use crate::storage::direct::ALIGNMENT;
use crate::storage::open_file::OpenFile;

/// What all parts of an operation work with.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) machine: &'a dyn Machine,
    pub(crate) io: &'a IoOptions,
    pub(crate) nodes: &'a Nodes,
    pub(crate) watch: Watch<'a>,
}

/// Engine, buffers and extents of a run, decided on when its files are open.
pub(crate) struct Assembly {
    pub(crate) chosen: Chosen,
    pub(crate) plan: Plan,
    pub(crate) cursor: Cursor,
    /// Bytes of all passes.
    pub(crate) size: u64,
}

/// What workers did.
pub(crate) struct Moved {
    pub(crate) stats: Vec<Stats>,
    /// Their sum.
    pub(crate) sum: Stats,
    /// Bytes of the whole operation that were moved without a gap.
    pub(crate) prefix: u64,
    /// When the first worker had its buffers and its engine.
    pub(crate) begin: Duration,
    /// Whether the time is over.
    pub(crate) time_over: bool,
    pub(crate) progress: Progress,
    pub(crate) board: Arc<Board>,
}

impl Assembly {
    /// Decides. `wish` is asked for what the caller wants once it is known how the files are reached: whether with one engine
    /// or another, and whether any of them is direct.
    ///
    /// # Errors
    /// When values are out of range, or contradict what the files need.
    pub(crate) fn new(
        context: &Context<'_>,
        files: &[&OpenFile],
        sections: &[Section],
        grid: Grid,
        wish: impl FnOnce(&Chosen, bool) -> Wish,
    ) -> Result<Self> {
        let Context { machine, io, .. } = *context;
        let chosen = choose(io, files, machine)?;
        let alignment = files.iter().map(|file| file.alignment).max().unwrap_or(ALIGNMENT);
        let direct = files.iter().any(|file| file.direct.is_some());
        let size = sections.iter().map(|section| section.size).sum::<u64>().saturating_mul(io.passes);
        let plan = wish(&chosen, direct).plan(alignment, size, chosen.kind)?;
        let cursor = Cursor::new(sections, grid, alignment, plan.buffer).ordered(io.order, io.passes);
        completed::check(cursor.count(), io.order)?;
        Ok(Self { chosen, plan, cursor, size })
    }

    /// Moves everything.
    pub(crate) fn run(&self, context: &Context<'_>, files: &[&OpenFile], task: &dyn Task) -> Moved {
        let Context { machine, io, nodes, watch } = *context;
        let pipeline = Pipeline {
            files,
            cursor: &self.cursor,
            limiter: RateLimiter::new(io, self.plan.buffer),
            clock: machine.clock(),
            watch,
            task,
            action: task.action(),
            fills: task.generated() == Generated::Each,
            examines: task.examines(),
            progress: Progress::default(),
            nodes,
            board: Board::of_run(self.plan.workers, watch.live),
        };
        let setup = EngineSetup { options: io, depth: self.plan.depth, files };
        let make = |buffers: &mut [_]| machine.make(&self.chosen, &setup, buffers);
        let stats = run(&pipeline, &self.plan, io.huge_pages, &make);
        Moved {
            sum: Stats::sum(&stats),
            stats,
            prefix: pipeline.progress.prefix(&self.cursor),
            // Reserving space is no I/O, although on file systems in memory it takes as long as writing; nor is making buffers.
            begin: pipeline.limiter.begin(pipeline.clock),
            time_over: pipeline.limiter.is_over(pipeline.clock),
            progress: pipeline.progress,
            board: pipeline.board,
        }
    }
}
