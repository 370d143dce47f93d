//! Paths as Python gives them: text, bytes, or objects with `__fspath__`.

use crate::errors::{bad_value, type_name};
use crate::interpreter::detached::calling;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// One path or several.
pub(crate) struct Paths(pub(crate) Vec<PathBuf>);

impl<'py> FromPyObject<'_, 'py> for Paths {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        calling(object.py(), || Self::of(&object))
    }
}

impl Paths {
    fn of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        if is_path(object)? {
            return Ok(Self(vec![path(object)?]));
        }
        let items = object.try_iter().map_err(|_| no_path(object))?;
        let one = |item: PyResult<Bound<'py, PyAny>>| {
            let item = item?;
            if is_path(&item)? { path(&item) } else { Err(no_path(&item)) }
        };
        let paths: Vec<PathBuf> = items.map(one).collect::<PyResult<_>>()?;
        if paths.is_empty() {
            return Err(bad_value("path", "an empty sequence", "one path or more"));
        }
        Ok(Self(paths))
    }
}

/// Whether an object is one path.
pub(crate) fn is_path(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>() || object.hasattr("__fspath__")?)
}

/// The path that an object is; text that was decoded from other bytes than UTF-8 gives those bytes.
pub(crate) fn path(object: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let plain = object.py().import("os")?.call_method1("fspath", (object,))?;
    let name = match plain.cast::<PyBytes>() {
        Ok(bytes) => OsString::from_vec(bytes.as_bytes().to_vec()),
        Err(_) => plain.extract::<OsString>()?,
    };
    if name.as_bytes().contains(&0) {
        return Err(bad_value("path", object.repr()?, "text without null characters"));
    }
    Ok(name.into())
}

fn no_path(object: &Bound<'_, PyAny>) -> PyErr {
    let given = type_name(object.as_borrowed());
    PyTypeError::new_err(format!("path: str, bytes, os.PathLike or a sequence of them is required, not '{given}'"))
}
