//! Whom long calls tell how far they have come.

use crate::interpreter::detached::calling;
use pyo3::prelude::*;

/// What is called with the bytes done and the bytes in all: what was given, or what drives the bar that was.
pub(crate) struct Progress<'py>(pub(crate) Bound<'py, PyAny>);

impl<'py> FromPyObject<'_, 'py> for Progress<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_callable() {
            return Ok(Self(object.to_owned()));
        }
        let py = object.py();
        calling(py, || py.import("dgen_py._progress")?.getattr("Progress")?.call1((object,)).map(Self))
    }
}
