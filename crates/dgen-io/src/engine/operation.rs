//! Operations, and what an engine does with them.
//!
//! A buffer moves into its operation and comes back with the completion, so nothing can refill it in flight.

use std::io;
use std::ops::Range;
use std::time::Duration;

use crate::memory::buffers::Buffer;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Write,
    Read,
}

/// What whoever submits an operation knows it by. It means nothing to engines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key(pub(crate) usize);

/// One operation with the buffer it owns.
pub(crate) struct Op {
    pub(crate) key: Key,
    pub(crate) action: Action,
    /// Which file.
    pub(crate) file: usize,
    /// Whether it goes to the file's direct descriptor.
    pub(crate) direct: bool,
    /// Position in the file of the first byte that is still to be moved.
    pub(crate) file_offset: u64,
    /// The part of the buffer that is still to be moved.
    pub(crate) range: Range<usize>,
    pub(crate) buffer: Buffer,
}

impl Op {
    /// The bytes that are still to be moved.
    pub(crate) fn data(&self) -> &[u8] {
        &self.buffer[self.range.clone()]
    }

    pub(crate) fn data_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[self.range.clone()]
    }
}

/// An operation that came back, and how many bytes it moved.
pub(crate) struct Done {
    pub(crate) op: Op,
    pub(crate) result: io::Result<usize>,
}

/// How long to wait for a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Not at all.
    No,
    /// Until there is one.
    One,
    /// Until there is one, or this long.
    AtMost(Duration),
}

/// Issues the operations of one worker. Its thread made it and is the only one to use it.
pub(crate) trait Engine {
    /// Takes an operation, which begins at the next flush at the latest.
    fn submit(&mut self, op: Op);

    /// Begins what was taken.
    /// Fails when operations cannot be issued at all; each one's own failures come with its completion.
    fn flush(&mut self) -> io::Result<()>;

    /// Appends completed operations to `done`, in whatever order they completed. What is waited for was flushed; nothing is
    /// waited for while nothing is in flight. May come back early with none.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    fn reap(&mut self, wait: Wait, done: &mut Vec<Done>) -> io::Result<()>;

    /// Why operations go another way than the engine's own, one at a time, if they do: the system has refused that one.
    fn left(&self) -> Option<&str> {
        None
    }
}
