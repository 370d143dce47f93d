//! One type for each kind of argument; each validates on conversion, so that nothing to the right of it can fail.

use crate::detached::calling;
use crate::errors::{bad_value, exception, type_name};
use dgen::driver::MAX_THREADS;
use dgen::units::MAX_OFFSET;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};
use std::ops::RangeInclusive;

/// The bytes that one buffer can hold.
const MAX_LENGTH: u64 = isize::MAX as u64;
/// The float32 values that 2^63 - 1 bytes hold.
pub(crate) const MAX_VALUES: u64 = MAX_LENGTH / 4;

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
pub(crate) use numbers;

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

// The core checks the number of threads; here its range is named as callers know it.
const _: () = assert!(MAX_THREADS == 4096);

numbers! {
    /// Bytes in all.
    Size(u64) = integer("size", 0..=MAX_OFFSET, "0 to 2^63 bytes");
    /// Bytes from a stream's or a generator's beginning.
    Offset(u64) = integer("offset", 0..=MAX_OFFSET, "0 to 2^63 bytes");
    /// Bytes in one allocation.
    Length(usize) = integer("size", 0..=MAX_LENGTH, "0 to 2^63 - 1 bytes");
    /// Bytes per chunk.
    ChunkSize(usize) = integer("chunk_size", 1..=MAX_LENGTH, "1 to 2^63 - 1 bytes");
    /// Bytes wanted next; the generator accepts 0 only when nothing is left.
    NextSize(usize) = integer("chunk_size", 0..=MAX_LENGTH, "1 to 2^63 - 1 bytes");
    /// Bytes in one slice of a pool.
    SliceSize(usize) = integer("size", 1..=MAX_LENGTH, "1 to 2^63 - 1 bytes");
    /// Dedup unit in bytes; the recipe checks its multiple and maximum.
    BlockSize(u64) = integer("block_size", 0..=u64::MAX, "a multiple of 4096, from 4 KiB to 1 GiB");
    /// The seed of a stream.
    Seed(u64) = integer("seed", 0..=u64::MAX, "0 to 18446744073709551615, or None");
    /// Threads used at most.
    MaxThreads(usize) = integer("max_threads", 1..=MAX_THREADS as u64, "1 to 4096, or None");
    /// Values in one allocation of four bytes each.
    Count(usize) = integer("count", 0..=MAX_VALUES, "0 to 2^61 - 1 values");
    /// Rows of values; together with `Dim`, at most what `Count` allows.
    Rows(usize) = integer("rows", 0..=MAX_VALUES, "0 to 2^61 - 1 rows");
    /// Values per row.
    Dim(usize) = integer("dim", 1..=MAX_VALUES, "1 to 2^61 - 1 values");
}

/// Id of a memory node; whether this process may use it, the placement checks.
#[derive(Clone, Copy)]
pub(crate) struct NumaNode(pub(crate) u32);

impl<'py> FromPyObject<'_, 'py> for NumaNode {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        // What no node can be called is refused with the nodes that there are.
        match calling(object.py(), || object.extract::<u32>()) {
            Ok(id) => Ok(Self(id)),
            Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {
                let refused = dgen::placement::parse_node(&object.str()?.to_string_lossy());
                refused.map(Self).map_err(|error| exception(&error))
            }
            Err(error) => Err(wrong_type(object, "numa_node", "an integer", error)),
        }
    }
}

floats! {
    /// Blocks for each distinct one.
    DedupRatio = "dedup_ratio";
    /// Bytes for each byte that a compressor leaves.
    CompressRatio = "compress_ratio";
    /// Seconds after which no more I/O is begun.
    Runtime = "runtime";
    /// The bound that values begin at.
    Low = "low";
    /// The bound that values stay below.
    High = "high";
}

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

texts! {
    /// The order of I/Os.
    Order = "order";
    /// What the system is told of reads.
    Advise = "advise";
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
fn number(object: Borrowed<'_, '_, PyAny>, name: &str) -> PyResult<f64> {
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

/// A `TypeError` that names the argument, for one that says less; other errors stay.
fn wrong_type(object: Borrowed<'_, '_, PyAny>, name: &str, wanted: &str, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyTypeError>(object.py()) {
        return error;
    }
    PyTypeError::new_err(format!("{name}: {wanted} is required, not '{}'", type_name(object)))
}
