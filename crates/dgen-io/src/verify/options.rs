//! What to verify and how.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use dgen::{Error, ErrorKind, Recipe, Result};

use crate::engine::select;
use crate::options::{io::IoOptions, modes::DirectMode, order::Order};
use crate::storage::{advice::Advice, attributes::StreamRange};

/// Where the bytes to verify come from.
pub enum VerifySource<'a> {
    /// A regular file or a block device.
    Path(PathBuf),
    /// The same, open already, and what reports call it.
    Open(PathBuf, File),
    /// A reader, and what reports call it.
    Reader(PathBuf, Box<dyn Read + Send + 'a>),
    /// A file that is not there, although others of its set are; all of its range is then missing, of which the size may
    /// be 0 where it is not known.
    Absent(PathBuf),
}

/// One file and what it should hold.
pub struct VerifyJob<'a> {
    /// The bytes.
    pub source: VerifySource<'a>,
    /// The stream.
    pub recipe: Recipe,
    /// Its version.
    pub version: u32,
    /// The part of the stream.
    pub range: StreamRange,
    /// Position in the file of the range's first byte.
    pub file_offset: u64,
    /// Where the file should end; bytes behind are extra. `None`: anywhere.
    pub end: Option<u64>,
    /// Whether the file lies in the place of another one of its set, so that data which is right for it is misplaced.
    pub misplaced: bool,
}

impl VerifyJob<'_> {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self.source, VerifySource::Absent(_))
    }
}

/// Files of sets that are absent and not listed one by one, as there are too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MoreAbsent {
    /// How many.
    pub files: u64,
    /// Their bytes, as far as they are known.
    pub bytes: u64,
}

impl MoreAbsent {
    /// Adds so many files, of so many bytes together.
    pub(super) fn add(&mut self, files: usize, bytes: u64) {
        self.files += files as u64;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// How to verify.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// Bytes of one I/O, up to 256 MiB; rounded up to the alignment. Default: [`DEFAULT_BUFFER`](crate::DEFAULT_BUFFER).
    pub buffer_size: Option<u64>,
    /// Workers, each of which reads and compares, 1 to 1024. Default: `threads`, at most
    /// [`DEFAULT_WORKERS`](crate::DEFAULT_WORKERS) where a queue of direct I/O keeps them busy.
    pub readers: Option<usize>,
    /// Threads, 1 to 4096. Default: `DGEN_THREADS`, or what the machine allows.
    pub threads: Option<usize>,
    /// Whether to bypass the page cache. Default: where it is possible. What it holds of the files is dropped in any case.
    pub direct: DirectMode,
    /// Whether the page cache may answer: nothing is dropped from it, and reads go through it. What was just written is then
    /// compared without being read from the device. Default: no.
    pub cached: bool,
    /// What the system is told of reads through the page cache. Default: that they are sequential.
    pub advice: Advice,
    /// Engine, queue and rate, for paths; what comes from a reader is read in order without them. All is read in order, once
    /// and to the end: another order, more passes and a time limit are refused, and so is the engine `null`.
    pub io: IoOptions,
    /// Damaged ranges to list. Default: 20.
    pub limit: usize,
    /// Seeds of earlier streams, whose pages are to be called stale.
    pub stale_seeds: Vec<u64>,
    /// Whether to go no further than the first I/O with damage in each file. What lies behind is then neither checked nor
    /// called missing. Default: no.
    pub stop_at_damage: bool,
    /// Whether the first file that cannot be opened, or read to its end, ends the work. Default: no; it is listed as
    /// skipped, unless it is the only one.
    pub strict: bool,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            buffer_size: None,
            readers: None,
            threads: None,
            direct: DirectMode::Auto,
            cached: false,
            advice: Advice::Auto,
            io: IoOptions::default(),
            limit: 20,
            stale_seeds: Vec::new(),
            stop_at_damage: false,
            strict: false,
        }
    }
}

impl VerifyOptions {
    /// Refuses values out of range, and options that mean nothing here.
    pub(super) fn check(&self) -> Result<()> {
        self.direct.unless(self.cached)?;
        self.advice.check(self.cached)?;
        select::check(&self.io)?;
        select::check_reads(&self.io)?;
        let usage = |message: &str| Err(Error::new(ErrorKind::Usage, message));
        if self.io.vectored != 1 {
            return usage("vectored I/O is for writing and reading, not for verifying");
        }
        if self.io.order != Order::Sequential || self.io.passes != 1 || self.io.time_limit.is_some() {
            return usage("files are verified in order, once and to the end: no other order, passes or time limit");
        }
        Ok(())
    }
}
