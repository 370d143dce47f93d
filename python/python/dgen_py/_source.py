"""Where data comes from, as functions are told it: a generator, or a recipe and a size."""

from __future__ import annotations

import re
from operator import index
from typing import TYPE_CHECKING, Any

from ._dgen import Generator
from ._values import not_accepted

if TYPE_CHECKING:
    from typing import SupportsIndex

# The units of sizes in recipes.
UNITS = {f"{letter}{form}": 1 << 10 * power for power, letter in enumerate("KMGTP", 1) for form in ("iB", "")}
UNITS |= {"": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15}


def size_of(name: str, size: SupportsIndex | str) -> int:
    """Bytes, of a number or of a text as recipes have it.

    >>> [size_of("size", size) for size in (4096, "4096", "4KiB", "4K", "4kB")]
    [4096, 4096, 4096, 4096, 4000]
    """
    if not isinstance(size, str):
        return index(size)
    match = re.fullmatch("([0-9]+)([A-Za-z]*)", size)
    if match is None or match[2] not in UNITS:
        raise not_accepted(name, f"`{size}`", "sizes such as 64KiB, 1GiB, 1GB or 4096")
    return int(match[1]) * UNITS[match[2]]


def size_text(size: int) -> str:
    """A size as canonical recipes write it.

    >>> [size_text(size) for size in (0, 4096, 4097, 10 << 30)]
    ['0', '4KiB', '4097', '10GiB']
    """
    for unit in ("PiB", "TiB", "GiB", "MiB", "KiB"):
        if size and size % UNITS[unit] == 0:
            return f"{size // UNITS[unit]}{unit}"
    return str(size)


def source(
    data: Generator | str, size: SupportsIndex | str | None, offset: SupportsIndex | str = 0, stream_version: int = 0, **running: Any
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
    start = size_of("offset", offset)
    return Generator.from_recipe(data, size_of("size", size), offset=start, stream_version=stream_version, **running)
