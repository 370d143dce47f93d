//! One run of all workers.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::thread;

use dgen::Result;

use super::helpers::{Exchange, FillStage, Helpers};
use super::pending::Prepared;
use super::shared::Pipeline;
use super::task::Generated;
use super::worker::Worker;
use crate::base::lock::lock;
use crate::engine::kind::Made;
use crate::engine::operation::Action;
use crate::memory::buffers::{Buffer, buffers};
use crate::memory::threads::{self, HELPER};
use crate::metrics::stats::Stats;
use crate::sizing::Plan;

/// Makes the engine of a worker from the worker's buffers.
pub(crate) type Maker<'a> = dyn Fn(&mut [Buffer]) -> Result<Made<'a>> + Sync + 'a;

/// Moves everything, with as many workers as there are in the plan and threads to be had; returns what each did.
pub(crate) fn run(pipeline: &Pipeline<'_>, plan: &Plan, huge: bool, maker: &Maker<'_>) -> Vec<Stats> {
    let shares = match pipeline.task.prepare().and_then(|()| shares(pipeline, plan, huge)) {
        Ok(shares) => Mutex::new(shares),
        Err(error) => {
            pipeline.progress.fail(0, error);
            return vec![Stats::default()];
        }
    };
    let spare = AtomicUsize::new(plan.generators);
    threads::run(plan.workers, &|| {
        let (number, buffers) = {
            let mut shares = lock(&shares);
            let buffers = shares.pop();
            (shares.len(), buffers.expect("there are buffers for each worker"))
        };
        let worker = Share { pipeline, plan, number, buffers };
        worker.work(&spare, maker).unwrap_or_else(|error| {
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
    if pipeline.task.generated() == Generated::Once {
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
    buffers: Vec<Buffer>,
}

impl Share<'_> {
    fn work(mut self, spare: &AtomicUsize, maker: &Maker<'_>) -> Result<Stats> {
        let Pipeline { nodes, clock, board, limiter, .. } = self.pipeline;
        let number = self.number;
        let _seat = nodes.enter(self.buffers.iter_mut().map(|buffer| &mut **buffer))?;
        let made = maker(&mut self.buffers)?;
        let begin = limiter.begin(*clock);
        let mut stats = self.move_all(spare, made);
        stats.ended = clock.now().saturating_sub(begin);
        board.end(number, stats.ended);
        Ok(stats)
    }

    /// Moves extents until there are no more, with helpers as far as there are to be some.
    fn move_all(self, spare: &AtomicUsize, made: Made<'_>) -> Stats {
        let Self { pipeline, plan, number, buffers } = self;
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
