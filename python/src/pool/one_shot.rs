//! Functions that generate one piece of data, each from the beginning of a stream.

use super::derived::{Ratios, kept, stream_of};
use super::supply::Supply;
use crate::arguments::generation::{CompressRatio, DedupRatio, Length, MaxThreads, NumaNode, Seed};
use crate::arguments::recipe::recipe_of;
use crate::buffers::bytes_view::BytesView;
use crate::buffers::memory::Blank;
use crate::buffers::writable::Writable;
use crate::errors::exception;
use crate::generator::fill::{fill, filled};
use crate::placement::asked::{NumaMode, Where};
use dgen::driver::Team;
use dgen::{Recipe, Stream};
use pyo3::prelude::*;
use std::cell::RefCell;

/// Pieces of at most so many bytes without a seed come from memory that lies ready. It is far below the smallest part of
/// a stream that can be a duplicate of another, so the dedup ratio has no say in them.
const READY_TO: usize = 32 << 10;
/// Pieces of fewer bytes are made by the calling thread, so that nothing need be known of the machine.
const ALONE_BELOW: usize = 256 << 10;

thread_local! {
    /// What this thread has ready, for the ratios that it used last.
    static READY: RefCell<Vec<(Ratios, Supply)>> = const { RefCell::new(Vec::new()) };
}

/// What the one-shot functions have in common.
#[derive(Clone, Copy)]
struct OneShot {
    ratios: Ratios,
    place: Where,
    threads: Option<MaxThreads>,
    seed: Option<Seed>,
}

impl OneShot {
    fn new(
        ratios: (DedupRatio, CompressRatio),
        mode: NumaMode,
        node: Option<NumaNode>,
        threads: Option<MaxThreads>,
        seed: Option<Seed>,
    ) -> Self {
        Self { ratios: (ratios.0.0, ratios.1.0), place: Where { mode, node }, threads, seed }
    }

    fn buffer(self, py: Python<'_>, size: usize) -> PyResult<Py<BytesView>> {
        if self.is_ready(size)
            && let Some(view) = self.with_ready(|ready| ready.view(py, size))
        {
            return view;
        }
        let (stream, team) = self.stream(size)?;
        Py::new(py, BytesView::whole(filled(py, &stream, 0, Blank::on(size, &team)?, &team)?))
    }

    fn write(self, py: Python<'_>, buffer: &mut Writable<'_>) -> PyResult<usize> {
        let len = buffer.len();
        if self.is_ready(len)
            && let Some(written) = self.with_ready(|ready| {
                let range = ready.small(len)?;
                buffer.memory().write_copy_of_slice(&ready.ready.bytes()[range]);
                Ok(len)
            })
        {
            return written;
        }
        let (stream, team) = self.stream(len)?;
        fill(py, &stream, 0, buffer.memory(), &team)?;
        Ok(len)
    }

    /// Whether a piece of `size` bytes may come from what lies ready.
    fn is_ready(self, size: usize) -> bool {
        self.seed.is_none() && (1..=READY_TO).contains(&size) && self.place.is_free()
    }

    /// Hands what this thread has ready for the ratios to `take`; `None` in code that runs while it is handed out already.
    fn with_ready<R>(self, take: impl FnOnce(&mut Supply) -> PyResult<R>) -> Option<PyResult<R>> {
        READY.with(|ready| {
            let mut ready = ready.try_borrow_mut().ok()?;
            Some(self.supply(&mut ready).and_then(take))
        })
    }

    fn supply(self, ready: &mut Vec<(Ratios, Supply)>) -> PyResult<&mut Supply> {
        let supply = kept(ready, self.ratios, || {
            self.checked()?;
            let recipe = recipe_of((DedupRatio(1.0), CompressRatio(self.ratios.1)), None, None)?;
            Supply::new(recipe, false, 0, Team::free(1))
        })?;
        supply.renew_after_fork()?;
        Ok(supply)
    }

    /// A stream of the seed, or of a fresh one, and who makes `size` bytes of it.
    fn stream(self, size: usize) -> PyResult<(Stream, Team)> {
        let alone = size < ALONE_BELOW && self.place.is_free();
        let team = if alone { Team::free(1) } else { self.place.team(self.threads)? };
        let stream = match self.seed {
            Some(seed) => stream_of(self.ratios, seed.0, || self.checked())?,
            None => Stream::new(&self.checked()?).map_err(|error| exception(&error))?,
        };
        Ok((stream, team))
    }

    /// The recipe of what is asked for.
    fn checked(self) -> PyResult<Recipe> {
        recipe_of((DedupRatio(self.ratios.0), CompressRatio(self.ratios.1)), self.seed, None)
    }
}

/// Generates `size` bytes (a number, or text such as "1MiB") and returns them as a `BytesView`, without a copy.
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
) -> PyResult<Py<BytesView>> {
    _ = method;
    OneShot::new((dedup_ratio, compress_ratio), numa_mode, numa_node, max_threads, seed).buffer(py, size.0)
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
) -> PyResult<Py<BytesView>> {
    OneShot::new((dedup_ratio, compress_ratio), numa_mode, numa_node, max_threads, seed).buffer(py, size.0)
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
    OneShot::new((dedup_ratio, compress_ratio), numa_mode, numa_node, max_threads, seed).write(py, &mut buffer)
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
    OneShot::new((dedup_ratio, compress_ratio), numa_mode, numa_node, max_threads, seed).write(py, &mut buffer)
}
