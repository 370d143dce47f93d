//! The way of every byte: claim, fill, submit, reap. The same for all engines, for writing and for reading.

mod lane;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dgen::{Error, Result};

use crate::area::{self, Buffer};
use crate::clock::Clock;
use crate::crew;
use crate::engine::Action;
use crate::engine::make::Made;
use crate::extents::{Cursor, Extent};
use crate::ledger::Ledger;
use crate::live::Board;
use crate::pace::Pace;
use crate::placement::Nodes;
use crate::plan::Plan;
use crate::stats::Stats;
use crate::transfer::Channel;
use crate::watch::Watch;
use lane::Lane;

/// Makes the engine of a worker from the worker's buffers.
pub(crate) type Maker<'a> = dyn Fn(&mut [Buffer]) -> Result<Made<'a>> + Sync + 'a;

/// Writes the bytes at a stream offset.
pub(crate) type Fill<'a> = dyn Fn(u64, &mut [u8]) + Sync + 'a;

/// Looks at an extent that is done, and its bytes.
pub(crate) type Finished<'a> = dyn Fn(&Extent, &[u8]) -> Result<()> + Sync + 'a;

/// What all workers of a run share.
pub(crate) struct Pipeline<'a> {
    pub(crate) action: Action,
    pub(crate) channels: &'a [&'a Channel],
    pub(crate) cursor: Cursor,
    pub(crate) pace: Pace,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) watch: Watch<'a>,
    /// Makes the bytes at a stream offset; absent where bytes are read.
    pub(crate) fill: Option<&'a Fill<'a>>,
    /// Called with every extent that is done, and its bytes.
    pub(crate) finished: &'a Finished<'a>,
    pub(crate) progress: Progress,
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
        let buffers = match area::buffers(plan.workers * plan.buffers, size, alignment, huge) {
            Ok(buffers) => buffers,
            Err(error) => {
                self.progress.fail(0, error);
                return vec![Stats::default()];
            }
        };
        let shares = Mutex::new(shares(buffers, plan.buffers));
        crew::run(plan.workers, &|| {
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
                    let mut stats = Lane::new(self, cell, made, buffers, plan.resting).run();
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

    /// Whether the extent that was claimed as number `place` is to begin. When no more are wanted, only those that others
    /// have passed by begin, so that no gap is left; and of those, the ones before a failure.
    fn begins(&self, place: u64, extent: &Extent) -> bool {
        if self.is_over() {
            place < self.progress.passed.load(Ordering::SeqCst) && !self.progress.is_beyond_failure(extent)
        } else {
            self.progress.passed.fetch_max(place, Ordering::SeqCst);
            true
        }
    }

    /// Whether no more extents are to be claimed.
    fn is_over(&self) -> bool {
        self.progress.has_failed() || self.watch.is_cancelled() || self.pace.is_over(self.clock)
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

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// The failure, which is no longer there afterwards.
    pub(crate) fn take_error(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take().map(|failure| failure.error)
    }

    fn done(&self, extent: &Extent) {
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
