"""The file system behind `dgen_py.fsspec`; importing this imports fsspec."""

from __future__ import annotations

import errno
import hashlib
import re
from typing import TYPE_CHECKING, Any, NoReturn

from fsspec import AbstractFileSystem
from fsspec.utils import stringify_path

from ._dgen import Generator
from ._names import PROTOCOL, Named, escaped, named, url

if TYPE_CHECKING:
    from ._file import StreamFile
    from .typing import NumaMode, Size

__all__ = ["DgenFileSystem"]


class DgenFileSystem(AbstractFileSystem):
    """Generated data as read-only files, for fsspec: nothing is stored, every read generates what it returns.

    A file is `dgen://RECIPE,size=SIZE`, where `,offset=N` and `,version=N` may follow: so many bytes of the recipe's
    stream from that offset on, in that version. With `,parts=N` it is a folder, whose files `part-00000` and on are the
    data's N shards, in order. `dgen_py.fsspec.url` makes such URLs. A ratio may be written `3/2`; the names that the file
    system returns have `3%2F2`.

    Files are opened as `StreamFile`: at any position, without a cache and without a copy, `readinto` generates into the
    caller's buffer. `ukey` tells content, not names: it is the same for the same bytes of a stream.

    With `recipe` and `size` (and `offset`, `stream_version`, `parts`) the root folder lists that data; without, it is
    empty, since recipes are without number. `max_threads`, `numa_mode` and `numa_node` are those of `Generator`; with
    many readers in a process, or many processes, `max_threads=1` suits.

        fs = fsspec.filesystem("dgen", recipe="dgen1,seed=7,dedup=2", size="10GiB", parts=20)
        for name in fs.glob("*/part-*"):
            ...

    Raises `FileNotFoundError` with the reason for a name that means no data, and `OSError` (EROFS) for every change.
    """

    protocol = PROTOCOL
    root_marker = ""

    def __init__(
        self,
        recipe: str | None = None,
        size: Size | None = None,
        *,
        offset: Size = 0,
        stream_version: int = 0,
        parts: int | None = None,
        max_threads: int | None = None,
        numa_mode: NumaMode = "auto",
        numa_node: int | None = None,
        **storage_options: Any,
    ) -> None:
        super().__init__(**storage_options)
        self._running: dict[str, Any] = {"max_threads": max_threads, "numa_mode": numa_mode, "numa_node": numa_node}
        # Refuses wrong values here, where they are given.
        Generator.from_recipe("dgen1,seed=0", 0, **self._running)
        if recipe is None and (size, offset, stream_version, parts) != (None, 0, 0, None):
            raise ValueError("size, offset, stream_version, parts: given without a recipe (accepted: beside one)")
        own = None if recipe is None else url(recipe, size, offset=offset, stream_version=stream_version, parts=parts)
        self._own = None if own is None else self._strip_protocol(own)

    @property
    def fsid(self) -> str:
        """Always 'dgen': names mean the same everywhere."""
        return PROTOCOL

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(each) for each in path]
        name = stringify_path(path).removeprefix(f"{PROTOCOL}://").rstrip("/")
        # fsspec asks for the folders of local paths, too.
        return escaped(name) if re.match("dgen[0-9]+,", name) else name

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        """Name, size and type, and of a file also recipe, offset and version of what it holds."""
        name = self._strip_protocol(path)
        return _folder_info(name) if name == "" else _info(name, self._named(name))

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> list[Any]:
        """The parts in a folder, the data that this file system was made for in the root, or the file itself."""
        name = self._strip_protocol(path)
        if name == "":
            found = [] if self._own is None else [self.info(self._own)]
        else:
            found = self._list(name, self._named(name))
        return found if detail else [info["name"] for info in found]

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any) -> bytes:
        """The file's bytes from `start` to `end`, which count from the end if they are negative."""
        with self._open(path) as file:
            first, last, _ = slice(start, end).indices(file.size)
            file.seek(first)
            return file.read(max(0, last - first))

    def ukey(self, path: str) -> str:
        """A hash of recipe, version, offset and size; so of the content, whatever the file is called."""
        info = self.info(path)
        content = [info.get(key) for key in ("recipe", "version", "offset", "size")]
        return hashlib.sha256(repr(content if info["type"] == "file" else info).encode()).hexdigest()

    def checksum(self, path: str) -> int:
        """`ukey` as a number."""
        return int(self.ukey(path), 16)

    def _open(self, path: str, mode: str = "rb", *_: Any, **__: Any) -> StreamFile:
        name = self._strip_protocol(path)
        if mode != "rb":
            self._refuse(name)
        if name == "" or (found := self._named(name)).parts is not None:
            raise IsADirectoryError(errno.EISDIR, "a folder of generated parts", name)
        return found.data.open()

    def _named(self, name: str) -> Named:
        try:
            return named(name, **self._running)
        except ValueError as error:
            raise FileNotFoundError(errno.ENOENT, str(error), name) from error

    @staticmethod
    def _list(name: str, found: Named) -> list[dict[str, Any]]:
        if found.parts is None:
            return [_info(name, found)]
        shards = ((part, found.data.shard(index, found.parts)) for index, part in enumerate(found.part_names()))
        return [_info(f"{name}/{part}", Named(shard, None)) for part, shard in shards]

    def _refuse(self, path: Any, *_: Any, **__: Any) -> NoReturn:
        raise OSError(errno.EROFS, "generated data cannot be changed", path if isinstance(path, str) else str(path))

    mkdir = makedirs = rmdir = rm = rm_file = cp_file = mv = touch = pipe_file = put_file = _refuse


def _folder_info(name: str) -> dict[str, Any]:
    return {"name": name, "size": 0, "type": "directory"}


def _info(name: str, found: Named) -> dict[str, Any]:
    if found.parts is not None:
        return _folder_info(name)
    data = found.data
    content = {"recipe": data.recipe, "offset": data.offset, "version": data.stream_version}
    return {"name": name, "size": data.total_size(), "type": "file", **content}


DgenFileSystem.__module__ = "dgen_py.fsspec"
