"""What generated files are called: `RECIPE,size=SIZE[,offset=N][,version=N][,parts=N[/part-NNNNN]]`.

The recipe is a recipe's text; a fraction's `/` may be written `%2F`, and always is in names made here, so that `/` parts
the parts from their folder alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._source import source
from ._text import exact_size
from ._values import not_accepted

if TYPE_CHECKING:
    from typing import Any

    from ._dgen import Generator
    from .typing import Size

PROTOCOL = "dgen"
MOST_PARTS = 1_000_000


def url(
    data: Generator | str,
    size: Size | None = None,
    *,
    offset: Size = 0,
    stream_version: int = 0,
    parts: int | None = None,
) -> str:
    """The URL of a generator's data, or of `size` bytes from `offset` on of the stream of a recipe.

    With `parts` it is a folder's, in which `part-00000` and on are the generator's shards; else it is a file's.

    >>> import dgen_py.fsspec
    >>> dgen_py.fsspec.url("dgen1,seed=7,dedup=3/2", "10GiB", parts=20)
    'dgen://dgen1,seed=0x7,dedup=3%2F2,size=10GiB,parts=20'
    >>> dgen_py.fsspec.url(dgen_py.Generator(1 << 20, compress_ratio=2.0, seed=7))
    'dgen://dgen1,seed=0x7,compress=2,size=1MiB'

    Raises `ValueError` for a value out of range.
    """
    generator = source(data, size, offset, stream_version)
    text = f"{generator.recipe},size={exact_size(generator.total_size())}"
    if generator.offset:
        text += f",offset={exact_size(generator.offset)}"
    if generator.stream_version:
        text += f",version={generator.stream_version}"
    if parts is not None:
        text += f",parts={checked_parts(parts)}"
    return f"{PROTOCOL}://{escaped(text)}"


def escaped(name: str) -> str:
    """The name with the fraction bars of its ratios escaped."""
    return re.sub("(?<=[0-9])/(?=[0-9])", "%2F", name)


def checked_parts(parts: int) -> int:
    if not 1 <= parts <= MOST_PARTS:
        raise not_accepted("parts", parts, f"1 to {MOST_PARTS}")
    return parts


@dataclass(frozen=True)
class Named:
    """What a name means: the data of a file or of a whole folder, and how many parts that has, or None in a file."""

    data: Generator
    parts: int | None

    def part_names(self) -> list[str]:
        """The names in a folder."""
        parts = self.parts or 0
        width = max(5, len(str(parts - 1)))
        return [f"part-{index:0{width}}" for index in range(parts)]


def named(name: str, **running: Any) -> Named:
    """What a name means; `ValueError` for one that means nothing."""
    folder, bar, part = escaped(name).partition("/")
    found = _folder(folder.replace("%2F", "/").replace("%2f", "/"), running)
    if not bar:
        return found
    if found.parts is None:
        raise not_accepted("part", f"`{part}`", "none, where the name has no `parts`")
    number = re.fullmatch("part-([0-9]{5,7})", part)
    index = int(number[1]) if number else MOST_PARTS
    if index >= found.parts or part != found.part_names()[index]:
        raise not_accepted("part", f"`{part}`", f"part-00000 and on, {found.parts} in all")
    return Named(found.data.shard(index, found.parts), None)


def _folder(text: str, running: dict[str, Any]) -> Named:
    own: dict[str, str] = {}
    recipe = []
    for item in text.split(","):
        key, _, value = item.partition("=")
        if key not in ("size", "offset", "version", "parts"):
            recipe.append(item)
        elif key in own:
            raise not_accepted(key, f"`{value}`", "each name once")
        else:
            own[key] = value
    version, parts = (_number(name, own[name]) if name in own else None for name in ("version", "parts"))
    data = source(",".join(recipe), own.get("size"), own.get("offset", 0), version or 0, **running)
    return Named(data, None if parts is None else checked_parts(parts))


def _number(name: str, text: str) -> int:
    if re.fullmatch("[0-9]{1,19}", text) is None:
        raise not_accepted(name, f"`{text}`", "a number")
    return int(text)


url.__module__ = "dgen_py.fsspec"
