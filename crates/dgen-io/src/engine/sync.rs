//! `pwrite` and `pread`, or `pwritev` and `preadv`, one at a time.

use std::io;

use super::{Done, Engine, Op, Wait, vector};
use crate::transfer::Channel;

/// Moves the bytes in [`submit`](Engine::submit).
#[derive(Debug)]
pub(crate) struct SyncEngine<'a> {
    channels: &'a [&'a Channel],
    /// Bytes of one piece of a buffer.
    element: usize,
    done: Vec<Done>,
}

impl<'a> SyncEngine<'a> {
    /// For buffers of pieces of `element` bytes.
    pub(crate) fn new(channels: &'a [&'a Channel], element: usize) -> Self {
        Self { channels, element, done: Vec::new() }
    }
}

impl Engine for SyncEngine<'_> {
    fn submit(&mut self, mut op: Op) {
        let file = self.channels[op.channel].file(op.direct);
        let result = vector::transfer(&mut op, file, self.element);
        self.done.push(Done { op, result });
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn reap(&mut self, _: Wait, done: &mut Vec<Done>) -> io::Result<()> {
        done.append(&mut self.done);
        Ok(())
    }
}
