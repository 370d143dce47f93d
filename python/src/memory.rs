//! Memory for the data that is handed out: zeroed, and cheap to touch for the first time when large.

use memmap2::{Advice, MmapMut};
use pyo3::PyResult;
use pyo3::exceptions::PyMemoryError;

/// Allocations of at least this many bytes are mapped on their own, aligned to huge pages.
const MAP_FROM: usize = 4 << 20;
/// Bytes in the huge page that the mapping is aligned for.
const HUGE_PAGE: usize = 2 << 20;

/// A fixed number of bytes.
pub(crate) enum Memory {
    /// Of the process's heap.
    Heap(Box<[u8]>),
    /// A mapping of its own, of which `len` bytes from `start` on are used.
    Mapped { map: MmapMut, start: usize, len: usize },
}

impl Memory {
    /// `len` zero bytes.
    pub(crate) fn zeroed(len: usize) -> PyResult<Self> {
        if len < MAP_FROM { Self::heap(len) } else { Self::mapped(len) }
    }

    fn heap(len: usize) -> PyResult<Self> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len).map_err(|_| no_memory(len))?;
        bytes.resize(len, 0);
        Ok(Self::Heap(bytes.into_boxed_slice()))
    }

    fn mapped(len: usize) -> PyResult<Self> {
        let whole = len.checked_add(HUGE_PAGE).ok_or_else(|| no_memory(len))?;
        let map = MmapMut::map_anon(whole).map_err(|_| no_memory(len))?;
        // A wish: kernels without huge pages refuse it, and only time is lost.
        _ = map.advise(Advice::HugePage);
        let start = map.as_ptr().align_offset(HUGE_PAGE);
        let start = if start <= HUGE_PAGE { start } else { 0 };
        Ok(Self::Mapped { map, start, len })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Heap(bytes) => bytes,
            Self::Mapped { map, start, len } => &map[*start..*start + *len],
        }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Heap(bytes) => bytes,
            Self::Mapped { map, start, len } => &mut map[*start..*start + *len],
        }
    }
}

fn no_memory(len: usize) -> pyo3::PyErr {
    PyMemoryError::new_err(format!("cannot allocate {len} bytes"))
}
