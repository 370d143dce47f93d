//! `read_file`.

use super::engine::{self, Engine};
use super::follow::{Follow, Shared};
use super::ranks;
use super::reports::conclude;
use crate::arguments::generation::{MaxThreads, NumaNode};
use crate::arguments::paths::Paths;
use crate::arguments::progress::Progress;
use crate::arguments::storage::{
    Advise, BufferCount, BufferSize, Depth, FileOffset, NumReaders, Order, Passes, Rank, RankCount, Rate, Runtime,
    Total, Vectored,
};
use crate::placement::asked::{NumaMode, Where};
use dgen_cli::{FoundFiles, SkippedNotes, find_files};
use dgen_io::{DirectMode, ReadOptions, open_to_read, read};
use pyo3::prelude::*;
use std::io::{Seek, SeekFrom};
use std::path::PathBuf;

/// Reads files or block devices as a benchmark, and returns a `ReadReport`.
///
/// The bytes are moved to memory and not looked at; `verify_file` looks at them. `path` is one path or a sequence of
/// them; of a folder all files are read, in order of name. `size` (over all paths; `None`: all there is), `buffer_size` (bytes of one I/O) and `file_offset` (position in
/// each file at which to begin) are bytes, or text such as "1GiB".
///
/// `None` means chosen automatically: direct I/O where the file system has it, one reader per thread and at most 4.
/// `numa_node` keeps the readers and their buffers on one memory node. `use_io_uring`, `depth`, `buffer_count`, `auto`,
/// `order`, `passes`, `rate`, `runtime`, `numa_mode`, `vectored`, `sqpoll`, `iopoll`, `registered`, `huge_pages`, `progress`,
/// Ctrl-C and errors are as in `write_file`.
///
/// `advise` is what the system is told of reads through the page cache; direct I/O goes without. `None` is what suits the
/// order: "sequential", which lets it read far ahead, or "random", which keeps it from that. "none" says nothing,
/// "willneed" has it begin to load the data. What is cached is made durable and dropped first in any case, as with
/// "dontneed", so that the device answers and not memory; `cached` lets the page cache answer. `data_read_from` in the
/// report, and of each file, is as in `verify_file`.
///
/// Files that cannot be opened or read are listed in `skipped`, and the others are read; then `OSError` is raised with the
/// report as its `report`. `strict=True` stops at the first.
///
/// `rank` and `ranks` are as in `write_file`: each process reads its part of all that there is, or its own files.
///
/// >>> import os, tempfile
/// >>> from dgen_py import read_file, write_file
/// >>> folder = tempfile.TemporaryDirectory()
/// >>> path = os.path.join(folder.name, "data")
/// >>> _ = write_file(path, "3MiB", seed=7)
/// >>> report = read_file(path, num_readers=2)
/// >>> report.bytes_read, report.writers
/// (3145728, 2)
/// >>> folder.cleanup()
///
/// Raises `ValueError` for a value out of range and for a `size` beyond what there is, `OSError` with errno and filename
/// for I/O.
#[pyfunction]
#[pyo3(signature = (path, size=None, *, buffer_size=None, use_direct_io=None, use_io_uring=None, num_readers=None, depth=None, buffer_count=None, file_offset=FileOffset(0), numa_node=None, max_threads=None, progress=None, auto=false, advise=None, order=Order(String::from("sequential")), passes=Passes(1), rate=None, runtime=None, numa_mode=NumaMode::Auto, vectored=Vectored(1), sqpoll=false, iopoll=false, registered=true, huge_pages=true, cached=false, strict=false, rank=None, ranks=None), text_signature = "(path, size=None, *, buffer_size=None, use_direct_io=None, use_io_uring=None, num_readers=None, depth=None, buffer_count=None, file_offset=0, numa_node=None, max_threads=None, progress=None, auto=False, advise=None, order=\"sequential\", passes=1, rate=None, runtime=None, numa_mode='auto', vectored=1, sqpoll=False, iopoll=False, registered=True, huge_pages=True, cached=False, strict=False, rank=None, ranks=None)")]
#[allow(clippy::fn_params_excessive_bools, reason = "the signature is the one that users call")]
pub(crate) fn read_file<'py>(
    py: Python<'py>,
    path: Paths,
    size: Option<Total>,
    buffer_size: Option<BufferSize>,
    use_direct_io: Option<bool>,
    use_io_uring: Option<bool>,
    num_readers: Option<NumReaders>,
    depth: Option<Depth>,
    buffer_count: Option<BufferCount>,
    file_offset: FileOffset,
    numa_node: Option<NumaNode>,
    max_threads: Option<MaxThreads>,
    progress: Option<Progress<'py>>,
    auto: bool,
    advise: Option<Advise>,
    order: Order,
    passes: Passes,
    rate: Option<Rate>,
    runtime: Option<Runtime>,
    numa_mode: NumaMode,
    vectored: Vectored,
    sqpoll: bool,
    iopoll: bool,
    registered: bool,
    huge_pages: bool,
    cached: bool,
    strict: bool,
    rank: Option<Rank>,
    ranks: Option<RankCount>,
) -> PyResult<Bound<'py, PyAny>> {
    let place = Where { mode: numa_mode, node: numa_node };
    let team = place.team(max_threads)?;
    let mut options = ReadOptions::default();
    options.size = size.map(|size| size.0);
    options.file_offset = file_offset.0;
    options.buffer_size = buffer_size.map(|size| size.0);
    options.readers = num_readers.map(|count| count.0);
    options.threads = Some(team.threads());
    options.direct = engine::direct(use_direct_io, DirectMode::Auto);
    options.cached = cached;
    let engine = Engine {
        use_io_uring,
        depth,
        buffer_count,
        order,
        passes,
        rate,
        runtime,
        place,
        vectored,
        sqpoll,
        iopoll,
        registered,
        huge_pages,
    };
    options.io = engine.options()?;
    options.auto = auto;
    options.strict = strict;
    options.advice = engine::advice(advise)?;
    let mut share = ranks::share(rank, ranks)?;
    let follow = Follow { progress, without_total: false, leave: true };
    let ended = follow.run(py, move |shared| {
        let paths = ranks::own_paths(&mut share, &path.0)?;
        let mut options = options;
        options.ranks = share;
        let FoundFiles { files, skipped, .. } = find_files(&paths, strict)?;
        if let (true, Some(error)) = (files.is_empty(), SkippedNotes::new(&skipped, "read").error) {
            return Err(error);
        }
        set_total(shared, &files, &options);
        let mut outcome = read(&files, &options, shared.watch())?;
        outcome.skip(skipped);
        Ok(outcome)
    })?;
    conclude(py, ended)
}

/// Tells how much will be read: what was asked for, or all there is.
fn set_total(shared: &Shared, paths: &[PathBuf], options: &ReadOptions) {
    let mut total = 0;
    for path in paths {
        // What cannot be opened, or has no length, is refused by the reading itself.
        let len = open_to_read(path).ok().and_then(|mut file| file.seek(SeekFrom::End(0)).ok()).unwrap_or(0);
        total += len.saturating_sub(options.file_offset);
    }
    shared.set_total(options.size.unwrap_or(total));
}
