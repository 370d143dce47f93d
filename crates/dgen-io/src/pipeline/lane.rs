//! One worker: keeps its engine's queue full, from buffers that it fills.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use dgen::Error;
use rustix::io::Errno;

use super::Pipeline;
use crate::area::Buffer;
use crate::engine::make::Made;
use crate::engine::{Action, Done, Engine, Op, Wait};
use crate::extents::Extent;
use crate::live::Cell;
use crate::mixed::{Claim, Mix};
use crate::stats::Stats;

/// Bytes generated between two looks at the queue: they stay in a core's own cache, and the queue is never unwatched for
/// long.
const PIECE: usize = 256 << 10;
/// I/Os smaller than this are begun together, up to so many bytes.
const BATCH: usize = 64 << 10;
/// Times in a row that the system may ask to try an I/O again.
const MAX_RETRIES: u32 = 2000;
/// Pause before each of these but the first.
const PAUSE: Duration = Duration::from_millis(1);
/// Longest sleep until the next look at the cancel flag.
const NAP: Duration = Duration::from_millis(50);

/// How often a worker shows what it has done.
const PUBLISH: Duration = Duration::from_millis(1);

/// What a span of time was spent on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Span {
    Filling,
    Storing,
    /// Waiting for an I/O to become due.
    Idle,
}

/// An operation that is yet to begin.
struct Filled {
    /// Its number in the order of claiming.
    place: u64,
    /// When it may begin.
    due: Option<Duration>,
    op: Op,
}

pub(super) struct Lane<'p, 'a, 'e> {
    run: &'p Pipeline<'a>,
    /// Where it shows what it has done.
    cell: &'p Cell,
    /// When the run began.
    begin: Duration,
    /// When to show it next.
    publish_at: Duration,
    // Before the buffers: it waits for those in flight when it is dropped.
    engine: Box<dyn Engine + 'e>,
    /// In the order in which they became free.
    free: VecDeque<Buffer>,
    /// How many of them are to stay free.
    resting: usize,
    /// Filled, in the order of claiming.
    ready: VecDeque<Filled>,
    depth: usize,
    /// Whether completions are polled for.
    polled: bool,
    in_flight: usize,
    /// Bytes handed to the engine since its last flush.
    queued: usize,
    exhausted: bool,
    /// The engine itself failed.
    broken: bool,
    /// Up to when time is accounted for.
    mark: Duration,
    done: Vec<Done>,
    stats: Stats,
}

impl<'p, 'a, 'e> Lane<'p, 'a, 'e> {
    pub(super) fn new(
        run: &'p Pipeline<'a>,
        cell: &'p Cell,
        made: Made<'e>,
        free: Vec<Buffer>,
        resting: usize,
    ) -> Self {
        let Made { engine, depth, registered, polled, warnings } = made;
        Self {
            run,
            cell,
            begin: run.pace.begin(run.clock),
            publish_at: Duration::ZERO,
            engine,
            free: free.into(),
            resting,
            ready: VecDeque::new(),
            depth,
            polled,
            in_flight: 0,
            queued: 0,
            exhausted: false,
            broken: false,
            mark: run.clock.now(),
            done: Vec::new(),
            stats: Stats { registered, warnings, ..Stats::default() },
        }
    }

    /// Works until there are no more extents, or no more are wanted; then finishes those that are needed.
    pub(super) fn run(mut self) -> Stats {
        loop {
            self.look();
            if !self.prepare() && !self.wait() {
                self.publish();
                return self.stats;
            }
        }
    }

    /// Takes what has completed and submits what is filled, without waiting.
    fn look(&mut self) {
        self.reap(Wait::No);
        while self.in_flight < self.depth && !self.broken {
            let Some(first) = self.ready.front() else { break };
            if first.due.is_some_and(|due| due > self.run.clock.now()) && !self.run.is_over() {
                break;
            }
            let Some(Filled { place, due, mut op }) = self.ready.pop_front() else { break };
            if !self.run.begins(place, &op.extent) {
                self.free.push_back(op.buffer);
                continue;
            }
            op.begun = due.unwrap_or(self.mark);
            self.in_flight += 1;
            self.submit(op);
            self.reap(Wait::No);
        }
    }

    /// Claims an extent and fills a buffer for it. Returns whether it did.
    fn prepare(&mut self) -> bool {
        if self.exhausted || self.free.len() <= self.resting || self.broken || self.run.is_over() {
            return false;
        }
        let (place, extent, action) = match self.run.claim() {
            Claim::Io(place, extent, action) => (place, extent, action),
            Claim::Later => return false,
            Claim::Over => {
                self.exhausted = true;
                return false;
            }
        };
        // The warmest; or, where buffers rest, the coldest.
        let buffer = if self.resting > 0 { self.free.pop_front() } else { self.free.pop_back() };
        let mut buffer = buffer.expect("one is free");
        if action == Action::Write {
            self.fill(&extent, &mut buffer);
        }
        let op = Op {
            action,
            channel: extent.section,
            direct: false,
            file_offset: extent.file_offset,
            range: 0..extent.len,
            buffer,
            extent,
            begun: Duration::ZERO,
            retries: 0,
        };
        self.ready.push_back(Filled { place, due: self.run.pace.due(place, self.run.clock), op });
        true
    }

    fn fill(&mut self, extent: &Extent, buffer: &mut Buffer) {
        let Some(fill) = self.run.fill else { return };
        for (index, piece) in buffer[..extent.len].chunks_mut(PIECE).enumerate() {
            if index > 0 {
                self.look();
            }
            if self.queued > 0 && self.queued + piece.len() > BATCH {
                self.flush();
            }
            fill(extent.stream_offset + (index * PIECE) as u64, piece);
            self.lap(Span::Filling);
        }
    }

    /// Waits for a completion, or for an I/O to become due. Returns whether there is anything to wait for.
    fn wait(&mut self) -> bool {
        if self.broken {
            return false;
        }
        let until_due =
            self.ready.front().and_then(|first| first.due).map(|due| due.saturating_sub(self.run.clock.now()));
        let until_due = until_due.filter(|_| self.in_flight < self.depth);
        if self.in_flight == 0 {
            if let Some(time) = until_due {
                self.run.clock.sleep(time.min(NAP));
                self.lap(Span::Idle);
            }
            return !self.ready.is_empty();
        }
        self.flush();
        self.reap(until_due.map_or(Wait::One, Wait::AtMost));
        true
    }

    fn submit(&mut self, mut op: Op) {
        op.direct = self.run.channels[op.channel].is_direct(op.range.len(), op.file_offset);
        self.queued += op.range.len();
        self.engine.submit(op);
    }

    fn flush(&mut self) {
        self.queued = 0;
        let result = self.engine.flush();
        self.check(result);
        self.lap(Span::Storing);
    }

    /// Takes completions until there are no more.
    fn reap(&mut self, mut wait: Wait) {
        while self.in_flight > 0 && !self.broken {
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
            let path = self.run.channels.first().map(|channel| channel.path.clone()).unwrap_or_default();
            self.run.progress.fail(u64::MAX, Error::io("issue I/O for", path, None, error));
        }
    }

    /// Goes on with an operation that came back: it is done, or has more to do, or has failed.
    fn complete(&mut self, done: Done) {
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
        self.cell.count(self.stats.io(extent.len, took));
        self.stats.series.add(self.mark.saturating_sub(self.begin), extent.len as u64);
        if self.mark >= self.publish_at {
            self.publish();
        }
        self.run.watch.add(extent.len as u64);
        self.run.progress.done(extent);
        if let Err(error) = (self.run.finished)(extent, &op.buffer[..extent.len]) {
            self.run.progress.fail(extent.position, error);
        }
        self.in_flight -= 1;
        self.free.push_back(op.buffer);
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
        self.in_flight -= 1;
        self.free.push_back(op.buffer);
    }

    /// Shows what was done so far.
    fn publish(&mut self) {
        self.cell.publish(&self.stats);
        self.publish_at = self.mark + PUBLISH;
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
        let error = Error::io(verb, &channel.path, Some(op.file_offset), error);
        self.run.progress.fail(if is_extra { u64::MAX } else { op.extent.position + moved }, error);
        self.in_flight -= 1;
        self.free.push_back(op.buffer);
    }

    /// Accounts for the time since the last call.
    fn lap(&mut self, span: Span) {
        let now = self.run.clock.now();
        let took = now.saturating_sub(self.mark);
        self.mark = now;
        let waiting = !self.ready.is_empty() && self.in_flight >= self.depth;
        let starved = self.ready.is_empty() && self.in_flight < self.depth;
        match span {
            Span::Filling if starved => self.stats.generating += took,
            Span::Filling if waiting => self.stats.storing += took,
            Span::Storing => self.stats.storing += took,
            Span::Filling | Span::Idle => {}
        }
    }
}

/// Whether the same I/O may succeed if it is tried again.
fn is_passing(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::INTR | Errno::AGAIN))
}
