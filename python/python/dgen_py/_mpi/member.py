"""One rank's part of a phase: the `dgen` command, in this process, so that it ends where the process does."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .._dgen import _main
from .arguments import Phase, with_options

# The name of a rank's own report; the command puts the rank into it where there are several.
_REPORT = "report-{rank}.json"


@dataclass(frozen=True)
class Ending:
    """How a rank ended a phase: the exit code, when it was done after the common start, what it said, and its report."""

    code: int
    done_ns: int
    said: str
    report: dict[str, Any] | None
    stopped: bool
    """Whether it was told to stop, because another had failed."""


class Signals:
    """SIGINT and SIGTERM, seen also where no command runs that ends in order."""

    received: int | None = None

    def __init__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._receive)

    def _receive(self, number: int, _frame: object) -> None:
        self.received = self.received or number

    def code(self) -> int | None:
        """The exit code that they mean, or None."""
        return None if self.received is None else 128 + self.received


class Member:
    """The command of this rank, in a thread: the main thread meanwhile listens to the other ranks."""

    def __init__(self, phase: Phase, rank: int, ranks: int, start_ns: int, signals: Signals) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="dgen-mpi-", ignore_cleanup_errors=True)
        self._report = os.path.join(os.path.realpath(self._folder.name), _REPORT)
        options = ["--rank", str(rank), "--ranks", str(ranks), f"--json={self._report}"]
        argv = ["dgen", phase.command, *options, *phase.arguments]
        self._at = self._report.replace("{rank}", str(rank)) if ranks > 1 else self._report
        self._signals = signals
        self._stop = False
        self.stopped = False
        self._ended: tuple[int, int, str] | None = None
        self._thread = threading.Thread(target=self._run, args=(argv, start_ns), daemon=True)
        self._thread.start()

    def _run(self, argv: list[str], start_ns: int) -> None:
        clock = _Clock(start_ns)
        try:
            code, said = captured(argv, clock)
        except Exception as error:
            clock()
            code, said = 1, f"error: {error}"
        self._ended = code, clock.passed_ns, said

    def stop(self) -> None:
        """Ends the command in order, as SIGINT does, as soon as it listens to that."""
        self._stop = True

    def ending(self) -> Ending | None:
        """How it ended, or None while it runs; to be asked again and again."""
        if self._ended is None or self._thread.is_alive():
            # A second signal would end the process at once.
            if self._stop and not self.stopped and self._signals.received is None and self._listens():
                self.stopped = True
                os.kill(os.getpid(), signal.SIGINT)
            return None
        code, done_ns, said = self._ended
        report = self._read()
        self._folder.cleanup()
        return Ending(code, done_ns, said, report, self.stopped)

    def _listens(self) -> bool:
        """Whether the command has opened its report, which it does after it has installed its handlers of signals."""
        for descriptor in os.listdir("/proc/self/fd"):
            try:
                if os.readlink(f"/proc/self/fd/{descriptor}").startswith(os.path.dirname(self._report)):
                    return True
            except OSError:
                continue
        return False

    def _read(self) -> dict[str, Any] | None:
        try:
            with open(self._at, encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            return None
        return dict(json.loads(text)) if text else None


class _Clock:
    passed_ns = 0

    def __init__(self, start_ns: int) -> None:
        self._start_ns = start_ns

    def __call__(self) -> None:
        self.passed_ns = time.monotonic_ns() - self._start_ns


def captured(argv: list[str], done: Callable[[], None] = lambda: None) -> tuple[int, str]:
    """Runs the command without its standard output; its exit code, and what it said on standard error."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    said = os.memfd_create("dgen-mpi")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(said, 2)
        code = _main(argv)
        done()
    finally:
        for descriptor, number in zip(kept, (1, 2)):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.close(nowhere)
    with open(said, "rb") as file:
        file.seek(0)
        return code, file.read().decode(errors="replace")


def understood(phase: Phase, ranks: int) -> tuple[int, str]:
    """Whether the command takes these options, as its exit code and what it says: asked for help, it reads them first."""
    argv = with_options(["dgen", phase.command, "--rank", "0", "--ranks", str(ranks), *phase.arguments], "--help")
    code, said = captured(argv)
    return code, said
