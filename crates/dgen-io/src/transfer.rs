//! Moving one extent between a buffer and a file, in as many system calls as it takes.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::direct::Direct;
use crate::latency::Histogram;
use crate::modes::DirectMode;

/// An open file: buffered, and direct where that was chosen.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) path: PathBuf,
    pub(crate) buffered: File,
    pub(crate) direct: Option<File>,
    pub(crate) alignment: u64,
    /// Why direct or not.
    pub(crate) reason: String,
    /// Whether to go on buffered where the file system accepts the flag but no direct I/O.
    pub(crate) may_fall_back: bool,
    pub(crate) fell_back: AtomicBool,
}

/// What was moved before an error, and the error.
pub(crate) type Partial = (usize, io::Error);

impl Channel {
    /// Chooses how `path`, open as `buffered`, is written or read, of which `len` bytes will be moved.
    pub(crate) fn new(path: &Path, buffered: File, mode: DirectMode, write: bool, len: u64) -> dgen::Result<Self> {
        let direct = Direct::choose(path, &buffered, mode, write, len)?;
        Ok(Self {
            path: path.to_owned(),
            buffered,
            direct: direct.file,
            alignment: direct.alignment,
            reason: direct.reason,
            may_fall_back: mode == DirectMode::Auto,
            fell_back: AtomicBool::new(false),
        })
    }

    pub(crate) fn write_all(&self, data: &[u8], offset: u64) -> Result<(), Partial> {
        let mut done = 0;
        while done < data.len() {
            let (rest, at) = (&data[done..], offset + done as u64);
            let direct = self.direct_for(rest.len(), at);
            match direct.unwrap_or(&self.buffered).write_at(rest, at) {
                Ok(0) => return Err((done, ErrorKind::WriteZero.into())),
                Ok(written) => done += written,
                Err(e) => self.retry(direct.is_some(), e).map_err(|e| (done, e))?,
            }
        }
        Ok(())
    }

    /// Fills `data` as far as the file goes, and returns how far that is.
    pub(crate) fn read_full(&self, data: &mut [u8], offset: u64) -> Result<usize, Partial> {
        let mut done = 0;
        while done < data.len() {
            let at = offset + done as u64;
            let rest = &mut data[done..];
            let direct = self.direct_for(rest.len(), at);
            match direct.unwrap_or(&self.buffered).read_at(rest, at) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(e) => self.retry(direct.is_some(), e).map_err(|e| (done, e))?,
            }
        }
        Ok(done)
    }

    /// The direct descriptor, if it can take an I/O of this length and position.
    fn direct_for(&self, len: usize, offset: u64) -> Option<&File> {
        let aligned = offset.is_multiple_of(self.alignment) && (len as u64).is_multiple_of(self.alignment);
        self.direct.as_ref().filter(|_| aligned && !self.fell_back.load(Ordering::Relaxed))
    }

    /// Whether to try again after `error`.
    fn retry(&self, was_direct: bool, error: io::Error) -> io::Result<()> {
        if error.kind() == ErrorKind::Interrupted {
            return Ok(());
        }
        if was_direct && self.may_fall_back && error.kind() == ErrorKind::InvalidInput {
            self.fell_back.store(true, Ordering::Relaxed);
            return Ok(());
        }
        Err(error)
    }

    /// Whether I/O is direct, and why or why not.
    pub(crate) fn engine(&self) -> (bool, String) {
        if self.fell_back.load(Ordering::Relaxed) {
            return (false, "the file system accepts the direct flag, but refuses direct I/O".into());
        }
        (self.direct.is_some(), self.reason.clone())
    }
}

/// What one worker did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stats {
    pub(crate) bytes: u64,
    pub(crate) operations: u64,
    /// Time spent generating.
    pub(crate) generating: Duration,
    /// Time spent in I/O.
    pub(crate) storing: Duration,
    pub(crate) latency: Histogram,
}

impl Stats {
    pub(crate) fn io(&mut self, bytes: usize, took: Duration) {
        self.bytes += bytes as u64;
        self.operations += 1;
        self.storing += took;
        self.latency.add(took);
    }

    /// The sum of what all workers did.
    pub(crate) fn sum(all: &[Self]) -> Self {
        let mut sum = Self::default();
        for stats in all {
            sum.bytes += stats.bytes;
            sum.operations += stats.operations;
            sum.generating += stats.generating;
            sum.storing += stats.storing;
            sum.latency.merge(&stats.latency);
        }
        sum
    }
}
