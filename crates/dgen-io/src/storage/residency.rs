//! How much of a file the page cache holds.
#![allow(unsafe_code, reason = "these system calls have no safe binding")]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr;

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use super::medium::is_layered;

/// The number of `cachestat` on all architectures that are supported.
const CACHESTAT: libc::c_long = 451;
/// Bytes of a file that are looked at together where that call is not there.
const WINDOW: u64 = 1 << 30;

/// Pages of a part of a file that are in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cached {
    pub(crate) pages: u64,
    /// Whether some of them are newer than what the device holds, as far as is known.
    pub(crate) dirty: bool,
}

/// What the cache holds of `len` bytes from `offset` on; `None` where the system does not say.
pub(crate) fn cached(file: &File, offset: u64, len: u64) -> Option<Cached> {
    if len == 0 {
        return Some(Cached { pages: 0, dirty: false });
    }
    // Of a file in an overlay it counts pages of another one.
    if !is_layered(file) {
        match cachestat(file, offset, len) {
            Ok(cached) => return Some(cached),
            // Who may not know gets no answer, or from the other call a wrong one.
            Err(Errno::PERM | Errno::ACCESS) => return None,
            Err(_) => {}
        }
    }
    let pages = resident(file, offset, len).ok()?;
    Some(Cached { pages, dirty: pages > 0 })
}

/// As the kernel defines them.
#[repr(C)]
struct Range {
    offset: u64,
    len: u64,
}

#[repr(C)]
#[derive(Default)]
struct Counts {
    cached: u64,
    dirty: u64,
    writeback: u64,
    evicted: u64,
    recently_evicted: u64,
}

fn cachestat(file: &File, offset: u64, len: u64) -> Result<Cached, Errno> {
    let (range, mut counts) = (Range { offset, len }, Counts::default());
    // SAFETY: the descriptor is open as long as `file` is borrowed; the kernel reads one structure and writes the other,
    // both of which have its layout and live until the call returns.
    let result = unsafe { libc::syscall(CACHESTAT, file.as_raw_fd(), &raw const range, &raw mut counts, 0_u32) };
    match result {
        0 => Ok(Cached { pages: counts.cached, dirty: counts.dirty + counts.writeback > 0 }),
        _ => Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::NOSYS)),
    }
}

/// Pages that are in memory, of a file that is mapped for that and never looked into.
fn resident(file: &File, offset: u64, len: u64) -> io::Result<u64> {
    let page = rustix::param::page_size() as u64;
    let mut at = offset - offset % page;
    let size = file.metadata()?.len();
    let end = if size == 0 { offset + len } else { (offset + len).min(size) };
    let mut pages = 0;
    while at < end {
        let step = WINDOW.min(end - at);
        pages += resident_in_window(file, at, usize::try_from(step).map_err(io::Error::other)?)?;
        at += step;
    }
    Ok(pages)
}

fn resident_in_window(file: &File, at: u64, len: usize) -> io::Result<u64> {
    let mut states = vec![0_u8; len.div_ceil(rustix::param::page_size())];
    // SAFETY: without an address the kernel chooses unused space, so nothing that exists is touched.
    let map = unsafe { mmap(ptr::null_mut(), len, ProtFlags::READ, MapFlags::SHARED, file, at) }?;
    // SAFETY: the range is the mapping that was made above, and there is a byte for each of its pages.
    let result = unsafe { libc::mincore(map, len, states.as_mut_ptr()) };
    let error = io::Error::last_os_error();
    // SAFETY: it was mapped with this length, and nothing refers to it.
    _ = unsafe { munmap(map, len) };
    if result != 0 {
        return Err(error);
    }
    Ok(states.iter().filter(|state| **state & 1 == 1).count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::folder;

    #[test]
    fn both_calls_see_what_is_cached() {
        let folder = folder();
        let path = folder.path().join("f");
        std::fs::write(&path, vec![7; 300_001]).unwrap();
        let file = File::open(&path).unwrap();
        let pages = 300_001_u64.div_ceil(rustix::param::page_size() as u64);
        assert_eq!(resident(&file, 0, 300_001).unwrap(), pages);
        assert_eq!(resident(&file, 8192, 1).unwrap(), 1);
        match cachestat(&file, 0, 300_001) {
            Ok(cached) => assert_eq!(cached.pages, pages),
            Err(error) => println!("skipped: optional: cachestat: {error}"),
        }
        assert_eq!(cached(&file, 0, 0), Some(Cached { pages: 0, dirty: false }));
    }
}
