//! Many zeroed bytearrays at once.
#![allow(unsafe_code, reason = "zeroes new bytearrays on several threads")]

use crate::args::Length;
use crate::errors::{bad_value, exception};
use crate::fill::SLICE;
use pyo3::exceptions::PyOverflowError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyList};

/// Bytes that one thread zeroes at a time.
const SHARE: usize = 2 << 20;
/// Bytearrays of at least this many bytes are zeroed on several threads with the interpreter released.
const PARALLEL_FROM: usize = 4 << 20;

/// A list of `count` bytearrays of `size` bytes each, all zero.
///
/// Raises `ValueError` for a negative number and `MemoryError` when the memory cannot be had.
#[pyfunction]
pub(crate) fn create_bytearrays<'py>(
    py: Python<'py>,
    count: &Bound<'py, PyAny>,
    size: Length,
) -> PyResult<Bound<'py, PyList>> {
    let threads = dgen::driver::default_threads().map_err(|error| exception(&error))?;
    let arrays = PyList::empty(py);
    // Arrays between two looks at pending signals.
    let turn = (SLICE / size.0.max(1)).clamp(1, 1 << 16);
    for at in 0..number(count)? {
        if size.0 < PARALLEL_FROM {
            arrays.append(PyByteArray::new_with(py, size.0, |_zeroed| Ok(()))?)?;
        } else {
            arrays.append(large(py, size.0, threads)?)?;
        }
        if at % turn == turn - 1 {
            py.check_signals()?;
        }
    }
    Ok(arrays)
}

fn number(count: &Bound<'_, PyAny>) -> PyResult<usize> {
    let overflow = |error: PyErr| {
        let outside = error.is_instance_of::<PyOverflowError>(count.py());
        if outside { bad_value("count", count, "0 to 2^64 - 1") } else { error }
    };
    count.extract::<usize>().map_err(overflow)
}

/// One zeroed bytearray whose memory several threads touch first.
fn large(py: Python<'_>, size: usize, threads: usize) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: the thread is attached; without a source the new object's bytes are uninitialised, and it stays here
    // until they are zero. It is new, so the returned reference is owned.
    let array = unsafe {
        let object = ffi::PyByteArray_FromStringAndSize(std::ptr::null(), size.cast_signed());
        Bound::from_owned_ptr_or_err(py, object)?
    };
    // SAFETY: the object is a bytearray.
    let start = Start(unsafe { ffi::PyByteArray_AsString(array.as_ptr()) }.cast());
    start.prefer_huge_pages(size);
    for from in (0..size).step_by(SLICE) {
        let to = size.min(from + SLICE);
        py.detach(|| {
            dgen::driver::run(threads, (to - from).div_ceil(SHARE), &|share| {
                let at = from + share * SHARE;
                // SAFETY: `at` is less than `to`, shares are disjoint and end at `to` at the latest, which is at most
                // `size`, and nobody else knows the object yet, so its `size` bytes stay where they are.
                unsafe { start.get().add(at).write_bytes(0, SHARE.min(to - at)) }
            });
        });
        py.check_signals()?;
    }
    Ok(array)
}

/// The first byte of a bytearray that only this call knows.
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
        const PAGE: usize = 4096;
        let before = self.0.align_offset(PAGE);
        let Some(len) = size.checked_sub(before).map(|len| len / PAGE * PAGE) else { return };
        // SAFETY: the range lies within the allocation; the advice changes no content.
        unsafe { libc::madvise(self.0.add(before).cast(), len, libc::MADV_HUGEPAGE) };
    }
}
