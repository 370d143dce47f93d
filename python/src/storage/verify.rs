//! `verify_file`.

use super::engine;
use super::follow::Follow;
use super::ranks;
use super::reports::conclude;
use crate::arguments::generation::{CompressRatio, DedupRatio, MaxThreads, NumaNode, Seed, StreamVersion};
use crate::arguments::paths::Paths;
use crate::arguments::progress::Progress;
use crate::arguments::reading::Several;
use crate::arguments::recipe::Choice;
use crate::arguments::storage::{
    Advise, Block, BufferCount, BufferSize, Depth, FileOffset, FileSize, Limit, NumReaders, Rank, RankCount,
    StreamOffset, Total,
};
use crate::placement::asked::{NumaMode, Where};
use dgen_cli::{Expected, verify_plan};
use dgen_io::{DirectMode, VerifyOptions};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};

/// Compares files with what they should hold, and returns a `VerifyReport`; damage is reported, not raised.
///
/// `path` is one path or a sequence of them; of a folder all files are compared, in order of name. Files that dgen wrote carry their recipe and range, and need nothing else.
/// For others, and in place of what they carry, give `recipe`, or `seed` with the ratios and `block_size`; then `size`
/// (bytes over all paths), `file_size` (of each file, where it was written with that) and `offset` (stream offset of the first byte, 0 if `None`) say what the files hold.
/// `stream_version` is the version of the stream; `None` is that of each file, or 0 where recipe and size are both given.
/// `file_offset` is the position in each file at which to begin. Sizes are bytes, or text such as "1GiB".
///
/// The report lists the first `limit` damaged ranges and names their kind: zeroed, misplaced, stale, torn, flipped,
/// shifted, foreign, missing or extra. Pages of other versions of the stream, and of the streams of `stale_seeds`, are
/// called stale. `None` means chosen automatically: direct I/O where the file system has it, with at most 4 readers, each
/// with a queue; else buffered I/O, one reader per thread. `use_io_uring`, `depth` and `buffer_count` are as in
/// `write_file`, `advise` is as in `read_file`; none of them
/// changes what is found. `numa_node` keeps the readers and their buffers on one memory node, and `numa_mode` is as for
/// `Generator`. `progress`, Ctrl-C and errors are as in `write_file`.
///
/// What is compared is what the device holds: what the page cache has of the files is made durable and dropped first. The
/// report's `data_read_from`, and that of each file, is what is known of that: "read_from_the_device",
/// "direct_the_file_system_may_cache", or "compared_in_memory"; warnings name the files of which less is known than the
/// first. `cached` lets the page cache answer instead.
///
/// Files that cannot be opened or read, or say nothing of themselves, are listed in `skipped`, and the others are compared.
/// Unless there is damage, `OSError` is then raised with the report as its `report`. `strict=True` stops at the first.
///
/// `rank` and `ranks` are as in `write_file`: each process compares its part, or its own files, whatever number of ranks wrote
/// them.
///
/// >>> import os, tempfile
/// >>> from dgen_py import verify_file, write_file
/// >>> folder = tempfile.TemporaryDirectory()
/// >>> path = os.path.join(folder.name, "data")
/// >>> recipe = write_file(path, "3MiB", seed=7).recipe
/// >>> with open(path, "r+b") as file:
/// ...     _ = file.seek(8192)
/// ...     _ = file.write(bytes(4096))
/// >>> report = verify_file(path, "3MiB", recipe=recipe)
/// >>> report.ok, report.bytes_bad, report.ranges[0].kind, report.ranges[0].offset
/// (False, 4096, 'zeroed', 8192)
/// >>> folder.cleanup()
///
/// Raises `ValueError` for a value out of range and for files of which nothing says what they should hold, `OSError`
/// with errno and filename for I/O.
#[pyfunction]
#[pyo3(signature = (path, size=None, *, recipe=None, seed=None, dedup_ratio=None, compress_ratio=None, block_size=None, offset=None, file_offset=FileOffset(0), stale_seeds=Several(Vec::new()), limit=Limit(20), buffer_size=None, use_direct_io=None, num_readers=None, numa_node=None, max_threads=None, progress=None, use_io_uring=None, depth=None, buffer_count=None, advise=None, numa_mode=NumaMode::Auto, stream_version=None, cached=false, strict=false, rank=None, ranks=None, file_size=None), text_signature = "(path, size=None, *, recipe=None, seed=None, dedup_ratio=None, compress_ratio=None, block_size=None, offset=None, file_offset=0, stale_seeds=(), limit=20, buffer_size=None, use_direct_io=None, num_readers=None, numa_node=None, max_threads=None, progress=None, use_io_uring=None, depth=None, buffer_count=None, advise=None, numa_mode='auto', stream_version=None, cached=False, strict=False, rank=None, ranks=None, file_size=None)")]
pub(crate) fn verify_file<'py>(
    py: Python<'py>,
    path: Paths,
    size: Option<Total>,
    recipe: Option<&str>,
    seed: Option<Seed>,
    dedup_ratio: Option<DedupRatio>,
    compress_ratio: Option<CompressRatio>,
    block_size: Option<Block>,
    offset: Option<StreamOffset>,
    file_offset: FileOffset,
    stale_seeds: Several<Seed>,
    limit: Limit,
    buffer_size: Option<BufferSize>,
    use_direct_io: Option<bool>,
    num_readers: Option<NumReaders>,
    numa_node: Option<NumaNode>,
    max_threads: Option<MaxThreads>,
    progress: Option<Progress<'py>>,
    use_io_uring: Option<bool>,
    depth: Option<Depth>,
    buffer_count: Option<BufferCount>,
    advise: Option<Advise>,
    numa_mode: NumaMode,
    stream_version: Option<StreamVersion>,
    cached: bool,
    strict: bool,
    rank: Option<Rank>,
    ranks: Option<RankCount>,
    file_size: Option<FileSize>,
) -> PyResult<Bound<'py, PyAny>> {
    let place = Where { mode: numa_mode, node: numa_node };
    let team = place.team(max_threads)?;
    let (dedup_ratio, compress_ratio) = (dedup_ratio.map(|ratio| ratio.0), compress_ratio.map(|ratio| ratio.0));
    let expected = Expected {
        file_size: file_size.map(|size| size.0),
        recipe: Choice { recipe, seed, dedup_ratio, compress_ratio, block_size, tuned_for: None }.explicit()?,
        version: stream_version.map(|version| version.0),
        size: size.map(|size| size.0),
        offset: offset.map(|offset| offset.0),
        file_offset: file_offset.0,
        strict,
    };
    let mut options = VerifyOptions::default();
    options.buffer_size = buffer_size.map(|size| size.0);
    options.readers = num_readers.map(|count| count.0);
    options.threads = Some(team.threads());
    options.direct = engine::direct(use_direct_io, DirectMode::Auto);
    options.cached = cached;
    options.advice = engine::advice(advise)?;
    options.io.engine = engine::choice(use_io_uring);
    options.io.depth = depth.map(|depth| depth.0);
    options.io.buffer_count = buffer_count.map(|count| count.0);
    options.io.placement = place.options();
    options.limit = limit.0;
    options.strict = strict;
    options.stale_seeds = stale_seeds.0.into_iter().map(|seed| seed.0).collect();
    let paths: Vec<PathBuf> = path.0.into_iter().map(named).collect();
    let mut share = ranks::share(rank, ranks)?;
    let follow = Follow { progress, without_total: false, leave: true };
    let ended = follow.run(py, move |shared| {
        let mut plan = verify_plan(&ranks::own_paths(&mut share, &paths)?, &expected)?;
        let ranks = share.map(|share| plan.share(&share)).transpose()?;
        shared.set_total(plan.size());
        let mut outcome = plan.run(&options, shared.watch())?;
        outcome.report.ranks = ranks;
        Ok(outcome)
    })?;
    conclude(py, ended)
}

/// To the command `-` is standard input; here it is a file like any other.
fn named(path: PathBuf) -> PathBuf {
    if path.as_os_str() == "-" { Path::new(".").join(path) } else { path }
}
