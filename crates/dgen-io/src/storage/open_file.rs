//! Open files, and how each I/O reaches them.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::options::modes::DirectMode;
use crate::storage::direct::{Access, Direct};
use crate::storage::range_lock::{Bytes, unlock};

/// An open file: buffered, and direct where that was chosen.
pub(crate) struct OpenFile {
    pub(crate) path: PathBuf,
    pub(crate) buffered: File,
    pub(crate) direct: Option<File>,
    pub(crate) alignment: u64,
    /// Why direct or not.
    pub(crate) reason: String,
    /// Whether to go on buffered where the file system accepts the flag but no direct I/O.
    pub(crate) may_fall_back: bool,
    pub(crate) fell_back: AtomicBool,
    /// Whether bytes went through the page cache although there is a direct descriptor.
    pub(crate) went_buffered: AtomicBool,
    /// The bytes that are locked through the buffered descriptor.
    pub(crate) locked: Option<Bytes>,
}

impl Drop for OpenFile {
    /// Gives the lock back at once: others may hold on to the descriptor for a moment, as a ring does and a process that
    /// was forked.
    fn drop(&mut self) {
        if self.locked.is_some() {
            unlock(&self.buffered, Bytes::from(0));
        }
    }
}

impl OpenFile {
    /// Chooses how `path`, open as `buffered`, is written or read, of which `len` bytes will be moved.
    pub(crate) fn new(path: &Path, buffered: File, mode: DirectMode, access: Access, len: u64) -> dgen::Result<Self> {
        let direct = Direct::choose(path, &buffered, mode, access, len)?;
        Ok(Self {
            path: path.to_owned(),
            buffered,
            direct: direct.file,
            alignment: direct.alignment,
            reason: direct.reason,
            may_fall_back: mode == DirectMode::Auto,
            fell_back: AtomicBool::new(false),
            went_buffered: AtomicBool::new(false),
            locked: None,
        })
    }

    /// The direct descriptor, or the one through the page cache. A file without a direct one has only the other.
    pub(crate) fn file(&self, direct: bool) -> &File {
        self.direct.as_ref().filter(|_| direct).unwrap_or(&self.buffered)
    }

    /// Whether an I/O of this length and position is direct.
    pub(crate) fn is_direct(&self, len: usize, offset: u64) -> bool {
        let aligned = offset.is_multiple_of(self.alignment) && (len as u64).is_multiple_of(self.alignment);
        self.direct.is_some() && aligned && !self.fell_back.load(Ordering::Relaxed)
    }

    /// What is read to have `len` bytes from `offset` on, as bytes before them and bytes in all: with direct reads, everything
    /// up to the aligned positions around them, where that fits `room`.
    pub(crate) fn around(&self, len: usize, offset: u64, room: usize) -> (usize, usize) {
        let alignment = usize::try_from(self.alignment).expect("an alignment is small");
        let before = usize::try_from(offset % self.alignment).expect("an alignment is small");
        let all = (before + len).next_multiple_of(alignment);
        if self.direct.is_some() && all <= room { (before, all) } else { (0, len) }
    }

    /// Whether all bytes that were moved went past the page cache.
    pub(crate) fn was_direct(&self) -> bool {
        self.direct.is_some() && !self.fell_back.load(Ordering::Relaxed) && !self.went_buffered.load(Ordering::Relaxed)
    }

    /// Notes that bytes were moved.
    pub(crate) fn moved(&self, direct: bool) {
        if !direct && self.direct.is_some() {
            self.went_buffered.store(true, Ordering::Relaxed);
        }
    }

    /// Whether `error` means that all goes on through the page cache.
    pub(crate) fn falls_back(&self, was_direct: bool, error: &io::Error) -> bool {
        let falls_back = was_direct && self.may_fall_back && error.kind() == ErrorKind::InvalidInput;
        if falls_back {
            self.fell_back.store(true, Ordering::Relaxed);
        }
        falls_back
    }

    /// Whether I/O is direct, and why or why not.
    pub(crate) fn path_taken(&self) -> (bool, String) {
        if self.fell_back.load(Ordering::Relaxed) {
            return (false, "the file system accepts the direct flag, but refuses direct I/O".into());
        }
        (self.direct.is_some(), self.reason.clone())
    }
}
