//! The arguments of what generates data.

use super::reading::{bytes, floats, integer, number, numbers, wrong_type};
use crate::errors::{bad_value, exception};
use crate::interpreter::detached::calling;
use dgen::driver::MAX_THREADS;
use dgen::units::{MAX_OFFSET, parse_size};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// The bytes that one buffer can hold.
const MAX_LENGTH: u64 = isize::MAX as u64;
/// The float32 values that 2^63 - 1 bytes hold.
pub(crate) const MAX_VALUES: u64 = MAX_LENGTH / 4;

// The core checks the number of threads; here its range is named as callers know it.
const _: () = assert!(MAX_THREADS == 4096);

numbers! {
    /// Bytes in all.
    Size(u64) = bytes("size", 0..=MAX_OFFSET, "0 to 2^63 bytes");
    /// Bytes from a stream's or a generator's beginning.
    Offset(u64) = bytes("offset", 0..=MAX_OFFSET, "0 to 2^63 bytes");
    /// Bytes wanted from an offset.
    Wanted(usize) = bytes("n", 0..=MAX_LENGTH, "0 to 2^63 - 1 bytes");
    /// Bytes in one allocation.
    Length(usize) = bytes("size", 0..=MAX_LENGTH, "0 to 2^63 - 1 bytes");
    /// Bytes wanted next; the generator accepts 0 only when nothing is left.
    NextSize(usize) = bytes("chunk_size", 0..=MAX_LENGTH, "1 to 2^63 - 1 bytes");
    /// Bytes in one slice of a pool.
    SliceSize(usize) = bytes("size", 1..=MAX_LENGTH, "1 to 2^63 - 1 bytes");
    /// Dedup unit in bytes; the recipe checks its multiple and maximum.
    BlockSize(u64) = bytes("block_size", 0..=u64::MAX, "a multiple of 4096, from 4 KiB to 1 GiB");
    /// The seed of a stream.
    Seed(u64) = integer("seed", 0..=u64::MAX, "0 to 18446744073709551615, or None");
    /// Which of a stream's versions.
    StreamVersion(u32) = integer("stream_version", 0..=u32::MAX.into(), "0 to 4294967295");
    /// Threads used at most.
    MaxThreads(usize) = integer("max_threads", 1..=MAX_THREADS as u64, "1 to 4096, or None");
    /// Bytearrays to make.
    Arrays(usize) = integer("count", 0..=u64::MAX, "0 to 2^64 - 1");
    /// Values in one allocation of four bytes each.
    Count(usize) = integer("count", 0..=MAX_VALUES, "0 to 2^61 - 1 values");
    /// Rows of values; together with `Dim`, at most what `Count` allows.
    Rows(usize) = integer("rows", 0..=MAX_VALUES, "0 to 2^61 - 1 rows");
    /// Values per row.
    Dim(usize) = integer("dim", 1..=MAX_VALUES, "1 to 2^61 - 1 values");
}

impl Seed {
    /// The seed given, or one that the system draws.
    pub(crate) fn or_random(seed: Option<Self>) -> dgen::Result<u64> {
        seed.map_or_else(dgen::recipe::random_seed, |seed| Ok(seed.0))
    }
}

/// How many bytes chunks have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkSize {
    /// As many as stay in the caches of the cores that fill them: `"auto"`.
    Auto,
    /// So many.
    Bytes(usize),
}

impl ChunkSize {
    /// What is meant where nothing is said: callers size their I/O by it, so it is the same everywhere.
    pub(crate) const DEFAULT: Self = Self::Bytes(32 << 20);
}

impl<'py> FromPyObject<'_, 'py> for ChunkSize {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let accepted = "1 to 2^63 - 1 bytes, a size such as 32MiB, auto, None";
        if let Ok(text) = object.cast::<PyString>() {
            let text = text.to_string_lossy();
            if text == "auto" {
                return Ok(Self::Auto);
            }
            if parse_size("chunk_size", &text).is_err() {
                // What is said of sizes would not tell of the names.
                return Err(bad_value("chunk_size", format_args!("`{text}`"), accepted));
            }
        }
        let size = bytes(object, "chunk_size", 1..=MAX_LENGTH, accepted)?;
        usize::try_from(size).map(Self::Bytes).map_err(|_| bad_value("chunk_size", size, accepted))
    }
}

impl<'py> IntoPyObject<'py> for ChunkSize {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    /// What is read as the same.
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Self::Auto => PyString::new(py, "auto").into_any(),
            Self::Bytes(bytes) => bytes.into_pyobject(py)?.into_any(),
        })
    }
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
    /// The bound that values begin at.
    Low = "low";
    /// The bound that values stay below.
    High = "high";
    /// The mean of normal values.
    Mean = "mean";
    /// Their standard deviation.
    Std = "std";
}
