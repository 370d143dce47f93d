//! What a run needs of the system below it: time, and engines. Tests put their own in its place.

use std::result;
use std::time::Instant;

use dgen::Result;
use dgen::topology::MemoryRoom;

use super::{kind::EngineSetup, kind::Made, make, make::Chosen, uring};
use crate::base::clock::{Clock, RealClock};
use crate::memory::buffers::Buffer;

pub(crate) trait Machine: Sync {
    fn clock(&self) -> &dyn Clock;

    /// Whether there is `io_uring`; if not, why.
    fn probe(&self) -> result::Result<(), String>;

    /// The engine of one worker, made in its thread.
    /// Fails when the system refuses an engine that was asked for by name.
    fn make<'a>(&'a self, chosen: &Chosen, setup: &EngineSetup<'a>, buffers: &mut [Buffer]) -> Result<Made<'a>>;

    /// Memory that limits leave to this process.
    fn memory_room(&self) -> Option<MemoryRoom> {
        None
    }

    /// Told after bytes were generated.
    fn generated(&self, _bytes: usize) {}
}

/// The machine that this runs on.
pub(crate) struct Real(RealClock);

impl Real {
    pub(crate) fn new() -> Self {
        Self(RealClock(Instant::now()))
    }
}

impl Machine for Real {
    fn clock(&self) -> &dyn Clock {
        &self.0
    }

    fn probe(&self) -> result::Result<(), String> {
        uring::probe()
    }

    fn memory_room(&self) -> Option<MemoryRoom> {
        MemoryRoom::read()
    }

    fn make<'a>(&'a self, chosen: &Chosen, setup: &EngineSetup<'a>, buffers: &mut [Buffer]) -> Result<Made<'a>> {
        make::make(chosen, setup, buffers)
    }
}
