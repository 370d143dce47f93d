//! Functions that generate one piece of data, each from the beginning of a stream.

use super::fill::{fill, filled};
use crate::arguments::generation::{CompressRatio, DedupRatio, Length, MaxThreads, NumaNode, Seed};
use crate::arguments::recipe::recipe_of;
use crate::buffers::bytes_view::BytesView;
use crate::buffers::memory::Blank;
use crate::buffers::writable::Writable;
use crate::errors::exception;
use crate::placement::asked::{NumaMode, Where};
use dgen::Stream;
use dgen::driver::Team;
use pyo3::prelude::*;

/// What the one-shot functions have in common.
struct OneShot {
    stream: Stream,
    team: Team,
}

impl OneShot {
    fn new(
        ratios: (DedupRatio, CompressRatio),
        mode: NumaMode,
        node: Option<NumaNode>,
        threads: Option<MaxThreads>,
        seed: Option<Seed>,
    ) -> PyResult<Self> {
        let team = Where { mode, node }.team(threads)?;
        let recipe = recipe_of(ratios, seed, None)?;
        let stream = Stream::new(&recipe).map_err(|error| exception(&error))?;
        Ok(Self { stream, team })
    }

    fn buffer(&self, py: Python<'_>, size: usize) -> PyResult<BytesView> {
        filled(py, &self.stream, 0, Blank::on(size, &self.team)?, &self.team).map(BytesView::whole)
    }

    fn write(&self, py: Python<'_>, buffer: &mut Writable<'_>) -> PyResult<usize> {
        fill(py, &self.stream, 0, buffer.memory(), &self.team)?;
        Ok(buffer.len())
    }
}

/// Generates `size` bytes and returns them as a `BytesView`, without a copy.
///
/// They are the first `size` bytes of a stream: of `seed`, or of a fresh seed at each call. `method` is accepted for
/// compatibility and has no effect; generation uses up to `max_threads` threads.
///
/// Raises `ValueError` for a value out of range and `MemoryError` when the memory cannot be had.
#[pyfunction]
#[pyo3(signature = (size, dedup_ratio=DedupRatio(1.0), compress_ratio=CompressRatio(1.0), numa_mode=NumaMode::Auto, max_threads=None, numa_node=None, method="parallel", *, seed=None), text_signature = "(size, dedup_ratio=1.0, compress_ratio=1.0, numa_mode='auto', max_threads=None, numa_node=None, method='parallel', *, seed=None)")]
pub(crate) fn generate_buffer(
    py: Python<'_>,
    size: Length,
    dedup_ratio: DedupRatio,
    compress_ratio: CompressRatio,
    numa_mode: NumaMode,
    max_threads: Option<MaxThreads>,
    numa_node: Option<NumaNode>,
    method: &str,
    seed: Option<Seed>,
) -> PyResult<BytesView> {
    _ = method;
    OneShot::new((dedup_ratio, compress_ratio), numa_mode, numa_node, max_threads, seed)?.buffer(py, size.0)
}

/// Generates `size` bytes and returns them as a `BytesView`; the same as `generate_buffer`.
#[pyfunction]
#[pyo3(signature = (size, dedup_ratio=DedupRatio(1.0), compress_ratio=CompressRatio(1.0), numa_mode=NumaMode::Auto, max_threads=None, *, numa_node=None, seed=None), text_signature = "(size, dedup_ratio=1.0, compress_ratio=1.0, numa_mode='auto', max_threads=None, *, numa_node=None, seed=None)")]
pub(crate) fn generate_data(
    py: Python<'_>,
    size: Length,
    dedup_ratio: DedupRatio,
    compress_ratio: CompressRatio,
    numa_mode: NumaMode,
    max_threads: Option<MaxThreads>,
    numa_node: Option<NumaNode>,
    seed: Option<Seed>,
) -> PyResult<BytesView> {
    OneShot::new((dedup_ratio, compress_ratio), numa_mode, numa_node, max_threads, seed)?.buffer(py, size.0)
}

/// Fills a writable C-contiguous buffer of any item type in place and returns its length in bytes.
///
/// The bytes are the first ones of a stream: of `seed`, or of a fresh seed at each call. `method` is accepted for
/// compatibility and has no effect.
///
/// Raises `ValueError` for a value out of range and for a buffer that is read-only or not contiguous, `TypeError` for
/// an object without a buffer.
#[pyfunction]
#[pyo3(signature = (buffer, dedup_ratio=DedupRatio(1.0), compress_ratio=CompressRatio(1.0), numa_mode=NumaMode::Auto, max_threads=None, numa_node=None, method="parallel", *, seed=None), text_signature = "(buffer, dedup_ratio=1.0, compress_ratio=1.0, numa_mode='auto', max_threads=None, numa_node=None, method='parallel', *, seed=None)")]
pub(crate) fn generate_into_buffer(
    py: Python<'_>,
    mut buffer: Writable<'_>,
    dedup_ratio: DedupRatio,
    compress_ratio: CompressRatio,
    numa_mode: NumaMode,
    max_threads: Option<MaxThreads>,
    numa_node: Option<NumaNode>,
    method: &str,
    seed: Option<Seed>,
) -> PyResult<usize> {
    _ = method;
    OneShot::new((dedup_ratio, compress_ratio), numa_mode, numa_node, max_threads, seed)?.write(py, &mut buffer)
}

/// Fills a writable buffer in place and returns its length in bytes; the same as `generate_into_buffer`.
#[pyfunction]
#[pyo3(signature = (buffer, dedup_ratio=DedupRatio(1.0), compress_ratio=CompressRatio(1.0), numa_mode=NumaMode::Auto, max_threads=None, *, numa_node=None, seed=None), text_signature = "(buffer, dedup_ratio=1.0, compress_ratio=1.0, numa_mode='auto', max_threads=None, *, numa_node=None, seed=None)")]
pub(crate) fn fill_buffer(
    py: Python<'_>,
    mut buffer: Writable<'_>,
    dedup_ratio: DedupRatio,
    compress_ratio: CompressRatio,
    numa_mode: NumaMode,
    max_threads: Option<MaxThreads>,
    numa_node: Option<NumaNode>,
    seed: Option<Seed>,
) -> PyResult<usize> {
    OneShot::new((dedup_ratio, compress_ratio), numa_mode, numa_node, max_threads, seed)?.write(py, &mut buffer)
}
