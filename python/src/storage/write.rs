//! `write_file`.

use super::engine::{self, Engine};
use super::follow::Follow;
use super::ranks;
use super::reports::conclude;
use crate::arguments::generation::{CompressRatio, DedupRatio, MaxThreads, NumaNode, Seed, StreamVersion};
use crate::arguments::paths::Paths;
use crate::arguments::progress::Progress;
use crate::arguments::recipe::Choice;
use crate::arguments::storage::{
    Block, BufferCount, BufferSize, Depth, FileOffset, FileSize, Files, Generators, NumWriters, Order, Passes, Rank,
    RankCount, RankWait, Rate, ReadPercent, Runtime, StreamOffset, SyncEvery, Total, Vectored,
};
use crate::errors::{bad_value, exception};
use crate::placement::asked::{NumaMode, Where};
use dgen::Stream;
use dgen_io::{DirectMode, SyncMode, WriteOptions, continued_stream, files_of, folder_files, recall, write};
use pyo3::prelude::*;
use std::path::PathBuf;
use std::time::Duration;

/// Generates `size` bytes of a stream, writes them to `path`, and returns a `WriteReport`.
///
/// `path` is one path or a sequence of them, which get consecutive parts of the stream. `size`, `buffer_size` (bytes of
/// one I/O), `offset` (stream offset of the first byte), `file_offset` (position in the file) and `block_size` (dedup
/// unit) are bytes, or text such as "1GiB". The stream is that of `recipe`, or of `seed`, the ratios and `block_size`;
/// without a seed one is drawn, and the report tells it; `tuned_for` names a storage system on which the ratios shall hold
/// (see `Generator`). Files carry their recipe, so that `verify_file(path)` needs
/// nothing else.
///
/// `None` means chosen automatically: direct I/O where the file system has it, one writer per thread and at most 4.
/// `fsync` makes the data durable at the end, inside the measured time; `sync_every` also each time so many bytes are
/// written. Existing data is refused unless `force` is true, or it is an untouched result of the very same write: recipe,
/// version, range and place in a set. A warning in the report then says so. `numa_node` keeps
/// the writers and their buffers on one memory node; `numa_mode` is as for `Generator`, and the report's `placement` tells
/// what came of them. `use_io_uring=None` takes io_uring for direct I/O and where `depth`
/// (I/Os in flight per writer) is above 1, and pwrite elsewhere or where the system forbids it; the report says which and
/// why. `buffer_count` is the number of buffers of all writers, at least `depth` for each. `generators` threads
/// (0 to 1024) fill buffers beside the writers; with `None` there are as many as `max_threads` leaves, once storage waits
/// for data.
///
/// `auto` tries settings on the target first and takes the fastest, keeping those that are given. `verify` reads back and
/// compares after writing, as the report's `verify` tells. `resume` continues a write of the same stream that was
/// interrupted, an append too: what is there is compared, and written from the first wrong byte on. Without seed, ratios and
/// recipe, the file's own recipe counts, and its offset. Nothing is cut off before it is written anew.
///
/// `files` writes so many files into `path`, then a folder, which is made where it is absent. `file_size` is the bytes of each,
/// of which the last may be smaller; each begins at a block of the stream, and without `files` there are as many as `size`
/// takes. `append` writes behind the
/// end of a file, whatever it holds; where it carries the same recipe (its own, if none is given) and its range ends with
/// it, the stream goes on there, as the report's `appended` tells. `read_percent` (0 to 100) of the I/Os read back and
/// compare: what this call has written before, or anything, where the file carries the same recipe (its own, if none is
/// given) and range, and is written over in place; the report's `reads` has their numbers.
///
/// `stream_version` (0 to 4294967295) chooses one of the stream's versions, which have other bytes in the same places:
/// write data over with the next one, and `verify_file` tells pages that kept an earlier one. `None` is 0, or that of the
/// file whose own recipe is taken.
///
/// `rank` and `ranks` share a write among so many processes, on one or many hosts, that call it with the same arguments: each
/// writes its part of the range, and together they write all of it. `{rank}` in a path stands for the rank, and each then has
/// its own files; others are shared: rank 0 makes and marks them, and the others wait for that, up to `rank_wait` seconds.
/// The report's `ranks` tells what was whose.
///
/// `order` is "sequential", "random" or "random:SEED", and `passes` goes over the same data so many times. `rate` limits
/// bytes per second, `runtime` the time in seconds. `vectored` buffers make one I/O, as with pwritev. `numa_mode` binds
/// writers to memory nodes: "auto" (where there are several), "force", "uma" or "disabled"; with `numa_node` all are on
/// that one. `sqpoll` and `iopoll` poll for submissions and completions with io_uring, `registered` registers buffers with
/// the kernel, `huge_pages` advises their use for buffers.
///
/// The interpreter is released while data moves. `progress` is called from this thread as `progress(bytes_done,
/// bytes_total)`, about ten times a second and at the end; it may also be a bar of tqdm, a `rich.progress.Progress`, or a
/// `Progress`. Ctrl-C, or an exception in `progress`, stops the writing: what is in flight is
/// finished, the file ends where its data does, and the exception has the report so far as its attribute `report`; a
/// second Ctrl-C returns at once and leaves that to a thread.
///
/// >>> import os, tempfile
/// >>> from dgen_py import verify_file, write_file
/// >>> folder = tempfile.TemporaryDirectory()
/// >>> path = os.path.join(folder.name, "data")
/// >>> report = write_file(path, "3MiB", dedup_ratio=2, compress_ratio=1.5, seed=7)
/// >>> report.bytes_written, report.recipe
/// (3145728, 'dgen1,seed=0x7,dedup=2,compress=3/2')
/// >>> verify_file(path, "3MiB", recipe=report.recipe).ok
/// True
/// >>> folder.cleanup()
///
/// Raises `ValueError` for a value out of range, `FileExistsError` for data that would be overwritten, and `OSError`
/// with errno and filename for I/O; an error after the first byte carries the report as `report`.
#[pyfunction]
#[pyo3(signature = (path, size, buffer_size=None, buffer_count=None, use_direct_io=None, dedup_ratio=DedupRatio(1.0), compress_ratio=CompressRatio(1.0), use_io_uring=None, *, num_writers=None, depth=None, block_size=None, seed=None, recipe=None, offset=StreamOffset(0), fsync=true, force=false, numa_node=None, max_threads=None, progress=None, file_offset=FileOffset(0), preallocate=true, sync_every=None, auto=false, verify=false, resume=false, generators=None, append=false, read_percent=ReadPercent(0), files=None, order=Order(String::from("sequential")), passes=Passes(1), rate=None, runtime=None, numa_mode=NumaMode::Auto, vectored=Vectored(1), sqpoll=false, iopoll=false, registered=true, huge_pages=true, stream_version=None, tuned_for=None, rank=None, ranks=None, rank_wait=RankWait(60.0), file_size=None), text_signature = "(path, size, buffer_size=None, buffer_count=None, use_direct_io=None, dedup_ratio=1.0, compress_ratio=1.0, use_io_uring=None, *, num_writers=None, depth=None, block_size=None, seed=None, recipe=None, offset=0, fsync=True, force=False, numa_node=None, max_threads=None, progress=None, file_offset=0, preallocate=True, sync_every=None, auto=False, verify=False, resume=False, generators=None, append=False, read_percent=0, files=None, order=\"sequential\", passes=1, rate=None, runtime=None, numa_mode='auto', vectored=1, sqpoll=False, iopoll=False, registered=True, huge_pages=True, stream_version=None, tuned_for=None, rank=None, ranks=None, rank_wait=60.0, file_size=None)")]
#[allow(clippy::fn_params_excessive_bools, reason = "the signature is the one that users call")]
pub(crate) fn write_file<'py>(
    py: Python<'py>,
    path: Paths,
    size: Total,
    buffer_size: Option<BufferSize>,
    buffer_count: Option<BufferCount>,
    use_direct_io: Option<bool>,
    dedup_ratio: DedupRatio,
    compress_ratio: CompressRatio,
    use_io_uring: Option<bool>,
    num_writers: Option<NumWriters>,
    depth: Option<Depth>,
    block_size: Option<Block>,
    seed: Option<Seed>,
    recipe: Option<&str>,
    offset: StreamOffset,
    fsync: bool,
    force: bool,
    numa_node: Option<NumaNode>,
    max_threads: Option<MaxThreads>,
    progress: Option<Progress<'py>>,
    file_offset: FileOffset,
    preallocate: bool,
    sync_every: Option<SyncEvery>,
    auto: bool,
    verify: bool,
    resume: bool,
    generators: Option<Generators>,
    append: bool,
    read_percent: ReadPercent,
    files: Option<Files>,
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
    stream_version: Option<StreamVersion>,
    tuned_for: Option<&str>,
    rank: Option<Rank>,
    ranks: Option<RankCount>,
    rank_wait: RankWait,
    file_size: Option<FileSize>,
) -> PyResult<Bound<'py, PyAny>> {
    let place = Where { mode: numa_mode, node: numa_node };
    let team = place.team(max_threads)?;
    // The default is a ratio that a recipe need not contradict.
    let given = |ratio: f64| Some(ratio).filter(|ratio| ratio.to_bits() != 1_f64.to_bits());
    let (dedup_ratio, compress_ratio) = (given(dedup_ratio.0), given(compress_ratio.0));
    let is_unsaid = recipe.is_none()
        && seed.is_none()
        && dedup_ratio.is_none()
        && compress_ratio.is_none()
        && block_size.is_none()
        && tuned_for.is_none();
    let mut share = ranks::share(rank, ranks)?;
    if share.is_some() && recipe.is_none() && seed.is_none() {
        return Err(bad_value("seed", "None", "a seed or a recipe, the same one for all ranks"));
    }
    if let Some(share) = &mut share {
        share.wait = wait(rank_wait.0)?;
    }
    let recipe = Choice { recipe, seed, dedup_ratio, compress_ratio, block_size, tuned_for }.recipe()?;
    let stream = Stream::new(&recipe).map_err(|error| exception(&error))?;
    let version = stream_version.map(|version| version.0);
    let mut options = WriteOptions::new(stream.version(version.unwrap_or(0)), size.0);
    options.offset = offset.0;
    options.file_offset = file_offset.0;
    options.buffer_size = buffer_size.map(|size| size.0);
    options.writers = num_writers.map(|count| count.0);
    options.generators = generators.map(|count| count.0);
    options.threads = Some(team.threads());
    options.direct = engine::direct(use_direct_io, DirectMode::Auto);
    options.sync = sync(fsync, sync_every)?;
    options.force = force;
    options.preallocate = preallocate;
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
    (options.append, options.read_percent) = (append, read_percent.0);
    options.file_size = file_size.map(|size| size.0);
    let derived = options.file_size.map(|each| files_of(size.0, each)).transpose();
    options.files = files.map(|files| files.0).or(derived.map_err(|error| exception(&error))?);
    options.ranks = share;
    (options.auto, options.verify, options.resume) = (auto, verify, resume);
    let follow = Follow { progress, without_total: false, leave: false };
    let ended = follow.run(py, move |shared| {
        let mut options = options;
        shared.set_total(options.size);
        if is_unsaid && resume {
            recall_stream(&path.0, version, &mut options)?;
        } else if is_unsaid && (append || options.read_percent > 0) {
            continue_stream(&path.0, version, &mut options)?;
        }
        write(&path.0, &options, shared.watch())
    })?;
    conclude(py, ended)
}

/// Takes the stream of the file itself, where its range ends with it; its version too, if no other is asked for.
fn continue_stream(paths: &[PathBuf], version: Option<u32>, options: &mut WriteOptions) -> dgen::Result<()> {
    let Some(path) = paths.first() else { return Ok(()) };
    let file =
        options.files.map(|files| folder_files(path, files)).transpose()?.and_then(|files| files.into_iter().next());
    if let Some(stream) = continued_stream(file.as_ref().unwrap_or(path))? {
        options.stream = version.map_or_else(|| stream.clone(), |version| stream.version(version));
    }
    Ok(())
}

/// Takes what the files say of the stream that an interrupted write was to leave; where it begins too, if that is not said.
fn recall_stream(paths: &[PathBuf], version: Option<u32>, options: &mut WriteOptions) -> dgen::Result<()> {
    let files = options.files.zip(paths.first()).map(|(files, folder)| folder_files(folder, files)).transpose()?;
    let offset = Some(options.offset).filter(|offset| *offset > 0);
    let known = recall(files.as_deref().unwrap_or(paths), None, version, offset, Some(options.size))?;
    (options.stream, options.offset) = (known.stream, known.range.offset);
    options.file_size = options.file_size.or(known.file_size);
    Ok(())
}

fn wait(seconds: f64) -> PyResult<Duration> {
    let refused = |_| bad_value("rank_wait", seconds, "seconds, 0 or more");
    Duration::try_from_secs_f64(seconds).map_err(refused)
}

fn sync(fsync: bool, every: Option<SyncEvery>) -> PyResult<SyncMode> {
    match (fsync, every) {
        (true, None) => Ok(SyncMode::End),
        (true, Some(SyncEvery(bytes))) => Ok(SyncMode::Every(bytes)),
        (false, None) => Ok(SyncMode::None),
        (false, Some(SyncEvery(bytes))) => Err(bad_value("sync_every", bytes, "None, where fsync is False")),
    }
}
