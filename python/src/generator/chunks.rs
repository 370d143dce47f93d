//! The stateful form of a stream: chunk after chunk until its size is used up.

use super::batch::Buffers;
use super::cursor::Cursor;
use super::fill::{fill, filled};
use crate::arguments::batch::Seeds;
use crate::arguments::duplicated::{Duplicated, Early, Reuse, Runs, Skip, Window, Within};
use crate::arguments::generation::{
    BlockSize, ChunkSize, CompressRatio, DedupRatio, MaxThreads, NextSize, NumaNode, Offset, Seed, Size, StreamVersion,
    Wanted,
};
use crate::arguments::reading::integer;
use crate::arguments::recipe::recipe_with;
use crate::arguments::textured::{Dtype, Like, Spread, Texture, Textured, Tune};
use crate::buffers::bytes_view::BytesView;
use crate::buffers::memory::Blank;
use crate::buffers::writable::Writable;
use crate::errors::{bad_value, exception};
use crate::interpreter::detached::calling;
use crate::interpreter::dict::dict;
use crate::locks::lock;
use crate::placement::asked::{NumaMode, Where};
use dgen::driver::{Team, chunk_size};
use dgen::place::Place;
use dgen::{Recipe, Stream};
use pyo3::prelude::*;
use pyo3::types::PyType;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard};

/// Generates the first `size` bytes of a stream, chunk by chunk, in constant memory.
///
/// Sizes and offsets, here and in the methods, are bytes, or text such as "1GiB", "64k" or "1.5GB" (`GiB` and `G` are
/// powers of 1024, `GB` of 1000).
///
/// `seed`, the ratios and `block_size` (the dedup unit in bytes) define the bytes; nothing else changes them. Without a
/// seed one is drawn; `seed` and `recipe` tell it. `chunk_size` is 32 MiB by default; "auto" is what stays in
/// the caches of the cores, for consumers that read each chunk at once. `max_threads` defaults to the processors that
/// this process may use; `method` has no effect.
///
/// `stream_version` (0 to 4294967295) chooses one of the stream's versions, which have other bytes in the same places, so
/// that overwritten data is told from stale data; it is no part of the recipe.
///
/// `tuned_for` names a storage system, such as "btrfs", "zfs:128KiB", "vdo" or "zstd:9" (`dgen info --for` lists them): the
/// data is made so that what that system allocates is smaller by the ratios, though it rounds what it compresses.
/// `recipe` tells with what; ratios that cannot be had there are refused.
/// `texture` says how pages are filled. `repeat` and `zeros` compress by `compress_ratio`, more exactly for the compressor
/// that `tune` names (`any`, `lz4`, `zstd`, `zlib`, `snappy`). `lz` (short literals and matches) and `text` (words and
/// lines, behind a tag of 16 bytes in each 4 KiB page) are to compressors what real data is, and have that ratio for one
/// alone: `tune` is `lz4`, `zstd` or `zlib`. `tensor` is numbers of type
/// `dtype` (`bf16`, `fp16`, `fp32`, `fp8`, `int8`), distributed like those of models: `like` is `weights`, `grad`, `adam`,
/// `kv` or `uniform`. They compress as such numbers do, and `compress_ratio` stays 1. The first 16 bytes of each 4 KiB page
/// are the page's tag, by which it is verified, and not numbers; as such they may be NaN. `generate_array` with `like`
/// gives the same numbers without tags, and `as_array` shows a chunk as an array.
/// `spread` (0 to 1) lets compressed sizes of pages differ around their mean; 0.7 is like much real data.
///
/// Duplicates copy contents of the last `window` (64 MiB) but not of the last `skip` (8 MiB, or a quarter of a smaller
/// `window`). `early="apart"` begins with blocks that are all new, so that none is copied nearer than `skip`. `reuse` is
/// `uniform`, `recent:SIZE`, `zipf:EXPONENT` or `fixed`. `runs` is how many blocks in a row copy contents in a row, a number
/// or text such as "4-16". `within="64MiB:1/2"` cuts the stream into shards of 64 MiB, and half of the duplicates copy
/// contents of their own shard, the others those of earlier ones.
///
/// On machines with several memory nodes, threads run on all of them, and each fills the memory of its own node;
/// `numa_node` keeps threads and allocated memory on one node. `numa_mode` is `auto` (placed when there is more than one
/// node), `force` (always, or `OSError`) or `uma`, also called `disabled` (never). `placement` tells what came of it.
///
/// Several threads may share a generator: each call takes the next range, and no two calls the same.
/// `reset()` begins again: with the same bytes where a seed was given, with those of a fresh seed where none was.
/// `seek(0)` begins again with the same bytes in either case.
///
/// >>> from dgen_py import Generator
/// >>> generator = Generator(10 << 20, dedup_ratio=1.5, compress_ratio=2.0, seed=31)
/// >>> generator.recipe
/// 'dgen1,seed=0x1f,dedup=3/2,compress=2'
/// >>> buffer, total = bytearray(1 << 20), 0
/// >>> while not generator.is_complete():
/// ...     total += generator.fill_chunk(buffer)
/// >>> total
/// 10485760
///
/// Raises `ValueError` for a value out of range and for a node that this process may not use, with the nodes that it may.
#[pyclass(frozen, module = "dgen_py")]
pub(crate) struct Generator {
    /// As in the place, where it never changes.
    size: u64,
    chunk_size: usize,
    team: Team,
    asked: Asked,
    state: Mutex<State>,
}

/// What moves.
struct State {
    place: Place,
    /// Whether the seed was drawn, so that `reset()` draws another.
    drawn: bool,
}

/// What the caller asked for and what a copy on another machine must decide anew.
#[derive(Clone, Copy)]
struct Asked {
    chunk_size: ChunkSize,
    max_threads: Option<MaxThreads>,
    place: Where,
}

/// What pickling keeps: recipe, stream offset, size, position, base, chunk size, threads, mode, node, version, and
/// whether the seed was drawn.
type Pickled = (String, u64, u64, u64, u64, ChunkSize, Option<usize>, &'static str, Option<u32>, u32, bool);

impl Generator {
    fn make(place: dgen::Result<Place>, drawn: bool, asked: Asked) -> PyResult<Self> {
        let team = asked.place.team(asked.max_threads)?;
        let chunk_size = match asked.chunk_size {
            ChunkSize::Auto => chunk_size(&team),
            ChunkSize::Bytes(bytes) => bytes,
        };
        Ok(Self::at(State { place: place.map_err(|error| exception(&error))?, drawn }, chunk_size, team, asked))
    }

    fn at(state: State, chunk_size: usize, team: Team, asked: Asked) -> Self {
        Self { size: state.place.size(), chunk_size, team, asked, state: Mutex::new(state) }
    }

    /// What moves, locked. Nobody runs Python code or waits for anything while holding it.
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The next chunk of up to `len` bytes, `None` at the end.
    fn chunk(&self, py: Python<'_>, len: usize) -> PyResult<Option<BytesView>> {
        let mut left = self.state().place.next(len).1;
        loop {
            // Memory first: when it cannot be had, no range is lost.
            let mut blank = Blank::on(left, &self.team)?;
            let claim = {
                let place = &mut self.state().place;
                let now = place.next(len).1;
                if now > left {
                    // Another thread has moved back meanwhile.
                    left = now;
                    continue;
                }
                place.claim(len)
            };
            if claim.len == 0 {
                return Ok(None);
            }
            blank.truncate(claim.len);
            let memory = filled(py, &claim.stream, claim.offset, blank, &self.team)?;
            return Ok(Some(BytesView::whole(memory)));
        }
    }
}

#[pymethods]
impl Generator {
    #[new]
    #[pyo3(signature = (size, dedup_ratio=DedupRatio(1.0), compress_ratio=CompressRatio(1.0), numa_mode=NumaMode::Auto, max_threads=None, numa_node=None, chunk_size=None, block_size=None, seed=None, method="parallel", *, stream_version=StreamVersion(0), texture=None, dtype=None, like=None, spread=None, tune=None, tuned_for=None, window=None, skip=None, early=None, reuse=None, runs=None, within=None), text_signature = "(size, dedup_ratio=1.0, compress_ratio=1.0, numa_mode='auto', max_threads=None, numa_node=None, chunk_size=None, block_size=None, seed=None, method='parallel', *, stream_version=0, texture=None, dtype=None, like=None, spread=None, tune=None, tuned_for=None, window=None, skip=None, early=None, reuse=None, runs=None, within=None)")]
    fn new(
        size: Size,
        dedup_ratio: DedupRatio,
        compress_ratio: CompressRatio,
        numa_mode: NumaMode,
        max_threads: Option<MaxThreads>,
        numa_node: Option<NumaNode>,
        chunk_size: Option<ChunkSize>,
        block_size: Option<BlockSize>,
        seed: Option<Seed>,
        method: &str,
        stream_version: StreamVersion,
        texture: Option<Texture>,
        dtype: Option<Dtype>,
        like: Option<Like>,
        spread: Option<Spread>,
        tune: Option<Tune>,
        tuned_for: Option<&str>,
        window: Option<Window>,
        skip: Option<Skip>,
        early: Option<Early>,
        reuse: Option<Reuse>,
        runs: Option<Runs>,
        within: Option<Within>,
    ) -> PyResult<Self> {
        _ = method;
        let textured = Textured { texture, dtype, like, spread, tune };
        let duplicated = Duplicated { window, skip, early, reuse, runs, within };
        let recipe = recipe_with((dedup_ratio, compress_ratio), seed, block_size, tuned_for, textured, duplicated)?;
        let place = beginning(&recipe, stream_version, 0, size.0);
        Self::make(place, seed.is_none(), Asked::new(numa_mode, max_threads, numa_node, chunk_size))
    }

    /// A generator of the `size` bytes from `offset` on of the stream that a recipe's text defines.
    ///
    /// >>> from dgen_py import Generator
    /// >>> Generator.from_recipe('dgen1,seed=7,compress=2', 1 << 20).seed
    /// 7
    #[staticmethod]
    #[pyo3(signature = (text, size, *, offset=Offset(0), numa_mode=NumaMode::Auto, max_threads=None, numa_node=None, chunk_size=None, stream_version=StreamVersion(0)), text_signature = "(text, size, *, offset=0, numa_mode='auto', max_threads=None, numa_node=None, chunk_size=None, stream_version=0)")]
    fn from_recipe(
        text: &str,
        size: Size,
        offset: Offset,
        numa_mode: NumaMode,
        max_threads: Option<MaxThreads>,
        numa_node: Option<NumaNode>,
        chunk_size: Option<ChunkSize>,
        stream_version: StreamVersion,
    ) -> PyResult<Self> {
        let recipe = text.parse().map_err(|error| exception(&error))?;
        let place = beginning(&recipe, stream_version, offset.0, size.0);
        Self::make(place, false, Asked::new(numa_mode, max_threads, numa_node, chunk_size))
    }

    /// Bytes per chunk.
    #[getter]
    fn chunk_size(&self) -> usize {
        self.chunk_size
    }

    /// The seed of the current stream.
    #[getter]
    fn seed(&self) -> u64 {
        self.state().place.stream().recipe().seed()
    }

    /// The current stream's recipe in its canonical text form; with `stream_version` it reproduces the bytes anywhere.
    #[getter]
    fn recipe(&self) -> String {
        self.state().place.stream().recipe().to_string()
    }

    /// The version of the current stream, which a new seed keeps: together with `recipe` it says what the bytes are.
    #[getter]
    fn stream_version(&self) -> u32 {
        self.state().place.stream().version_number()
    }

    /// Stream offset of the generator's first byte: 0, unless it is a shard or was given another.
    #[getter]
    fn offset(&self) -> u64 {
        self.state().place.start()
    }

    /// Threads used at most: `max_threads`, or what suits the placement, the affinity and the quota of this process.
    #[getter]
    fn threads(&self) -> usize {
        self.team.threads()
    }

    /// Where threads run and memory comes from, as `get_placement` tells it: a dict with what was asked for, what the
    /// system refused, and `memory`, one of `bound`, `first_touch`, `policy` and `system`.
    #[getter]
    fn placement<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        dict(py, &self.team.report())
    }

    /// Writes the next bytes into a writable C-contiguous buffer of any item type.
    ///
    /// Returns the number of bytes written: the buffer's, or what is left, 0 at the end. The interpreter is free
    /// meanwhile. After a `KeyboardInterrupt` the position is that of a whole call and the buffer's rest as it was.
    ///
    /// Raises `ValueError` for a buffer that is read-only or not contiguous, `TypeError` for an object without one.
    fn fill_chunk(&self, py: Python<'_>, mut buffer: Writable<'_>) -> PyResult<usize> {
        let claim = self.state().place.claim(buffer.len());
        fill(py, &claim.stream, claim.offset, &mut buffer.memory()[..claim.len], &self.team)?;
        Ok(claim.len)
    }

    /// Fills many buffers in one call, on all threads; returns the number of bytes written in all.
    ///
    /// Without `seeds` they get the next bytes in turn, as by `fill_chunk` with each; at the end the last ones get less, or
    /// nothing. With `seeds`, one for each buffer, `buffers[i]` gets the beginning of the stream of `seeds[i]` that has
    /// the ratios, block size and version of this one, and nothing moves. All buffers are looked at before the first byte
    /// is written or any range taken.
    ///
    /// Raises as `fill_chunk`, and `ValueError` for buffers that overlap or another number of seeds.
    #[pyo3(signature = (buffers, seeds=None))]
    fn fill_many(&self, py: Python<'_>, buffers: Buffers<'_>, seeds: Option<Seeds>) -> PyResult<usize> {
        if let Some(seeds) = seeds {
            seeds.check(buffers.count())?;
            let stream = self.state().place.stream().clone();
            return buffers.fill_seeded(py, &stream, &seeds, &self.team);
        }
        let (stream, ranges) = {
            let place = &mut self.state().place;
            let claims = buffers.sizes().map(|size| place.claim(size));
            let ranges: Vec<_> = claims.map(|claim| (claim.offset, claim.len)).collect();
            (place.stream().clone(), ranges)
        };
        buffers.fill_ranges(py, &stream, &ranges, &self.team)
    }

    /// The next `chunk_size` bytes (fewer at the end) as a `BytesView`, `None` once the generator is complete.
    ///
    /// Raises `ValueError` for a size of 0, unless the generator is complete: what is left is then a valid size.
    fn get_chunk(&self, py: Python<'_>, chunk_size: NextSize) -> PyResult<Option<BytesView>> {
        if chunk_size.0 == 0 && !self.is_complete() {
            return Err(bad_value("chunk_size", 0, "1 to 2^63 - 1 bytes"));
        }
        self.chunk(py, chunk_size.0)
    }

    /// Fills a buffer with the stream's bytes at `offset` and on; returns its length in bytes.
    ///
    /// Neither the position nor the size matter, nor do they change: the stream is endless, up to 2^63 bytes. The offset
    /// counts from the stream's beginning, also in a shard, whose own first byte lies at the stream's `offset`.
    fn fill_at(&self, py: Python<'_>, offset: Offset, mut buffer: Writable<'_>) -> PyResult<usize> {
        let stream = self.state().place.stream().clone();
        fill(py, &stream, offset.0, buffer.memory(), &self.team)?;
        Ok(buffer.len())
    }

    /// The `n` bytes of the stream from `offset` on as a `BytesView`.
    ///
    /// As with `fill_at`, neither the position nor the size matter, nor do they change.
    ///
    /// >>> from dgen_py import Generator
    /// >>> generator = Generator(1 << 20, seed=1)
    /// >>> generator.get_at(4096, 100) == generator.get_chunk(8192)[4096:4196]
    /// True
    fn get_at(&self, py: Python<'_>, offset: Offset, n: Wanted) -> PyResult<BytesView> {
        let stream = self.state().place.stream().clone();
        let blank = Blank::on(n.0, &self.team)?;
        filled(py, &stream, offset.0, blank, &self.team).map(BytesView::whole)
    }

    /// Begins again at position 0. The same bytes come again where the seed was given; where it was drawn, another is.
    ///
    /// `seed` tells it; `seek(0)` replays the current stream in either case.
    fn reset(&self) -> PyResult<()> {
        let State { place, drawn } = &mut *self.state();
        if *drawn {
            let mut fresh = place.clone();
            fresh.restart();
            fresh.reseed(None).map_err(|error| exception(&error))?;
            *place = fresh;
        } else {
            place.restart();
        }
        Ok(())
    }

    /// Bytes generated so far.
    fn position(&self) -> u64 {
        self.state().place.position()
    }

    /// Bytes in all.
    fn total_size(&self) -> u64 {
        self.size
    }

    /// Whether every byte has been generated.
    fn is_complete(&self) -> bool {
        self.state().place.is_complete()
    }

    /// Continues with the beginning of the stream of `seed` (`None`: of a fresh seed).
    ///
    /// The position and the bytes left stay as they are. A shard continues with the beginning of the same part of the
    /// new stream, so that shards that set the same seed stay disjoint.
    fn set_seed(&self, seed: Option<Seed>) -> PyResult<()> {
        let State { place, drawn } = &mut *self.state();
        place.reseed(seed.map(|seed| seed.0)).map_err(|error| exception(&error))?;
        *drawn = seed.is_none();
        Ok(())
    }

    /// Moves to position `offset`, between where the seed was last set and the size.
    ///
    /// Raises `ValueError` outside that range.
    fn seek(&self, offset: Offset) -> PyResult<()> {
        let refused = |reach: RangeInclusive<u64>| {
            bad_value("offset", offset.0, &format!("{} to {}", reach.start(), reach.end()))
        };
        self.state().place.seek(offset.0).map_err(refused)
    }

    /// The `index`-th of `count` contiguous shards of the generator's bytes, as a generator at its own position 0.
    ///
    /// The shards' data in order are the whole's: `total_size()` bytes of the current stream, whatever was generated
    /// already. They are cut at multiples of the block size if each gets a block, else of 4096 bytes if each gets as
    /// much, else anywhere; their sizes differ by one such unit at most. A shard may be sharded again.
    ///
    /// >>> from dgen_py import Generator
    /// >>> shard = Generator(10 << 20, seed=1).shard(1, 4)
    /// >>> shard.offset, shard.total_size()
    /// (2097152, 3145728)
    ///
    /// Raises `ValueError` unless `0 <= index < count`.
    fn shard(&self, index: &Bound<'_, PyAny>, count: &Bound<'_, PyAny>) -> PyResult<Self> {
        let count = integer(count.as_borrowed(), "count", 1..=u64::MAX, "1 to 2^64 - 1")?;
        let accepted = format!("0 to {} (count - 1)", count - 1);
        let index = integer(index.as_borrowed(), "index", 0..=count - 1, &accepted)?;
        let State { place, drawn } = &*self.state();
        let place = place.shard(index, count).map_err(|error| exception(&error))?;
        Ok(Self::at(State { place, drawn: *drawn }, self.chunk_size, self.team.clone(), self.asked))
    }

    /// Opens the generator's bytes as a `StreamFile`: a raw, seekable, read-only file object at its own position 0.
    ///
    /// It has `total_size()` bytes of the current stream, and neither it nor the generator moves or changes the other.
    ///
    /// >>> from dgen_py import Generator
    /// >>> with Generator(10_000, seed=1).open() as file:
    /// ...     len(file.read(4096)), file.seek(-100, 2), len(file.read())
    /// (4096, 9900, 100)
    fn open<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        calling(slf.py(), || slf.py().import("dgen_py._file")?.getattr("StreamFile")?.call1((slf,)))
    }

    /// The cursor behind a `StreamFile`.
    fn _cursor(&self) -> Cursor {
        Cursor::new(&self.state().place, self.team.clone())
    }

    /// Iterates over the remaining chunks of `chunk_size` bytes.
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<BytesView>> {
        self.chunk(py, self.chunk_size)
    }

    fn __repr__(&self) -> String {
        let place = &self.state().place;
        let (recipe, position, size) = (place.stream().recipe(), place.position(), self.size);
        let offset = if place.start() == 0 { String::new() } else { format!(" offset={}", place.start()) };
        let version = match place.stream().version_number() {
            0 => String::new(),
            version => format!(" stream_version={version}"),
        };
        format!("<dgen_py.Generator recipe='{recipe}'{version}{offset} size={size} position={position}>")
    }

    /// Pickles recipe, version, position and the options given; the seed of an unseeded generator goes along.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Pickled)> {
        let restore = slf.py().get_type::<Self>().getattr("_restore")?;
        let this = slf.get();
        let State { place, drawn } = &*this.state();
        let Asked { chunk_size, max_threads, place: asked } = this.asked;
        let max_threads = max_threads.map(|threads| threads.0);
        let (recipe, version) = (place.stream().recipe().to_string(), place.stream().version_number());
        let (mode, node) = (asked.mode.name(), asked.node.map(|node| node.0));
        let (start, size, position, base) = (place.start(), place.size(), place.position(), place.base());
        Ok((restore, (recipe, start, size, position, base, chunk_size, max_threads, mode, node, version, *drawn)))
    }

    /// The generator that was pickled; what unpickling calls.
    #[classmethod]
    fn _restore(
        _class: &Bound<'_, PyType>,
        recipe: &str,
        offset: Offset,
        size: Size,
        position: u64,
        base: u64,
        chunk_size: ChunkSize,
        max_threads: Option<MaxThreads>,
        numa_mode: NumaMode,
        numa_node: Option<NumaNode>,
        stream_version: StreamVersion,
        drawn: bool,
    ) -> PyResult<Self> {
        let recipe = recipe.parse().map_err(|error| exception(&error))?;
        let place = beginning(&recipe, stream_version, offset.0, size.0).and_then(|place| place.at(position, base));
        Self::make(place, drawn, Asked::new(numa_mode, max_threads, numa_node, Some(chunk_size)))
    }
}

/// The beginning of the `size` bytes from `start` on of a version of a recipe's stream.
fn beginning(recipe: &Recipe, version: StreamVersion, start: u64, size: u64) -> dgen::Result<Place> {
    Place::new(Stream::new(recipe)?.version(version.0), start, size)
}

impl Asked {
    fn new(
        mode: NumaMode,
        max_threads: Option<MaxThreads>,
        node: Option<NumaNode>,
        chunk_size: Option<ChunkSize>,
    ) -> Self {
        Self { chunk_size: chunk_size.unwrap_or(ChunkSize::DEFAULT), max_threads, place: Where { mode, node } }
    }
}
