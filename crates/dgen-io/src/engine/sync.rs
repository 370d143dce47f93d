//! `pwrite` and `pread`, or `pwritev` and `preadv`, one at a time.

use std::io;

use super::inline::{Inline, Mover};
use super::kind::{EngineKind, EngineTarget, Made};
use super::operation::Op;
use super::vector;
use crate::storage::open_file::OpenFile;

pub(crate) static SYNC: EngineKind = EngineKind {
    name: "sync",
    default_depth: 1,
    max_depth: 1,
    overlaps: false,
    is_ring: false,
    target: EngineTarget::Files,
    make: |setup, buffers| {
        let sync = Sync { files: setup.files, element: setup.element(buffers) };
        Ok(Made::plain(Inline::new(sync), SYNC.max_depth))
    },
};

#[derive(Debug)]
pub(crate) struct Sync<'a> {
    pub(crate) files: &'a [&'a OpenFile],
    /// Bytes of one piece of a buffer.
    pub(crate) element: usize,
}

impl Mover for Sync<'_> {
    fn carry_out(&mut self, op: &mut Op) -> io::Result<usize> {
        let file = self.files[op.file].file(op.direct);
        vector::transfer(op, file, self.element)
    }
}
