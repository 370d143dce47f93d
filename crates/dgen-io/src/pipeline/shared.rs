//! The way of every byte: claim, fill, submit, reap. The same for all engines, for writing and for reading.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use dgen::{Error, Result};

pub(crate) use super::fill::PIECE;
use super::fill::{Filled, Supply};
use super::helpers::{Exchange, Helpers};
use super::worker::Lane;
use crate::base::clock::Clock;
use crate::engine::make::Made;
use crate::engine::operation::{Action, Op};
use crate::extents::completed::Ledger;
use crate::extents::cursor::{Cursor, Extent};
use crate::memory::buffers::{self, Buffer};
use crate::memory::nodes::Nodes;
use crate::memory::threads;
use crate::metrics::live::{Board, Cell};
use crate::metrics::stats::Stats;
use crate::metrics::watch::Watch;
use crate::pipeline::rate_limiter::Pace;
use crate::sizing::Plan;
use crate::storage::open_file::Channel;
use crate::write::rwmix::{Claim, Mix};

/// Makes the engine of a worker from the worker's buffers.
pub(crate) type Maker<'a> = dyn Fn(&mut [Buffer]) -> Result<Made<'a>> + Sync + 'a;

/// Name of the threads that help to generate.
const HELPER: &str = "dgen-generate";

/// Writes the bytes at a stream offset.
pub(crate) type Fill<'a> = dyn Fn(u64, &mut [u8]) + Sync + 'a;

/// Where the bytes in buffers come from.
#[derive(Clone, Copy)]
pub(crate) enum Supplied<'a> {
    /// Made for each I/O.
    Each(&'a Fill<'a>),
    /// Made once for each buffer, before the first I/O.
    Once(&'a Fill<'a>),
    /// From storage.
    Nothing,
}

/// Looks at an extent that is done, and its bytes.
pub(crate) type Finished<'a> = dyn Fn(&Extent, &[u8]) -> Result<()> + Sync + 'a;

/// What was read of an extent.
pub(crate) struct Part<'a> {
    pub(crate) extent: &'a Extent,
    /// Less than the extent where the file ended before it, or reading failed.
    pub(crate) data: &'a [u8],
    /// Whether reading failed behind `data`.
    pub(crate) failed: bool,
}

/// Looks at what was read, in whatever order it came; a break ends the run. It calls the function that it gets now and
/// then, so that the queue stays full meanwhile.
pub(crate) type Examine<'a> = dyn Fn(&Part<'_>, &mut dyn FnMut()) -> Result<ControlFlow<()>> + Sync + 'a;

/// What all workers of a run share.
pub(crate) struct Pipeline<'a> {
    pub(crate) action: Action,
    pub(crate) channels: &'a [&'a Channel],
    pub(crate) cursor: Cursor,
    pub(crate) pace: Pace,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) watch: Watch<'a>,
    pub(crate) supply: Supplied<'a>,
    /// Called with every extent that is done, and its bytes.
    pub(crate) finished: &'a Finished<'a>,
    /// Called with every extent that was read, or of which the end of the file or a failure left a part. Where it is absent,
    /// the end of the file is a failure.
    pub(crate) examine: Option<&'a Examine<'a>>,
    pub(crate) progress: Progress,
    /// Which I/Os of a write read.
    pub(crate) mix: Option<&'a Mix<'a>>,
    /// Where workers run.
    pub(crate) nodes: &'a Nodes,
    /// What workers have done so far, a cell for each.
    pub(crate) board: Arc<Board>,
}

/// How far a run has come, and what went wrong.
#[derive(Default)]
pub(crate) struct Progress {
    ledger: Mutex<Ledger>,
    failure: Mutex<Option<Failure>>,
    failed: AtomicBool,
    /// Nothing more is wanted.
    stopped: AtomicBool,
    /// The last extent that has begun, in the order of claiming.
    passed: AtomicU64,
}

/// The first failure in the order of the data.
struct Failure {
    /// Bytes of the operation before the first one that is wrong.
    position: u64,
    error: Error,
}

impl Pipeline<'_> {
    /// Moves everything, with as many workers as there are in the plan and threads to be had; returns what each did.
    pub(crate) fn run(&self, plan: &Plan, huge: bool, maker: &Maker<'_>) -> Vec<Stats> {
        let size = usize::try_from(plan.buffer).expect("a buffer fits memory");
        let alignment = self.channels.iter().map(|channel| channel.alignment).max().unwrap_or(1);
        let alignment = usize::try_from(alignment).expect("an alignment is small");
        let mut buffers = match buffers::buffers(plan.workers * plan.buffers, size, alignment, huge) {
            Ok(buffers) => buffers,
            Err(error) => {
                self.progress.fail(0, error);
                return vec![Stats::default()];
            }
        };
        if let Supplied::Once(fill) = self.supply {
            buffers.iter_mut().zip((0..).step_by(size)).for_each(|(buffer, offset)| fill(offset, buffer));
        }
        let shares = Mutex::new(shares(buffers, plan.buffers));
        let spare = AtomicUsize::new(plan.generators);
        threads::run(plan.workers, &|| {
            let (worker, share) = {
                let mut shares = shares.lock().unwrap_or_else(PoisonError::into_inner);
                let share = shares.pop();
                (shares.len(), share)
            };
            let mut buffers = share.expect("there is one for each worker");
            let made = self.nodes.enter(buffers.iter_mut().map(|buffer| &mut **buffer));
            match made.and_then(|seat| Ok((seat, maker(&mut buffers)?))) {
                Ok((_seat, made)) => {
                    let begin = self.pace.begin(self.clock);
                    let cell = self.board.begin(worker);
                    let mut stats = self.move_all(plan, (worker, &spare), (cell, made, buffers));
                    stats.ended = self.clock.now().saturating_sub(begin);
                    self.board.end(worker, stats.ended);
                    stats
                }
                Err(error) => {
                    self.progress.fail(u64::MAX, error);
                    Stats::default()
                }
            }
        })
    }

    /// What one worker does, with helpers as far as there are to be some.
    fn move_all(
        &self,
        plan: &Plan,
        (worker, spare): (usize, &AtomicUsize),
        (cell, made, buffers): (&Cell, Made<'_>, Vec<Buffer>),
    ) -> Stats {
        if self.fill().is_none() || plan.generators == 0 {
            return Lane::new(self, cell, made, buffers, plan.resting, None).run();
        }
        let exchange = Exchange::default();
        let fill = |filled: &mut Filled| {
            let Op { action, extent, buffer, .. } = &mut filled.op;
            *action == Action::Read || self.generate(extent.stream_offset, &mut buffer[..extent.len])
        };
        // A helper runs where its worker may: threads begin with the processors of the one that made them.
        thread::scope(|scope| {
            let serve = || exchange.serve(&fill);
            let start = || thread::Builder::new().name(HELPER.into()).spawn_scoped(scope, serve).is_ok();
            let helpers = Helpers::new(&exchange, &start, spare);
            let supply = Supply::new(helpers, plan.generators_of(worker), self.clock.now());
            Lane::new(self, cell, made, buffers, plan.resting, Some(supply)).run()
        })
    }

    /// What makes the bytes of each I/O.
    pub(super) fn fill(&self) -> Option<&'_ Fill<'_>> {
        if let Supplied::Each(fill) = self.supply { Some(fill) } else { None }
    }

    /// Makes the bytes at a stream offset. Returns false where the generator fails, which it never should.
    pub(super) fn generate(&self, offset: u64, data: &mut [u8]) -> bool {
        let Some(fill) = self.fill() else { return true };
        // What it leaves behind in the middle of its work is not written.
        catch_unwind(AssertUnwindSafe(|| fill(offset, data))).is_ok()
    }

    /// What comes next.
    pub(super) fn claim(&self) -> Claim {
        let plain = || self.cursor.claim().map(|(place, extent)| Claim::Io(place, extent, self.action));
        match self.mix {
            Some(mix) => mix.claim(&self.cursor, &self.progress.ledger),
            None => plain().unwrap_or(Claim::Over),
        }
    }

    /// Whether the extent that was claimed as number `place` is to begin. When no more are wanted, only those that others
    /// have passed by begin, so that no gap is left; and of those, the ones before a failure.
    pub(super) fn begins(&self, place: u64, extent: &Extent) -> bool {
        if self.is_over() {
            place < self.progress.passed.load(Ordering::SeqCst) && !self.progress.is_beyond_failure(extent)
        } else {
            self.progress.passed.fetch_max(place, Ordering::SeqCst);
            true
        }
    }

    /// Whether no more extents are to be claimed.
    pub(super) fn is_over(&self) -> bool {
        self.progress.is_stopped()
            || self.progress.has_failed()
            || self.watch.is_cancelled()
            || self.pace.is_over(self.clock)
    }

    /// Bytes from the first on that are done without a gap.
    pub(crate) fn prefix(&self) -> u64 {
        let dense = self.progress.ledger.lock().unwrap_or_else(PoisonError::into_inner).dense();
        let (begin, end) = (self.cursor.position(dense), self.cursor.position(dense.saturating_add(1)));
        let failure = self.progress.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match failure.as_ref().map(|failure| failure.position) {
            // A part of the extent that failed is done.
            Some(position) if position < end => position,
            _ => begin,
        }
    }
}

impl Progress {
    /// Notes a failure: the bytes before `position` may be right, the one there is not.
    pub(crate) fn fail(&self, position: u64, error: Error) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if failure.as_ref().is_none_or(|first| position < first.position) {
            *failure = Some(Failure { position, error });
        }
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Notes that no more is wanted.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// The failure, which is no longer there afterwards.
    pub(crate) fn take_error(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take().map(|failure| failure.error)
    }

    pub(super) fn done(&self, extent: &Extent) {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).add(extent.index);
    }

    /// Whether an extent lies behind a failure, so that writing it is of no use.
    fn is_beyond_failure(&self, extent: &Extent) -> bool {
        let behind = |failure: &Failure| extent.position > failure.position;
        self.has_failed() && self.failure.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(behind)
    }
}

/// Adjacent buffers for each worker, lowest last, so that they are popped in order.
fn shares(mut buffers: Vec<Buffer>, each: usize) -> Vec<Vec<Buffer>> {
    let mut shares = Vec::new();
    while !buffers.is_empty() {
        shares.push(buffers.split_off(buffers.len() - each));
    }
    shares
}
