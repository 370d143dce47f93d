//! What all workers of a run share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use dgen::Error;

use super::{rate_limiter::RateLimiter, task::Task};
use crate::base::{clock::Clock, lock::lock};
use crate::engine::operation::Action;
use crate::extents::{completed::CompletionBitmap, cursor::Cursor, cursor::Extent};
use crate::memory::nodes::Nodes;
use crate::metrics::{live::Board, watch::Watch};
use crate::storage::open_file::OpenFile;

pub(crate) struct Pipeline<'a> {
    pub(crate) files: &'a [&'a OpenFile],
    pub(crate) cursor: &'a Cursor,
    pub(crate) limiter: RateLimiter,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) watch: Watch<'a>,
    pub(crate) task: &'a dyn Task,
    /// What I/Os do that are not extra.
    pub(super) action: Action,
    /// Whether bytes are made for each I/O, and whether what is read is examined.
    pub(super) fills: bool,
    pub(super) examines: bool,
    pub(crate) progress: Progress,
    /// Where workers run.
    pub(crate) nodes: &'a Nodes,
    /// What workers have done so far, a cell for each.
    pub(crate) board: Arc<Board>,
}

impl Pipeline<'_> {
    /// Makes the bytes at a stream offset. Returns false where the generator fails, which it never should.
    pub(super) fn generate(&self, offset: u64, data: &mut [u8]) -> bool {
        // What it leaves behind in the middle of its work is not written.
        catch_unwind(AssertUnwindSafe(|| self.task.generate(offset, data))).is_ok()
    }

    /// Whether the extent that was claimed as number `place` is to begin. When no more are wanted, only those that others
    /// have passed by begin, so that no gap is left; and of those, the ones before a failure.
    pub(super) fn begins(&self, place: u64, extent: &Extent) -> bool {
        let progress = &self.progress;
        if self.is_over() {
            return place < progress.passed.load(Ordering::SeqCst) && !progress.is_beyond_failure(extent);
        }
        progress.passed.fetch_max(place, Ordering::SeqCst);
        true
    }

    /// Whether no more extents are to be claimed.
    pub(super) fn is_over(&self) -> bool {
        self.progress.is_over() || self.watch.is_cancelled() || self.limiter.is_over(self.clock)
    }
}

/// How far a run has come, and what went wrong.
#[derive(Default)]
pub(crate) struct Progress {
    pub(super) completed: Mutex<CompletionBitmap>,
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

impl Progress {
    /// Notes a failure: the bytes before `position` may be right, the one there is not.
    pub(crate) fn fail(&self, position: u64, error: Error) {
        let mut failure = lock(&self.failure);
        if failure.as_ref().is_none_or(|first| position < first.position) {
            *failure = Some(Failure { position, error });
        }
        self.failed.store(true, Ordering::Relaxed);
    }

    /// The failure, which is no longer there afterwards.
    pub(crate) fn take_error(&self) -> Option<Error> {
        lock(&self.failure).take().map(|failure| failure.error)
    }

    /// Notes that no more is wanted.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether no more is wanted, or of use.
    pub(super) fn is_over(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed)
    }

    pub(super) fn done(&self, extent: &Extent) {
        lock(&self.completed).add(extent.index);
    }

    /// Whether an extent lies behind a failure, so that writing it is of no use.
    fn is_beyond_failure(&self, extent: &Extent) -> bool {
        let behind = |failure: &Failure| extent.position > failure.position;
        self.failed.load(Ordering::Relaxed) && lock(&self.failure).as_ref().is_some_and(behind)
    }

    /// Bytes from the first on that are done without a gap.
    pub(crate) fn prefix(&self, cursor: &Cursor) -> u64 {
        let dense = lock(&self.completed).dense();
        let (begin, end) = (cursor.position(dense), cursor.position(dense.saturating_add(1)));
        let failure = lock(&self.failure);
        match failure.as_ref().map(|failure| failure.position) {
            // A part of the extent that failed is done.
            Some(position) if position < end => position,
            _ => begin,
        }
    }
}
