//! What becomes of an operation that came back.

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use dgen::Error;
use rustix::io::Errno;

use super::fill::PIECE;
use super::shared::Part;
use super::worker::{Lane, PUBLISH, PUBLISH_LATENCY, Span};
use crate::engine::operation::{Action, Done, Op};
use crate::write::rwmix::Mix;

/// Times in a row that the system may ask to try an I/O again.
const MAX_RETRIES: u32 = 2000;
/// Pause before each of these but the first.
const PAUSE: Duration = Duration::from_millis(1);

impl Lane<'_, '_, '_> {
    /// Goes on with an operation that came back: it is done, or has more to do, or has failed.
    pub(super) fn complete(&mut self, done: Done) {
        let Done { mut op, result } = done;
        let channel = self.run.channels[op.channel];
        let error = match result {
            Ok(0) if op.action == Action::Write => io::ErrorKind::WriteZero.into(),
            Ok(0) => io::ErrorKind::UnexpectedEof.into(),
            Ok(moved) => {
                op.range.start += moved;
                op.file_offset += moved as u64;
                op.retries = 0;
                return if op.range.is_empty() { self.finish(op) } else { self.submit(op) };
            }
            Err(error) if channel.falls_back(op.direct, &error) => return self.submit(op),
            Err(error) if is_passing(&error) && op.retries < MAX_RETRIES => {
                if op.retries > 0 {
                    self.run.clock.sleep(PAUSE);
                }
                op.retries += 1;
                return self.submit(op);
            }
            Err(error) => error,
        };
        self.fail(op, error);
    }

    fn finish(&mut self, op: Op) {
        if let Some(mix) = self.run.mix.filter(|_| op.action == Action::Read) {
            return self.compare(mix, op);
        }
        let extent = &op.extent;
        let took = self.mark.saturating_sub(op.begun);
        self.stats.io(extent.len, took);
        self.stats.series.add(self.mark.saturating_sub(self.begin), extent.len as u64);
        if self.mark >= self.publish_at {
            self.publish();
        }
        self.run.watch.add(extent.len as u64);
        self.run.progress.done(extent);
        if let Err(error) = (self.run.finished)(extent, &op.buffer[..extent.len]) {
            self.run.progress.fail(extent.position, error);
        }
        self.release(op, false);
    }

    /// Counts a read among writes, and compares what it read.
    fn compare(&mut self, mix: &Mix<'_>, op: Op) {
        let extent = &op.extent;
        self.stats.reads.add(extent.len, self.mark.saturating_sub(op.begun));
        let path = &self.run.channels[op.channel].path;
        if let Err(error) = mix.check(extent, &op.buffer[..extent.len], path) {
            self.run.progress.fail(u64::MAX, error);
        }
        self.lap(Span::Filling);
        self.release(op, false);
    }

    /// Takes an operation that has ended out of the queue; what it read is looked at when nothing waits to be begun.
    fn release(&mut self, op: Op, failed: bool) {
        self.in_flight -= 1;
        if self.run.examine.is_some() {
            self.landed.push_back((op, failed));
        } else {
            self.free.push_back(op.buffer);
        }
    }

    /// Looks at what was read first of what was not yet looked at. Returns whether there was something.
    pub(super) fn examine(&mut self) -> bool {
        let Some(examine) = self.run.examine else { return false };
        let Some((op, failed)) = self.landed.pop_front() else { return false };
        self.flush_before(op.range.start);
        let part = Part { extent: &op.extent, data: &op.buffer[..op.range.start], failed };
        let result = examine(&part, &mut || {
            self.lap(Span::Filling);
            self.look();
            self.flush_before(PIECE);
        });
        self.lap(Span::Filling);
        match result {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => self.run.progress.stop(),
            Err(error) => self.run.progress.fail(op.extent.position, error),
        }
        self.free.push_back(op.buffer);
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
        // A read among writes takes nothing from what was written.
        let is_extra = self.run.mix.is_some() && op.action == Action::Read;
        let moved = if is_extra { 0 } else { op.range.start as u64 };
        self.stats.bytes += moved;
        self.stats.series.add(self.mark.saturating_sub(self.begin), moved);
        self.run.watch.add(moved);
        let channel = self.run.channels[op.channel];
        let verb = if op.action == Action::Write { "write" } else { "read" };
        if self.polled && op.direct && Errno::from_io_error(&error) == Some(Errno::OPNOTSUPP) {
            self.stats.warnings.push("the device has no queues that can be polled: leave out iopoll".into());
        }
        let ended = error.kind() == io::ErrorKind::UnexpectedEof && self.run.examine.is_some();
        if !ended {
            let error = Error::io(verb, &channel.path, Some(op.file_offset), error);
            self.run.progress.fail(if is_extra { u64::MAX } else { op.extent.position + moved }, error);
        }
        self.release(op, !ended);
    }
}

/// Whether the same I/O may succeed if it is tried again.
fn is_passing(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::INTR | Errno::AGAIN))
}
