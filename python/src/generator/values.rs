//! Numbers of any type, in memory that the caller has.

use crate::arguments::generation::{MaxThreads, NumaNode, Seed};
use crate::arguments::reading::{integer, number};
use crate::buffers::writable::Writable;
use crate::errors::{bad_value, exception, type_name};
use crate::interpreter::detached::{calling, detached};
use crate::placement::asked::{NumaMode, Where};
use dgen::driver::Team;
use dgen::numeric::{Item, Values};
use dgen::units::MAX_OFFSET;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;

/// Words that are drawn between two looks at pending signals, in bytes for each thread.
const SLICE: usize = 32 << 20;
/// Work on fewer bytes keeps the interpreter.
const DETACH_FROM: usize = 16 << 10;
/// Work on fewer bytes is done by the calling thread, so that nothing need be known of the machine.
const ALONE_BELOW: usize = 256 << 10;

/// Writes the values from number `offset` on into a buffer; `dgen_py.generate_array` is the public form.
#[pyfunction]
#[pyo3(signature = (buffer, dtype, low, high, seed, offset, numa_mode, max_threads, numa_node))]
pub(crate) fn _fill_values(
    py: Python<'_>,
    mut buffer: Writable<'_>,
    dtype: &str,
    low: Option<Bound<'_, PyAny>>,
    high: Option<Bound<'_, PyAny>>,
    seed: Option<Seed>,
    offset: First,
    numa_mode: NumaMode,
    max_threads: Option<MaxThreads>,
    numa_node: Option<NumaNode>,
) -> PyResult<()> {
    let item: Item = dtype.parse().map_err(|error| exception(&error))?;
    let seed = Seed::or_random(seed).map_err(|error| exception(&error))?;
    let values = if item.is_float() {
        let bound = |given: Option<Bound<'_, PyAny>>, name, usual| {
            given.map_or(Ok(usual), |given| number(given.as_borrowed(), name))
        };
        Values::floats(seed, item, bound(low, "low", 0.0)?, bound(high, "high", 1.0)?)
    } else {
        let (least, end) = limits(item);
        let low = low.map_or(Ok(least), |given| whole(given.as_borrowed(), "low"))?;
        let high = high.map_or(Ok(end), |given| whole(given.as_borrowed(), "high"))?;
        Values::integers(seed, item, low, high)
    };
    let values = values.map_err(|error| exception(&error))?;
    let place = Where { mode: numa_mode, node: numa_node };
    fill_placed(py, &values, offset.0, buffer.bytes(), (place, max_threads))
}

/// Writes the numbers of a tensor from number `offset` on into a buffer; `dgen_py.generate_array` is the public form.
#[pyfunction]
#[pyo3(signature = (buffer, dtype, like, seed, offset, numa_mode, max_threads, numa_node))]
pub(crate) fn _fill_tensor(
    py: Python<'_>,
    mut buffer: Writable<'_>,
    dtype: &str,
    like: &str,
    seed: Option<Seed>,
    offset: First,
    numa_mode: NumaMode,
    max_threads: Option<MaxThreads>,
    numa_node: Option<NumaNode>,
) -> PyResult<()> {
    let make = || {
        let (dtype, like) = (dtype.parse()?, like.parse()?);
        let seed = Seed::or_random(seed)?;
        Values::tensor(seed, dtype, like)
    };
    let values = make().map_err(|error| exception(&error))?;
    let place = Where { mode: numa_mode, node: numa_node };
    fill_placed(py, &values, offset.0, buffer.bytes(), (place, max_threads))
}

/// Draws the values on the threads that are asked for; of few the calling thread alone.
fn fill_placed(
    py: Python<'_>,
    values: &Values,
    first: u64,
    out: &mut [u8],
    (place, max_threads): (Where, Option<MaxThreads>),
) -> PyResult<()> {
    let alone = place.is_free() && out.len() < ALONE_BELOW;
    let team = if alone { Team::free(1) } else { place.team(max_threads)? };
    fill(py, values, first, out, &team)
}

/// Draws the values in slices, between which signals are handled.
pub(super) fn fill(py: Python<'_>, values: &Values, first: u64, out: &mut [u8], team: &Team) -> PyResult<()> {
    values.check(first, out.len()).map_err(|error| exception(&error))?;
    let (size, word) = (values.item_size(), values.word_size());
    if out.len() / size * word < DETACH_FROM {
        return values.fill(first, out, team).map_err(|error| exception(&error));
    }
    let mut at = first;
    for slice in out.chunks_mut(SLICE / word * size * team.threads()) {
        let count = slice.len() / size;
        detached(py, || values.fill(at, slice, team)).map_err(|error| exception(&error))?;
        at += count as u64;
        py.check_signals()?;
    }
    Ok(())
}

/// The least value of an integer type, and the one past its largest.
fn limits(item: Item) -> (i128, i128) {
    match item {
        Item::Integer { size, signed: true } => (-(1 << (8 * size - 1)), 1 << (8 * size - 1)),
        Item::Integer { size, .. } => (0, 1 << (8 * size)),
        _ => (0, 2),
    }
}

/// An integer as a bound.
fn whole(object: Borrowed<'_, '_, PyAny>, name: &str) -> PyResult<i128> {
    calling(object.py(), || {
        let index = object.call_method0("__index__").map_err(|_| {
            PyTypeError::new_err(format!("{name}: an integer is required, not '{}'", type_name(object)))
        })?;
        index.extract::<i128>().map_err(|error| {
            let outside = error.is_instance_of::<PyOverflowError>(object.py());
            if outside { bad_value(name, &index, "integers of the type") } else { error }
        })
    })
}

/// The number of the first value.
#[derive(Clone, Copy)]
pub(crate) struct First(u64);

impl<'py> FromPyObject<'_, 'py> for First {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer(object, "offset", 0..=MAX_OFFSET, "0 to 2^63 values").map(Self)
    }
}
