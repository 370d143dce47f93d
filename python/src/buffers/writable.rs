//! Writable memory of Python objects, of any item type: their buffers, and tensors.
#![allow(unsafe_code, reason = "the buffer protocol is a C interface")]

use super::tensor::Tensor;
use crate::errors::{bad_value, type_name};
use crate::interpreter::detached::calling;
use pyo3::exceptions::{PyBufferError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;

/// The memory of a Python object: writable, C-contiguous, held in place until dropped.
pub(crate) struct Writable<'py>(Held<'py>);

enum Held<'py> {
    Buffer(View<'py>),
    Tensor(Tensor<'py>),
}

/// A buffer that an object has exported; released when dropped.
struct View<'py> {
    /// Boxed, because exporters may point from the view into itself.
    raw: Box<ffi::Py_buffer>,
    /// Dropping needs the interpreter.
    attached: PhantomData<Bound<'py, PyAny>>,
}

impl Writable<'_> {
    /// Bytes in the buffer, whatever its item type.
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            // The protocol never gives a negative length.
            Held::Buffer(view) => usize::try_from(view.raw.len).unwrap_or(0),
            Held::Tensor(tensor) => tensor.place().1,
        }
    }

    /// The buffer's memory, to be written during one call.
    pub(crate) fn memory(&mut self) -> &mut [MaybeUninit<u8>] {
        let (start, len) = self.place();
        // SAFETY: the exporter gave `len` contiguous writable bytes at `start` and keeps them there until the view or the
        // tensor is released, which only dropping `self` does, and the borrow of `self` precludes. The slice is only written,
        // and kept no longer than the call. Python code that uses the same object during the call races with it, as
        // with `readinto` of any file: the bytes are then unspecified.
        unsafe { std::slice::from_raw_parts_mut(start.cast(), len) }
    }

    /// The buffer's bytes, to be changed during one call.
    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        let (start, len) = self.place();
        // SAFETY: as for `memory`. Python hands out no memory that it could not itself read byte by byte, so the bytes
        // are initialised. Any values that a race leaves are valid ones, and none is used as an index or a length.
        unsafe { std::slice::from_raw_parts_mut(start, len) }
    }

    /// The addresses of the bytes, to be compared.
    pub(crate) fn addresses(&self) -> Range<usize> {
        let (start, len) = self.place();
        start.addr()..start.addr() + len
    }

    /// What the items of `object`, whose memory this is, are, in the notation of the `struct` module.
    pub(crate) fn item_format(&self, object: Borrowed<'_, '_, PyAny>) -> PyResult<String> {
        match &self.0 {
            Held::Buffer(_) => item_format(object),
            Held::Tensor(tensor) => Ok(tensor.item_format().into()),
        }
    }

    /// Start and length in bytes; a start that slices may have also where there are none.
    fn place(&self) -> (*mut u8, usize) {
        let start = match &self.0 {
            Held::Buffer(view) => view.raw.buf.cast(),
            Held::Tensor(tensor) => tensor.place().0,
        };
        match self.len() {
            len if len == 0 || start.is_null() => (std::ptr::dangling_mut(), 0),
            len => (start, len),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Writable<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match View::new(object, ffi::PyBUF_WRITABLE) {
            Ok(view) if view.raw.readonly != 0 => Err(refusal(object, "read-only")),
            Ok(view) if view.may_hold_references() && holds_references(object) => {
                Err(refusal(object, "made of references to objects"))
            }
            Ok(view) => Ok(Self(Held::Buffer(view))),
            Err(error) => Self::without_buffer(object, error),
        }
    }
}

impl<'py> Writable<'py> {
    /// The memory of an object that gave no buffer: a tensor's, or a NumPy array's of a type that buffers do not know.
    fn without_buffer(object: Borrowed<'_, 'py, PyAny>, error: PyErr) -> PyResult<Self> {
        // SAFETY: the object is alive and the thread attached.
        let has_buffer = unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) } != 0;
        if has_buffer {
            if let Some(bytes) = as_bytes(object, &error) {
                return Self::extract(bytes.as_borrowed());
            }
            return Err(why_refused(object, error));
        }
        match Tensor::of(object)? {
            Some(Ok(tensor)) => Ok(Self(Held::Tensor(tensor))),
            Some(Err(why)) => Err(refusal(object, &why)),
            None => Err(why_refused(object, error)),
        }
    }
}

/// The bytes of a NumPy array whose type buffers do not know, such as bfloat16 of `ml_dtypes`.
fn as_bytes<'py>(object: Borrowed<'_, 'py, PyAny>, error: &PyErr) -> Option<Bound<'py, PyAny>> {
    let py = object.py();
    calling(py, || {
        // NumPy says so with a ValueError; what is read-only or not contiguous is told otherwise.
        if !error.is_instance_of::<PyValueError>(py) || !object.hasattr("__array_interface__").unwrap_or(false) {
            return None;
        }
        let dtype = object.getattr("dtype").and_then(|dtype| dtype.getattr("num")).and_then(|num| num.extract::<u32>());
        // Types that others have added to NumPy begin there.
        dtype.ok().filter(|&num| num >= 256)?;
        object.call_method1("view", ("u1",)).ok()
    })
}

impl<'py> View<'py> {
    /// Asks an object for its buffer. Without format and strides the bytes come contiguous, or not at all.
    fn new(object: Borrowed<'_, 'py, PyAny>, flags: c_int) -> PyResult<Self> {
        let mut raw = Box::new(ffi::Py_buffer::new());
        // SAFETY: the object is alive, the thread is attached, and the view is an empty one at an address that stays.
        let status = unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), &raw mut *raw, flags) };
        if status == 0 { Ok(Self { raw, attached: PhantomData }) } else { Err(PyErr::fetch(object.py())) }
    }

    /// Whether items are large enough to hold a reference; asking what they are takes time.
    fn may_hold_references(&self) -> bool {
        self.raw.itemsize >= size_of::<usize>().cast_signed()
    }
}

/// Whether an object's items are, or have among their fields, references, which no bytes may replace.
fn holds_references(object: Borrowed<'_, '_, PyAny>) -> bool {
    // Names of fields stand between colons. Items that no format describes are plain data, such as NumPy's times.
    item_format(object).is_ok_and(|format| format.split(':').step_by(2).any(|types| types.contains('O')))
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        // SAFETY: the view was filled by a successful `PyObject_GetBuffer`, is released only here, and the marker
        // ties `self` to a thread that is attached to the interpreter.
        unsafe { ffi::PyBuffer_Release(&raw mut *self.raw) }
    }
}

/// What the items of an object's buffer are, in the notation of the `struct` module.
fn item_format(object: Borrowed<'_, '_, PyAny>) -> PyResult<String> {
    let view = View::new(object, ffi::PyBUF_FULL_RO)?;
    if view.raw.format.is_null() {
        return Ok("B".into());
    }
    // SAFETY: the exporter's format is a string that ends with a zero and lives as long as the view.
    let format = unsafe { CStr::from_ptr(view.raw.format) };
    Ok(format.to_string_lossy().into_owned())
}

/// The exception that says why an object's buffer cannot be filled.
fn why_refused(object: Borrowed<'_, '_, PyAny>, error: PyErr) -> PyErr {
    // SAFETY: the object is alive and the thread attached.
    if unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) } == 0 {
        return PyTypeError::new_err(format!("a writable buffer is required, not '{}'", type_name(object)));
    }
    if View::new(object, ffi::PyBUF_SIMPLE).is_ok() {
        return refusal(object, "read-only");
    }
    if View::new(object, ffi::PyBUF_FULL_RO).is_ok() {
        return refusal(object, "not C-contiguous");
    }
    if error.is_instance_of::<PyBufferError>(object.py()) {
        return PyValueError::new_err(format!("buffer: {}", error.value(object.py())));
    }
    error
}

fn refusal(object: Borrowed<'_, '_, PyAny>, why: &str) -> PyErr {
    bad_value("buffer", format_args!("a '{}' that is {why}", type_name(object)), "a writable C-contiguous buffer")
}
