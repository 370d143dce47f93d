//! How arguments of each kind are read, and what is said of others.

use crate::errors::{bad_value, exception, type_name};
use crate::interpreter::detached::calling;
use dgen::units::parse_size;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyString};
use std::ops::RangeInclusive;

/// Types of arguments that are numbers, each with its name, the values accepted, and how it is read.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident($inner:ty) = $read:ident($argument:literal, $range:expr, $accepted:literal);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name(pub(crate) $inner);

        impl<'py> FromPyObject<'_, 'py> for $name {
            type Error = PyErr;

            fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                let value = $read(object, $argument, $range, $accepted)?;
                <$inner>::try_from(value).map(Self).map_err(|_| bad_value($argument, value, $accepted))
            }
        }
    )*};
}
pub(super) use numbers;

/// Types of arguments that are floats, whose range the core checks.
macro_rules! floats {
    ($($(#[$doc:meta])* $name:ident = $argument:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name(pub(crate) f64);

        impl<'py> FromPyObject<'_, 'py> for $name {
            type Error = PyErr;

            fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                number(object, $argument).map(Self)
            }
        }
    )*};
}
pub(super) use floats;

/// Types of arguments that are text which the core reads.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $argument:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) String);

        impl<'py> FromPyObject<'_, 'py> for $name {
            type Error = PyErr;

            fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                object.extract().map(Self).map_err(|error| wrong_type(object, $argument, "a string", error))
            }
        }
    )*};
}
pub(super) use texts;

/// Text as it is, or a number as it is written.
pub(super) fn as_text<T: ToString>(
    object: Borrowed<'_, '_, PyAny>,
    number: impl FnOnce() -> PyResult<T>,
) -> PyResult<String> {
    if object.is_instance_of::<PyString>() { object.extract() } else { Ok(number()?.to_string()) }
}

/// A sequence of arguments of one type.
pub(crate) struct Several<T>(pub(crate) Vec<T>);

impl<'py, T: for<'a> FromPyObject<'a, 'py>> FromPyObject<'_, 'py> for Several<T> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        calling(object.py(), || object.extract().map(Self))
    }
}

/// A float, or an integer that a float can hold.
pub(crate) fn number(object: Borrowed<'_, '_, PyAny>, name: &str) -> PyResult<f64> {
    let value = if object.is_exact_instance_of::<PyFloat>() {
        object.extract::<f64>()
    } else {
        calling(object.py(), || object.extract::<f64>())
    };
    value.map_err(|error| {
        let outside = error.is_instance_of::<PyOverflowError>(object.py());
        if outside {
            bad_value(name, "an integer past all floats", "finite numbers")
        } else {
            wrong_type(object, name, "a number", error)
        }
    })
}

/// An integer in `range`: `TypeError` for anything but integers, `ValueError` for those outside.
pub(crate) fn integer(
    object: Borrowed<'_, '_, PyAny>,
    name: &str,
    range: RangeInclusive<u64>,
    accepted: &str,
) -> PyResult<u64> {
    let value = if object.is_exact_instance_of::<PyInt>() {
        object.extract::<u64>()
    } else {
        calling(object.py(), || object.extract::<u64>())
    };
    match value {
        Ok(value) if range.contains(&value) => Ok(value),
        Ok(value) => Err(bad_value(name, value, accepted)),
        Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {
            Err(bad_value(name, object.str()?, accepted))
        }
        Err(error) => Err(wrong_type(object, name, "an integer", error)),
    }
}

/// A number of bytes: an integer, or text such as `1GiB`, read as the command reads it.
pub(crate) fn bytes(
    object: Borrowed<'_, '_, PyAny>,
    name: &str,
    range: RangeInclusive<u64>,
    accepted: &str,
) -> PyResult<u64> {
    let Ok(text) = object.cast::<PyString>() else { return integer(object, name, range, accepted) };
    let text = text.to_cow()?;
    let value = parse_size(name, &text).map_err(|error| exception(&error))?;
    if range.contains(&value) { Ok(value) } else { Err(bad_value(name, format_args!("`{text}`"), accepted)) }
}

/// The same for the modules in Python: the bytes in `value`, which are `least` to `most`.
#[pyfunction]
pub(crate) fn _size(name: &str, value: &Bound<'_, PyAny>, least: u64, most: u64, accepted: &str) -> PyResult<u64> {
    bytes(value.as_borrowed(), name, least..=most, accepted)
}

/// A `TypeError` that names the argument, for one that says less; other errors stay.
pub(super) fn wrong_type(object: Borrowed<'_, '_, PyAny>, name: &str, wanted: &str, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyTypeError>(object.py()) {
        return error;
    }
    PyTypeError::new_err(format!("{name}: {wanted} is required, not '{}'", type_name(object)))
}
