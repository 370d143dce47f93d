//! What all workers of a run share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::progress::Progress;
use super::rate_limiter::RateLimiter;
use super::task::{Claim, Task};
use crate::base::clock::Clock;
use crate::engine::operation::Action;
use crate::extents::cursor::{Cursor, Extent};
use crate::memory::nodes::Nodes;
use crate::metrics::live::Board;
use crate::metrics::watch::Watch;
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

    /// What comes next.
    pub(super) fn claim(&self) -> Claim {
        self.task.claim(self.cursor, &self.progress.completed)
    }

    /// Whether the extent that was claimed as number `place` is to begin. When no more are wanted, only those that others
    /// have passed by begin, so that no gap is left; and of those, the ones before a failure.
    pub(super) fn begins(&self, place: u64, extent: &Extent) -> bool {
        if self.is_over() {
            return self.progress.needs(place, extent);
        }
        self.progress.pass(place);
        true
    }

    /// Whether no more extents are to be claimed.
    pub(super) fn is_over(&self) -> bool {
        self.progress.is_over() || self.watch.is_cancelled() || self.limiter.is_over(self.clock)
    }
}
