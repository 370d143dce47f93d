//! Stream data as a new `bytes` object, generated where it stays.
#![allow(unsafe_code, reason = "writes a new bytes object's memory on several threads")]

use crate::errors::exception;
use crate::fill::{DETACH_FROM, SLICE};
use dgen::Stream;
use dgen::units::PAGE;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::OnceLock;

/// Bytes that one thread makes at a time; they stay in a core's own cache between their zeroing and their filling.
const SHARE: usize = 256 << 10;

/// The `len` bytes of the stream from `offset` on, made on up to `threads` threads with the interpreter released.
///
/// Raises `MemoryError`, or what a signal handler raises.
pub(crate) fn new_bytes<'py>(
    py: Python<'py>,
    stream: &Stream,
    offset: u64,
    len: usize,
    threads: usize,
) -> PyResult<Bound<'py, PyBytes>> {
    if len < DETACH_FROM {
        return PyBytes::new_with(py, len, |zeroed| stream.fill_at(offset, zeroed).map_err(|error| exception(&error)));
    }
    // SAFETY: the thread is attached; without a source the new object's bytes are uninitialised, and until they are
    // written it stays here. It is new, because only the empty one is shared, so the returned reference is owned.
    let object = unsafe {
        let object = ffi::PyBytes_FromStringAndSize(std::ptr::null(), len.cast_signed());
        Bound::from_owned_ptr_or_err(py, object)?.cast_into_unchecked::<PyBytes>()
    };
    // SAFETY: the object is a bytes object.
    let start = Start(unsafe { ffi::PyBytes_AsString(object.as_ptr()) }.cast());
    start.prefer_huge_pages(len);
    for from in (0..len).step_by(SLICE) {
        let part = Part { start, from, to: len.min(from + SLICE), stream, offset };
        py.detach(|| part.write(threads))?;
        py.check_signals()?;
    }
    Ok(object)
}

/// The part from byte `from` to byte `to` of an object that begins at `start` and at the stream's `offset`.
struct Part<'s> {
    start: Start,
    from: usize,
    to: usize,
    stream: &'s Stream,
    offset: u64,
}

impl Part<'_> {
    /// Zeroes and fills the part, share by share.
    fn write(&self, threads: usize) -> PyResult<()> {
        // Cut so that all shares but the first begin on a page of the stream.
        let within = (self.offset + self.from as u64) % PAGE as u64;
        let before = usize::try_from(within).unwrap_or(0);
        let shares = (self.to - self.from + before).div_ceil(SHARE);
        let failed = OnceLock::new();
        let threads = if self.to - self.from < dgen::driver::PARALLEL_FROM { 1 } else { threads };
        dgen::driver::run(threads, shares, &|share| {
            let from = self.from + (share * SHARE).saturating_sub(before);
            let to = self.to.min(self.from + (share + 1) * SHARE - before);
            // SAFETY: shares are disjoint and end at `to`, which is at most the object's length, and nobody else
            // knows the object yet, so its bytes stay where they are and belong to this share alone; zeroing
            // initialises them before the slice is made.
            let bytes = unsafe {
                let first = self.start.get().add(from);
                first.write_bytes(0, to - from);
                std::slice::from_raw_parts_mut(first, to - from)
            };
            if let Err(error) = self.stream.fill_at(self.offset + from as u64, bytes) {
                _ = failed.set(error);
            }
        });
        failed.into_inner().map_or(Ok(()), |error| Err(exception(&error)))
    }
}

/// The first byte of an object that only this call knows.
#[derive(Clone, Copy)]
struct Start(*mut u8);

// SAFETY: it is an address; each use of it argues for itself.
unsafe impl Send for Start {}
// SAFETY: as above.
unsafe impl Sync for Start {}

impl Start {
    fn get(self) -> *mut u8 {
        self.0
    }

    /// Asks for huge pages below the whole ones of the `size` bytes; a wish, whose refusal only costs time.
    fn prefer_huge_pages(self, size: usize) {
        const HUGE_FROM: usize = 4 << 20;
        let before = self.0.align_offset(PAGE);
        let Some(len) = size.checked_sub(before).map(|len| len / PAGE * PAGE) else { return };
        if len >= HUGE_FROM {
            // SAFETY: the range lies within the allocation; the advice changes no content.
            unsafe { libc::madvise(self.0.add(before).cast(), len, libc::MADV_HUGEPAGE) };
        }
    }
}
