//! Many bytearrays at once, of memory that is taken when it is written.
#![allow(unsafe_code, reason = "makes bytearrays without writing to them")]

use super::zeroes::Zeroes;
use crate::arguments::generation::{Arrays, Length, NumaNode};
use crate::interpreter::turns::Turns;
use crate::placement::asked::{NumaMode, Where};
use dgen::driver::Team;
use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::mem::MaybeUninit;

/// Bytearrays of at least this many bytes are advised to use huge pages, so that filling them takes fewer faults.
const HUGE_FROM: usize = 4 << 20;
/// Memory for one bytearray of at least this many bytes is asked for and given back first.
const TRY_FROM: usize = 1 << 30;
/// A multiple of every page size.
const PAGES: usize = 64 << 10;
/// After this many bytearrays other threads may run, and signals are handled.
const CHECK_EVERY: usize = 64;

/// A list of `count` bytearrays of `size` bytes (a number, or text such as "1MiB") each, made to be filled.
///
/// They hold what their memory held: zeros where it is new to the process, else what freed objects left. With `zeroed=True`
/// they are all zero, which takes up to a third longer. Either way they take memory only when they are written, so creating
/// many costs little time; that of large ones is then memory of the node that `numa_node` names, if any, or else of the node
/// whose thread writes it first. `numa_mode` is as for `Generator`.
///
/// >>> from dgen_py import create_bytearrays
/// >>> [len(array) for array in create_bytearrays(count=2, size=1 << 20)]
/// [1048576, 1048576]
///
/// Raises `ValueError` for a negative number and `MemoryError` when the memory cannot be had.
#[pyfunction]
#[pyo3(signature = (count, size, *, numa_mode=NumaMode::Auto, numa_node=None, zeroed=false), text_signature = "(count, size, *, numa_mode='auto', numa_node=None, zeroed=False)")]
pub(crate) fn create_bytearrays(
    py: Python<'_>,
    count: Arrays,
    size: Length,
    numa_mode: NumaMode,
    numa_node: Option<NumaNode>,
    zeroed: bool,
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
    let (mut zeroes, mut huge, mut turns) = (zeroed.then(Zeroes::new), HugePages::default(), Turns::new());
    for index in 0..count {
        let array = bytearray(py, size.0, &team, zeroes.as_mut(), &mut huge);
        arrays
            .push(array.map_err(|error| if error.is_instance_of::<PyMemoryError>(py) { no_memory() } else { error })?);
        if index % CHECK_EVERY == CHECK_EVERY - 1 {
            huge.advise();
            zeroes.iter_mut().for_each(Zeroes::finish);
            turns.look(py)?;
        }
    }
    huge.advise();
    zeroes.iter_mut().for_each(Zeroes::finish);
    PyList::new(py, arrays)
}

/// One bytearray, which is zero once `zeroes`, if given, is finished.
fn bytearray<'py>(
    py: Python<'py>,
    size: usize,
    team: &Team,
    zeroes: Option<&mut Zeroes>,
    huge: &mut HugePages,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the thread is attached; without a source the new object's bytes are whatever the allocator's memory held, as
    // those of 0.3.0. It is new, so the returned reference is owned.
    let array = unsafe {
        let object = ffi::PyByteArray_FromStringAndSize(std::ptr::null(), size.cast_signed());
        Bound::from_owned_ptr_or_err(py, object)?
    };
    // SAFETY: the object is a bytearray.
    let start: *mut u8 = unsafe { ffi::PyByteArray_AsString(array.as_ptr()) }.cast();
    if let Some(zeroes) = zeroes {
        // SAFETY: the object's bytes lie in the process's heap, and only this call knows it until all is zero.
        unsafe { zeroes.add(start, size) };
    }
    let placement = team.placement().filter(|_| size >= 2 * PAGES);
    if placement.is_none() && size < HUGE_FROM {
        return Ok(array);
    }
    let head = start.align_offset(PAGES).min(size);
    let whole = (size - head) / PAGES * PAGES;
    if size >= HUGE_FROM {
        huge.add(start.addr() + head, whole);
    }
    if let Some(placement) = placement {
        // SAFETY: the whole pages are within the object's `size` bytes, which nobody else knows yet; binding changes no
        // content, and bytes that may be uninitialised are lent as such.
        let pages = unsafe { std::slice::from_raw_parts_mut(start.add(head).cast::<MaybeUninit<u8>>(), whole) };
        placement.bind(pages);
    }
    Ok(array)
}

/// Neighbouring memory that is to use huge pages: the system is told of it at once, since each time takes as long as
/// making an object.
#[derive(Default)]
struct HugePages {
    start: usize,
    end: usize,
}

impl HugePages {
    /// Adds the `len` bytes from `start` on.
    fn add(&mut self, start: usize, len: usize) {
        let end = start + len;
        // Between two objects lie at most what was cut off their ends and the allocator's own words.
        let near = start <= self.end + 3 * PAGES && end + 3 * PAGES >= self.start;
        if self.end > 0 && !near {
            self.advise();
        }
        if self.end == 0 {
            *self = Self { start, end };
        } else {
            *self = Self { start: start.min(self.start), end: end.max(self.end) };
        }
    }

    /// Tells the system. It is advice: whatever the range holds stays as it is.
    fn advise(&mut self) {
        let Self { start, end } = std::mem::take(self);
        if start < end {
            // SAFETY: this advice changes no content, whosever memory it is, and the address is only passed on.
            _ = unsafe { libc::madvise(std::ptr::without_provenance_mut(start), end - start, libc::MADV_HUGEPAGE) };
        }
    }
}
