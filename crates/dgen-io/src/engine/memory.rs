//! Copies into memory, round and round: shows what the way up to a device takes, the device being memory.

use std::io;

use dgen::units::exact_size;
use dgen::{Error, ErrorKind, Result};

use super::{Done, Engine, Op, Wait};

/// Bytes of memory for each worker: more than a core's share of the caches.
const AREA: usize = 64 << 20;

#[derive(Debug)]
pub(crate) struct MemoryEngine {
    area: Vec<u8>,
    done: Vec<Done>,
}

impl MemoryEngine {
    /// With memory that has been touched, so that the first round costs what the others do.
    ///
    /// # Errors
    /// When there is not so much memory.
    pub(crate) fn new() -> Result<Self> {
        let mut area = Vec::new();
        area.try_reserve_exact(AREA).map_err(|_| {
            let message =
                format!("the engine memory needs {} for each worker, which there is not", exact_size(AREA as u64));
            Error::new(ErrorKind::Io, message)
        })?;
        area.resize(AREA, 1);
        Ok(Self { area, done: Vec::new() })
    }

    fn copy(&mut self, mut data: &[u8], offset: u64) {
        let size = self.area.len();
        let mut at = usize::try_from(offset % size as u64).expect("below the size");
        while !data.is_empty() {
            let (now, later) = data.split_at(data.len().min(size - at));
            self.area[at..][..now.len()].copy_from_slice(now);
            (data, at) = (later, 0);
        }
    }
}

impl Engine for MemoryEngine {
    fn submit(&mut self, op: Op) {
        self.copy(op.data(), op.file_offset);
        let result = Ok(op.range.len());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_lies_at_its_offset_and_goes_on_at_the_beginning() {
        let mut engine = MemoryEngine { area: vec![0; 10], done: Vec::new() };
        engine.copy(&[1, 2, 3], 28);
        assert_eq!(engine.area, [3, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        engine.copy(&(0..25).collect::<Vec<u8>>(), 5);
        assert_eq!(engine.area, [15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
    }
}
