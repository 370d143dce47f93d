//! Small objects of fresh stream data, cut from memory that is filled ahead.

use crate::args::{CompressRatio, DedupRatio, MaxThreads, NumaNode, Seed, SliceSize};
use crate::bytes_view::BytesView;
use crate::choice::recipe_of;
use crate::errors::exception;
use crate::fill::filled;
use crate::forks;
use crate::memory::{Blank, Memory};
use crate::placement::{NumaMode, Where};
#[cfg(not(Py_GIL_DISABLED))]
use crate::recent_views::RecentViews;
use crate::reports::dict;
use dgen::driver::Team;
use dgen::units::PAGE;
use dgen::{Recipe, Stream};
use pyo3::prelude::*;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes filled ahead; two of these stay in a core's own cache.
const AHEAD: usize = 256 << 10;
/// Bytes in the blocks that `remaining` counts; callers know a pool as one of these at a time.
const BLOCK: u64 = 1 << 20;

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

/// A stream, and the part of it that lies ready.
struct Supply {
    stream: Stream,
    seeded: bool,
    generation: u64,
    team: Team,
    ready: Arc<Memory>,
    /// Used again once no view of it is left.
    spare: Option<Arc<Memory>>,
    #[cfg(not(Py_GIL_DISABLED))]
    recent: RecentViews,
    /// First byte of `ready` that nobody has.
    used: usize,
    /// Stream offset of the first byte of `ready`.
    start: u64,
    /// Stream offset of the first byte that neither lies ready nor is a large slice's.
    next: u64,
    /// Bytes left of the current block.
    left: u64,
}

impl Supply {
    /// A supply of the stream from `start` on.
    fn new(recipe: Recipe, seeded: bool, start: u64, team: Team) -> PyResult<Self> {
        let stream = Stream::new(&recipe).map_err(|error| exception(&error))?;
        let ready = Arc::new(ahead(&stream, start, Blank::on(AHEAD, &team)?, &team)?);
        Ok(Self {
            stream,
            seeded,
            generation: forks::generation(),
            team,
            ready,
            spare: None,
            #[cfg(not(Py_GIL_DISABLED))]
            recent: RecentViews::default(),
            used: 0,
            start,
            next: start + AHEAD as u64,
            left: BLOCK,
        })
    }

    /// Draws a new seed in the child of a fork, unless the user chose one.
    fn renew_after_fork(&mut self) -> PyResult<()> {
        let generation = forks::generation();
        if generation == self.generation {
            return Ok(());
        }
        if !self.seeded {
            let seed = dgen::recipe::random_seed().map_err(|error| exception(&error))?;
            *self = Self::new(self.stream.recipe().reseeded(seed), false, 0, self.team.clone())?;
        }
        self.generation = generation;
        Ok(())
    }

    /// Stream offset of the first byte of `ready` that nobody has.
    fn position(&self) -> u64 {
        self.start + self.used as u64
    }

    /// Fills memory with the stream from `offset`, a page's, on.
    fn refill(&mut self, offset: u64) -> PyResult<()> {
        #[cfg(not(Py_GIL_DISABLED))]
        self.recent.forget();
        let spare = self.spare.take().and_then(|memory| Arc::try_unwrap(memory).ok());
        let blank = spare.map_or_else(|| Blank::on(AHEAD, &self.team), |memory| Ok(memory.into_blank()))?;
        let ready = Arc::new(ahead(&self.stream, offset, blank, &self.team)?);
        self.spare = Some(std::mem::replace(&mut self.ready, ready));
        self.start = offset;
        self.used = 0;
        self.next = offset + AHEAD as u64;
        Ok(())
    }

    /// Takes the next `size` bytes of the memory filled ahead.
    fn small(&mut self, size: usize) -> PyResult<Range<usize>> {
        let before = self.position();
        let mut offset = if size < PAGE { before } else { before.next_multiple_of(PAGE as u64) };
        if offset + size as u64 > self.start + AHEAD as u64 {
            if self.next == self.start + AHEAD as u64 {
                // What is left of the memory comes again at the new one's beginning.
                self.refill(offset - offset % PAGE as u64)?;
            } else {
                // Large slices have what follows.
                self.refill(self.next)?;
                offset = self.start;
            }
        }
        let at = usize::try_from(offset - self.start).unwrap_or(AHEAD);
        self.used = at + size;
        self.count(self.position().saturating_sub(before), size as u64);
        Ok(at..self.used)
    }

    /// Takes the range of a slice that the memory filled ahead cannot hold: one that follows it, or begins with it where
    /// nobody has any of it yet.
    fn large(&mut self, size: usize) -> u64 {
        let mut offset = self.next;
        if self.used == 0 {
            offset = self.start;
            self.used = AHEAD;
        }
        let whole = (size as u64).next_multiple_of(PAGE as u64);
        self.next = offset + whole;
        // Slices above a block come from none.
        if size as u64 <= BLOCK {
            self.count(whole, whole);
        }
        offset
    }

    /// Takes `taken` bytes, of which a slice gets `size`, from the current block, or `size` from the next.
    fn count(&mut self, taken: u64, size: u64) {
        self.left = self.left.checked_sub(taken).unwrap_or(BLOCK - size);
    }
}

/// Fills while keeping the interpreter: a thread that waits for the pool's lock may hold it.
#[allow(unsafe_code, reason = "the memory is full after the fill")]
fn ahead(stream: &Stream, offset: u64, mut blank: Blank, team: &Team) -> PyResult<Memory> {
    // Shorter than what several threads share.
    stream.fill_uninit_with(offset, blank.uninit_mut(), team).map_err(|error| exception(&error))?;
    // SAFETY: a fill that succeeds writes every byte.
    Ok(unsafe { blank.assume_init() })
}

impl BufferPool {
    fn supply(&self) -> PyResult<MutexGuard<'_, Supply>> {
        let mut supply = self.supply.lock().unwrap_or_else(PoisonError::into_inner);
        supply.renew_after_fork()?;
        Ok(supply)
    }

    /// A slice of the memory filled ahead. The interpreter's lock keeps others from the view that may be used again.
    #[cfg(not(Py_GIL_DISABLED))]
    fn small(&self, py: Python<'_>, size: usize) -> PyResult<Py<BytesView>> {
        let mut supply = self.supply()?;
        let range = supply.small(size)?;
        let Supply { ready, recent, .. } = &mut *supply;
        recent.view(py, ready, range)
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

    /// The next `size` bytes as a `BytesView`, without a copy.
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
