//! What the workers of a run do with each extent: the difference between writing, reading and verifying.

use std::ops::ControlFlow;
use std::sync::Mutex;

use dgen::{Error, Result};

use crate::engine::operation::Action;
use crate::extents::{completed::CompletionBitmap, cursor::Cursor, cursor::Extent};

/// What a worker does next.
pub(crate) enum Claim {
    /// An I/O, and its place in the order of claiming.
    Io(u64, Extent, Action),
    /// What there is to do depends on what is still being done.
    Later,
    /// Nothing: all is claimed.
    Over,
}

/// The next extent of a cursor, to do the same with as with all.
pub(crate) fn claim_next(cursor: &Cursor, action: Action) -> Claim {
    cursor.claim().map_or(Claim::Over, |(place, extent)| Claim::Io(place, extent, action))
}

/// Called by all workers at once.
pub(crate) trait Task: Sync {
    /// What is done with extents. I/Os that are claimed for another action are extra: they are counted apart.
    fn action(&self) -> Action;

    /// Whether what is written is generated for each buffer before the first I/O, and not for each I/O.
    fn generates_once(&self) -> bool {
        false
    }

    /// What comes before everything else, in the caller's thread.
    fn prepare(&self) -> Result<()> {
        Ok(())
    }

    /// Writes the bytes at a stream offset.
    fn generate(&self, _offset: u64, _data: &mut [u8]) {}

    /// What comes next.
    fn claim(&self, cursor: &Cursor, _done: &Mutex<CompletionBitmap>) -> Claim {
        claim_next(cursor, self.action())
    }

    /// Takes the failure of an I/O where the run goes on without that file, or gives it back.
    fn spare(&self, _: &Extent, error: Error) -> Option<Error> {
        Some(error)
    }

    /// Told of every extent that is done, and its bytes.
    fn completed(&self, _action: Action, _extent: &Extent, _data: &[u8]) -> Result<()> {
        Ok(())
    }

    /// Whether what is read is examined; the end of a file is then no failure.
    fn examines(&self) -> bool {
        false
    }

    /// Looks at what was read of an extent: less than all where the file ended before it, or reading `failed` behind `data`.
    /// A break ends the run. It calls `look` now and then, so that the queue stays full meanwhile.
    fn examine(&self, _: &Extent, _data: &[u8], _failed: bool, _look: &mut dyn FnMut()) -> Result<ControlFlow<()>> {
        Ok(ControlFlow::Continue(()))
    }
}
