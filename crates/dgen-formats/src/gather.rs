//! Small pieces gathered into large ones, since a sink may make a system call of each.

use std::io::{self, Write};

/// A sink that is given pieces of at least `room` bytes, but for those that precede one that is as large itself, and the
/// last. Unlike the buffered writer of the standard library it writes nothing more after an error.
pub(crate) struct Gather<'a> {
    sink: &'a mut dyn Write,
    held: Vec<u8>,
    room: usize,
}

impl<'a> Gather<'a> {
    pub(crate) fn new(sink: &'a mut dyn Write, room: usize) -> Self {
        Self { sink, held: Vec::with_capacity(room), room }
    }

    pub(crate) fn push(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.held.len() + piece.len() > self.room {
            self.flush()?;
        }
        if piece.len() >= self.room {
            return self.sink.write_all(piece);
        }
        self.held.extend_from_slice(piece);
        Ok(())
    }

    /// Writes what is held; without it that is lost.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.sink.write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }
}
