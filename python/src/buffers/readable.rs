//! Buffers of Python objects that are read in place.
#![allow(unsafe_code, reason = "the buffer protocol is a C interface")]

use crate::errors::bad_value;
use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// The memory of a Python object: C-contiguous, held in place until dropped.
pub(crate) struct Readable(PyUntypedBuffer);

impl Readable {
    /// The buffer of an object, if it has one; `ValueError` if that is not C-contiguous.
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        match PyUntypedBuffer::get(object) {
            Ok(buffer) if buffer.is_c_contiguous() => Ok(Some(Self(buffer))),
            Ok(_) => Err(bad_value("data", "a buffer that is not C-contiguous", "a C-contiguous buffer")),
            Err(error) if error.is_instance_of::<PyTypeError>(object.py()) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The bytes, whatever their item type.
    pub(crate) fn bytes(&self) -> &[u8] {
        let (start, len) = (self.0.buf_ptr(), self.0.len_bytes());
        if len == 0 || start.is_null() {
            return &[];
        }
        // SAFETY: the exporter gave `len` contiguous bytes at `start` and keeps them there until the buffer is
        // released, which only dropping `self` does, and the borrow of `self` precludes. Python hands out no memory
        // that it could not itself read byte by byte, so the bytes are initialised. This library only
        // reads them. Python code that writes to the same object during the call races with it,
        // as with `hashlib` on any buffer; the documentation rules that out.
        unsafe { std::slice::from_raw_parts(start.cast(), len) }
    }
}
