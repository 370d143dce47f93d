"""Native part of dgen_py; import `dgen_py` instead."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, SupportsFloat, SupportsIndex, final, overload

from typing_extensions import Buffer, TypeAlias

from ._file import StreamFile
from ._reports import MeasureReport, ReadReport, VerifyReport, WriteReport

__all__ = [
    "BufferPool",
    "BytesView",
    "Cursor",
    "Generator",
    "_fill_tensor",
    "_fill_values",
    "_main",
    "_ranks",
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
    def __new__(
        cls,
        size: SupportsIndex,
        dedup_ratio: SupportsFloat = 1.0,
        compress_ratio: SupportsFloat = 1.0,
        numa_mode: str = "auto",
        max_threads: SupportsIndex | None = None,
        numa_node: SupportsIndex | None = None,
        chunk_size: SupportsIndex | str | None = None,
        block_size: SupportsIndex | None = None,
        seed: SupportsIndex | None = None,
        method: str = "parallel",
        *,
        stream_version: SupportsIndex = 0,
        texture: str | None = None,
        dtype: str | None = None,
        like: str | None = None,
        spread: SupportsFloat | str | None = None,
        tune: str | None = None,
        tuned_for: str | None = None,
        window: SupportsIndex | str | None = None,
        skip: SupportsIndex | str | None = None,
        early: str | None = None,
        reuse: str | None = None,
        runs: SupportsIndex | str | None = None,
        within: str | None = None,
    ) -> Generator: ...
    @staticmethod
    def from_recipe(
        text: str,
        size: SupportsIndex,
        *,
        offset: SupportsIndex = 0,
        numa_mode: str = "auto",
        max_threads: SupportsIndex | None = None,
        numa_node: SupportsIndex | None = None,
        chunk_size: SupportsIndex | str | None = None,
        stream_version: SupportsIndex = 0,
    ) -> Generator: ...
    @property
    def chunk_size(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def recipe(self) -> str: ...
    @property
    def stream_version(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def threads(self) -> int: ...
    @property
    def placement(self) -> dict[str, Any]: ...
    def fill_chunk(self, buffer: _Writable) -> int: ...
    def get_chunk(self, chunk_size: SupportsIndex) -> BytesView | None: ...
    def fill_at(self, offset: SupportsIndex, buffer: _Writable) -> int: ...
    def fill_many(self, buffers: Iterable[_Writable], seeds: Iterable[SupportsIndex] | None = None) -> int: ...
    def get_at(self, offset: SupportsIndex, n: SupportsIndex) -> BytesView: ...
    def reset(self) -> None: ...
    def position(self) -> int: ...
    def total_size(self) -> int: ...
    def is_complete(self) -> bool: ...
    def set_seed(self, seed: SupportsIndex | None) -> None: ...
    def seek(self, offset: SupportsIndex) -> None: ...
    def shard(self, index: SupportsIndex, count: SupportsIndex) -> Generator: ...
    def open(self) -> StreamFile: ...
    def _cursor(self) -> Cursor: ...
    def __iter__(self) -> Generator: ...
    def __next__(self) -> BytesView: ...

@final
class Cursor:
    def readinto(self, buffer: Buffer) -> int: ...
    def read(self, size: SupportsIndex | None = None, /) -> bytes: ...
    def seek(self, offset: SupportsIndex, whence: SupportsIndex) -> int: ...
    def tell(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def recipe(self) -> str: ...
    @property
    def stream_version(self) -> int: ...

@final
class BufferPool:
    def __new__(
        cls,
        dedup_ratio: SupportsFloat = 1.0,
        compress_ratio: SupportsFloat = 1.0,
        *,
        seed: SupportsIndex | None = None,
        numa_mode: str = "auto",
        numa_node: SupportsIndex | None = None,
        max_threads: SupportsIndex | None = None,
    ) -> BufferPool: ...
    def next_slice(self, size: SupportsIndex) -> BytesView: ...
    def reconfigure(self, dedup_ratio: SupportsFloat = 1.0, compress_ratio: SupportsFloat = 1.0) -> None: ...
    @property
    def remaining(self) -> int: ...
    @property
    def dedup_ratio(self) -> float: ...
    @property
    def compress_ratio(self) -> float: ...
    @property
    def seed(self) -> int: ...
    @property
    def threads(self) -> int: ...
    @property
    def placement(self) -> dict[str, Any]: ...
    @property
    def recipe(self) -> str: ...

def fill_many(
    buffers: Iterable[_Writable],
    seeds: Iterable[SupportsIndex] | None = None,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    numa_mode: str = "auto",
    max_threads: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
) -> int: ...
def _fill_tensor(
    buffer: _Writable,
    dtype: str,
    like: str,
    seed: SupportsIndex | None,
    offset: SupportsIndex,
    numa_mode: str,
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
    numa_mode: str,
    max_threads: SupportsIndex | None,
    numa_node: SupportsIndex | None,
) -> None: ...
def generate_buffer(
    size: SupportsIndex,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    numa_mode: str = "auto",
    max_threads: SupportsIndex | None = None,
    numa_node: SupportsIndex | None = None,
    method: str = "parallel",
    *,
    seed: SupportsIndex | None = None,
) -> BytesView: ...
def generate_data(
    size: SupportsIndex,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    numa_mode: str = "auto",
    max_threads: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
    seed: SupportsIndex | None = None,
) -> BytesView: ...
def generate_into_buffer(
    buffer: _Writable,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    numa_mode: str = "auto",
    max_threads: SupportsIndex | None = None,
    numa_node: SupportsIndex | None = None,
    method: str = "parallel",
    *,
    seed: SupportsIndex | None = None,
) -> int: ...
def fill_buffer(
    buffer: _Writable,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    numa_mode: str = "auto",
    max_threads: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
    seed: SupportsIndex | None = None,
) -> int: ...
def generate_normal(
    count: SupportsIndex,
    mean: SupportsFloat = 0.0,
    std: SupportsFloat = 1.0,
    max_threads: SupportsIndex | None = None,
    numa_mode: str = "auto",
    seed: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
) -> BytesView: ...
def generate_uniform(
    count: SupportsIndex,
    low: SupportsFloat = 0.0,
    high: SupportsFloat = 1.0,
    max_threads: SupportsIndex | None = None,
    numa_mode: str = "auto",
    seed: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
) -> BytesView: ...
def normalize_rows(buffer: _Writable, dim: SupportsIndex, max_threads: SupportsIndex | None = None) -> None: ...
def generate_uniform_vectors(
    rows: SupportsIndex,
    dim: SupportsIndex,
    low: SupportsFloat = 0.0,
    high: SupportsFloat = 1.0,
    normalize: bool = True,
    max_threads: SupportsIndex | None = None,
    numa_mode: str = "auto",
    seed: SupportsIndex | None = None,
    *,
    numa_node: SupportsIndex | None = None,
) -> BytesView: ...
def bench_rolling_pool(obj_size: SupportsIndex, total_bytes: SupportsIndex) -> tuple[int, float]: ...
def create_bytearrays(
    count: SupportsIndex,
    size: SupportsIndex,
    *,
    numa_mode: str = "auto",
    numa_node: SupportsIndex | None = None,
    zeroed: bool = False,
) -> list[bytearray]: ...
def get_system_info() -> dict[str, Any]: ...
def get_numa_info() -> dict[str, Any]: ...
def detect_numa_nodes() -> int: ...
def get_placement(
    numa_mode: str = "auto",
    numa_node: SupportsIndex | None = None,
    max_threads: SupportsIndex | None = None,
) -> dict[str, Any]: ...

_Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]
_Data = str | os.PathLike[str] | os.PathLike[bytes] | Buffer
_Size = SupportsIndex | str

def write_file(
    path: _Path | Iterable[_Path],
    size: _Size,
    buffer_size: _Size | None = None,
    buffer_count: SupportsIndex | None = None,
    use_direct_io: bool | None = None,
    dedup_ratio: SupportsFloat = 1.0,
    compress_ratio: SupportsFloat = 1.0,
    use_io_uring: bool | None = None,
    *,
    num_writers: SupportsIndex | None = None,
    depth: SupportsIndex | None = None,
    block_size: _Size | None = None,
    seed: SupportsIndex | None = None,
    recipe: str | None = None,
    offset: _Size = 0,
    fsync: bool = True,
    force: bool = False,
    numa_node: SupportsIndex | None = None,
    max_threads: SupportsIndex | None = None,
    progress: Callable[[int, int], object] | None = None,
    file_offset: _Size = 0,
    preallocate: bool = True,
    sync_every: _Size | None = None,
    auto: bool = False,
    verify: bool = False,
    resume: bool = False,
    generators: SupportsIndex | None = None,
    append: bool = False,
    read_percent: SupportsIndex = 0,
    files: SupportsIndex | None = None,
    order: str = "sequential",
    passes: SupportsIndex = 1,
    rate: _Size | None = None,
    runtime: SupportsFloat | None = None,
    numa_mode: str = "auto",
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
) -> WriteReport: ...
def read_file(
    path: _Path | Iterable[_Path],
    size: _Size | None = None,
    *,
    buffer_size: _Size | None = None,
    use_direct_io: bool | None = None,
    use_io_uring: bool | None = None,
    num_readers: SupportsIndex | None = None,
    depth: SupportsIndex | None = None,
    buffer_count: SupportsIndex | None = None,
    file_offset: _Size = 0,
    numa_node: SupportsIndex | None = None,
    max_threads: SupportsIndex | None = None,
    progress: Callable[[int, int], object] | None = None,
    auto: bool = False,
    advise: str | None = None,
    order: str = "sequential",
    passes: SupportsIndex = 1,
    rate: _Size | None = None,
    runtime: SupportsFloat | None = None,
    numa_mode: str = "auto",
    vectored: SupportsIndex = 1,
    sqpoll: bool = False,
    iopoll: bool = False,
    registered: bool = True,
    huge_pages: bool = True,
    cached: bool = False,
    strict: bool = False,
    rank: SupportsIndex | None = None,
    ranks: SupportsIndex | None = None,
) -> ReadReport: ...
def verify_file(
    path: _Path | Iterable[_Path],
    size: _Size | None = None,
    *,
    recipe: str | None = None,
    seed: SupportsIndex | None = None,
    dedup_ratio: SupportsFloat | None = None,
    compress_ratio: SupportsFloat | None = None,
    block_size: _Size | None = None,
    offset: _Size | None = None,
    file_offset: _Size = 0,
    stale_seeds: Sequence[SupportsIndex] = (),
    limit: SupportsIndex = 20,
    buffer_size: _Size | None = None,
    use_direct_io: bool | None = None,
    num_readers: SupportsIndex | None = None,
    numa_node: SupportsIndex | None = None,
    max_threads: SupportsIndex | None = None,
    progress: Callable[[int, int], object] | None = None,
    use_io_uring: bool | None = None,
    depth: SupportsIndex | None = None,
    buffer_count: SupportsIndex | None = None,
    advise: str | None = None,
    numa_mode: str = "auto",
    stream_version: SupportsIndex | None = None,
    cached: bool = False,
    strict: bool = False,
    rank: SupportsIndex | None = None,
    ranks: SupportsIndex | None = None,
) -> VerifyReport: ...
def measure(
    data: _Data | Iterable[_Data],
    *,
    dedup_blocks: Sequence[_Size] | None = None,
    codecs: Sequence[str] | None = None,
    compress_blocks: Sequence[_Size] | None = None,
    compress_dedup_block: _Size | None = None,
    compress_sample: SupportsIndex | None = None,
    zstd_level: SupportsIndex | None = None,
    zlib_level: SupportsIndex | None = None,
    lzma_level: SupportsIndex | None = None,
    models: Sequence[str] | None = None,
    chunkers: Sequence[str] | None = None,
    dedup: bool = True,
    entropy: bool = True,
    memory: _Size | None = None,
    max_threads: SupportsIndex | None = None,
    progress: Callable[[int, int | None], object] | None = None,
    strict: bool = False,
) -> MeasureReport: ...
def info() -> dict[str, Any]: ...
def _main(argv: list[str]) -> int: ...
def _ranks() -> tuple[int, int, int | None, int | None, tuple[str, ...]]: ...
