//! The pool: small objects of fresh stream data, cut from memory that is filled ahead.

use super::supply::{AHEAD, Supply};
use crate::arguments::generation::{CompressRatio, DedupRatio, MaxThreads, NumaNode, Seed, SliceSize};
use crate::arguments::recipe::recipe_of;
use crate::buffers::bytes_view::BytesView;
use crate::buffers::memory::Blank;
use crate::generator::fill::filled;
use crate::interpreter::dict::dict;
use crate::locks::lock;
use crate::placement::asked::{NumaMode, Where};
use dgen::units::PAGE;
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard};

/// Hands out small objects of fresh stream data without copying: for tight loops over objects of any size.
///
/// Slices of 4096 bytes and more start on a page of the stream, so that the ratios hold for each; no ratio is claimed
/// for smaller ones. Without a seed one is drawn, and another after `fork`, so that worker processes differ; with one,
/// the same calls yield the same bytes. Several threads may share a pool. `numa_mode`, `numa_node` and `max_threads` are
/// as for `Generator`.
///
/// >>> from dgen_py import BufferPool
/// >>> pool = BufferPool(compress_ratio=2.0, seed=1)
/// >>> len(pool.next_slice(64 << 10))
/// 65536
///
/// Raises `ValueError` for a value out of range.
#[pyclass(frozen, module = "dgen_py")]
pub(crate) struct BufferPool {
    supply: Mutex<Supply>,
}

impl BufferPool {
    fn supply(&self) -> PyResult<MutexGuard<'_, Supply>> {
        let mut supply = lock(&self.supply);
        supply.renew_after_fork()?;
        Ok(supply)
    }

    /// A slice of the memory filled ahead.
    #[cfg(not(Py_GIL_DISABLED))]
    fn small(&self, py: Python<'_>, size: usize) -> PyResult<Py<BytesView>> {
        self.supply()?.view(py, size)
    }

    /// A slice of the memory filled ahead. The object is made after the pool's lock is free again: making it may wait
    /// for other threads, which may wait for the pool.
    #[cfg(Py_GIL_DISABLED)]
    fn small(&self, py: Python<'_>, size: usize) -> PyResult<Py<BytesView>> {
        let view = {
            let mut supply = self.supply()?;
            let range = supply.small(size)?;
            BytesView::part(supply.ready.clone(), range)
        };
        Py::new(py, view)
    }
}

#[pymethods]
impl BufferPool {
    #[new]
    #[pyo3(signature = (dedup_ratio=DedupRatio(1.0), compress_ratio=CompressRatio(1.0), *, seed=None, numa_mode=NumaMode::Auto, numa_node=None, max_threads=None), text_signature = "(dedup_ratio=1.0, compress_ratio=1.0, *, seed=None, numa_mode='auto', numa_node=None, max_threads=None)")]
    pub(crate) fn new(
        dedup_ratio: DedupRatio,
        compress_ratio: CompressRatio,
        seed: Option<Seed>,
        numa_mode: NumaMode,
        numa_node: Option<NumaNode>,
        max_threads: Option<MaxThreads>,
    ) -> PyResult<Self> {
        let team = Where { mode: numa_mode, node: numa_node }.team(max_threads)?;
        let recipe = recipe_of((dedup_ratio, compress_ratio), seed, None)?;
        Ok(Self { supply: Mutex::new(Supply::new(recipe, seed.is_some(), 0, team)?) })
    }

    /// The next `size` bytes (a number, or text such as "64KiB") as a `BytesView`, without a copy.
    ///
    /// Raises `ValueError` for a size of 0.
    pub(crate) fn next_slice(&self, py: Python<'_>, size: SliceSize) -> PyResult<Py<BytesView>> {
        let size = size.0;
        if size <= AHEAD - PAGE {
            return self.small(py, size);
        }
        let team = self.supply()?.team.clone();
        let blank = Blank::on(size, &team)?;
        let (stream, offset) = {
            let mut supply = self.supply()?;
            let offset = supply.large(size);
            (supply.stream.clone(), offset)
        };
        Py::new(py, BytesView::whole(filled(py, &stream, offset, blank, &team)?))
    }

    /// Changes to the stream of other ratios: of the pool's seed if it was given one, else of a fresh seed.
    ///
    /// A seeded pool goes on at the next page of that stream, so that ratios used before bring nothing back. The ratios
    /// in force change nothing.
    #[pyo3(signature = (dedup_ratio=DedupRatio(1.0), compress_ratio=CompressRatio(1.0)), text_signature = "($self, dedup_ratio=1.0, compress_ratio=1.0)")]
    fn reconfigure(&self, dedup_ratio: DedupRatio, compress_ratio: CompressRatio) -> PyResult<()> {
        let mut supply = self.supply()?;
        let seed = supply.stream.recipe().seed();
        let wanted = recipe_of((dedup_ratio, compress_ratio), Some(Seed(seed)), None)?;
        if wanted == *supply.stream.recipe() {
            return Ok(());
        }
        *supply = if supply.seeded {
            Supply::new(wanted, true, supply.next, supply.team.clone())?
        } else {
            Supply::new(recipe_of((dedup_ratio, compress_ratio), None, None)?, false, 0, supply.team.clone())?
        };
        Ok(())
    }

    /// Bytes left of the current block of 1 MiB; a slice that does not fit begins the next one.
    ///
    /// Bytes skipped to reach a page count as taken. Slices above 1 MiB come from no block.
    #[getter]
    fn remaining(&self) -> PyResult<u64> {
        Ok(self.supply()?.left)
    }

    /// The dedup ratio.
    #[getter]
    fn dedup_ratio(&self) -> PyResult<f64> {
        Ok(self.supply()?.stream.recipe().dedup_ratio().as_f64())
    }

    /// The compress ratio.
    #[getter]
    fn compress_ratio(&self) -> PyResult<f64> {
        Ok(self.supply()?.stream.recipe().compress_ratio().as_f64())
    }

    /// The seed of the current stream.
    #[getter]
    fn seed(&self) -> PyResult<u64> {
        Ok(self.supply()?.stream.recipe().seed())
    }

    /// The current stream's recipe in its canonical text form.
    #[getter]
    fn recipe(&self) -> PyResult<String> {
        Ok(self.supply()?.stream.recipe().to_string())
    }

    /// Threads used at most, for slices of 512 KiB and more.
    #[getter]
    fn threads(&self) -> PyResult<usize> {
        Ok(self.supply()?.team.threads())
    }

    /// Where threads run and memory comes from, as `get_placement` tells it.
    #[getter]
    fn placement<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let team = self.supply()?.team.clone();
        dict(py, &team.report())
    }

    fn __repr__(&self) -> PyResult<String> {
        Ok(format!("<dgen_py.BufferPool recipe='{}'>", self.supply()?.stream.recipe()))
    }
}
