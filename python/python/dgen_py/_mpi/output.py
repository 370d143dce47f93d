"""Where rank 0 puts the gathered report: text as phases end, JSON when all have."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import tempfile
from typing import Any, TextIO

from .arguments import STDOUT


class ReportFile:
    """A file for JSON, looked at before the work begins; what it held stays until the new report is whole.

    Raises `OSError` where it cannot be written, and `FileExistsError` where it holds something else than such a report.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._known = _identity(path)
        if self._known and not _is_report(path):
            raise FileExistsError(errno.EEXIST, "holds something else than a report of all ranks, which stays", path)
        os.unlink(self._beside())

    def write(self, text: str) -> None:
        """Gives the report its name, unless something else has it by now."""
        beside = self._beside()
        try:
            with open(beside, "w", encoding="utf-8") as file:
                file.write(text)
            if _identity(self._path) != self._known:
                raise FileExistsError(errno.EEXIST, "something else has this name since, which stays", self._path)
            if self._known:
                os.rename(beside, os.path.realpath(self._path))
            else:
                os.link(beside, self._path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(beside)

    def _beside(self) -> str:
        """A new file in the same folder."""
        descriptor, path = tempfile.mkstemp(prefix=".dgen-report-", dir=os.path.dirname(os.path.realpath(self._path)))
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(descriptor, 0o666 & ~mask)
        os.close(descriptor)
        return path


class Output:
    """The standard files of rank 0, kept from the command that may still run, and the file of its report."""

    def __init__(self, place: str | None) -> None:
        self._place = place
        self._file = None if place is None or place == STDOUT else ReportFile(place)
        self._out, self._errors = (os.fdopen(os.dup(number), "w", encoding="utf-8", errors="replace") for number in (1, 2))

    def phase(self, text: str, messages: str) -> None:
        """Prints a phase that has ended."""
        if self._place != STDOUT:
            _put(self._out, text)
        _put(self._errors, messages)

    def end(self, report: dict[str, Any]) -> None:
        """Writes the report of all phases, if it was asked for.

        Raises `OSError`.
        """
        if self._place is None:
            return
        text = json.dumps(report) + "\n"
        if self._file is not None:
            self._file.write(text)
        else:
            _put(self._out, text)

    def complain(self, message: str) -> None:
        _put(self._errors, f"error: {message}\n")


def _put(file: TextIO, text: str) -> None:
    try:
        file.write(text)
        file.flush()
    except BrokenPipeError:
        # A reader that has gone has seen enough; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _is_report(path: str) -> bool:
    """Whether a file is empty or a report of all ranks, so that a new one may take its place."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        return False
    if found.st_size == 0:
        return True
    try:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
    except ValueError:
        return False
    return isinstance(report, dict) and {"ranks", "hosts", "phases"} <= report.keys()
