//! Many zeroed bytearrays at once.
#![allow(unsafe_code, reason = "zeroes new bytearrays by handing their pages back to the system")]

use crate::arguments::generation::{Arrays, Length, NumaNode};
use crate::interpreter::detached::detached;
use crate::placement::asked::{NumaMode, Where};
use dgen::driver::Team;
use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyList};

/// Bytearrays of at least this many bytes get their zeros from the system, page by page, when they are first touched.
const LAZY_FROM: usize = 256 << 10;
/// Memory for one bytearray of at least this many bytes is asked for and given back first.
const TRY_FROM: usize = 1 << 30;
/// A multiple of every page size.
const PAGES: usize = 64 << 10;
/// After this many bytearrays other threads run, and signals are handled.
const CHECK_EVERY: usize = 64;

/// A list of `count` bytearrays of `size` bytes each, all zero.
///
/// Large ones take memory only when they are written, so creating many costs little time; it is then memory of the node
/// that `numa_node` names, if any, or else of the node whose thread writes it first. `numa_mode` is as for `Generator`.
///
/// >>> from dgen_py import create_bytearrays
/// >>> [len(array) for array in create_bytearrays(count=2, size=1 << 20)]
/// [1048576, 1048576]
///
/// Raises `ValueError` for a negative number and `MemoryError` when the memory cannot be had.
#[pyfunction]
#[pyo3(signature = (count, size, *, numa_mode=NumaMode::Auto, numa_node=None), text_signature = "(count, size, *, numa_mode='auto', numa_node=None)")]
pub(crate) fn create_bytearrays(
    py: Python<'_>,
    count: Arrays,
    size: Length,
    numa_mode: NumaMode,
    numa_node: Option<NumaNode>,
) -> PyResult<Bound<'_, PyList>> {
    let team = Where { mode: numa_mode, node: numa_node }.team(None)?;
    let count = count.0;
    let no_memory = || PyMemoryError::new_err(format!("cannot allocate {count} bytearrays of {} bytes", size.0));
    let mut arrays: Vec<Bound<'_, PyAny>> = Vec::new();
    arrays.try_reserve_exact(count).map_err(|_| no_memory())?;
    if size.0 >= TRY_FROM && Vec::<u8>::new().try_reserve_exact(size.0).is_err() {
        // Some interpreters complain of a bytearray that gets no memory when they drop it.
        return Err(no_memory());
    }
    for index in 0..count {
        let array = if size.0 < LAZY_FROM {
            PyByteArray::new_with(py, size.0, |_zeroed| Ok(())).map(Bound::into_any)
        } else {
            large(py, size.0, &team)
        };
        arrays
            .push(array.map_err(|error| if error.is_instance_of::<PyMemoryError>(py) { no_memory() } else { error })?);
        if index % CHECK_EVERY == CHECK_EVERY - 1 {
            detached(py, || ());
            py.check_signals()?;
        }
    }
    PyList::new(py, arrays)
}

/// One zeroed bytearray of at least `LAZY_FROM` bytes.
fn large<'py>(py: Python<'py>, size: usize, team: &Team) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the thread is attached; without a source the new object's bytes are uninitialised, and it stays here
    // until they are zero. It is new, so the returned reference is owned.
    let array = unsafe {
        let object = ffi::PyByteArray_FromStringAndSize(std::ptr::null(), size.cast_signed());
        Bound::from_owned_ptr_or_err(py, object)?
    };
    // SAFETY: the object is a bytearray.
    let start: *mut u8 = unsafe { ffi::PyByteArray_AsString(array.as_ptr()) }.cast();
    let head = start.align_offset(PAGES).min(size);
    let whole = (size - head) / PAGES * PAGES;
    // SAFETY: head, whole pages and tail are the object's `size` bytes, which nobody else knows yet.
    unsafe {
        let pages = start.add(head);
        if drop_pages(pages, whole) {
            if let Some(placement) = team.placement() {
                placement.bind(std::slice::from_raw_parts_mut(pages, whole));
            }
        } else {
            pages.write_bytes(0, whole);
        }
        start.write_bytes(0, head);
        pages.add(whole).write_bytes(0, size - head - whole);
    }
    Ok(array)
}

/// Gives pages back to the system, which brings zeros when they are touched again; says whether it did so.
///
/// It does for the private memory that allocators use; locked or shared memory keeps its content.
///
/// # Safety
/// The caller owns the `len` bytes at `start`, at least two pages of them, and wants none of their content.
unsafe fn drop_pages(start: *mut u8, len: usize) -> bool {
    // SAFETY: both bytes and the range are the caller's; the advice to use huge pages changes no content.
    unsafe {
        let probes = [start, start.add(len - 1)];
        for probe in probes {
            probe.write_volatile(0xff);
        }
        if libc::madvise(start.cast(), len, libc::MADV_DONTNEED) != 0 {
            return false;
        }
        _ = libc::madvise(start.cast(), len, libc::MADV_HUGEPAGE);
        probes.into_iter().all(|probe| probe.read_volatile() == 0)
    }
}
