//! Memory for the data that is handed out: aligned to lines, and cheap to touch for the first time when large.
#![allow(unsafe_code, reason = "allocates aligned memory that a fill initialises")]

use dgen::driver::Team;
use dgen::placement::Placement;
use memmap2::{Advice, MmapMut};
use pyo3::PyResult;
use pyo3::exceptions::PyMemoryError;
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::Mutex;

/// Allocations of at least this many bytes are mapped on their own, aligned to huge pages.
const MAP_FROM: usize = 4 << 20;
/// The same where memory is bound to a node: the heap's memory is not, as others use it afterwards.
const BIND_FROM: usize = 64 << 10;
/// A mapping of at most so many bytes is kept for the next one of about its size when it is dropped.
const KEPT_TO: usize = (32 << 20) + HUGE_PAGE;
/// Bytes in the huge page that the mapping is aligned for.
const HUGE_PAGE: usize = 2 << 20;
/// Alignment of smaller allocations in bytes: that of a line. Allocators reuse memory of such a small alignment; with
/// pages they would ask the system for new memory each time.
const ALIGNMENT: usize = 64;

/// A fixed number of bytes that need not be initialised.
pub(crate) struct Blank {
    start: NonNull<u8>,
    len: usize,
    holder: Holder,
}

/// A fixed number of initialised bytes.
pub(crate) struct Memory(Blank);

/// What keeps the memory; dropped with it.
enum Holder {
    /// No bytes.
    Nothing,
    /// A piece of the process's heap.
    Heap(Layout),
    /// A mapping of its own.
    Mapping(#[allow(dead_code, reason = "dropping it unmaps")] MmapMut),
    /// The same, to be kept for the next one when it is dropped.
    Kept(MmapMut),
}

/// The mapping that was dropped last: to have its pages anew takes the system longer than to fill them.
static LAST: Mutex<Option<MmapMut>> = Mutex::new(None);

/// The mapping that was dropped last, if it has at least `len` bytes and not far more.
fn last(len: usize) -> Option<MmapMut> {
    // Nobody waits for it: the child of a fork might do so for ever.
    LAST.try_lock().ok()?.take_if(|map| (len..=len.saturating_mul(2)).contains(&map.len()))
}

// SAFETY: the memory belongs to the value alone, like that of a `Box<[u8]>`.
unsafe impl Send for Blank {}
// SAFETY: as above; shared references only read.
unsafe impl Sync for Blank {}

impl Blank {
    /// `len` bytes, uninitialised or of anything.
    pub(crate) fn new(len: usize) -> PyResult<Self> {
        if len < MAP_FROM {
            return Self::heap(len, alloc);
        }
        let whole = len.checked_add(HUGE_PAGE).ok_or_else(|| no_memory(len))?;
        if whole > KEPT_TO {
            return Self::mapped(len);
        }
        let map = last(whole).map_or_else(|| anonymous(whole), Ok)?;
        Ok(Self::within(map, len, Holder::Kept))
    }

    /// The same, from where a team has its memory.
    pub(crate) fn on(len: usize, team: &Team) -> PyResult<Self> {
        let Some(placement) = team.placement().filter(|placement| placement.is_bound() && len >= BIND_FROM) else {
            return Self::new(len);
        };
        let mut blank = Self::mapped(len)?;
        // Whether this is allowed was found out, and is reported, when the placement was made.
        placement.bind(blank.uninit_mut());
        Ok(blank)
    }

    fn heap(len: usize, allocate: unsafe fn(Layout) -> *mut u8) -> PyResult<Self> {
        if len == 0 {
            return Ok(Self { start: NonNull::dangling(), len, holder: Holder::Nothing });
        }
        let layout = Layout::from_size_align(len, ALIGNMENT).map_err(|_| no_memory(len))?;
        // SAFETY: the layout's size is not zero.
        let start = NonNull::new(unsafe { allocate(layout) }).ok_or_else(|| no_memory(len))?;
        Ok(Self { start, len, holder: Holder::Heap(layout) })
    }

    /// `len` zero bytes that start on a huge page.
    fn mapped(len: usize) -> PyResult<Self> {
        let whole = len.checked_add(HUGE_PAGE).ok_or_else(|| no_memory(len))?;
        Ok(Self::within(anonymous(whole)?, len, Holder::Mapping))
    }

    fn within(mut map: MmapMut, len: usize, holder: fn(MmapMut) -> Holder) -> Self {
        let before = map.as_ptr().align_offset(HUGE_PAGE);
        let start = NonNull::from(&mut map[before..][..len]).cast();
        Self { start, len, holder: holder(map) }
    }

    /// All bytes, to be written.
    pub(crate) fn uninit_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        // SAFETY: the holder keeps `len` bytes at `start` for as long as `self` lives, and `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr().cast(), self.len) }
    }

    /// Keeps the first `len` bytes, if there are more.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// The memory after it has been written.
    ///
    /// # Safety
    /// Every byte has been initialised.
    pub(crate) unsafe fn assume_init(self) -> Memory {
        Memory(self)
    }
}

impl Drop for Blank {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.holder, Holder::Nothing) {
            // SAFETY: the memory was allocated with this layout and is freed only here.
            Holder::Heap(layout) => unsafe { dealloc(self.start.as_ptr(), layout) },
            Holder::Kept(map) => {
                // The one that was kept before is unmapped after the lock is free.
                let _before = LAST.try_lock().ok().and_then(|mut last| last.replace(map));
            }
            Holder::Mapping(_) | Holder::Nothing => {}
        }
    }
}

impl Memory {
    /// `len` zero bytes.
    pub(crate) fn zeroed(len: usize) -> PyResult<Self> {
        Self::zeroed_on(len, &Team::free(1))
    }

    /// The same, from where a team has its memory.
    pub(crate) fn zeroed_on(len: usize, team: &Team) -> PyResult<Self> {
        let is_bound = len >= BIND_FROM && team.placement().is_some_and(Placement::is_bound);
        let blank = match len {
            _ if is_bound => Blank::on(len, team),
            MAP_FROM.. => Blank::mapped(len),
            _ => Blank::heap(len, alloc_zeroed),
        };
        blank.map(Self)
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the holder keeps `len` bytes at `start` for as long as `self` lives, and they are initialised.
        unsafe { std::slice::from_raw_parts(self.0.start.as_ptr(), self.0.len) }
    }

    /// The bytes, to be changed.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as for `bytes`, and `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.0.start.as_ptr(), self.0.len) }
    }

    /// Bytes in all.
    pub(crate) fn len(&self) -> usize {
        self.0.len
    }

    /// The same memory, to be written anew.
    pub(crate) fn into_blank(self) -> Blank {
        self.0
    }
}

/// New zero memory that the system may give in huge pages.
fn anonymous(len: usize) -> PyResult<MmapMut> {
    let map = MmapMut::map_anon(len).map_err(|_| no_memory(len))?;
    // A wish: kernels without huge pages refuse it, and only time is lost.
    _ = map.advise(Advice::HugePage);
    Ok(map)
}

/// The exception for memory that cannot be had.
pub(crate) fn no_memory(len: usize) -> pyo3::PyErr {
    PyMemoryError::new_err(format!("cannot allocate {len} bytes"))
}
