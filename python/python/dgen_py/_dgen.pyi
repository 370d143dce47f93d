"""Native part of dgen_py; import `dgen_py` instead."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, SupportsFloat, SupportsIndex, final, overload

from typing_extensions import Buffer, TypeAlias

from ._file import StreamFile
from ._reports import MeasureReport, ReadReport, VerifyReport, WriteReport
from .typing import (
    Advise,
    Codec,
    Dtype,
    Early,
    Like,
    Method,
    NumaMode,
    Order,
    Progress,
    ProgressOfUnknown,
    Reuse,
    Size,
    Texture,
    Tune,
)

__all__ = [
    "BufferPool",
    "BytesView",
    "Cursor",
    "Generator",
    "_fill_tensor",
    "_fill_values",
    "_main",
    "_ranks",
    "_size",
    "__version__",
    "bench_rolling_pool",
    "create_bytearrays",
    "detect_numa_nodes",
    "fill_buffer",
    "fill_many",
    "generate_buffer",
    "generate_data",
    "generate_into_buffer",
    "generate_normal",
    "generate_uniform",
    "generate_uniform_vectors",
    "get_numa_info",
    "get_placement",
    "get_system_info",
    "normalize_rows",
    "info",
    "measure",
    "read_file",
    "verify_file",
    "write_file",
]

__version__: str
class _Array(Protocol):
    """NumPy arrays, which declare their buffer from Python 3.12 on only."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...

class _Tensor(Protocol):
    """PyTorch's CPU tensors, and others that speak DLPack."""

    def __dlpack_device__(self) -> tuple[Any, int]: ...

_Writable: TypeAlias = Buffer | _Array | _Tensor

@final
class BytesView:
    """Generated data: a read-only bytes-like object.

    `memoryview(view)` and `numpy.frombuffer(view, dtype=...)` share its memory, which lives as long as any of them;
    `bytes(view)` copies. `view[i]` is an int, `view[a:b]` another view without a copy (with a step: of a copy).
    Compares and hashes like `bytes`.
    """
    def __len__(self) -> int: ...
    def __bytes__(self) -> bytes: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> BytesView: ...
    def __iter__(self) -> Iterator[int]: ...
    def __reversed__(self) -> Iterator[int]: ...
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __lt__(self, value: BytesView | bytes, /) -> bool: ...
    def __le__(self, value: BytesView | bytes, /) -> bool: ...
    def __gt__(self, value: BytesView | bytes, /) -> bool: ...
    def __ge__(self, value: BytesView | bytes, /) -> bool: ...

@final
class Generator:
    """Generates the first `size` bytes of a stream, chunk by chunk, in constant memory.

    Sizes and offsets, here and in the methods, are bytes, or text such as "1GiB", "64k" or "1.5GB" (`GiB` and `G` are
    powers of 1024, `GB` of 1000).

    `seed`, the ratios and `block_size` (the dedup unit in bytes) define the bytes; nothing else changes them. Without a
    seed one is drawn; `seed` and `recipe` tell it. `chunk_size` is 32 MiB by default; "auto" is what stays in
    the caches of the cores, for consumers that read each chunk at once. `max_threads` defaults to the processors that
    this process may use; `method` has no effect.

    `stream_version` (0 to 4294967295) chooses one of the stream's versions, which have other bytes in the same places, so
    that overwritten data is told from stale data; it is no part of the recipe.

    `tuned_for` names a storage system, such as "btrfs", "zfs:128KiB", "vdo" or "zstd:9" (`dgen info --for` lists them): the
    data is made so that what that system allocates is smaller by the ratios, though it rounds what it compresses.
    `recipe` tells with what; ratios that cannot be had there are refused.
    `texture` says how pages are filled. `repeat` and `zeros` compress by `compress_ratio`, more exactly for the compressor
    that `tune` names (`any`, `lz4`, `zstd`, `zlib`, `snappy`). `lz` (short literals and matches) and `text` (words and
    lines, behind a tag of 16 bytes in each 4 KiB page) are to compressors what real data is, and have that ratio for one
    alone: `tune` is `lz4`, `zstd` or `zlib`. `tensor` is numbers of type
    `dtype` (`bf16`, `fp16`, `fp32`, `fp8`, `int8`), distributed like those of models: `like` is `weights`, `grad`, `adam`,
    `kv` or `uniform`. They compress as such numbers do, and `compress_ratio` stays 1. The first 16 bytes of each 4 KiB page
    are the page's tag, by which it is verified, and not numbers; as such they may be NaN. `generate_array` with `like`
    gives the same numbers without tags, and `as_array` shows a chunk as an array.
    `spread` (0 to 1) lets compressed sizes of pages differ around their mean; 0.7 is like much real data.

    Duplicates copy contents of the last `window` (64 MiB) but not of the last `skip` (8 MiB, or a quarter of a smaller
    `window`). `early="apart"` begins with blocks that are all new, so that none is copied nearer than `skip`. `reuse` is
    `uniform`, `recent:SIZE`, `zipf:EXPONENT` or `fixed`. `runs` is how many blocks in a row copy contents in a row, a number
    or text such as "4-16". `within="64MiB:1/2"` cuts the stream into shards of 64 MiB, and half of the duplicates copy
    contents of their own shard, the others those of earlier ones.

    On machines with several memory nodes, threads run on all of them, and each fills the memory of its own node;
    `numa_node` keeps threads and allocated memory on one node. `numa_mode` is `auto` (placed when there is more than one
    node), `force` (always, or `OSError`) or `uma`, also called `disabled` (never). `placement` tells what came of it.

    Several threads may share a generator: each call takes the next range, and no two calls the same.
    `reset()` begins again: with the same bytes where a seed was given, with those of a fresh seed where none was.
    `seek(0)` begins again with the same bytes in either case.

    Raises `ValueError` for a value out of range and for a node that this process may not use, with the nodes that it may.
    """
    def __new__(
        cls,
        size: Size,
        dedup_ratio: SupportsFloat = 1.0,
        compress_ratio: SupportsFloat = 1.0,
        numa_mode: NumaMode = "auto",
        max_threads: SupportsIndex | None = None,
        numa_node: SupportsIndex | None = None,
        chunk_size: Size | None = None,
        block_size: Size | None = None,
        seed: SupportsIndex | None = None,
        method: Method = "parallel",
        *,
        stream_version: SupportsIndex = 0,
        texture: Texture | None = None,
        dtype: Dtype | None = None,
        like: Like | None = None,
        spread: SupportsFloat | str | None = None,
        tune: Tune | None = None,
        tuned_for: str | None = None,
        window: Size | None = None,
        skip: Size | None = None,
        early: Early | None = None,
        reuse: Reuse | None = None,
        runs: SupportsIndex | str | None = None,
        within: str | None = None,
    ) -> Generator: ...
    @staticmethod
    def from_recipe(
        text: str,
        size: Size,
        *,
        offset: Size = 0,
        numa_mode: NumaMode = "auto",
        max_threads: SupportsIndex | None = None,
        numa_node: SupportsIndex | None = None,
        chunk_size: Size | None = None,
        stream_version: SupportsIndex = 0,
    ) -> Generator:
        """A generator of the `size` bytes from `offset` on of the stream that a recipe's text defines."""
    @property
    def chunk_size(self) -> int:
        """Bytes per chunk."""
    @property
    def seed(self) -> int:
        """The seed of the current stream."""
    @property
    def recipe(self) -> str:
        """The current stream's recipe in its canonical text form; with `stream_version` it reproduces the bytes anywhere."""
    @property
    def stream_version(self) -> int:
        """The version of the current stream, which a new seed keeps: together with `recipe` it says what the bytes are."""
    @property
    def offset(self) -> int:
        """Stream offset of the generator's first byte: 0, unless it is a shard or was given another."""
    @property
    def threads(self) -> int:
        """Threads used at most: `max_threads`, or what suits the placement, the affinity and the quota of this process."""
    @property
    def placement(self) -> dict[str, Any]:
        """Where threads run and memory comes from, as `get_placement` tells it: a dict with what was asked for, what the
        system refused, and `memory`, one of `bound`, `first_touch`, `policy` and `system`.
        """
    def fill_chunk(self, buffer: _Writable) -> int:
        """Writes the next bytes into a writable C-contiguous buffer of any item type.

        Returns the number of bytes written: the buffer's, or what is left, 0 at the end. The interpreter is free
        meanwhile. After a `KeyboardInterrupt` the position is that of a whole call and the buffer's rest as it was.

        Raises `ValueError` for a buffer that is read-only or not contiguous, `TypeError` for an object without one.
        """
    def get_chunk(self, chunk_size: Size) -> BytesView | None:
        """The next `chunk_size` bytes (fewer at the end) as a `BytesView`, `None` once the generator is complete.

        Raises `ValueError` for a size of 0, unless the generator is complete: what is left is then a valid size.
        """
    def fill_at(self, offset: Size, buffer: _Writable) -> int:
        """Fills a buffer with the stream's bytes at `offset` and on; returns its length in bytes.

        Neither the position nor the size matter, nor do they change: the stream is endless, up to 2^63 bytes. The offset
        counts from the stream's beginning, also in a shard, whose own first byte lies at the stream's `offset`.
        """
    def fill_many(self, buffers: Iterable[_Writable], seeds: Iterable[SupportsIndex] | None = None) -> int:
        """Fills many buffers in one call, on all threads; returns the number of bytes written in all.

        Without `seeds` they get the next bytes in turn, as by `fill_chunk` with each; at the end the last ones get less, or
        nothing. With `seeds`, one for each buffer, `buffers[i]` gets the beginning of the stream of `seeds[i]` that has
        the ratios, block size and version of this one, and nothing moves. All buffers are looked at before the first byte
        is written or any range taken.

        Raises as `fill_chunk`, and `ValueError` for buffers that overlap or another number of seeds.
        """
    def get_at(self, offset: Size, n: Size) -> BytesView:
        """The `n` bytes of the stream from `offset` on as a `BytesView`.

        As with `fill_at`, neither the position nor the size matter, nor do they change.
        """
    def reset(self) -> None:
        """Begins again at position 0. The same bytes come again where the seed was given; where it was drawn, another is.

        `seed` tells it; `seek(0)` replays the current stream in either case.
        """
    def position(self) -> int:
        """Bytes generated so far."""
    def total_size(self) -> int:
        """Bytes in all."""
    def is_complete(self) -> bool:
        """Whether every byte has been generated."""
    def set_seed(self, seed: SupportsIndex | None) -> None:
        """Continues with the beginning of the stream of `seed` (`None`: of a fresh seed).

        The position and the bytes left stay as they are. A shard continues with the beginning of the same part of the
        new stream, so that shards that set the same seed stay disjoint.
        """
    def seek(self, offset: Size) -> None:
        """Moves to position `offset`, between where the seed was last set and the size.

        Raises `ValueError` outside that range.
        """
    def shard(self, index: SupportsIndex, count: SupportsIndex) -> Generator:
        """The `index`-th of `count` contiguous shards of the generator's bytes, as a generator at its own position 0.

        The shards' data in order are the whole's: `total_size()` bytes of the current stream, whatever was generated
        already. They are cut at multiples of the block size if each gets a block, else of 4096 bytes if each gets as
        much, else anywhere; their sizes differ by one such unit at most. A shard may be sharded again.

        Raises `ValueError` unless `0 <= index < count`.
        """
    def open(self) -> StreamFile:
        """Opens the generator's bytes as a `StreamFile`: a raw, seekable, read-only file object at its own position 0.

        It has `total_size()` bytes of the current stream, and neither it nor the generator moves or changes the other.
        """
    def _cursor(self) -> Cursor: ...
    def __iter__(self) -> Generator: ...
    def __next__(self) -> BytesView: ...

@final
class Cursor:
    """A part of a stream with a position of its own, which moves without a lock: threads may share it, also at a fork."""
    def readinto(self, buffer: Buffer) -> int:
        """Fills a buffer with the next bytes; returns their number, 0 at the end."""
    def read(self, size: SupportsIndex | None = None, /) -> bytes:
        """The next `size` bytes, or all that are left if that is fewer or `size` is negative or None."""
    def seek(self, offset: SupportsIndex, whence: SupportsIndex) -> int:
        """Moves to `offset` from the beginning (0), the position (1) or the end (2); returns the new position."""
    def tell(self) -> int:
        """The position."""
    @property
    def size(self) -> int:
        """Bytes in the part."""
    @property
    def offset(self) -> int:
        """Stream offset of the part's first byte."""
    @property
    def recipe(self) -> str:
        """The stream's recipe in its canonical text form."""
    @property
    def stream_version(self) -> int:
        """The stream's version."""

@final
class BufferPool:
    """Hands out small objects of fresh stream data without copying: for tight loops over objects of any size.

    Slices of 4096 bytes and more start on a page of the stream, so that the ratios hold for each; no ratio is claimed
    for smaller ones. Without a seed one is drawn, and another after `fork`, so that worker processes differ; with one,
    the same calls yield the same bytes. Several threads may share a pool. `numa_mode`, `numa_node` and `max_threads` are
    as for `Generator`.

    Raises `ValueError` for a value out of range.
    """
    def __new__(
        cls,
        dedup_ratio: SupportsFloat = 1.0,
        compress_ratio: SupportsFloat = 1.0,
        *,
        seed: SupportsIndex | None = None,
        numa_mode: NumaMode = "auto",
        numa_node: SupportsIndex | None = None,
        max_threads: SupportsIndex | None = None,
    ) -> BufferPool: ...
    def next_slice(self, size: Size) -> BytesView:
        """The next `size` bytes (a number, or text such as "64KiB") as a `BytesView`, without a copy.

        Raises `ValueError` for a size of 0.
        """
    def reconfigure(self, dedup_ratio: SupportsFloat = 1.0, compress_ratio: SupportsFloat = 1.0) -> None:
        """Changes to the stream of other ratios: of the pool's seed if it was given one, else of a fresh seed.

        A seeded pool goes on at the next page of that stream, so that ratios used before bring nothing back. The ratios
        in force change nothing.
        """
    @property
    def remaining(self) -> int:
        """Bytes left of the current block of 1 MiB; a slice that does not fit begins the next one.

        Bytes skipped to reach a page count as taken. Slices above 1 MiB come from no block.
        """
    @property
    def dedup_ratio(self) -> float:
        """The dedup ratio."""
    @property
    def compress_ratio(self) -> float:
        """The compress ratio."""
    @property
    def seed(self) -> int:
        """The seed of the current stream."""
    @property
    def threads(self) -> int:
        """Threads used at most, for slices of 512 KiB and more."""
    @property
    def placement(self) -> dict[str, Any]:
        """Where threads run and memory comes from, as `get_placement` tells it."""
    @property
    def recipe(self) -> str:
        """The current stream's recipe in its canonical text form."""

def fill_many(
    buffers: Iterable[_Writable],
    seeds: Iterable[SupportsIndex] | None = None,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    numa_mode: NumaMode = "auto",
    max_threads: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
) -> int:
    """Fills many buffers in one call, on all threads, with the interpreter released; returns the bytes written in all.

    With `seeds`, one for each buffer, `buffers[i]` gets what `fill_buffer(buffers[i], ..., seed=seeds[i])` writes. Without,
    the buffers are consecutive pieces of one fresh stream, each from a page boundary on: the ratios hold for the batch as
    a whole, and nothing repeats that the dedup ratio does not ask for, within a call or between calls. Small buffers are
    shared out among threads as they are, large ones in parts. `Generator.fill_many` does the same with its own stream.

    All buffers are looked at before the first byte is written. Raises `ValueError` for a value out of range, for a buffer
    that is read-only, not contiguous, or overlaps another, and for another number of seeds than of buffers; `TypeError`
    for an object without a buffer.
    """
def _fill_tensor(
    buffer: _Writable,
    dtype: str,
    like: str,
    seed: SupportsIndex | None,
    offset: SupportsIndex,
    numa_mode: NumaMode,
    max_threads: SupportsIndex | None,
    numa_node: SupportsIndex | None,
) -> None: ...
def _fill_values(
    buffer: _Writable,
    dtype: str,
    low: SupportsFloat | None,
    high: SupportsFloat | None,
    seed: SupportsIndex | None,
    offset: SupportsIndex,
    numa_mode: NumaMode,
    max_threads: SupportsIndex | None,
    numa_node: SupportsIndex | None,
) -> None: ...
def generate_buffer(
    size: Size,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    numa_mode: NumaMode = "auto",
    max_threads: SupportsIndex | None = None,
    numa_node: SupportsIndex | None = None,
    method: Method = "parallel",
    *,
    seed: SupportsIndex | None = None,
) -> BytesView:
    """Generates `size` bytes (a number, or text such as "1MiB") and returns them as a `BytesView`, without a copy.

    They are the first `size` bytes of a stream: of `seed`, or of a fresh seed at each call. `method` is accepted for
    compatibility and has no effect; generation uses up to `max_threads` threads.

    Raises `ValueError` for a value out of range and `MemoryError` when the memory cannot be had.
    """
def generate_data(
    size: Size,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    numa_mode: NumaMode = "auto",
    max_threads: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
    seed: SupportsIndex | None = None,
) -> BytesView:
    """Generates `size` bytes and returns them as a `BytesView`; the same as `generate_buffer`."""
def generate_into_buffer(
    buffer: _Writable,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    numa_mode: NumaMode = "auto",
    max_threads: SupportsIndex | None = None,
    numa_node: SupportsIndex | None = None,
    method: Method = "parallel",
    *,
    seed: SupportsIndex | None = None,
) -> int:
    """Fills a writable C-contiguous buffer of any item type in place and returns its length in bytes.

    The bytes are the first ones of a stream: of `seed`, or of a fresh seed at each call. `method` is accepted for
    compatibility and has no effect.

    Raises `ValueError` for a value out of range and for a buffer that is read-only or not contiguous, `TypeError` for
    an object without a buffer.
    """
def fill_buffer(
    buffer: _Writable,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    numa_mode: NumaMode = "auto",
    max_threads: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
    seed: SupportsIndex | None = None,
) -> int:
    """Fills a writable buffer in place and returns its length in bytes; the same as `generate_into_buffer`."""
def generate_normal(
    count: SupportsIndex,
    mean: SupportsFloat = 0.0,
    std: SupportsFloat = 1.0,
    max_threads: SupportsIndex | None = None,
    numa_mode: NumaMode = "auto",
    seed: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
) -> BytesView:
    """Generates `count` float32 values of the normal distribution with mean `mean` and standard deviation `std`.

    Returns them as a `BytesView` of `4 * count` bytes, in the machine's byte order. Value i depends on `seed`, `mean`, `std`
    and i alone, not on threads, `count` or the machine; without a seed a fresh one is drawn at each call. `mean` and `std`
    are rounded to float32; every value is finite, and at most 6.4 deviations from the mean. `max_threads` is the number of
    threads at most.

    Raises `ValueError` for a value out of range: `std` below 0, and a mean or deviation of which values could be infinite;
    `MemoryError` when the memory cannot be had.
    """
def generate_uniform(
    count: SupportsIndex,
    low: SupportsFloat = 0.0,
    high: SupportsFloat = 1.0,
    max_threads: SupportsIndex | None = None,
    numa_mode: NumaMode = "auto",
    seed: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
) -> BytesView:
    """Generates `count` float32 values from `low` to below `high`, evenly spread.

    Returns them as a `BytesView` of `4 * count` bytes, in the machine's byte order. Value i depends on `seed`, the
    bounds and i alone, not on threads or `count`; without a seed a fresh one is drawn at each call. The bounds are
    rounded to float32; no value is NaN, infinite or `high` itself. `max_threads` is the number of threads at most.

    Raises `ValueError` for a value out of range, `low >= high` included, and `MemoryError` when the memory cannot be
    had.
    """
def normalize_rows(buffer: _Writable, dim: SupportsIndex, max_threads: SupportsIndex | None = None) -> None:
    """Divides each row of `dim` float32 values in a buffer by its L2 norm, in place.

    The buffer is writable and C-contiguous and holds float32 items in the machine's byte order (NumPy `float32`,
    `array.array('f')`) or plain bytes (`bytearray`, `mmap`, NumPy `uint8`), at any address. Sums are taken in float64, so
    rows of very large or very small values become unit vectors too. A row without a direction is left unchanged: one
    of zeros, or one that holds a NaN or an infinity.

    Raises `ValueError` for a buffer that is read-only, not contiguous, of other items or not a whole number of rows, and
    for `dim=0`; `TypeError` for an object without a buffer.
    """
def generate_uniform_vectors(
    rows: SupportsIndex,
    dim: SupportsIndex,
    low: SupportsFloat = 0.0,
    high: SupportsFloat = 1.0,
    normalize: bool = True,
    max_threads: SupportsIndex | None = None,
    numa_mode: NumaMode = "auto",
    seed: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
) -> BytesView:
    """Generates `rows` vectors of `dim` float32 values and makes them unit vectors.

    Returns them row after row as a `BytesView` of `4 * rows * dim` bytes. The values are those of `generate_uniform`
    with the same seed and bounds, each row divided by its L2 norm as `normalize_rows` does. With `normalize=False` they
    stay as drawn.

    Raises `ValueError` for a value out of range, `low >= high` and `dim=0` included, and `MemoryError` when the memory
    cannot be had.
    """
def bench_rolling_pool(obj_size: Size, total_bytes: Size) -> tuple[int, float]:
    """Times `BufferPool().next_slice(obj_size)` in a native loop; returns `(bytes, seconds)`.

    Both are bytes, or text such as "4KiB". It takes `total_bytes // obj_size` slices, at least one, after one that is not counted; the bytes are those of the
    slices counted. Subtract it from the same loop in Python to see what calls from Python cost.

    Raises `ValueError` for a size out of range.
    """
def create_bytearrays(
    count: SupportsIndex,
    size: Size,
    *,
    numa_mode: NumaMode = "auto",
    numa_node: SupportsIndex | None = None,
    zeroed: bool = False,
) -> list[bytearray]:
    """A list of `count` bytearrays of `size` bytes (a number, or text such as "1MiB") each, made to be filled.

    They hold what their memory held: zeros where it is new to the process, else what freed objects left. With `zeroed=True`
    they are all zero, which takes up to a third longer. Either way they take memory only when they are written, so creating
    many costs little time; that of large ones is then memory of the node that `numa_node` names, if any, or else of the node
    whose thread writes it first. `numa_mode` is as for `Generator`.

    Raises `ValueError` for a negative number and `MemoryError` when the memory cannot be had.
    """
def get_system_info() -> dict[str, Any]:
    """Processors, caches, memory nodes and limits of this machine, as a dict; sizes are in bytes.

    Holds at least `num_nodes`, `physical_cores`, `logical_cpus`, `is_uma` and `deployment_type`
    (`bare_metal`, `vm` or `container`). Read anew at each call, which takes some milliseconds.
    """
def get_numa_info() -> dict[str, Any]:
    """The same dict as `get_system_info()`."""
def detect_numa_nodes() -> int:
    """Number of online memory nodes with processors or memory, at least 1."""
def get_placement(
    numa_mode: NumaMode = "auto",
    numa_node: SupportsIndex | None = None,
    max_threads: SupportsIndex | None = None,
) -> dict[str, Any]:
    """What placement comes to on this machine, as a dict, before anything is generated.

    `numa_mode`, `numa_node` and `max_threads` are as for `Generator`, whose `placement` this is. `placed` says whether
    threads are kept on nodes, `reason` why, `workers` whether the system pins them (`pinned`, or `free`), `memory` where
    allocated memory comes from: `bound` (to the node), `first_touch` (the node whose thread writes it first), `policy`
    (the caller's own memory policy) or `system` (nothing is placed). `refused` lists system calls that were refused, each
    with `errno`. `nodes` has the processors and threads of each node, `threads` all threads; `allowed_cpus`,
    `allowed_memory_nodes` and `memory_policy` are what this process came with.

    Raises `ValueError` for a node that this process may not use, and with `numa_mode="force"` `OSError` for what the
    system refuses.
    """

_Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]
_Data = str | os.PathLike[str] | os.PathLike[bytes] | Buffer

def write_file(
    path: _Path | Iterable[_Path],
    size: Size,
    buffer_size: Size | None = None,
    buffer_count: SupportsIndex | None = None,
    use_direct_io: bool | None = None,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    use_io_uring: bool | None = None,
    *,
    num_writers: SupportsIndex | None = None,
    depth: SupportsIndex | None = None,
    block_size: Size | None = None,
    seed: SupportsIndex | None = None,
    recipe: str | None = None,
    offset: Size = 0,
    fsync: bool = True,
    force: bool = False,
    numa_node: SupportsIndex | None = None,
    max_threads: SupportsIndex | None = None,
    progress: Progress | None = None,
    file_offset: Size = 0,
    preallocate: bool = True,
    sync_every: Size | None = None,
    auto: bool = False,
    verify: bool = False,
    resume: bool = False,
    generators: SupportsIndex | None = None,
    append: bool = False,
    read_percent: SupportsIndex = 0,
    files: SupportsIndex | None = None,
    order: Order = "sequential",
    passes: SupportsIndex = 1,
    rate: Size | None = None,
    runtime: SupportsFloat | None = None,
    numa_mode: NumaMode = "auto",
    vectored: SupportsIndex = 1,
    sqpoll: bool = False,
    iopoll: bool = False,
    registered: bool = True,
    huge_pages: bool = True,
    stream_version: SupportsIndex | None = None,
    tuned_for: str | None = None,
    rank: SupportsIndex | None = None,
    ranks: SupportsIndex | None = None,
    rank_wait: SupportsFloat = 60.0,
    file_size: Size | None = None,
) -> WriteReport:
    """Generates `size` bytes of a stream, writes them to `path`, and returns a `WriteReport`.

    `path` is one path or a sequence of them, which get consecutive parts of the stream. `size`, `buffer_size` (bytes of
    one I/O), `offset` (stream offset of the first byte), `file_offset` (position in the file) and `block_size` (dedup
    unit) are bytes, or text such as "1GiB". The stream is that of `recipe`, or of `seed`, the ratios and `block_size`;
    without a seed one is drawn, and the report tells it; `tuned_for` names a storage system on which the ratios shall hold
    (see `Generator`). Files carry their recipe, so that `verify_file(path)` needs
    nothing else.

    `None` means chosen automatically: direct I/O where the file system has it, one writer per thread and at most 4.
    `fsync` makes the data durable at the end, inside the measured time; `sync_every` also each time so many bytes are
    written. Existing data is refused unless `force` is true, or it is an untouched result of the very same write: recipe,
    version, range and place in a set. A warning in the report then says so. `numa_node` keeps
    the writers and their buffers on one memory node; `numa_mode` is as for `Generator`, and the report's `placement` tells
    what came of them. `use_io_uring=None` takes io_uring for direct I/O and where `depth`
    (I/Os in flight per writer) is above 1, and pwrite elsewhere or where the system forbids it; the report says which and
    why. `buffer_count` is the number of buffers of all writers, at least `depth` for each. `generators` threads
    (0 to 1024) fill buffers beside the writers; with `None` there are as many as `max_threads` leaves, once storage waits
    for data.

    `auto` tries settings on the target first and takes the fastest, keeping those that are given. `verify` reads back and
    compares after writing, as the report's `verify` tells. `resume` continues a write of the same stream that was
    interrupted, an append too: what is there is compared, and written from the first wrong byte on. Without seed, ratios and
    recipe, the file's own recipe counts, and its offset. Nothing is cut off before it is written anew.

    `files` writes so many files into `path`, then a folder, which is made where it is absent. `file_size` is the bytes of each,
    of which the last may be smaller; each begins at a block of the stream, and without `files` there are as many as `size`
    takes. `append` writes behind the
    end of a file, whatever it holds; where it carries the same recipe (its own, if none is given) and its range ends with
    it, the stream goes on there, as the report's `appended` tells. `read_percent` (0 to 100) of the I/Os read back and
    compare: what this call has written before, or anything, where the file carries the same recipe (its own, if none is
    given) and range, and is written over in place; the report's `reads` has their numbers.

    `stream_version` (0 to 4294967295) chooses one of the stream's versions, which have other bytes in the same places:
    write data over with the next one, and `verify_file` tells pages that kept an earlier one. `None` is 0, or that of the
    file whose own recipe is taken.

    `rank` and `ranks` share a write among so many processes, on one or many hosts, that call it with the same arguments: each
    writes its part of the range, and together they write all of it. `{rank}` in a path stands for the rank, and each then has
    its own files; others are shared: rank 0 makes and marks them, and the others wait for that, up to `rank_wait` seconds.
    The report's `ranks` tells what was whose.

    `order` is "sequential", "random" or "random:SEED", and `passes` goes over the same data so many times. `rate` limits
    bytes per second, `runtime` the time in seconds. `vectored` buffers make one I/O, as with pwritev. `numa_mode` binds
    writers to memory nodes: "auto" (where there are several), "force", "uma" or "disabled"; with `numa_node` all are on
    that one. `sqpoll` and `iopoll` poll for submissions and completions with io_uring, `registered` registers buffers with
    the kernel, `huge_pages` advises their use for buffers.

    The interpreter is released while data moves. `progress` is called from this thread as `progress(bytes_done,
    bytes_total)`, about ten times a second and at the end; it may also be a bar of tqdm, a `rich.progress.Progress`, or a
    `Progress`. Ctrl-C, or an exception in `progress`, stops the writing: what is in flight is
    finished, the file ends where its data does, and the exception has the report so far as its attribute `report`; a
    second Ctrl-C returns at once and leaves that to a thread.

    Raises `ValueError` for a value out of range, `FileExistsError` for data that would be overwritten, and `OSError`
    with errno and filename for I/O; an error after the first byte carries the report as `report`.
    """
def read_file(
    path: _Path | Iterable[_Path],
    size: Size | None = None,
    *,
    buffer_size: Size | None = None,
    use_direct_io: bool | None = None,
    use_io_uring: bool | None = None,
    num_readers: SupportsIndex | None = None,
    depth: SupportsIndex | None = None,
    buffer_count: SupportsIndex | None = None,
    file_offset: Size = 0,
    numa_node: SupportsIndex | None = None,
    max_threads: SupportsIndex | None = None,
    progress: Progress | None = None,
    auto: bool = False,
    advise: Advise | None = None,
    order: Order = "sequential",
    passes: SupportsIndex = 1,
    rate: Size | None = None,
    runtime: SupportsFloat | None = None,
    numa_mode: NumaMode = "auto",
    vectored: SupportsIndex = 1,
    sqpoll: bool = False,
    iopoll: bool = False,
    registered: bool = True,
    huge_pages: bool = True,
    cached: bool = False,
    strict: bool = False,
    rank: SupportsIndex | None = None,
    ranks: SupportsIndex | None = None,
) -> ReadReport:
    """Reads files or block devices as a benchmark, and returns a `ReadReport`.

    The bytes are moved to memory and not looked at; `verify_file` looks at them. `path` is one path or a sequence of
    them; of a folder all files are read, in order of name. `size` (over all paths; `None`: all there is), `buffer_size` (bytes of one I/O) and `file_offset` (position in
    each file at which to begin) are bytes, or text such as "1GiB".

    `None` means chosen automatically: direct I/O where the file system has it, one reader per thread and at most 4.
    `numa_node` keeps the readers and their buffers on one memory node. `use_io_uring`, `depth`, `buffer_count`, `auto`,
    `order`, `passes`, `rate`, `runtime`, `numa_mode`, `vectored`, `sqpoll`, `iopoll`, `registered`, `huge_pages`, `progress`,
    Ctrl-C and errors are as in `write_file`.

    `advise` is what the system is told of reads through the page cache; direct I/O goes without. `None` is what suits the
    order: "sequential", which lets it read far ahead, or "random", which keeps it from that. "none" says nothing,
    "willneed" has it begin to load the data. What is cached is made durable and dropped first in any case, as with
    "dontneed", so that the device answers and not memory; `cached` lets the page cache answer. `data_read_from` in the
    report, and of each file, is as in `verify_file`.

    Files that cannot be opened or read are listed in `skipped`, and the others are read; then `OSError` is raised with the
    report as its `report`. `strict=True` stops at the first.

    `rank` and `ranks` are as in `write_file`: each process reads its part of all that there is, or its own files.

    Raises `ValueError` for a value out of range and for a `size` beyond what there is, `OSError` with errno and filename
    for I/O.
    """
def verify_file(
    path: _Path | Iterable[_Path],
    size: Size | None = None,
    *,
    recipe: str | None = None,
    seed: SupportsIndex | None = None,
    dedup_ratio: SupportsFloat | None = None,
    compress_ratio: SupportsFloat | None = None,
    block_size: Size | None = None,
    offset: Size | None = None,
    file_offset: Size = 0,
    stale_seeds: Sequence[SupportsIndex] = (),
    limit: SupportsIndex = 20,
    buffer_size: Size | None = None,
    use_direct_io: bool | None = None,
    num_readers: SupportsIndex | None = None,
    numa_node: SupportsIndex | None = None,
    max_threads: SupportsIndex | None = None,
    progress: Progress | None = None,
    use_io_uring: bool | None = None,
    depth: SupportsIndex | None = None,
    buffer_count: SupportsIndex | None = None,
    advise: Advise | None = None,
    numa_mode: NumaMode = "auto",
    stream_version: SupportsIndex | None = None,
    cached: bool = False,
    strict: bool = False,
    rank: SupportsIndex | None = None,
    ranks: SupportsIndex | None = None,
    file_size: Size | None = None,
) -> VerifyReport:
    """Compares files with what they should hold, and returns a `VerifyReport`; damage is reported, not raised.

    `path` is one path or a sequence of them; of a folder all files are compared, in order of name. Files that dgen wrote carry their recipe and range, and need nothing else.
    For others, and in place of what they carry, give `recipe`, or `seed` with the ratios and `block_size`; then `size`
    (bytes over all paths), `file_size` (of each file, where it was written with that) and `offset` (stream offset of the first byte, 0 if `None`) say what the files hold.
    `stream_version` is the version of the stream; `None` is that of each file, or 0 where recipe and size are both given.
    `file_offset` is the position in each file at which to begin. Sizes are bytes, or text such as "1GiB".

    The report lists the first `limit` damaged ranges and names their kind: zeroed, misplaced, stale, torn, flipped,
    shifted, foreign, missing or extra. Pages of other versions of the stream, and of the streams of `stale_seeds`, are
    called stale. `None` means chosen automatically: direct I/O where the file system has it, with at most 4 readers, each
    with a queue; else buffered I/O, one reader per thread. `use_io_uring`, `depth` and `buffer_count` are as in
    `write_file`, `advise` is as in `read_file`; none of them
    changes what is found. `numa_node` keeps the readers and their buffers on one memory node, and `numa_mode` is as for
    `Generator`. `progress`, Ctrl-C and errors are as in `write_file`.

    What is compared is what the device holds: what the page cache has of the files is made durable and dropped first. The
    report's `data_read_from`, and that of each file, is what is known of that: "read_from_the_device",
    "direct_the_file_system_may_cache", or "compared_in_memory"; warnings name the files of which less is known than the
    first. `cached` lets the page cache answer instead.

    Files that cannot be opened or read, or say nothing of themselves, are listed in `skipped`, and the others are compared.
    Unless there is damage, `OSError` is then raised with the report as its `report`. `strict=True` stops at the first.

    `rank` and `ranks` are as in `write_file`: each process compares its part, or its own files, whatever number of ranks wrote
    them.

    Raises `ValueError` for a value out of range and for files of which nothing says what they should hold, `OSError`
    with errno and filename for I/O.
    """
def measure(
    data: _Data | Iterable[_Data],
    *,
    dedup_blocks: Sequence[Size] | None = None,
    codecs: Sequence[Codec] | None = None,
    compress_blocks: Sequence[Size] | None = None,
    compress_dedup_block: Size | None = None,
    compress_sample: SupportsIndex | None = None,
    zstd_level: SupportsIndex | None = None,
    zlib_level: SupportsIndex | None = None,
    lzma_level: SupportsIndex | None = None,
    models: Sequence[str] | None = None,
    chunkers: Sequence[str] | None = None,
    dedup: bool = True,
    entropy: bool = True,
    memory: Size | None = None,
    max_threads: SupportsIndex | None = None,
    progress: ProgressOfUnknown | None = None,
    strict: bool = False,
) -> MeasureReport:
    """Measures the dedup and compression of any data, and returns a `MeasureReport`.

    `data` is a path (str or `os.PathLike`: a file, a block device, or a folder, whose files are measured in order of
    name), a bytes-like object, or a sequence of these. The block grid restarts at each. A bytes-like object is measured
    in place and must not change meanwhile.

    `dedup_blocks` (default: 512, 4 KiB, 64 KiB, 1 MiB) and `compress_blocks` (default: 4, 8, 64 and 128 KiB, 1 MiB) are
    sequences of sizes in bytes, or text such as "4KiB". `codecs` is a sequence of "lz4", "zstd", "zlib",
    "snappy" and "lzma" (default: all but lzma, which is slow; empty: dedup alone). What is compressed are the first occurrences of the blocks of
    `compress_dedup_block` (default: 4 KiB, or else the smallest); `dedup=False` compresses every block, duplicates and
    zero blocks too, as systems without dedup do. Of the compressor blocks behind the first 512 KiB, one of `compress_sample`
    is compressed (default: all where few codecs and blocks are chosen, else as few as keep it fast). `models` is a
    sequence of storage systems to model, such as "zfs:16KiB", "btrfs", "btrfs-auto", "bluestore", "vdo", "subblock:1KiB",
    "squashfs", "zram": what they would allocate, by name, in `models` of the report. `zstd_level` defaults to 3, `zlib_level` and `lzma_level` to 6, and `memory` for fingerprints to 1 GiB, beyond which counts
    become estimates and say so. `entropy=False` leaves out the entropy.

    `chunkers` is a sequence of content-defined chunkers: "borg", "restic", "casync", "bup", "kopia", "duplicacy", "zpaq", or
    sizes such as "16KiB:64KiB:256KiB" (minimum, average, maximum); their dedup is in `chunks` of the report, by name.

    `max_threads` defaults to what the machine allows, or what a limit on memory leaves room for.

    The interpreter is released while data is read. `progress` is as in `write_file`, and `bytes_total` is `None` where it
    is not known. Ctrl-C stops it within 0.2 s; what was measured by then is the `report` of
    the exception.

    Files that cannot be opened or read are listed in `skipped`, and the others are measured; then `OSError` is raised with
    the report as its `report`. `strict=True` stops at the first.

    Raises `ValueError` for a value out of range, `TypeError` for data of another type, `OSError` with errno and filename
    for I/O.
    """
def info() -> dict[str, Any]:
    """Kernels, topology and what the current folder's file system can do, as the dict that `dgen info --json` prints.

    Sizes are in bytes.

    Raises `ValueError` for environment variables that force a kernel or a thread count that cannot be had, and `OSError`
    for a current folder that cannot be looked at.
    """
def _main(argv: list[str]) -> int: ...
def _ranks() -> tuple[int, int, int | None, int | None, tuple[str, ...]]: ...
def _size(name: str, value: Size, least: SupportsIndex, most: SupportsIndex, accepted: str) -> int: ...
