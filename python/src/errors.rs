//! From the core's one error type to Python's exceptions.

use dgen::{Error, ErrorKind};
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyValueError};
use pyo3::prelude::*;
use std::fmt::Display;

/// The exception for an error of the core.
pub(crate) fn exception(error: &Error) -> PyErr {
    match (error.kind(), error.raw_os_error()) {
        (kind @ (ErrorKind::Io | ErrorKind::Refused), Some(errno)) => {
            let path = error.path().map(|path| path.as_os_str().to_owned());
            // Python shows the number before the text and the path after it.
            let mut message = error.to_string().replace(&format!(" (os error {errno})"), "");
            if let Some(path) = error.path() {
                message = message.replacen(&format!(" {}", path.display()), "", 1);
            }
            PyOSError::new_err((errno, if kind == ErrorKind::Refused { in_python(&message) } else { message }, path))
        }
        (ErrorKind::Io | ErrorKind::Refused, _) => PyOSError::new_err(error.to_string()),
        (ErrorKind::Interrupted, _) => PyKeyboardInterrupt::new_err(error.to_string()),
        _ => PyValueError::new_err(in_python(&error.to_string())),
    }
}

/// A message with names as arguments have them: `buffer size: 0` and `--force` become `buffer_size: 0` and `force`.
fn in_python(message: &str) -> String {
    let (name, rest) = message.split_once(": ").map_or(("", message), |(name, _)| (name, &message[name.len()..]));
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' ');
    let mut text = if is_name { name.replace(' ', "_") } else { name.to_owned() };
    for (index, word) in rest.split(' ').enumerate() {
        let space = if index > 0 { " " } else { "" };
        let bracket = if word.starts_with('(') { "(" } else { "" };
        match word[bracket.len()..].strip_prefix("--") {
            Some(option) => text.extend([space, bracket, &option.replace('-', "_")]),
            None => text.extend([space, word]),
        }
    }
    text
}

/// A `ValueError` that names the argument, the value given and the accepted range.
pub(crate) fn bad_value(name: &str, value: impl Display, accepted: &str) -> PyErr {
    exception(&Error::invalid(name, value, accepted))
}

/// The name of an object's type.
pub(crate) fn type_name(object: Borrowed<'_, '_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "object".into(), |name| name.to_string())
}
