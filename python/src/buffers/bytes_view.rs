//! Generated data as a read-only bytes-like object that shares its memory with everything made from it.

use super::memory::Memory;
use crate::interpreter::detached::calling;
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyIterator, PyMemoryView, PySlice, PyType};
use std::ffi::c_int;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Generated data: a read-only bytes-like object.
///
/// `memoryview(view)` and `numpy.frombuffer(view, dtype=...)` share its memory, which lives as long as any of them;
/// `bytes(view)` copies. `view[i]` is an int, `view[a:b]` another view without a copy (with a step: of a copy).
/// Compares and hashes like `bytes`.
#[pyclass(frozen, module = "dgen_py")]
pub(crate) struct BytesView {
    memory: Arc<Memory>,
    /// First byte of the memory that is seen. Changes only while the pool holds the sole reference.
    start: AtomicUsize,
    /// Bytes seen; as `start`.
    len: AtomicUsize,
}

impl BytesView {
    /// A view of all of `memory`.
    pub(crate) fn whole(memory: Memory) -> Self {
        let range = 0..memory.len();
        Self::part(Arc::new(memory), range)
    }

    /// A view of a part of `memory`, which must hold it.
    pub(crate) fn part(memory: Arc<Memory>, range: Range<usize>) -> Self {
        debug_assert!(range.start <= range.end && range.end <= memory.len());
        Self { memory, start: AtomicUsize::new(range.start), len: AtomicUsize::new(range.len()) }
    }

    /// Sees another part of the same memory; for a view that nobody else has.
    #[cfg(not(Py_GIL_DISABLED))]
    pub(crate) fn move_to(&self, range: &Range<usize>) {
        debug_assert!(range.start <= range.end && range.end <= self.memory.len());
        self.start.store(range.start, Ordering::Relaxed);
        self.len.store(range.len(), Ordering::Relaxed);
    }

    fn range(&self) -> Range<usize> {
        let start = self.start.load(Ordering::Relaxed);
        start..start + self.len.load(Ordering::Relaxed)
    }

    fn bytes(&self) -> &[u8] {
        &self.memory.bytes()[self.range()]
    }
}

#[pymethods]
impl BytesView {
    fn __len__(&self) -> usize {
        self.range().len()
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.bytes())
    }

    fn __repr__(&self) -> String {
        format!("<dgen_py.BytesView of {} bytes>", self.range().len())
    }

    fn __getitem__<'py>(&self, py: Python<'py>, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match index.cast::<PySlice>() {
            Ok(slice) => Ok(Bound::new(py, self.sliced(slice)?)?.into_any()),
            Err(_) => Ok(PyInt::new(py, self.item(index)?).into_any()),
        }
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyIterator>> {
        PyMemoryView::from(slf.as_any())?.try_iter()
    }

    fn __reversed__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyIterator>> {
        slf.get_item(PySlice::new(slf.py(), isize::MAX, isize::MIN, -1))?.try_iter()
    }

    /// The hash of equal `bytes`; a memoryview's would ask this object for its own.
    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyBytes::new(py, self.bytes()).hash()
    }

    fn __richcmp__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        operation: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let order = if let Ok(other) = other.cast::<Self>() {
            slf.get().bytes().cmp(other.get().bytes())
        } else if let Ok(other) = other.cast::<PyBytes>() {
            slf.get().bytes().cmp(other.as_bytes())
        } else if matches!(operation, CompareOp::Eq | CompareOp::Ne) {
            return calling(py, || PyMemoryView::from(slf.as_any())?.rich_compare(other, operation));
        } else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        Ok(operation.matches(order).into_pyobject(py)?.to_owned().into_any())
    }

    /// Pickles by copying the bytes.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let restore = py.get_type::<Self>().getattr("_from_bytes")?;
        Ok((restore, (PyBytes::new(py, slf.get().bytes()),)).into_pyobject(py)?.into_any())
    }

    /// A view of a copy of `data`; what unpickling calls.
    #[classmethod]
    fn _from_bytes(_class: &Bound<'_, PyType>, data: &Bound<'_, PyBytes>) -> PyResult<Self> {
        let mut memory = Memory::zeroed(data.as_bytes().len())?;
        memory.bytes_mut().copy_from_slice(data.as_bytes());
        Ok(Self::whole(memory))
    }

    #[allow(unsafe_code, reason = "the buffer protocol is a C interface")]
    #[allow(clippy::needless_pass_by_value, reason = "the slot's form")]
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let bytes = slf.get().bytes();
        let len = bytes.len().cast_signed();
        // SAFETY: the interpreter passes a view to fill. The bytes are never written again while a view of them exists
        // (only `BufferPool` reuses memory, and only when it holds the sole reference), they are declared read-only,
        // and the view holds a reference to this object, which holds the memory.
        let status =
            unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), bytes.as_ptr().cast_mut().cast(), len, 1, flags) };
        if status == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}

impl BytesView {
    fn sliced(&self, slice: &Bound<'_, PySlice>) -> PyResult<Self> {
        let indices = calling(slice.py(), || slice.indices(self.range().len().cast_signed()))?;
        let count = indices.slicelength;
        if indices.step == 1 {
            // `indices` keeps start within 0 to len.
            let start = self.range().start + indices.start.unsigned_abs();
            return Ok(Self::part(self.memory.clone(), start..start + count));
        }
        let mut memory = Memory::zeroed(count)?;
        let mut at = indices.start;
        for byte in memory.bytes_mut() {
            *byte = self.bytes()[at.unsigned_abs()];
            at = at.wrapping_add(indices.step);
        }
        Ok(Self::whole(memory))
    }

    fn item(&self, index: &Bound<'_, PyAny>) -> PyResult<u8> {
        let len = self.range().len();
        let index: isize = calling(index.py(), || index.extract()).map_err(|error: PyErr| {
            if error.is_instance_of::<PyTypeError>(index.py()) {
                PyTypeError::new_err("BytesView indices must be integers or slices")
            } else {
                PyIndexError::new_err("BytesView index out of range")
            }
        })?;
        let at = if index < 0 { index.checked_add_unsigned(len) } else { Some(index) };
        let at = at.and_then(|at| usize::try_from(at).ok());
        let byte = at.and_then(|at| self.bytes().get(at));
        byte.copied().ok_or_else(|| PyIndexError::new_err("BytesView index out of range"))
    }
}
