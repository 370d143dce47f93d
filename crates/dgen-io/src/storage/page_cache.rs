//! Making the page cache forget a file, so that reads reach the device.

use std::fs::File;
use std::num::NonZeroU64;
use std::path::Path;

use dgen::{Error, Result};
use rustix::fs::{Advice, fadvise};
use rustix::io::Errno;

use crate::storage::{direct::in_memory, source::open_to_read};

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

impl Dropped {
    /// In words, behind the reason for buffered reads.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Yes => "its pages were dropped from the cache first",
            Self::InMemory => "memory is where its files are",
            Self::Refused(_) => "the system keeps its pages in the cache",
        }
    }
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
