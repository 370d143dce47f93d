//! From the core's one error type to Python's exceptions.

use dgen::{Error, ErrorKind};
use pyo3::PyErr;
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyValueError};
use std::fmt::Display;

/// The exception for an error of the core.
pub(crate) fn exception(error: &Error) -> PyErr {
    match (error.kind(), error.raw_os_error()) {
        (ErrorKind::Io, Some(errno)) => {
            let path = error.path().map(|path| path.to_string_lossy().into_owned());
            PyOSError::new_err((errno, error.to_string(), path))
        }
        (ErrorKind::Io | ErrorKind::Refused, _) => PyOSError::new_err(error.to_string()),
        (ErrorKind::Interrupted, _) => PyKeyboardInterrupt::new_err(error.to_string()),
        _ => PyValueError::new_err(error.to_string()),
    }
}

/// A `ValueError` that names the argument, the value given and the accepted range.
pub(crate) fn bad_value(name: &str, value: impl Display, accepted: &str) -> PyErr {
    exception(&Error::invalid(name, value, accepted))
}
