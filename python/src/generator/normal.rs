//! Normal float32 values.

use super::values::fill;
use crate::arguments::generation::{Count, MaxThreads, Mean, NumaNode, Seed, Std};
use crate::buffers::bytes_view::BytesView;
use crate::buffers::memory::Memory;
use crate::errors::exception;
use crate::placement::asked::{NumaMode, Where};
use dgen::numeric::{VALUE, Values};
use pyo3::prelude::*;

/// Generates `count` float32 values of the normal distribution with mean `mean` and standard deviation `std`.
///
/// Returns them as a `BytesView` of `4 * count` bytes, in the machine's byte order. Value i depends on `seed`, `mean`, `std`
/// and i alone, not on threads, `count` or the machine; without a seed a fresh one is drawn at each call. `mean` and `std`
/// are rounded to float32; every value is finite, and at most 6.4 deviations from the mean. `max_threads` is the number of
/// threads at most.
///
/// >>> from dgen_py import generate_normal
/// >>> view = generate_normal(100_000, mean=10.0, std=2.0, seed=31)
/// >>> values = memoryview(view).cast("f")
/// >>> round(sum(values) / len(values), 1)
/// 10.0
/// >>> sum(8.0 < value < 12.0 for value in values) // 1000
/// 68
///
/// Raises `ValueError` for a value out of range: `std` below 0, and a mean or deviation of which values could be infinite;
/// `MemoryError` when the memory cannot be had.
#[pyfunction]
#[pyo3(signature = (count, mean=Mean(0.0), std=Std(1.0), max_threads=None, numa_mode=NumaMode::Auto, seed=None, *, numa_node=None), text_signature = "(count, mean=0.0, std=1.0, max_threads=None, numa_mode='auto', seed=None, *, numa_node=None)")]
pub(crate) fn generate_normal(
    py: Python<'_>,
    count: Count,
    mean: Mean,
    std: Std,
    max_threads: Option<MaxThreads>,
    numa_mode: NumaMode,
    seed: Option<Seed>,
    numa_node: Option<NumaNode>,
) -> PyResult<BytesView> {
    let team = Where { mode: numa_mode, node: numa_node }.team(max_threads)?;
    let seed = Seed::or_random(seed);
    let values = seed.and_then(|seed| Values::normal(seed, mean.0, std.0)).map_err(|error| exception(&error))?;
    let mut memory = Memory::zeroed_on(count.0 * VALUE, &team)?;
    fill(py, &values, 0, memory.bytes_mut(), &team)?;
    Ok(BytesView::whole(memory))
}
