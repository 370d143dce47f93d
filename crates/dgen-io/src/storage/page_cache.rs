//! Making the page cache forget a file, so that reads reach the device.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::path::Path;

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
    /// The cache holds none.
    Yes,
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
    Ok(match fadvise(file, offset, len, Advice::DontNeed) {
        Ok(()) => Dropped::Yes,
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
    // What counts is not what the system answers to the advice, but what is left.
    let begin = offset - offset % UNIT;
    let wide = NonZeroU64::new(offset.saturating_add(len).saturating_add(UNIT) - begin);
    let mut left = None;
    for (begin, len_or_all) in [(begin, wide), (0, None)] {
        _ = fadvise(file, begin, len_or_all, Advice::DontNeed);
        left = cached(file, offset, len).map(|cached| cached.pages);
        if left == Some(0) {
            return (Left::Nothing, failure);
        }
    }
    (left.map_or(Left::Unknown, Left::Pages), failure)
}

/// Whether an error says that there is nothing to make durable, or not for this process.
fn is_no_place_to_sync(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::INVAL | Errno::ROFS | Errno::PERM | Errno::ACCESS | Errno::OPNOTSUPP | Errno::NOSYS))
}
