//! Where a worker's filled buffers come from: itself, or its helpers.

use std::time::Duration;

use dgen::{Error, ErrorKind};

use super::helpers::{Helpers, JOB, Job};
use super::worker::{Lane, Span};
use crate::engine::operation::{Action, Op};
use crate::extents::cursor::Extent;
use crate::memory::buffers::Buffer;
use crate::report::verdict;
use crate::write::rwmix::Claim;

/// Bytes generated between two looks at the queue: they stay in a core's own cache, and the queue is never unwatched for
/// long.
pub(crate) const PIECE: usize = 256 << 10;
/// Time over which the share of waiting for data is taken; two such times in a row decide on another helper.
const WINDOW: Duration = Duration::from_millis(20);

/// An operation that is yet to begin.
pub(super) struct Filled {
    /// Its number in the order of claiming.
    pub(super) place: u64,
    /// When it may begin.
    pub(super) due: Option<Duration>,
    pub(super) op: Op,
}

/// Helpers, and when to ask for more of them.
pub(super) struct Supply<'h> {
    pub(super) helpers: Helpers<'h>,
    /// The share that is being taken; `None` where their number is given.
    window: Option<Window>,
}

/// A share of waiting for data.
#[derive(Default)]
struct Window {
    /// When it began.
    since: Duration,
    /// The time of waiting until then.
    before: Duration,
    /// Whether storage waited for data for long in the window before.
    waited: bool,
}

impl<'h> Supply<'h> {
    /// Begins `count` helpers now; `None`: when the share of waiting for data says so.
    pub(super) fn new(mut helpers: Helpers<'h>, count: Option<usize>, now: Duration) -> Self {
        for _ in 0..count.unwrap_or(0) {
            helpers.engage();
        }
        Self { helpers, window: count.is_none().then(|| Window { since: now, ..Window::default() }) }
    }

    /// Engages another helper where storage has waited for data for a fifth of the time, twice in a row.
    fn consider(&mut self, now: Duration, generating: Duration) {
        let Some(window) = &mut self.window else { return };
        let past = now.saturating_sub(window.since);
        if past < WINDOW {
            return;
        }
        let waits = generating.saturating_sub(window.before).as_secs_f64() >= verdict::LIMITS * past.as_secs_f64();
        let engages = waits && window.waited;
        *window = Window { since: now, before: generating, waited: waits && !engages };
        if engages {
            self.helpers.engage();
        }
    }
}

impl Lane<'_, '_, '_> {
    /// Claims an extent and fills a buffer for it. Returns whether it did, or found another way to go on.
    pub(super) fn prepare(&mut self) -> bool {
        self.hand_out();
        if !self.may_claim(0) {
            return self.help();
        }
        let Some(filled) = self.claim() else { return false };
        self.fill(filled);
        true
    }

    /// Whether an extent may be claimed, such that `more` buffers stay beside those that rest.
    fn may_claim(&self, more: usize) -> bool {
        !self.exhausted && self.free.len() > self.resting + more && !self.broken && !self.run.is_over()
    }

    /// An extent with a buffer for it, which is still to be filled.
    fn claim(&mut self) -> Option<Filled> {
        let (place, extent, action) = match self.run.claim() {
            Claim::Io(place, extent, action) => (place, extent, action),
            Claim::Later => return None,
            Claim::Over => {
                self.exhausted = true;
                return None;
            }
        };
        // The warmest; or, where buffers rest, the coldest.
        let buffer = if self.resting > 0 { self.free.pop_front() } else { self.free.pop_back() };
        let op = Op {
            action,
            channel: extent.section,
            direct: false,
            file_offset: extent.file_offset,
            range: 0..extent.len,
            buffer: buffer.expect("one is free"),
            extent,
            begun: Duration::ZERO,
            retries: 0,
        };
        Some(Filled { place, due: self.run.pace.due(place, self.run.clock), op })
    }

    fn fill(&mut self, mut filled: Filled) {
        let Op { action, extent, buffer, .. } = &mut filled.op;
        let intact = *action == Action::Read || self.run.fill().is_none() || self.generate(extent, buffer);
        self.supplied(filled, intact);
    }

    /// Generates what an extent holds, with looks at the queue in between. Returns whether it could.
    fn generate(&mut self, extent: &Extent, buffer: &mut Buffer) -> bool {
        for (index, piece) in buffer[..extent.len].chunks_mut(PIECE).enumerate() {
            if index > 0 {
                self.look();
            }
            self.flush_before(piece.len());
            if !self.run.generate(extent.stream_offset + (index * PIECE) as u64, piece) {
                return false;
            }
            self.lap(Span::Filling);
        }
        true
    }

    /// Takes an operation that was filled, in the order of claiming; one whose bytes could not be made has failed.
    fn supplied(&mut self, filled: Filled, intact: bool) {
        if !intact {
            let message = format!("the generator failed at stream offset {}", filled.op.extent.stream_offset);
            self.run.progress.fail(filled.op.extent.position, Error::new(ErrorKind::Io, message));
            self.free.push_back(filled.op.buffer);
            return;
        }
        let at = match self.ready.back() {
            Some(last) if last.place > filled.place => self.ready.partition_point(|other| other.place < filled.place),
            _ => self.ready.len(),
        };
        self.ready.insert(at, filled);
    }

    /// Keeps helpers busy with free buffers, all but one, which is for this thread.
    fn hand_out(&mut self) {
        let Some(supply) = &mut self.supply else { return };
        supply.consider(self.mark, self.stats.generating);
        while self.supply.as_ref().is_some_and(|supply| supply.helpers.wants()) && self.may_claim(1) {
            let (mut parts, mut bytes) = (Vec::new(), 0);
            while bytes < JOB && self.may_claim(1) {
                let Some(filled) = self.claim() else { break };
                bytes += filled.op.extent.len;
                parts.push(filled);
            }
            if let Some(supply) = self.supply.as_mut().filter(|_| !parts.is_empty()) {
                supply.helpers.hand_out(parts);
            }
        }
    }

    /// Takes what helpers have filled.
    pub(super) fn take_back(&mut self) {
        let Some(supply) = &mut self.supply else { return };
        for Job { parts, intact } in supply.helpers.take_back() {
            for filled in parts {
                self.supplied(filled, intact);
            }
        }
    }

    /// Whether storage has nothing to do, and nothing to begin with.
    pub(super) fn is_starved(&self) -> bool {
        self.ready.is_empty() && self.in_flight < self.depth
    }

    /// Whether helpers have buffers that did not come back.
    pub(super) fn is_helped(&self) -> bool {
        self.supply.as_ref().is_some_and(|supply| supply.helpers.has_outstanding())
    }

    /// Fills what helpers have not begun, where storage waits for it. Returns whether there was any.
    fn help(&mut self) -> bool {
        if !self.is_starved() || self.broken {
            return false;
        }
        let Some(job) = self.supply.as_mut().and_then(|supply| supply.helpers.steal()) else { return false };
        for filled in job.parts {
            self.fill(filled);
        }
        true
    }

    /// Says in the worker's numbers who took part.
    pub(super) fn note_helpers(&mut self) {
        let Some(supply) = &self.supply else { return };
        let (took_part, refused) = supply.helpers.outcome();
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
        if let Some(supply) = &self.supply {
            supply.helpers.wait(time);
        }
        self.lap(Span::Filling);
    }
}
