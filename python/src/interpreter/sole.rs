//! Which interpreter of a process has the module.
#![allow(unsafe_code, reason = "asks the interpreter for its number")]

use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicI64, Ordering};

/// Refuses the module to all interpreters but the first that imports it, because they would share its types.
pub(super) fn refuse_others(_py: Python<'_>) -> PyResult<()> {
    static FIRST: AtomicI64 = AtomicI64::new(-1);
    // SAFETY: the thread is attached, so there is a current interpreter; its number is read.
    let current = unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) };
    match FIRST.compare_exchange(-1, current, Ordering::Relaxed, Ordering::Relaxed) {
        Err(first) if first != current => {
            Err(PyImportError::new_err("dgen_py serves one interpreter of a process, and another has imported it"))
        }
        _ => Ok(()),
    }
}
