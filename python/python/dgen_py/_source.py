"""Where data comes from, as functions are told it: a generator, or a recipe and a size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._dgen import Generator, _size
from ._values import not_accepted

if TYPE_CHECKING:
    from .typing import Size

# One past the last stream offset.
END = 1 << 63


def size_of(name: str, size: Size, least: int = 0, most: int = END, accepted: str = "0 to 2^63 bytes") -> int:
    """Bytes, of a number or of text as the command takes it, within a range.

    >>> [size_of("size", size) for size in (4096, "4096", "4KiB", "4K", "4kB")]
    [4096, 4096, 4096, 4096, 4000]
    """
    return _size(name, size, least, most, accepted)


def source(
    data: Generator | str, size: Size | None, offset: Size = 0, stream_version: int = 0, **running: Any
) -> Generator:
    """The data of a generator that stays as it is, or of a recipe's text and a size; `running` is for the latter alone.

    >>> source("dgen1,seed=7", "1MiB", offset="4KiB").offset
    4096
    """
    if isinstance(data, Generator):
        if (size, offset, stream_version) != (None, 0, 0):
            raise ValueError("size, offset, stream_version: given beside a generator (accepted: beside a recipe's text)")
        return data.shard(0, 1)
    if not isinstance(data, str):
        raise TypeError(f"a generator or a recipe's text is required, not {type(data).__name__!r}")
    if size is None:
        raise not_accepted("size", size, "the size of the data in bytes, beside a recipe's text")
    return Generator.from_recipe(data, size, offset=offset, stream_version=stream_version, **running)
