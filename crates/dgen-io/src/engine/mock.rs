//! An engine with faults and virtual time. It carries data to real files, but only when an operation completes.

use std::io;
use std::result;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use dgen::{Error, ErrorKind, Result};
use rustix::io::Errno;

use super::operation::{Action, Done, Engine, Op, Wait};
use super::{kind::EngineSetup, kind::Made, make::Chosen, vector};
use crate::base::clock::Clock;
use crate::engine::machine::Machine;
use crate::memory::{buffers::Buffer, threads::HELPER};
use crate::options::order::mix;
use crate::storage::open_file::OpenFile;

/// What goes wrong, and how fast things are. The default is a machine that takes no time and makes no mistakes.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent faults")]
pub(crate) struct Script {
    /// Bytes per second that all I/Os share.
    pub(crate) device_rate: Option<u64>,
    /// Bytes per second of each generator.
    pub(crate) generator_rate: Option<u64>,
    /// Bytes after which workers generate no further until a helper has, as if each had a processor of its own.
    pub(crate) needs_help: Option<u64>,
    /// Bytes after which the generator panics, once.
    pub(crate) fails_to_generate: Option<u64>,
    /// Per cent of completions that move only a part.
    pub(crate) short: u64,
    /// Per cent of completions that are interruptions, and requests to try again.
    pub(crate) interrupted: u64,
    pub(crate) again: u64,
    /// Whether operations complete in any order.
    pub(crate) shuffled: bool,
    /// The file position that cannot be moved, and the error there.
    pub(crate) failing: Option<(u64, Errno)>,
    /// Whether direct I/O is refused although files could be opened for it.
    pub(crate) no_direct: bool,
    /// What becomes of one operation, counted from 0 over all workers.
    pub(crate) nth: Option<(u64, Fault)>,
    /// A file offset whose writes are reported as done, and are not.
    pub(crate) lost: Option<u64>,
    /// Whether nothing is moved, without an error.
    pub(crate) stuck: bool,
    /// Why there is no `io_uring`.
    pub(crate) no_ring: Option<&'static str>,
    /// Whether a worker's ring is refused although there is `io_uring`.
    pub(crate) ring_refused: bool,
    pub(crate) seed: u64,
}

/// What becomes of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Fails(Errno),
    /// It moves half of its bytes.
    Part,
    /// It moves none, without an error.
    Nothing,
}

#[derive(Debug, Default)]
pub(crate) struct VirtualClock(AtomicU64);

impl VirtualClock {
    fn ns(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.ns())
    }

    fn sleep(&self, duration: Duration) {
        self.0.fetch_add(u64::try_from(duration.as_nanos()).unwrap(), Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
pub(crate) struct MockMachine {
    pub(crate) script: Script,
    pub(crate) clock: VirtualClock,
    /// When the device has done all that it was given.
    idle_at: Mutex<u64>,
    /// Most operations that a worker had in flight.
    pub(crate) deepest: AtomicUsize,
    pub(crate) engines: AtomicUsize,
    /// Operations that completed, one way or another.
    pub(crate) operations: AtomicU64,
    generated: AtomicU64,
    /// Whether a helper has generated something.
    helped: AtomicBool,
}

impl MockMachine {
    pub(crate) fn new(script: Script) -> Self {
        Self { script, ..Self::default() }
    }
}

fn time(bytes: usize, rate: Option<u64>) -> u64 {
    rate.map_or(0, |rate| bytes as u64 * 1_000_000_000 / rate)
}

impl Machine for MockMachine {
    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    fn probe(&self) -> result::Result<(), String> {
        self.script.no_ring.map_or(Ok(()), |why| Err(why.into()))
    }

    fn make<'a>(&'a self, _: &Chosen, setup: &EngineSetup<'a>, buffers: &mut [Buffer]) -> Result<Made<'a>> {
        if self.script.ring_refused {
            return Err(Error::new(ErrorKind::Unsupported, "no ring for this worker"));
        }
        let number = self.engines.fetch_add(1, Ordering::Relaxed) as u64;
        let random = Random(mix(self.script.seed) ^ number << 32);
        let (files, element) = (setup.files, setup.element(buffers));
        let engine = MockEngine { machine: self, files, element, random, in_flight: Vec::new() };
        Ok(Made::plain(engine, setup.depth))
    }

    fn generated(&self, bytes: usize) {
        let before = self.generated.fetch_add(bytes as u64, Ordering::Relaxed);
        let fails = |at| (before..before + bytes as u64).contains(&at);
        assert!(!self.script.fails_to_generate.is_some_and(fails), "a panic that was asked for");
        self.clock.sleep(Duration::from_nanos(time(bytes, self.script.generator_rate)));
        if thread::current().name() == Some(HELPER) {
            self.helped.store(true, Ordering::Relaxed);
        } else if self.script.needs_help.is_some_and(|after| before >= after) {
            while !self.helped.load(Ordering::Relaxed) {
                thread::yield_now();
            }
        }
    }
}

struct MockEngine<'a> {
    machine: &'a MockMachine,
    files: &'a [&'a OpenFile],
    element: usize,
    random: Random,
    /// With the time at which each completes.
    in_flight: Vec<(u64, Op)>,
}

impl Engine for MockEngine<'_> {
    fn submit(&mut self, op: Op) {
        let mut idle_at = self.machine.idle_at.lock().unwrap();
        let begin = self.machine.clock.ns().max(*idle_at);
        *idle_at = begin + time(op.range.len(), self.machine.script.device_rate);
        self.in_flight.push((*idle_at, op));
        self.machine.deepest.fetch_max(self.in_flight.len(), Ordering::Relaxed);
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn reap(&mut self, wait: Wait, done: &mut Vec<Done>) -> io::Result<()> {
        assert!(wait == Wait::No || !self.in_flight.is_empty(), "nothing to wait for");
        let clock = &self.machine.clock;
        let first = self.in_flight.iter().map(|(at, _)| *at).min().unwrap_or_default();
        match wait {
            Wait::No => {}
            Wait::One => clock.sleep(Duration::from_nanos(first.saturating_sub(clock.ns()))),
            Wait::AtMost(time) => clock.sleep(Duration::from_nanos(first.saturating_sub(clock.ns())).min(time)),
        }
        let shuffled = self.machine.script.shuffled;
        if shuffled && wait == Wait::No && self.random.below(3) > 0 {
            return Ok(());
        }
        while let Some(index) = self.next(shuffled) {
            let (_, op) = self.in_flight.remove(index);
            done.push(self.complete(op));
            if shuffled && self.random.below(2) == 0 {
                break;
            }
        }
        Ok(())
    }
}

impl MockEngine<'_> {
    /// An operation whose time has come: the first, or any.
    fn next(&mut self, shuffled: bool) -> Option<usize> {
        let now = self.machine.clock.ns();
        let due: Vec<usize> = (0..self.in_flight.len()).filter(|index| self.in_flight[*index].0 <= now).collect();
        let chosen = if shuffled { self.random.below(due.len().max(1) as u64) } else { 0 };
        due.get(usize::try_from(chosen).unwrap()).copied()
    }

    fn complete(&mut self, mut op: Op) -> Done {
        let script = &self.machine.script;
        let number = self.machine.operations.fetch_add(1, Ordering::Relaxed);
        let fault = script.nth.and_then(|(nth, fault)| (nth == number).then_some(fault));
        match fault {
            Some(Fault::Fails(errno)) => return Done { op, result: Err(errno.into()) },
            Some(Fault::Nothing) => return Done { op, result: Ok(0) },
            Some(Fault::Part) | None => {}
        }
        if script.no_direct && op.direct {
            return Done { op, result: Err(Errno::INVAL.into()) };
        }
        if script.stuck {
            return Done { op, result: Ok(0) };
        }
        let fate = self.random.below(100);
        let mut len = op.range.len();
        if fault == Some(Fault::Part) {
            len = len.div_ceil(2);
        }
        if fate < script.interrupted {
            return Done { op, result: Err(Errno::INTR.into()) };
        } else if fate < script.interrupted + script.again {
            return Done { op, result: Err(Errno::AGAIN.into()) };
        } else if fate < script.interrupted + script.again + script.short {
            len = 1 + usize::try_from(self.random.below(len as u64)).unwrap();
        }
        if let Some((at, errno)) = script.failing
            && (op.file_offset..op.file_offset + len as u64).contains(&at)
        {
            len = usize::try_from(at - op.file_offset).unwrap();
            if len == 0 {
                return Done { op, result: Err(errno.into()) };
            }
        }
        let lost = script.lost.is_some_and(|at| (op.file_offset..op.file_offset + len as u64).contains(&at));
        if lost && op.action == Action::Write {
            return Done { op, result: Ok(len) };
        }
        // Moves the part as the real engines would.
        let end = op.range.end;
        op.range.end = op.range.start + len;
        let file = &self.files[op.file].buffered;
        let result = vector::transfer(&mut op, file, self.element);
        op.range.end = end;
        Done { op, result }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0) % bound
    }
}
