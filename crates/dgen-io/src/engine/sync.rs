//! `pwrite` and `pread`, one at a time.

use std::io;
use std::os::unix::fs::FileExt;

use super::{Action, Done, Engine, Op, Wait};
use crate::transfer::Channel;

/// Moves the bytes in [`submit`](Engine::submit).
#[derive(Debug)]
pub(crate) struct SyncEngine<'a> {
    channels: &'a [&'a Channel],
    done: Vec<Done>,
}

impl<'a> SyncEngine<'a> {
    pub(crate) fn new(channels: &'a [&'a Channel]) -> Self {
        Self { channels, done: Vec::new() }
    }
}

impl Engine for SyncEngine<'_> {
    fn submit(&mut self, mut op: Op) {
        let file = self.channels[op.channel].file(op.direct);
        let at = op.file_offset;
        let result = match op.action {
            Action::Write => file.write_at(op.data(), at),
            Action::Read => file.read_at(op.data_mut(), at),
        };
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
