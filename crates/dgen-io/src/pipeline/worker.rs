//! One worker: keeps its engine's queue full, from buffers that it or its helpers fill.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use dgen::Error;

use super::pending::{InFlight, Pending, Prepared};
use super::{helpers::FillStage, shared::Pipeline};
use crate::engine::operation::{Action, Done, Engine, Op, Wait};
use crate::engine::{kind::Made, sync::SYNC};
use crate::extents::cursor::Extent;
use crate::memory::buffers::Buffer;
use crate::metrics::{live::Cell, stats::Stats};

/// I/Os smaller than this are begun together, up to so many bytes.
const BATCH: usize = 64 << 10;
/// Longest sleep until the next look at the cancel flag.
const NAP: Duration = Duration::from_millis(50);
/// Longest wait for helpers until the next look at what is in flight.
const GLANCE: Duration = Duration::from_micros(100);

/// How often a worker shows what it has done.
pub(super) const PUBLISH: Duration = Duration::from_millis(1);
/// How often it shows how long I/Os took.
pub(super) const PUBLISH_LATENCY: Duration = Duration::from_millis(50);

/// What a span of time was spent on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    Filling,
    Storing,
    /// Waiting for an I/O to become due.
    Idle,
}

/// What was read and is yet to be examined.
pub(super) struct Landed {
    pub(super) extent: Extent,
    pub(super) buffer: Buffer,
    /// Bytes before the extent's own.
    pub(super) skip: usize,
    /// Bytes of the extent that are there.
    pub(super) len: usize,
    /// Whether reading failed behind them.
    pub(super) failed: bool,
}

pub(super) struct Worker<'p, 'a, 'e> {
    pub(super) pipeline: &'p Pipeline<'a>,
    /// Where it shows what it has done.
    pub(super) cell: &'p Cell,
    /// When the run began.
    pub(super) began: Duration,
    /// When to show it next.
    pub(super) publish_at: Duration,
    pub(super) publish_latency_at: Duration,
    // Before the buffers: it waits for those in flight when it is dropped.
    pub(super) engine: Box<dyn Engine + 'e>,
    /// In the order in which they became free.
    pub(super) free: VecDeque<Buffer>,
    /// How many of them are to stay free.
    pub(super) resting: usize,
    /// Filled, in the order of claiming.
    pub(super) ready: VecDeque<Prepared>,
    /// Read, and yet to be examined, in the order in which they came.
    pub(super) landed: VecDeque<Landed>,
    /// Those who fill buffers beside this thread.
    pub(super) stage: Option<FillStage<'p>>,
    pub(super) depth: usize,
    /// Whether completions are polled for.
    pub(super) polled: bool,
    pub(super) in_flight: InFlight,
    /// Bytes handed to the engine since its last flush.
    pub(super) queued: usize,
    pub(super) exhausted: bool,
    /// The engine itself failed.
    pub(super) broken: bool,
    /// Up to when time is accounted for.
    pub(super) mark: Duration,
    pub(super) done: Vec<Done>,
    pub(super) stats: Stats,
}

impl<'p, 'a, 'e> Worker<'p, 'a, 'e> {
    pub(super) fn new(
        pipeline: &'p Pipeline<'a>,
        cell: &'p Cell,
        made: Made<'e>,
        free: Vec<Buffer>,
        resting: usize,
        stage: Option<FillStage<'p>>,
    ) -> Self {
        let Made { engine, depth, registered, polled, left, warnings } = made;
        Self {
            pipeline,
            cell,
            began: pipeline.limiter.begin(pipeline.clock),
            publish_at: Duration::ZERO,
            publish_latency_at: Duration::ZERO,
            engine,
            free: free.into(),
            resting,
            ready: VecDeque::new(),
            landed: VecDeque::new(),
            stage,
            depth,
            polled,
            in_flight: InFlight::default(),
            queued: 0,
            exhausted: false,
            broken: false,
            mark: pipeline.clock.now(),
            done: Vec::new(),
            stats: Stats { registered, left, warnings, ..Stats::default() },
        }
    }

    /// Works until there are no more extents, or no more are wanted; then finishes those that are needed.
    pub(super) fn run(mut self) -> Stats {
        loop {
            self.look();
            if !self.prepare() && !self.examine() && !self.wait() {
                self.publish();
                self.publish_latency();
                self.note_helpers();
                self.note_engine();
                return self.stats;
            }
        }
    }

    /// Notes where operations went another way than they were to go.
    fn note_engine(&mut self) {
        if let Some(why) = self.engine.left() {
            self.stats.left = Some(why.to_owned());
        }
        if let Some(why) = &self.stats.left {
            self.stats.warnings.push(format!("a worker goes on with the engine {}: {why}", SYNC.name));
        }
    }

    /// Takes what has completed and submits what is filled, without waiting.
    pub(super) fn look(&mut self) {
        self.reap(Wait::No);
        self.take_back();
        while self.in_flight.len() < self.depth && !self.broken {
            let Some(first) = self.ready.front() else { break };
            if first.due.is_some_and(|due| due > self.pipeline.clock.now()) && !self.pipeline.is_over() {
                break;
            }
            let Some(io) = self.ready.pop_front() else { break };
            self.begin(io);
            self.reap(Wait::No);
        }
    }

    fn begin(&mut self, io: Prepared) {
        let Prepared { place, due, action, extent, buffer } = io;
        if !self.pipeline.begins(place, &extent) {
            self.free.push_back(buffer);
            return;
        }
        let Extent { section: file, file_offset, len, .. } = extent;
        // Beside writes no more is read than asked for: bytes around it may be on their way.
        let only_reads = self.pipeline.action == Action::Read;
        let (skip, len) =
            if only_reads { self.pipeline.files[file].around(len, file_offset, buffer.len()) } else { (0, len) };
        let key = self.in_flight.add(Pending { extent, skip, begun: due.unwrap_or(self.mark), retries: 0 });
        let file_offset = file_offset - skip as u64;
        self.submit(Op { key, action, file, direct: false, file_offset, range: 0..len, buffer });
    }

    /// Waits for a completion, for a helper, or for an I/O to become due. Returns whether there is anything to wait for.
    fn wait(&mut self) -> bool {
        if self.broken {
            return false;
        }
        if self.is_starved() && self.is_helped() {
            self.wait_for_helpers(if self.in_flight.len() == 0 { NAP } else { GLANCE });
            return true;
        }
        let until_due =
            self.ready.front().and_then(|first| first.due).map(|due| due.saturating_sub(self.pipeline.clock.now()));
        let until_due = until_due.filter(|_| self.in_flight.len() < self.depth);
        if self.in_flight.len() == 0 {
            if let Some(time) = until_due {
                self.pipeline.clock.sleep(time.min(NAP));
                self.lap(Span::Idle);
            }
            return !self.ready.is_empty();
        }
        self.flush();
        self.reap(until_due.map_or(Wait::One, Wait::AtMost));
        true
    }

    pub(super) fn submit(&mut self, mut op: Op) {
        op.direct = self.pipeline.files[op.file].is_direct(op.range.len(), op.file_offset);
        self.queued += op.range.len();
        self.engine.submit(op);
    }

    /// Begins what is queued before so many bytes are worked on, unless both are small.
    pub(super) fn flush_before(&mut self, len: usize) {
        if self.queued > 0 && self.queued + len > BATCH {
            self.flush();
        }
    }

    pub(super) fn flush(&mut self) {
        self.queued = 0;
        let result = self.engine.flush();
        self.check(result);
        self.lap(Span::Storing);
    }

    /// Takes completions until there are no more.
    fn reap(&mut self, mut wait: Wait) {
        while self.in_flight.len() > 0 && !self.broken {
            let mut done = std::mem::take(&mut self.done);
            let result = self.engine.reap(wait, &mut done);
            self.lap(if matches!(wait, Wait::AtMost(_)) { Span::Idle } else { Span::Storing });
            self.check(result);
            let any = !done.is_empty();
            for done in done.drain(..) {
                self.complete(done);
            }
            self.done = done;
            if !any {
                break;
            }
            wait = Wait::No;
        }
    }

    fn check(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.broken = true;
            let path = self.pipeline.files.first().map(|file| file.path.clone()).unwrap_or_default();
            self.pipeline.progress.fail(u64::MAX, Error::io("issue I/O for", path, None, error));
        }
    }

    /// Accounts for the time since the last call.
    pub(super) fn lap(&mut self, span: Span) {
        let now = self.pipeline.clock.now();
        let took = now.saturating_sub(self.mark);
        self.mark = now;
        let waiting = !self.ready.is_empty() && self.in_flight.len() >= self.depth;
        let starved = self.is_starved();
        match span {
            Span::Filling if starved => self.stats.generating += took,
            Span::Filling if waiting => self.stats.storing += took,
            Span::Storing => self.stats.storing += took,
            Span::Filling | Span::Idle => {}
        }
    }
}
