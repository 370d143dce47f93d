"""Files of consecutive bytes of a stream, which say what they hold."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ._values import not_accepted

RECIPE_ATTRIBUTE, RANGE_ATTRIBUTE = "user.dgen.recipe", "user.dgen.range"
STREAM_END = 1 << 63


class WrittenFile(NamedTuple):
    """A file, the stream offset of its first byte, and its bytes."""

    path: str
    offset: int
    size: int


def take_folder(folder: Path, force: bool) -> None:
    """Makes the folder; it must be empty unless `force` is said."""
    folder.mkdir(parents=True, exist_ok=True)
    if not force and any(folder.iterdir()):
        raise FileExistsError(errno.EEXIST, "the folder is not empty (accepted: an empty one, or force=True)", str(folder))


def without_overlaps(files: Iterable[WrittenFile]) -> list[WrittenFile]:
    """The files by offset; `ValueError` if two hold the same bytes of the stream.

    >>> without_overlaps([WrittenFile("b", 10, 5), WrittenFile("a", 0, 10)])
    [WrittenFile(path='a', offset=0, size=10), WrittenFile(path='b', offset=10, size=5)]
    """
    ordered = sorted(files, key=lambda file: (file.offset, file.size))
    for before, after in zip(ordered, ordered[1:]):
        if after.offset < before.offset + before.size:
            raise ValueError(f"offset: {after.offset} is written by {before.path} and {after.path} (accepted: each byte once)")
    return ordered


class Runs:
    """Writes bytes at their stream offsets; each run of them that is given in order becomes a file of its own.

    A file is called `at-` and the offset of its first byte. Recipe and range stand in its attributes before the bytes
    do. A file that is there already is written over if it is empty, if `force` is said, or if it says that it holds the
    same stream from the same offset on, as one of an earlier try does; the last is never cut.
    """

    def __init__(self, folder: Path, recipe: str, stream_version: int = 0, force: bool = False) -> None:
        self._folder = folder
        self._recipe = recipe.encode()
        self._version = f",version={stream_version}" if stream_version else ""
        self._force = force
        self._file: _RunFile | None = None
        self.written: list[WrittenFile] = []

    def __enter__(self) -> Runs:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._finish()
        elif self._file is not None:
            self._file.close()

    def write(self, offset: int, data: memoryview) -> None:
        """Writes bytes that belong at a stream offset; behind those before where they follow them."""
        if not data:
            return
        if not 0 <= offset <= STREAM_END - len(data):
            raise not_accepted("offset", f"{offset} (with {len(data)} bytes)", "ranges from 0 on that end at or below 2^63")
        if self._file is None or offset != self._file.start + self._file.size:
            self._finish()
            self._file = _RunFile(self._folder / f"at-{offset:019}", offset, self._recipe, self._version, self._force)
        self._file.append(data)

    def _finish(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.sync()
            file.close()
            self.written.append(WrittenFile(str(file.path), file.start, file.size))


class _RunFile:
    """One such file, open and locked."""

    def __init__(self, path: Path, start: int, recipe: bytes, version: str, force: bool) -> None:
        self.path, self.start, self.size = path, start, 0
        self._recipe, self._version = recipe, version
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            self._lock()
            self._claimed = self._claimed_already()
            if self._claimed is None:
                self._take(force)
        except OSError as error:
            self.close()
            raise self._named(error) from error

    def append(self, data: memoryview) -> None:
        try:
            if self.size + len(data) > (self._claimed or 0):
                self._claim(self.size + len(data))
            while data:
                count = os.pwrite(self._descriptor, data, self.size)
                self.size, data = self.size + count, data[count:]
        except OSError as error:
            raise self._named(error) from error

    def sync(self) -> None:
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            raise self._named(error) from error

    def close(self) -> None:
        os.close(self._descriptor)

    def _lock(self) -> None:
        """Locks all of the file as the command's writers do, which is for the open file and not for the process."""
        whole = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, whole)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise BlockingIOError(errno.EAGAIN, "someone else is writing the file") from error
            # Some network file systems have no locks.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise

    def _claimed_already(self) -> int | None:
        """The size of this stream's range from this offset on that the file says it holds."""
        try:
            recipe, text = (os.getxattr(self._descriptor, name) for name in (RECIPE_ATTRIBUTE, RANGE_ATTRIBUTE))
        except OSError as error:
            if error.errno in (errno.ENODATA, errno.ENOTSUP):
                return None
            raise
        match = re.fullmatch(f"offset={self.start},size=([0-9]+){self._version}", text.decode(errors="replace"))
        return int(match[1]) if match and recipe == self._recipe else None

    def _take(self, force: bool) -> None:
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a file")
        if status.st_size and not force:
            raise FileExistsError(errno.EEXIST, "the file holds other data (accepted: with force=True)")
        os.ftruncate(self._descriptor, 0)

    def _claim(self, size: int) -> None:
        try:
            os.setxattr(self._descriptor, RECIPE_ATTRIBUTE, self._recipe)
            os.setxattr(self._descriptor, RANGE_ATTRIBUTE, f"offset={self.start},size={size}{self._version}".encode())
        except OSError as error:
            reason = f"{error.strerror}: recipe and range are kept in extended attributes"
            raise OSError(error.errno, reason) from error
        self._claimed = size

    def _named(self, error: OSError) -> OSError:
        return OSError(error.errno, f"{error.strerror}, at stream offset {self.start + self.size}", str(self.path))
