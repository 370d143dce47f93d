//! The memory of a run's buffers: one mapping, made at the start and freed when the last buffer is dropped.
#![allow(unsafe_code, reason = "anonymous mappings have no safe binding")]

use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;

use dgen::units::human_size;
use dgen::{Error, ErrorKind, Result};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

/// Where huge pages begin.
const HUGE: usize = 2 << 20;

/// One mapping, cut into buffers of equal size.
struct Pool {
    /// What was mapped, to be unmapped.
    map: NonNull<u8>,
    map_len: usize,
    /// Bytes of the mapping before the first buffer.
    start: usize,
    /// Bytes of a buffer.
    size: usize,
}

/// One buffer. It has one owner: whoever holds it, be it a worker or an operation in flight, has the only access.
pub(crate) struct Buffer {
    pool: Arc<Pool>,
    index: usize,
}

/// Maps `count` buffers of `size` bytes, a multiple of `alignment`, which is a power of two. They hold zeros, and lie one
/// behind the other. With `huge` the system is advised to use huge pages; one that has none goes on without.
pub(crate) fn buffers(count: usize, size: usize, alignment: usize, huge: bool) -> Result<Vec<Buffer>> {
    let alignment = if huge { alignment.max(HUGE) } else { alignment };
    let asked = size.checked_mul(count).and_then(|bytes| bytes.checked_add(alignment));
    let map_len = asked.ok_or_else(|| Error::new(ErrorKind::InvalidValue, "buffers: more than memory can address"))?;
    let map = map(map_len).map_err(|e| {
        let message = format!("cannot map {} of buffers: {e}", human_size(map_len as u64));
        Error::new(ErrorKind::Io, message)
    })?;
    let start = map.addr().get().wrapping_neg() & (alignment - 1);
    let pool = Arc::new(Pool { map, map_len, start, size });
    if huge {
        pool.advise_huge();
    }
    Ok((0..count).map(|index| Buffer { pool: Arc::clone(&pool), index }).collect())
}

fn map(len: usize) -> rustix::io::Result<NonNull<u8>> {
    // SAFETY: without an address the kernel chooses unused space, so nothing that exists is touched.
    let map =
        unsafe { mmap_anonymous(std::ptr::null_mut(), len, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE)? };
    NonNull::new(map.cast()).ok_or(rustix::io::Errno::NOMEM)
}

impl Pool {
    fn advise_huge(&self) {
        // SAFETY: the range is this mapping, and the advice changes no content. It is advice: refusal costs speed only.
        _ = unsafe { madvise(self.map.as_ptr().cast(), self.map_len, Advice::LinuxHugepage) };
    }

    /// The first byte of a buffer, with leave to use the whole mapping.
    fn buffer(&self, index: usize) -> *mut u8 {
        // SAFETY: `buffers` mapped `count` sizes behind `start`, and makes indexes below `count` only.
        unsafe { self.map.as_ptr().add(self.start + index * self.size) }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and the last buffer is gone.
        _ = unsafe { munmap(self.map.as_ptr().cast(), self.map_len) };
    }
}

// SAFETY: the mapping belongs to no thread; its bytes are reached through buffers only, each of which has one owner.
unsafe impl Send for Pool {}
// SAFETY: as above; a shared `Pool` gives no access to bytes.
unsafe impl Sync for Pool {}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: mapped and zeroed, or written since; no other buffer has this index, so only `self` reaches the bytes.
        unsafe { std::slice::from_raw_parts(self.pool.buffer(self.index), self.pool.size) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.pool.buffer(self.index), self.pool.size) }
    }
}

impl Buffer {
    /// Its number in the order of memory: consecutive numbers are adjacent.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The first byte, for the kernel, which may read or write the buffer as long as its operation is in flight.
    pub(crate) fn pointer(&mut self) -> *mut u8 {
        self.pool.buffer(self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_aligned_adjacent_and_apart() {
        for (count, size, alignment, huge) in
            [(1, 512, 512, false), (7, 8192, 4096, true), (3, 1 << 17, 1 << 16, false)]
        {
            let mut all = buffers(count, size, alignment, huge).unwrap();
            for (index, buffer) in all.iter_mut().enumerate() {
                assert_eq!((buffer.as_ptr().addr() % alignment, buffer.len(), buffer.index()), (0, size, index));
                buffer.fill(u8::try_from(index).unwrap());
            }
            for pair in all.windows(2) {
                assert_eq!(pair[0].as_ptr_range().end, pair[1].as_ptr());
            }
            assert!(
                all.iter().enumerate().all(|(index, buffer)| buffer.iter().all(|&byte| usize::from(byte) == index))
            );
        }
    }

    #[test]
    fn memory_lives_as_long_as_a_buffer() {
        let mut last = buffers(4, 4096, 4096, false).unwrap().pop().unwrap();
        last[4095] = 7;
        assert_eq!((last[0], last[4095]), (0, 7));
        assert!(buffers(usize::MAX, 4096, 4096, false).is_err());
    }
}
