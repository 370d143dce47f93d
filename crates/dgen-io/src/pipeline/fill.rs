//! The fill stage: a worker's filled buffers come from itself, or from its helpers.

use std::time::Duration;

use dgen::{Error, ErrorKind};

use super::{helpers::Batch, pending::Prepared, task::Claim, worker::Span, worker::Worker};
use crate::engine::operation::Action;
use crate::extents::cursor::Extent;
use crate::memory::buffers::Buffer;
use crate::sizing::HANDOUT;

/// Bytes generated between two looks at the queue: they stay in a core's own cache, and the queue is never unwatched for
/// long.
pub(crate) const PIECE: usize = 256 << 10;

impl Worker<'_, '_, '_> {
    /// Claims an extent and fills a buffer for it. Returns whether it did, or found another way to go on.
    pub(super) fn prepare(&mut self) -> bool {
        self.hand_out();
        if !self.may_claim(0) {
            return self.help();
        }
        let Some(io) = self.claim() else { return false };
        self.fill(io);
        true
    }

    /// Whether an extent may be claimed, such that `more` buffers stay beside those that rest.
    fn may_claim(&self, more: usize) -> bool {
        !self.exhausted && self.free.len() > self.resting + more && !self.broken && !self.pipeline.is_over()
    }

    /// An extent with a buffer for it, which is still to be filled.
    fn claim(&mut self) -> Option<Prepared> {
        let (place, extent, action) =
            match self.pipeline.task.claim(self.pipeline.cursor, &self.pipeline.progress.completed) {
                Claim::Io(place, extent, action) => (place, extent, action),
                Claim::Later => return None,
                Claim::Over => {
                    self.exhausted = true;
                    return None;
                }
            };
        // The warmest; or, where buffers rest, the coldest.
        let buffer = if self.resting > 0 { self.free.pop_front() } else { self.free.pop_back() };
        let buffer = buffer.expect("one is free");
        let due = self.pipeline.limiter.due(place, self.pipeline.clock);
        Some(Prepared { place, due, action, extent, buffer })
    }

    fn fill(&mut self, mut io: Prepared) {
        let intact = io.action == Action::Read || !self.pipeline.fills || self.generate(&io.extent, &mut io.buffer);
        self.filled(io, intact);
    }

    /// Generates what an extent holds, with looks at the queue in between. Returns whether it could.
    fn generate(&mut self, extent: &Extent, buffer: &mut Buffer) -> bool {
        for (index, piece) in buffer[..extent.len].chunks_mut(PIECE).enumerate() {
            if index > 0 {
                self.look();
            }
            self.flush_before(piece.len());
            if !self.pipeline.generate(extent.stream_offset + (index * PIECE) as u64, piece) {
                return false;
            }
            self.lap(Span::Filling);
        }
        true
    }

    /// Takes an I/O that was filled, in the order of claiming; one whose bytes could not be made has failed.
    fn filled(&mut self, io: Prepared, intact: bool) {
        if !intact {
            let message = format!("the generator failed at stream offset {}", io.extent.stream_offset);
            self.pipeline.progress.fail(io.extent.position, Error::new(ErrorKind::Io, message));
            self.free.push_back(io.buffer);
            return;
        }
        let at = match self.ready.back() {
            Some(last) if last.place > io.place => self.ready.partition_point(|other| other.place < io.place),
            _ => self.ready.len(),
        };
        self.ready.insert(at, io);
    }

    /// Keeps helpers busy with free buffers, all but one, which is for this thread.
    fn hand_out(&mut self) {
        let Some(stage) = &mut self.stage else { return };
        stage.consider(self.mark, self.stats.generating);
        while self.stage.as_ref().is_some_and(|stage| stage.helpers.wants()) && self.may_claim(1) {
            let (mut ios, mut bytes) = (Vec::new(), 0);
            while bytes < HANDOUT && self.may_claim(1) {
                let Some(io) = self.claim() else { break };
                bytes += io.extent.len;
                ios.push(io);
            }
            if let Some(stage) = self.stage.as_mut().filter(|_| !ios.is_empty()) {
                stage.helpers.hand_out(ios);
            }
        }
    }

    /// Takes what helpers have filled.
    pub(super) fn take_back(&mut self) {
        let Some(stage) = &mut self.stage else { return };
        for Batch { ios, intact } in stage.helpers.take_back() {
            for io in ios {
                self.filled(io, intact);
            }
        }
    }

    /// Whether storage has nothing to do, and nothing to begin with.
    pub(super) fn is_starved(&self) -> bool {
        self.ready.is_empty() && self.in_flight.len() < self.depth
    }

    /// Whether helpers have buffers that did not come back.
    pub(super) fn is_helped(&self) -> bool {
        self.stage.as_ref().is_some_and(|stage| stage.helpers.outstanding > 0)
    }

    /// Fills what helpers have not begun, where storage waits for it. Returns whether there was any.
    fn help(&mut self) -> bool {
        if !self.is_starved() || self.broken {
            return false;
        }
        let Some(batch) = self.stage.as_mut().and_then(|stage| stage.helpers.steal()) else { return false };
        for io in batch.ios {
            self.fill(io);
        }
        true
    }

    /// Says in the worker's numbers who took part.
    pub(super) fn note_helpers(&mut self) {
        let Some(stage) = &self.stage else { return };
        let (took_part, refused) = stage.helpers.outcome();
        self.stats.generators = took_part;
        if refused {
            self.stats.warnings.push("the system refused a thread for another generator".into());
        }
    }

    /// Waits for helpers, at most so long.
    pub(super) fn wait_for_helpers(&mut self, time: Duration) {
        // What is handed over is to begin now.
        if self.queued > 0 {
            self.flush();
        }
        if let Some(stage) = &self.stage {
            stage.helpers.wait(time);
        }
        self.lap(Span::Filling);
    }
}
