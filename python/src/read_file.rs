//! `read_file`.

use crate::args::{MaxThreads, NumaNode};
use crate::engine;
use crate::follow::{Follow, Shared};
use crate::numbers::{BufferCount, BufferSize, Depth, FileOffset, NumReaders, Total};
use crate::paths::Paths;
use crate::placement::{NumaMode, Where};
use crate::reports::conclude;
use dgen::Result;
use dgen_io::{DirectMode, ReadOptions, open_to_read, read};
use pyo3::prelude::*;
use std::io::{Seek, SeekFrom};
use std::path::PathBuf;

/// Reads files or block devices as a benchmark, and returns a `ReadReport`.
///
/// The bytes are moved to memory and not looked at; `verify_file` looks at them. `path` is one path or a sequence of
/// them. `size` (over all paths; `None`: all there is), `buffer_size` (bytes of one I/O) and `file_offset` (position in
/// each file at which to begin) are bytes, or text such as "1GiB".
///
/// `None` means chosen automatically: direct I/O where the file system has it, one reader per thread and at most 4.
/// `use_io_uring`, `depth`, `buffer_count` and `auto` are as in `write_file`. `numa_node` keeps the readers and their buffers on one memory node, and `numa_mode` is as for
/// `Generator`. `progress`, Ctrl-C and errors are as in
/// `write_file`.
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
#[pyo3(signature = (path, size=None, *, buffer_size=None, use_direct_io=None, use_io_uring=None, num_readers=None, depth=None, buffer_count=None, file_offset=FileOffset(0), numa_node=None, max_threads=None, progress=None, auto=false, numa_mode=NumaMode::Auto), text_signature = "(path, size=None, *, buffer_size=None, use_direct_io=None, use_io_uring=None, num_readers=None, depth=None, buffer_count=None, file_offset=0, numa_node=None, max_threads=None, progress=None, auto=False, numa_mode='auto')")]
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
    progress: Option<&Bound<'py, PyAny>>,
    auto: bool,
    numa_mode: NumaMode,
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
    options.io = engine::io(use_io_uring, depth, buffer_count);
    options.io.placement = place.options();
    options.auto = auto;
    let follow = Follow { progress, without_total: false, leave: true };
    let ended = follow.run(py, move |shared| {
        set_total(shared, &path.0, &options)?;
        read(&path.0, &options, shared.watch())
    })?;
    conclude(py, ended)
}

/// Tells how much will be read: what was asked for, or all there is.
fn set_total(shared: &Shared, paths: &[PathBuf], options: &ReadOptions) -> Result<()> {
    let mut total = 0;
    for path in paths {
        let mut file = open_to_read(path)?;
        // What has no length is refused by the reading itself.
        let len = file.seek(SeekFrom::End(0)).unwrap_or(0);
        total += len.saturating_sub(options.file_offset);
    }
    shared.set_total(options.size.unwrap_or(total));
    Ok(())
}
