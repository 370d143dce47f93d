//! `pwrite` and `pread`, or `pwritev` and `preadv`, one at a time.

use std::io;

use super::inline::Mover;
use super::operation::Op;
use super::vector;
use crate::storage::open_file::Channel;

#[derive(Debug)]
pub(crate) struct Sync<'a> {
    pub(crate) channels: &'a [&'a Channel],
    /// Bytes of one piece of a buffer.
    pub(crate) element: usize,
}

impl Mover for Sync<'_> {
    fn carry_out(&mut self, op: &mut Op) -> io::Result<usize> {
        let file = self.channels[op.channel].file(op.direct);
        vector::transfer(op, file, self.element)
    }
}
