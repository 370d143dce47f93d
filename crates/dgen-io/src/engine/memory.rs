//! Copies into memory, round and round: shows what the way up to a device takes, the device being memory.

use std::{hint, io};

use dgen::units::exact_size;
use dgen::{Error, ErrorKind, Result};

use super::kind::{EngineKind, EngineTarget, Made};
use super::{inline::Inline, inline::Mover, operation::Op};
use crate::options::io::MAX_DEPTH;

/// Bytes of memory for each worker: more than a core's share of the caches.
const STORE: usize = 64 << 20;

pub(crate) static MEMORY: EngineKind = EngineKind {
    check_room,
    ..EngineKind::inline("memory", MAX_DEPTH, EngineTarget::Memory, |setup, _| {
        Ok(Made::plain(Inline::new(Memory::new()?), setup.depth))
    })
};

/// Address space of a worker beside its store: its stack, and what its thread allocates.
const BESIDE: usize = 4 << 20;

/// Fails when there is not the memory that so many workers copy into. Asked for at once, before they begin: were each to find
/// out by itself, those that come last would be left without the few bytes that an error takes.
fn check_room(workers: usize) -> Result<()> {
    let mut all = Vec::<u8>::new();
    let outcome = all.try_reserve_exact(workers.saturating_mul(STORE + BESIDE));
    // The compiler may leave out memory that nobody looks at.
    hint::black_box(&all);
    outcome.map_err(|_| lacking())
}

fn lacking() -> Error {
    let message = format!("the engine memory needs {} for each worker, which there is not", exact_size(STORE as u64));
    Error::new(ErrorKind::Io, message)
}

struct Memory {
    store: Vec<u8>,
}

impl Memory {
    /// With memory that has been touched, so that the first round costs what the others do.
    /// Fails when there is not so much memory.
    fn new() -> Result<Self> {
        let mut store = Vec::new();
        store.try_reserve_exact(STORE).map_err(|_| lacking())?;
        store.resize(STORE, 1);
        Ok(Self { store })
    }

    fn copy(&mut self, mut data: &[u8], offset: u64) {
        let size = self.store.len();
        let mut at = usize::try_from(offset % size as u64).expect("below the size");
        while !data.is_empty() {
            let (now, later) = data.split_at(data.len().min(size - at));
            self.store[at..][..now.len()].copy_from_slice(now);
            (data, at) = (later, 0);
        }
    }
}

impl Mover for Memory {
    fn carry_out(&mut self, op: &mut Op) -> io::Result<usize> {
        self.copy(op.data(), op.file_offset);
        Ok(op.range.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_lies_at_its_offset_and_goes_on_at_the_beginning() {
        let mut engine = Memory { store: vec![0; 10] };
        engine.copy(&[1, 2, 3], 28);
        assert_eq!(engine.store, [3, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        engine.copy(&(0..25).collect::<Vec<u8>>(), 5);
        assert_eq!(engine.store, [15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
    }
}
