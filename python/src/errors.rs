//! From the core's one error type to Python's exceptions.

use dgen::{Error, ErrorKind};
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyValueError};
use pyo3::prelude::*;
use std::fmt::Display;

/// The exception for an error of the core.
pub(crate) fn exception(error: &Error) -> PyErr {
    match (error.kind(), error.raw_os_error()) {
        (ErrorKind::Io | ErrorKind::Refused, Some(errno)) => {
            let path = error.path().map(|path| path.as_os_str().to_owned());
            // Python shows the number before the text and the path after it.
            PyOSError::new_err((errno, error.reason(argument), path))
        }
        (ErrorKind::Io | ErrorKind::Refused, _) => PyOSError::new_err(error.named(argument)),
        (ErrorKind::Interrupted, _) => PyKeyboardInterrupt::new_err(error.named(argument)),
        _ => PyValueError::new_err(error.named(argument)),
    }
}

/// What an option is called as an argument: `buffer_size` for `buffer size`.
fn argument(option: &str) -> String {
    option.replace(' ', "_")
}

/// A `ValueError` that names the argument, the value given and the accepted range.
pub(crate) fn bad_value(name: &str, value: impl Display, accepted: &str) -> PyErr {
    exception(&Error::invalid(name, value, accepted))
}

/// The name of an object's type.
pub(crate) fn type_name(object: Borrowed<'_, '_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "object".into(), |name| name.to_string())
}
