//! How far a run has come, and what went wrong.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dgen::Error;

use crate::base::lock::lock;
use crate::extents::completed::CompletionBitmap;
use crate::extents::cursor::{Cursor, Extent};

/// Shared by all workers.
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

    /// Notes that the extent that was claimed as number `place` begins.
    pub(super) fn pass(&self, place: u64) {
        self.passed.fetch_max(place, Ordering::SeqCst);
    }

    /// Whether an extent is still needed after the end: others have passed it by, and it does not lie behind a failure.
    pub(super) fn needs(&self, place: u64, extent: &Extent) -> bool {
        place < self.passed.load(Ordering::SeqCst) && !self.is_beyond_failure(extent)
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
