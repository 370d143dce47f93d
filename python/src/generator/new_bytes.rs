//! Stream data as a new `bytes` object, generated where it stays.
#![allow(unsafe_code, reason = "writes a new bytes object's memory")]

use super::fill::fill;
use crate::buffers::memory::no_memory;
use dgen::Stream;
use dgen::driver::Team;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::mem::MaybeUninit;

/// The `len` bytes of the stream from `offset` on, made as [`fill`] does.
///
/// Raises `MemoryError`, or what a signal handler raises.
pub(crate) fn new_bytes<'py>(
    py: Python<'py>,
    stream: &Stream,
    offset: u64,
    len: usize,
    team: &Team,
) -> PyResult<Bound<'py, PyBytes>> {
    // SAFETY: the thread is attached; without a source the new object's bytes are uninitialised, and until they are
    // written it stays here. The returned reference is owned.
    let object = unsafe {
        let object = ffi::PyBytes_FromStringAndSize(std::ptr::null(), len.cast_signed());
        Bound::from_owned_ptr_or_err(py, object).map_err(|_| no_memory(len))?.cast_into_unchecked::<PyBytes>()
    };
    // SAFETY: the object is a bytes object of `len` bytes. It is new, unless it is the empty one, so nobody else knows
    // its memory, which stays where it is while `object` lives.
    let memory = unsafe {
        let start: *mut MaybeUninit<u8> = ffi::PyBytes_AsString(object.as_ptr()).cast();
        std::slice::from_raw_parts_mut(start, len)
    };
    fill(py, stream, offset, memory, team)?;
    Ok(object)
}
