//! The arguments of calls that take many things at once.

use super::generation::Seed;
use crate::errors::bad_value;
use crate::interpreter::detached::calling;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

/// The seeds of a batch's buffers.
pub(crate) struct Seeds(pub(crate) Vec<Seed>);

impl<'py> FromPyObject<'_, 'py> for Seeds {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        each(object, "seeds", "seed").map(Self)
    }
}

impl Seeds {
    /// Refuses another number of seeds than of buffers.
    pub(crate) fn check(&self, buffers: usize) -> PyResult<()> {
        let given = self.0.len();
        if given == buffers {
            return Ok(());
        }
        Err(bad_value("seeds", format_args!("{given} seeds"), &format!("one for each of {buffers} buffers, or None")))
    }
}

/// All of an iterable's items; errors say which is meant in place of `one`.
pub(crate) fn each<'py, T: for<'a> FromPyObject<'a, 'py, Error = PyErr>>(
    object: Borrowed<'_, 'py, PyAny>,
    name: &str,
    one: &str,
) -> PyResult<Vec<T>> {
    let py = object.py();
    calling(py, || {
        let wrong = || {
            let given = crate::errors::type_name(object);
            PyTypeError::new_err(format!("{name}: a sequence is required, not '{given}'"))
        };
        let items = object.try_iter().map_err(|_| wrong())?;
        let item = |(index, item): (usize, PyResult<Bound<'py, PyAny>>)| {
            item?.extract().map_err(|error| located(py, error, one, &format!("{name}[{index}]")))
        };
        items.enumerate().map(item).collect()
    })
}

/// The same error with another name at the beginning.
fn located(py: Python<'_>, error: PyErr, one: &str, at: &str) -> PyErr {
    let text = error.value(py).to_string();
    let rest = text.strip_prefix(one).unwrap_or(": ").to_owned();
    let text = if text.starts_with(one) { format!("{at}{rest}") } else { format!("{at}: {text}") };
    let kind = error.get_type(py);
    if kind.is(py.get_type::<PyValueError>()) {
        PyValueError::new_err(text)
    } else if kind.is(py.get_type::<PyTypeError>()) {
        PyTypeError::new_err(text)
    } else {
        error
    }
}
