//! What becomes of an operation that came back.

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use dgen::Error;
use rustix::io::Errno;

use super::worker::{Landed, PUBLISH, PUBLISH_LATENCY, Span, Worker};
use super::{fill::PIECE, pending::Pending};
use crate::engine::operation::{Action, Done, Op};

/// Times in a row that the system may ask to try an I/O again.
const MAX_RETRIES: u32 = 2000;
/// Pause before each of these but the first.
const PAUSE: Duration = Duration::from_millis(1);

impl Worker<'_, '_, '_> {
    /// Goes on with an operation that came back: it is done, or has more to do, or has failed.
    pub(super) fn complete(&mut self, done: Done) {
        let Done { mut op, result } = done;
        let file = self.pipeline.files[op.file];
        let Pending { extent, skip, retries, .. } = self.in_flight.get(op.key);
        let error = match result {
            Ok(0) if op.action == Action::Write => io::ErrorKind::WriteZero.into(),
            Ok(0) => io::ErrorKind::UnexpectedEof.into(),
            Ok(moved) => {
                op.range.start += moved;
                op.file_offset += moved as u64;
                *retries = 0;
                file.moved(op.direct);
                let is_all = op.range.start >= *skip + extent.len;
                return if is_all { self.finish(op) } else { self.submit(op) };
            }
            Err(error) if file.falls_back(op.direct, &error) => return self.submit(op),
            Err(error) if is_passing(&error) && *retries < MAX_RETRIES => {
                if *retries > 0 {
                    self.pipeline.clock.sleep(PAUSE);
                }
                *retries += 1;
                return self.submit(op);
            }
            Err(error) => error,
        };
        self.fail(op, error);
    }

    fn finish(&mut self, op: Op) {
        let Pending { extent, skip, begun, .. } = *self.in_flight.get(op.key);
        let (took, is_extra) = (self.mark.saturating_sub(begun), op.action != self.pipeline.action);
        if is_extra {
            self.stats.reads.add(extent.len, took);
        } else {
            self.stats.io(extent.len, took);
            self.stats.series.add(self.mark.saturating_sub(self.began), extent.len as u64);
            if self.mark >= self.publish_at {
                self.publish();
            }
            self.pipeline.watch.add(extent.len as u64);
            self.pipeline.progress.done(&extent);
        }
        if let Err(error) = self.pipeline.task.completed(op.action, &extent, &op.buffer[skip..skip + extent.len]) {
            self.pipeline.progress.fail(if is_extra { u64::MAX } else { extent.position }, error);
        }
        if is_extra {
            self.lap(Span::Filling);
        }
        self.release(op, false);
    }

    /// Takes an operation that has ended out of the queue; what it read is examined when nothing waits to be begun.
    fn release(&mut self, op: Op, failed: bool) {
        let pending = *self.in_flight.get(op.key);
        self.in_flight.remove(op.key);
        if self.pipeline.examines {
            let Pending { extent, skip, .. } = pending;
            self.landed.push_back(Landed { extent, skip, len: pending.moved(&op), buffer: op.buffer, failed });
        } else {
            self.free.push_back(op.buffer);
        }
    }

    /// Examines what was read first of what was not yet examined. Returns whether there was something.
    pub(super) fn examine(&mut self) -> bool {
        let Some(Landed { extent, buffer, skip, len, failed }) = self.landed.pop_front() else { return false };
        self.flush_before(len);
        let task = self.pipeline.task;
        let result = task.examine(&extent, &buffer[skip..skip + len], failed, &mut || {
            self.lap(Span::Filling);
            self.look();
            self.flush_before(PIECE);
        });
        self.lap(Span::Filling);
        match result {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => self.pipeline.progress.stop(),
            Err(error) => self.pipeline.progress.fail(extent.position, error),
        }
        self.free.push_back(buffer);
        true
    }

    /// Shows what was done so far.
    pub(super) fn publish(&mut self) {
        self.cell.publish(&self.stats);
        self.publish_at = self.mark + PUBLISH;
        if self.mark >= self.publish_latency_at {
            self.publish_latency();
        }
    }

    /// Shows how long I/Os took: many numbers, so more seldom.
    pub(super) fn publish_latency(&mut self) {
        self.cell.publish_latency(&self.stats.latency);
        self.publish_latency_at = self.mark + PUBLISH_LATENCY;
    }

    fn fail(&mut self, op: Op, error: io::Error) {
        // An extra read takes nothing from what was written.
        let is_extra = op.action != self.pipeline.action;
        let pending = *self.in_flight.get(op.key);
        let moved = if is_extra { 0 } else { pending.moved(&op) as u64 };
        self.stats.bytes += moved;
        self.stats.series.add(self.mark.saturating_sub(self.began), moved);
        self.pipeline.watch.add(moved);
        if self.polled && op.direct && Errno::from_io_error(&error) == Some(Errno::OPNOTSUPP) {
            self.stats.warnings.push("the device has no queues that can be polled: leave out iopoll".into());
        }
        let ended = error.kind() == io::ErrorKind::UnexpectedEof && self.pipeline.examines;
        if !ended {
            let verb = if op.action == Action::Write { "write" } else { "read" };
            let error = Error::io(verb, &self.pipeline.files[op.file].path, Some(op.file_offset), error);
            let extent = pending.extent;
            match self.pipeline.task.spare(&extent, error) {
                None => self.pipeline.progress.done(&extent),
                Some(error) if is_extra => self.pipeline.progress.fail(u64::MAX, error),
                Some(error) => self.pipeline.progress.fail(extent.position + moved, error),
            }
        }
        self.release(op, !ended);
    }
}

/// Whether the same I/O may succeed if it is tried again.
fn is_passing(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::INTR | Errno::AGAIN))
}
