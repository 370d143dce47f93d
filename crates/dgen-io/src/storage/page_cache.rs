//! Making the page cache forget a file, so that reads reach the device.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::path::Path;
use std::thread;
use std::time::Duration;

use dgen::{Error, Result};
use rustix::fs::{Advice, fadvise};
use rustix::io::Errno;

use crate::metrics::watch::Watch;
use crate::storage::residency::cached;
use crate::storage::{direct::in_memory, source::open_to_read, writeback};

/// The largest unit in which the cache holds pages; one that reaches out of a range is not dropped with it.
const UNIT: u64 = 2 << 20;

/// What became of a file's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dropped {
    /// The cache holds none, or the system does not say what it holds.
    Yes,
    /// So many stay, whatever is done: something else keeps them.
    Partly {
        /// Pages of the cache.
        pages: u64,
    },
    /// The file system keeps its files in memory.
    InMemory,
    /// The system keeps them.
    Refused(Errno),
}

/// Makes a file's cached pages durable and drops them.
///
/// # Errors
/// When the file cannot be opened or synced.
pub fn drop_cached(path: &Path) -> Result<Dropped> {
    drop_range(path, &open_to_read(path)?, 0, None)
}

/// The same for `len` bytes from `offset` on, or all from there on.
pub(crate) fn drop_range(path: &Path, file: &File, offset: u64, len: Option<NonZeroU64>) -> Result<Dropped> {
    if in_memory(file) {
        return Ok(Dropped::InMemory);
    }
    file.sync_data().map_err(|error| Error::io("sync", path, None, error))?;
    let size = file.metadata().map_err(|error| Error::io("look at", path, None, error))?.len();
    let len = len.map_or(size.saturating_sub(offset), NonZeroU64::get);
    Ok(match drop_pages(file, offset, len) {
        Ok(Left::Pages(pages)) => Dropped::Partly { pages },
        Ok(_) => Dropped::Yes,
        Err(error) => Dropped::Refused(error),
    })
}

/// What is left in the cache of `len` bytes from `offset` on, after everything was done to drop them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Nothing,
    /// So many pages.
    Pages(u64),
    Unknown,
}

/// Makes the range durable where it is newer than what the device holds, and drops it from the cache. Comes back with what
/// stays there, and with a failure to make it durable, which leaves the device without what was written.
pub(crate) fn forget(file: &File, offset: u64, len: u64, watch: Watch<'_>) -> (Left, Option<io::Error>) {
    let before = cached(file, offset, len);
    if before.is_some_and(|cached| cached.pages == 0) {
        return (Left::Nothing, None);
    }
    let mut failure = None;
    if before.is_none_or(|cached| cached.dirty) {
        failure = writeback::sync_range(file, offset, len, watch).err().filter(|error| !is_no_place_to_sync(error));
    }
    (drop_pages(file, offset, len).unwrap_or(Left::Unknown), failure)
}

/// Has the system drop pages that are durable, and sees what is left: that counts, not what it answers to the advice.
fn drop_pages(file: &File, offset: u64, len: u64) -> rustix::io::Result<Left> {
    let begin = offset - offset % UNIT;
    // A device has no length here: all of it is meant.
    let wide = if len == 0 { None } else { NonZeroU64::new(offset.saturating_add(len).saturating_add(UNIT) - begin) };
    let mut left = None;
    // What is on its way out of the cache, or looked at by others just now, goes when it is asked for again.
    for (wait, begin, len_or_all) in [(0, begin, wide), (0, 0, None), (1, 0, None), (5, 0, None), (20, 0, None)] {
        thread::sleep(Duration::from_millis(wait));
        fadvise(file, begin, len_or_all, Advice::DontNeed)?;
        left = cached(file, offset, len).map(|cached| cached.pages);
        if left.is_none_or(|pages| pages == 0) {
            break;
        }
    }
    Ok(left.map_or(Left::Unknown, |pages| if pages == 0 { Left::Nothing } else { Left::Pages(pages) }))
}

/// Whether an error says that there is nothing to make durable, or not for this process.
fn is_no_place_to_sync(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::INVAL | Errno::ROFS | Errno::PERM | Errno::ACCESS | Errno::OPNOTSUPP | Errno::NOSYS))
}
