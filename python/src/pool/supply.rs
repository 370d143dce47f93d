//! A stream and the memory that is filled ahead with it, from which slices are cut.

#[cfg(not(Py_GIL_DISABLED))]
use super::recent_views::RecentViews;
use crate::buffers::bytes_view::BytesView;
use crate::buffers::memory::{Blank, Memory};
use crate::errors::exception;
use crate::generator::fill::filled_at_once;
use crate::interpreter::forks;
use dgen::driver::Team;
use dgen::units::PAGE;
use dgen::{Recipe, Stream};
use pyo3::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Bytes filled ahead; two of these stay in a core's own cache.
pub(super) const AHEAD: usize = 256 << 10;
/// Bytes in the blocks that `remaining` counts; callers know a pool as one of these at a time.
const BLOCK: u64 = 1 << 20;

/// A stream, and the part of it that lies ready.
pub(super) struct Supply {
    pub(super) stream: Stream,
    pub(super) seeded: bool,
    generation: u64,
    pub(super) team: Team,
    pub(super) ready: Arc<Memory>,
    /// Used again once no view of it is left.
    spare: Option<Arc<Memory>>,
    #[cfg(not(Py_GIL_DISABLED))]
    pub(super) recent: RecentViews,
    /// First byte of `ready` that nobody has.
    used: usize,
    /// Stream offset of the first byte of `ready`.
    start: u64,
    /// Stream offset of the first byte that neither lies ready nor is a large slice's.
    pub(super) next: u64,
    /// Bytes left of the current block.
    pub(super) left: u64,
}

impl Supply {
    /// A supply of the stream from `start` on.
    pub(super) fn new(recipe: Recipe, seeded: bool, start: u64, team: Team) -> PyResult<Self> {
        let stream = Stream::new(&recipe).map_err(|error| exception(&error))?;
        let ready = Arc::new(filled_at_once(&stream, start, Blank::on(AHEAD, &team)?, &team)?);
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
    pub(super) fn renew_after_fork(&mut self) -> PyResult<()> {
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
        // At once: a thread that waits for the pool's lock may hold the interpreter. It is shorter than what threads share.
        let ready = Arc::new(filled_at_once(&self.stream, offset, blank, &self.team)?);
        self.spare = Some(std::mem::replace(&mut self.ready, ready));
        self.start = offset;
        self.used = 0;
        self.next = offset + AHEAD as u64;
        Ok(())
    }

    /// The next `size` bytes of the memory filled ahead. The interpreter's lock keeps others from the view that may be
    /// used again.
    #[cfg(not(Py_GIL_DISABLED))]
    pub(super) fn view(&mut self, py: Python<'_>, size: usize) -> PyResult<Py<BytesView>> {
        let range = self.small(size)?;
        let Self { ready, recent, .. } = self;
        recent.view(py, ready, range)
    }

    /// The same where others may look at a view at any time, so that none is used again.
    #[cfg(Py_GIL_DISABLED)]
    pub(super) fn view(&mut self, py: Python<'_>, size: usize) -> PyResult<Py<BytesView>> {
        let range = self.small(size)?;
        Py::new(py, BytesView::part(self.ready.clone(), range))
    }

    /// Takes the next `size` bytes of the memory filled ahead.
    pub(super) fn small(&mut self, size: usize) -> PyResult<Range<usize>> {
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
    pub(super) fn large(&mut self, size: usize) -> u64 {
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
