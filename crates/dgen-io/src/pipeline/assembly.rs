//! A run from open files to what its workers did: put together once, for writing, reading and verifying.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use dgen::Result;

use super::helpers::{Exchange, FillStage, Helpers};
use super::{
    pending::Prepared, rate_limiter::RateLimiter, shared::Pipeline, shared::Progress, task::Task, worker::Worker,
};
use crate::base::lock::lock;
use crate::engine::{kind::EngineSetup, kind::Made, machine::Machine, make::Chosen, operation::Action, select::choose};
use crate::extents::completed;
use crate::extents::cursor::{Cursor, Grid, Section};
use crate::memory::{buffers::Buffer, buffers::buffers, nodes::Nodes, threads, threads::HELPER};
use crate::metrics::{live::Board, stats::Stats, watch::Watch};
use crate::options::io::IoOptions;
use crate::sizing::{Plan, Wish};
use crate::storage::{direct::ALIGNMENT, open_file::OpenFile};

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
    /// Fails when values are out of range, or contradict what the files need.
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
        let plan = wish(&chosen, direct).plan_within(machine.memory_room().as_ref(), alignment, size, chosen.kind)?;
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
            fills: task.action() == Action::Write && !task.generates_once(),
            examines: task.examines(),
            progress: Progress::default(),
            nodes,
            board: Board::of_run(self.plan.workers, watch.live),
        };
        let setup = EngineSetup { options: io, depth: self.plan.depth, files };
        let make = |buffers: &mut [_]| machine.make(&self.chosen, &setup, buffers);
        let shares = task.prepare().and_then(|()| shares(&pipeline, &self.plan, io.huge_pages));
        let shares = shares.and_then(|shares| (self.chosen.kind.check_room)(self.plan.workers).map(|()| shares));
        let fail = |error| {
            pipeline.progress.fail(0, error);
            vec![Stats::default()]
        };
        let stats = shares.map_or_else(fail, |shares| work(&pipeline, &self.plan, shares, &make));
        Moved {
            sum: Stats::sum(&stats),
            stats,
            prefix: pipeline.progress.prefix(&self.cursor),
            // Reserving space is no I/O, nor is making buffers.
            begin: pipeline.limiter.begin(pipeline.clock),
            time_over: pipeline.limiter.is_over(pipeline.clock),
            progress: pipeline.progress,
            board: pipeline.board,
        }
    }
}

/// Makes the engine of a worker from the worker's buffers.
type Maker<'a> = dyn Fn(&mut [Buffer]) -> Result<Made<'a>> + Sync + 'a;

/// Moves everything, with as many workers as there are shares and threads to be had; returns what each did.
fn work(pipeline: &Pipeline<'_>, plan: &Plan, shares: Vec<Vec<Buffer>>, maker: &Maker<'_>) -> Vec<Stats> {
    let (shares, spare) = (Mutex::new(shares), AtomicUsize::new(plan.generators));
    threads::run(plan.workers, &|| {
        let (number, buffers) = {
            let mut shares = lock(&shares);
            let buffers = shares.pop();
            (shares.len(), buffers.expect("there are buffers for each worker"))
        };
        Share { pipeline, plan, number, spare: &spare, buffers }.work(maker).unwrap_or_else(|error| {
            pipeline.progress.fail(u64::MAX, error);
            Stats::default()
        })
    })
}

/// Adjacent buffers for each worker, lowest last, so that they are popped in order.
fn shares(pipeline: &Pipeline<'_>, plan: &Plan, huge: bool) -> Result<Vec<Vec<Buffer>>> {
    let size = usize::try_from(plan.buffer).expect("a buffer fits memory");
    let alignment = pipeline.files.iter().map(|file| file.alignment).max().unwrap_or(1);
    let alignment = usize::try_from(alignment).expect("an alignment is small");
    let mut all = buffers(plan.workers * plan.buffers, size, alignment, huge)?;
    if pipeline.task.generates_once() {
        let generate = |(buffer, offset): (&mut Buffer, u64)| pipeline.task.generate(offset, buffer);
        all.iter_mut().zip((0..).step_by(size)).for_each(generate);
    }
    let mut shares = Vec::new();
    while !all.is_empty() {
        shares.push(all.split_off(all.len() - plan.buffers));
    }
    Ok(shares)
}

/// What one worker begins with.
struct Share<'p> {
    pipeline: &'p Pipeline<'p>,
    plan: &'p Plan,
    number: usize,
    /// Helpers that all workers together may still begin.
    spare: &'p AtomicUsize,
    buffers: Vec<Buffer>,
}

impl Share<'_> {
    fn work(mut self, maker: &Maker<'_>) -> Result<Stats> {
        let (number, &Pipeline { nodes, clock, ref board, ref limiter, .. }) = (self.number, self.pipeline);
        let _seat = nodes.enter(self.buffers.iter_mut().map(|buffer| &mut **buffer))?;
        let made = maker(&mut self.buffers)?;
        let begin = limiter.begin(clock);
        let mut stats = self.move_all(made);
        stats.ended = clock.now().saturating_sub(begin);
        board.end(number, stats.ended);
        Ok(stats)
    }

    /// Moves extents until there are no more, with helpers as far as there are to be some.
    fn move_all(self, made: Made<'_>) -> Stats {
        let Self { pipeline, plan, number, spare, buffers } = self;
        let cell = pipeline.board.begin(number);
        if !pipeline.fills || plan.generators == 0 {
            return Worker::new(pipeline, cell, made, buffers, plan.resting, None).run();
        }
        let exchange = Exchange::default();
        let fill = |Prepared { action, extent, buffer, .. }: &mut Prepared| {
            *action == Action::Read || pipeline.generate(extent.stream_offset, &mut buffer[..extent.len])
        };
        // A helper runs where its worker may: threads begin with the processors of the one that made them.
        thread::scope(|scope| {
            let serve = || exchange.serve(&fill);
            let start = || thread::Builder::new().name(HELPER.into()).spawn_scoped(scope, serve).is_ok();
            let helpers = Helpers::new(&exchange, &start, spare);
            let stage = FillStage::new(helpers, plan.generators_of(number), pipeline.clock.now());
            Worker::new(pipeline, cell, made, buffers, plan.resting, Some(stage)).run()
        })
    }
}
