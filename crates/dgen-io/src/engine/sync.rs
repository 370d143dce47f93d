//! `pwrite` and `pread`, or `pwritev` and `preadv`, one at a time.

use std::io;

use super::kind::{EngineKind, EngineTarget, Made};
use super::{inline::Inline, inline::Mover, operation::Op, vector};
use crate::storage::open_file::OpenFile;

pub(crate) static SYNC: EngineKind = EngineKind::inline("sync", 1, EngineTarget::Files, |setup, buffers| {
    Ok(Made::plain(Inline::new(Sync { files: setup.files, element: setup.element(buffers) }), 1))
});

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
