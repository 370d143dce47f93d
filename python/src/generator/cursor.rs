//! The position of an open stream file; `dgen_py.StreamFile` is its public form.

use super::fill::fill;
use super::new_bytes::new_bytes;
use crate::buffers::writable::Writable;
use crate::errors::bad_value;
use dgen::Stream;
use dgen::driver::Team;
use dgen::place::Place;
use dgen::units::MAX_OFFSET;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::atomic::{AtomicU64, Ordering};

/// A part of a stream with a position of its own, which moves without a lock: threads may share it, also at a fork.
#[pyclass(frozen, module = "dgen_py._dgen")]
pub(crate) struct Cursor {
    stream: Stream,
    /// Stream offset at which the part begins.
    start: u64,
    size: u64,
    team: Team,
    position: AtomicU64,
}

impl Cursor {
    /// A cursor at the beginning of a generator's part of its current stream.
    pub(crate) fn new(place: &Place, team: Team) -> Self {
        let (stream, start, size) = (place.stream().clone(), place.start(), place.size());
        Self { stream, start, size, team, position: AtomicU64::new(0) }
    }

    /// Takes the next range of up to `len` bytes; returns its stream offset and length.
    fn claim(&self, len: u64) -> (u64, u64) {
        let take = |position| len.min(self.size.saturating_sub(position));
        let before = self.moved(|position| Some(position + take(position)));
        let before = before.unwrap_or_else(|position| position);
        // A position past the end takes nothing, and the part ends at 2^63 at most.
        (self.start + before.min(self.size), take(before))
    }

    fn moved(&self, change: impl FnMut(u64) -> Option<u64>) -> Result<u64, u64> {
        self.position.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change)
    }
}

#[pymethods]
impl Cursor {
    /// Fills a buffer with the next bytes; returns their number, 0 at the end.
    fn readinto(&self, py: Python<'_>, mut buffer: Writable<'_>) -> PyResult<usize> {
        let (offset, len) = self.claim(buffer.len() as u64);
        // No more than the buffer's length.
        let len = usize::try_from(len).unwrap_or(0);
        fill(py, &self.stream, offset, &mut buffer.memory()[..len], &self.team)?;
        Ok(len)
    }

    /// The next `size` bytes, or all that are left if that is fewer or `size` is negative or None.
    #[pyo3(signature = (size=None, /))]
    fn read<'py>(&self, py: Python<'py>, size: Option<i64>) -> PyResult<Bound<'py, PyBytes>> {
        let size = size.and_then(|size| u64::try_from(size).ok()).unwrap_or(u64::MAX);
        let (offset, len) = self.claim(size);
        let len = isize::try_from(len).map_err(|_| bad_value("size", len, "what one object can hold"))?;
        new_bytes(py, &self.stream, offset, len.unsigned_abs(), &self.team)
    }

    /// Moves to `offset` from the beginning (0), the position (1) or the end (2); returns the new position.
    fn seek(&self, offset: i128, whence: u8) -> PyResult<u64> {
        let target = |position: u64| {
            let from = match whence {
                0 => 0,
                1 => position,
                _ => self.size,
            };
            let target = i128::from(from).checked_add(offset).and_then(|target| u64::try_from(target).ok());
            target.filter(|&target| target <= MAX_OFFSET)
        };
        if whence > 2 {
            return Err(bad_value("whence", whence, "0, 1, 2"));
        }
        let before = self.moved(target).map_err(|_| bad_value("offset", offset, "what leads to 0 to 2^63"))?;
        Ok(target(before).unwrap_or(before))
    }

    /// The position.
    fn tell(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// Bytes in the part.
    #[getter]
    fn size(&self) -> u64 {
        self.size
    }

    /// Stream offset of the part's first byte.
    #[getter]
    fn offset(&self) -> u64 {
        self.start
    }

    /// The stream's recipe in its canonical text form.
    #[getter]
    fn recipe(&self) -> String {
        self.stream.recipe().to_string()
    }

    /// The stream's version.
    #[getter]
    fn stream_version(&self) -> u32 {
        self.stream.version_number()
    }
}
