//! Values of the core as Python's own.

use super::detached::calling;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use serde::Serialize;

/// Any value as the dict that its JSON form stands for.
pub(crate) fn dict<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    calling(py, || py.import("json")?.call_method1("loads", (text,)))
}
