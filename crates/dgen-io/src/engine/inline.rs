//! Engines that carry out each operation when it is submitted.

use std::io;

use super::operation::{Done, Engine, Op, Wait};

/// How one operation is carried out.
pub(crate) trait Mover {
    /// Moves what is left of an operation, or a part of it; returns the bytes moved.
    fn carry_out(&mut self, op: &mut Op) -> io::Result<usize>;
}

/// The engine of a mover.
pub(crate) struct Inline<M> {
    mover: M,
    done: Vec<Done>,
}

impl<M> Inline<M> {
    pub(crate) fn new(mover: M) -> Self {
        Self { mover, done: Vec::new() }
    }
}

impl<M: Mover> Engine for Inline<M> {
    fn submit(&mut self, mut op: Op) {
        let result = self.mover.carry_out(&mut op);
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
