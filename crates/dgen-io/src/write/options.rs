//! What to write and how.

use dgen::Stream;

use crate::options::{io::IoOptions, modes::DirectMode, modes::SyncMode, ranks::RankShare};
use crate::verify::options::VerifyOptions;

/// What to write and how. Start from [`new`](Self::new) and change fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each with a name")]
pub struct WriteOptions {
    /// The stream.
    pub stream: Stream,
    /// Stream offset of the first byte. Default: 0.
    pub offset: u64,
    /// Bytes over all paths, at least one for each.
    pub size: u64,
    /// How many files to write into the one path, a folder, which is made where it is absent. They get consecutive parts of
    /// the stream, as several paths do, under the names of [`folder_files`](crate::folder_files). Default: the paths are the files.
    pub files: Option<usize>,
    /// Bytes of each of the `files`, of which the last may be smaller; `size` is the sum. Each begins at a block of the stream, so
    /// that pages lie in files as they do in the stream; the bytes of the stream between two files are in neither. Ratios are
    /// those of the stream, whose blocks files then hold in part. Default: files of about equal size, which follow one another
    /// without a gap.
    pub file_size: Option<u64>,
    /// Position in each file of its first byte. Above 0, files keep what they hold elsewhere. Default: 0.
    pub file_offset: u64,
    /// Bytes of one I/O, up to 256 MiB; rounded up to the alignment. Default: [`DEFAULT_BUFFER`](crate::DEFAULT_BUFFER).
    pub buffer_size: Option<u64>,
    /// Workers, each of which generates and writes, 1 to 1024. Default: `threads`, at most
    /// [`DEFAULT_WORKERS`](crate::DEFAULT_WORKERS) where they wait for storage.
    pub writers: Option<usize>,
    /// Threads that fill buffers beside the workers, 0 to 1024. Default: none at first, and more as long as storage waits
    /// for data and there are more `threads` than workers; none where nothing is stored.
    pub generators: Option<usize>,
    /// Threads, 1 to 4096. Default: `DGEN_THREADS`, or what the machine allows.
    pub threads: Option<usize>,
    /// Whether to bypass the page cache. Default: where it is possible.
    pub direct: DirectMode,
    /// When to sync. Default: at the end.
    pub sync: SyncMode,
    /// Whether to write over existing data that is more than an untouched result of the same write. Default: no.
    pub force: bool,
    /// Whether to reserve the space first, except in file systems in memory, which would take as long as for writing it.
    /// Default: yes.
    pub preallocate: bool,
    /// Whether to go on from the first byte that an earlier, interrupted write of the same range has left wrong. All
    /// before it is read and compared, and nothing is cut off: what was there stays until it is written over. Default: no.
    pub resume: bool,
    /// Whether to write behind the end of the one path, a regular file, whatever it holds; those bytes are never touched.
    /// Where it carries this recipe and its range ends with it, the stream goes on there, and the range grows; `offset` then
    /// is 0 or that place. One that ends early keeps a range over the old bytes and the new ones, and can be resumed.
    /// Default: no.
    pub append: bool,
    /// Share of the I/Os that read back, in per cent, 0 to 100: data that was written before in this run, or, where the files
    /// carry this recipe and range already, any. Such files are not emptied, and are written over with the same bytes. What
    /// is read is compared. 100 reads alone. Default: 0.
    pub read_percent: u64,
    /// Whether to measure for up to two seconds, with at most a tenth of the data, which buffers, writers and depth are
    /// fast; those that are given stay. Default: no.
    pub auto: bool,
    /// Whether to read back and compare what was written. Default: no.
    pub verify: bool,
    /// Whether each buffer is generated once, before the time begins, and written again and again: the reference beside
    /// which benchmarks show what generating costs. The files then hold no stream and carry no recipe, and nothing in them
    /// can be verified or resumed. Default: no.
    pub pregenerated: bool,
    /// Which of several processes that share the write this one is. `offset` and `size` are those of all of them, and
    /// [`folder_files`](crate::folder_files) are dealt out. Default: it writes all.
    pub ranks: Option<RankShare>,
    /// Engine, queue, order and pace.
    pub io: IoOptions,
}

impl WriteOptions {
    /// The first `size` bytes of `stream`, with defaults for everything else.
    pub fn new(stream: Stream, size: u64) -> Self {
        Self {
            stream,
            offset: 0,
            size,
            files: None,
            file_size: None,
            file_offset: 0,
            buffer_size: None,
            writers: None,
            generators: None,
            threads: None,
            direct: DirectMode::Auto,
            sync: SyncMode::End,
            force: false,
            preallocate: true,
            resume: false,
            append: false,
            read_percent: 0,
            auto: false,
            verify: false,
            pregenerated: false,
            ranks: None,
            io: IoOptions::default(),
        }
    }

    /// How what is, or was, written with these is read and compared: past the page cache where that is possible.
    pub(super) fn verification(&self) -> VerifyOptions {
        let (threads, direct, io) = (self.threads, DirectMode::Auto, self.io.for_check());
        VerifyOptions { threads, direct, io, strict: true, ..VerifyOptions::default() }
    }
}
