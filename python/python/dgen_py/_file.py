"""A stream's bytes as a file object."""

from __future__ import annotations

import io
from operator import index

# Type checkers take it for true; importing typing for it would take longer than all the rest.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Literal, NoReturn

    from typing_extensions import Buffer

    from ._dgen import Generator

__all__ = ["StreamFile"]


class StreamFile(io.RawIOBase):
    """The bytes of a generator as a raw, seekable, read-only file object; `Generator.open()` makes one.

    It has the `total_size()` bytes of the stream that the generator had then, at a position of its own. `read(n)`
    generates into the bytes object that it returns; `readinto(buffer)` fills any writable C-contiguous buffer. Neither
    returns fewer bytes than asked for before the end. The interpreter is free meanwhile, and several threads may read:
    each call takes the next range. Positions beyond the end are allowed, where there is nothing to read.

    It has no `name`, since clients take that for a path, and no `fileno()`. Pickle the generator instead.

    >>> import dgen_py, shutil, tempfile
    >>> with dgen_py.Generator(1_000_000, compress_ratio=2.0, seed=7).open() as source, tempfile.TemporaryFile() as target:
    ...     shutil.copyfileobj(source, target)
    ...     target.tell(), source.size, source.recipe
    (1000000, 1000000, 'dgen1,seed=0x7,compress=2')
    """

    def __init__(self, generator: Generator) -> None:
        self._cursor = generator._cursor()

    @property
    def mode(self) -> Literal["rb"]:
        """Always 'rb'."""
        return "rb"

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._cursor.size

    @property
    def offset(self) -> int:
        """Stream offset of the file's first byte."""
        return self._cursor.offset

    @property
    def recipe(self) -> str:
        """The stream's recipe in its canonical text form."""
        return self._cursor.recipe

    @property
    def stream_version(self) -> int:
        """The stream's version."""
        return self._cursor.stream_version

    def readable(self) -> bool:
        """True, or `ValueError` once closed."""
        self._check_open()
        return True

    def seekable(self) -> bool:
        """True, or `ValueError` once closed."""
        self._check_open()
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """The next `size` bytes, fewer at the end; all that are left for None and for negative sizes."""
        self._check_open()
        return self._cursor.read(None if size is None else index(size))

    def readall(self) -> bytes:
        """All bytes that are left, as one object."""
        return self.read()

    def readinto(self, buffer: Buffer, /) -> int:
        """Fills a writable C-contiguous buffer with the next bytes; returns their number, 0 at the end."""
        self._check_open()
        return self._cursor.readinto(buffer)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Moves to `offset` bytes from the beginning, the position or the end; returns the new position.

        Raises `ValueError` for positions before the beginning or above 2^63, and for another `whence`.
        """
        self._check_open()
        return self._cursor.seek(index(offset), index(whence))

    def tell(self) -> int:
        """The position in bytes."""
        self._check_open()
        return self._cursor.tell()

    def write(self, buffer: Buffer, /) -> NoReturn:
        """Raises `io.UnsupportedOperation`: the file is read-only."""
        raise io.UnsupportedOperation("not writable")

    def truncate(self, size: int | None = None, /) -> NoReturn:
        """Raises `io.UnsupportedOperation`: the file is read-only."""
        raise io.UnsupportedOperation("not writable")

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"position={self._cursor.tell()}"
        version = f" stream_version={self.stream_version}" if self.stream_version else ""
        offset = f" offset={self.offset}" if self.offset else ""
        return f"<dgen_py.StreamFile recipe='{self.recipe}'{version}{offset} size={self.size} {state}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("cannot pickle 'StreamFile' object; pickle the Generator and call open()")

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")


StreamFile.__module__ = "dgen_py"
