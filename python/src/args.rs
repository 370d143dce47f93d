//! One type for each kind of argument; each validates on conversion, so that nothing to the right of it can fail.

use crate::errors::bad_value;
use dgen::driver::MAX_THREADS;
use dgen::units::MAX_OFFSET;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use std::ops::RangeInclusive;

/// The float32 values that 2^63 - 1 bytes hold.
pub(crate) const MAX_VALUES: u64 = isize::MAX as u64 / 4;

/// Bytes in all, 0 to 2^63.
#[derive(Clone, Copy)]
pub(crate) struct Size(pub(crate) u64);

/// Bytes from a stream's or a generator's beginning, 0 to 2^63.
#[derive(Clone, Copy)]
pub(crate) struct Offset(pub(crate) u64);

/// Bytes in one allocation, 0 to 2^63 - 1.
#[derive(Clone, Copy)]
pub(crate) struct Length(pub(crate) usize);

/// Bytes per chunk, 1 to 2^63 - 1.
#[derive(Clone, Copy)]
pub(crate) struct ChunkSize(pub(crate) usize);

/// Bytes wanted next, 0 to 2^63 - 1; the generator accepts 0 only when nothing is left.
#[derive(Clone, Copy)]
pub(crate) struct NextSize(pub(crate) usize);

/// Bytes in one slice of a pool, 1 to 2^63 - 1.
#[derive(Clone, Copy)]
pub(crate) struct SliceSize(pub(crate) usize);

/// Dedup unit in bytes; the recipe checks its multiple and maximum.
#[derive(Clone, Copy)]
pub(crate) struct BlockSize(pub(crate) u64);

/// The seed of a stream, 0 to 2^64 - 1.
#[derive(Clone, Copy)]
pub(crate) struct Seed(pub(crate) u64);

/// Threads used at most, 1 to 4096.
#[derive(Clone, Copy)]
pub(crate) struct MaxThreads(pub(crate) usize);

/// Values in one allocation of four bytes each, 0 to 2^61 - 1.
#[derive(Clone, Copy)]
pub(crate) struct Count(pub(crate) usize);

/// Rows of values; together with `Dim`, at most what `Count` allows.
#[derive(Clone, Copy)]
pub(crate) struct Rows(pub(crate) usize);

/// Values per row, at least 1.
#[derive(Clone, Copy)]
pub(crate) struct Dim(pub(crate) usize);

/// Blocks for each distinct one; the recipe checks the range.
#[derive(Clone, Copy)]
pub(crate) struct DedupRatio(pub(crate) f64);

/// Bytes for each byte that a compressor leaves; the recipe checks the range.
#[derive(Clone, Copy)]
pub(crate) struct CompressRatio(pub(crate) f64);

/// The bound that values begin at; the core checks its range.
#[derive(Clone, Copy)]
pub(crate) struct Low(pub(crate) f64);

/// The bound that values stay below; the core checks its range.
#[derive(Clone, Copy)]
pub(crate) struct High(pub(crate) f64);

/// Id of a memory node; whether the machine has it, `Placement` checks.
#[derive(Clone, Copy)]
pub(crate) struct NumaNode(pub(crate) u32);

impl<'py> FromPyObject<'_, 'py> for Size {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer(object, "size", 0..=MAX_OFFSET, "0 to 2^63 bytes").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for Offset {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer(object, "offset", 0..=MAX_OFFSET, "0 to 2^63 bytes").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for Length {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        allocatable(object, "size", 0, "0 to 2^63 - 1 bytes").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for ChunkSize {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        allocatable(object, "chunk_size", 1, "1 to 2^63 - 1 bytes").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for NextSize {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        allocatable(object, "chunk_size", 0, "1 to 2^63 - 1 bytes").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for SliceSize {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        allocatable(object, "size", 1, "1 to 2^63 - 1 bytes").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for BlockSize {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer(object, "block_size", 0..=u64::MAX, "a multiple of 4096, from 4 KiB to 1 GiB").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for Seed {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer(object, "seed", 0..=u64::MAX, "0 to 18446744073709551615, or None").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for MaxThreads {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        // The core checks the range; here it is named as callers know it.
        let accepted = const {
            assert!(MAX_THREADS == 4096);
            "1 to 4096, or None"
        };
        let count = integer(object, "max_threads", 1..=MAX_THREADS as u64, accepted)?;
        usize::try_from(count).map(Self).map_err(|_| bad_value("max_threads", count, accepted))
    }
}

impl<'py> FromPyObject<'_, 'py> for Count {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        values(object, "count", 0, "0 to 2^61 - 1 values").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for Rows {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        values(object, "rows", 0, "0 to 2^61 - 1 rows").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for Dim {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        values(object, "dim", 1, "1 to 2^61 - 1 values").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for Low {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        number(object, "low").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for High {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        number(object, "high").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for NumaNode {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let accepted = "the id of an online node, or None";
        let id = integer(object, "numa_node", 0..=u64::from(u32::MAX), accepted)?;
        u32::try_from(id).map(Self).map_err(|_| bad_value("numa_node", id, accepted))
    }
}

/// A number of bytes that one buffer can hold.
fn allocatable(object: Borrowed<'_, '_, PyAny>, name: &str, least: u64, accepted: &str) -> PyResult<usize> {
    let bytes = integer(object, name, least..=isize::MAX as u64, accepted)?;
    usize::try_from(bytes).map_err(|_| bad_value(name, bytes, accepted))
}

/// A number of float32 values that one buffer can hold.
fn values(object: Borrowed<'_, '_, PyAny>, name: &str, least: u64, accepted: &str) -> PyResult<usize> {
    let count = integer(object, name, least..=MAX_VALUES, accepted)?;
    usize::try_from(count).map_err(|_| bad_value(name, count, accepted))
}

/// A float, or an integer that a float can hold.
fn number(object: Borrowed<'_, '_, PyAny>, name: &str) -> PyResult<f64> {
    object.extract::<f64>().map_err(|error| {
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
    match object.extract::<u64>() {
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
    let given = object.get_type().name().map_or_else(|_| "object".into(), |name| name.to_string());
    PyTypeError::new_err(format!("{name}: {wanted} is required, not '{given}'"))
}

impl<'py> FromPyObject<'_, 'py> for DedupRatio {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        number(object, "dedup_ratio").map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for CompressRatio {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        number(object, "compress_ratio").map(Self)
    }
}
