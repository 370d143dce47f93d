"""Native part of dgen_py; import `dgen_py` instead."""

from collections.abc import Iterator
from typing import Any, Protocol, SupportsFloat, SupportsIndex, final, overload

from typing_extensions import Buffer, TypeAlias

__all__ = [
    "BufferPool",
    "BytesView",
    "Generator",
    "create_bytearrays",
    "detect_numa_nodes",
    "fill_buffer",
    "generate_buffer",
    "generate_data",
    "generate_into_buffer",
    "get_numa_info",
    "get_system_info",
]

class _Array(Protocol):
    """NumPy arrays, which declare their buffer from Python 3.12 on only."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...

_Writable: TypeAlias = Buffer | _Array

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
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...

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
        chunk_size: SupportsIndex | None = None,
        block_size: SupportsIndex | None = None,
        seed: SupportsIndex | None = None,
        method: str = "parallel",
    ) -> Generator: ...
    @staticmethod
    def from_recipe(
        text: str,
        size: SupportsIndex,
        *,
        numa_mode: str = "auto",
        max_threads: SupportsIndex | None = None,
        numa_node: SupportsIndex | None = None,
        chunk_size: SupportsIndex | None = None,
    ) -> Generator: ...
    @property
    def chunk_size(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def recipe(self) -> str: ...
    def fill_chunk(self, buffer: _Writable) -> int: ...
    def get_chunk(self, chunk_size: SupportsIndex) -> BytesView | None: ...
    def fill_at(self, offset: SupportsIndex, buffer: _Writable) -> int: ...
    def reset(self) -> None: ...
    def position(self) -> int: ...
    def total_size(self) -> int: ...
    def is_complete(self) -> bool: ...
    def set_seed(self, seed: SupportsIndex | None) -> None: ...
    def seek(self, offset: SupportsIndex) -> None: ...
    def __iter__(self) -> Generator: ...
    def __next__(self) -> BytesView: ...

@final
class BufferPool:
    def __new__(
        cls,
        dedup_ratio: SupportsFloat = 1.0,
        compress_ratio: SupportsFloat = 1.0,
        *,
        seed: SupportsIndex | None = None,
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
    def recipe(self) -> str: ...

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
def create_bytearrays(count: SupportsIndex, size: SupportsIndex) -> list[bytearray]: ...
def get_system_info() -> dict[str, Any]: ...
def get_numa_info() -> dict[str, Any]: ...
def detect_numa_nodes() -> int: ...
