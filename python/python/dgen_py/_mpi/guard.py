"""Says it when a rank is killed: the launchers of some MPI libraries end the job without a word of that."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable

from .._ranks import ranks

_FORWARDED = (signal.SIGINT, signal.SIGTERM)
_PR_SET_PDEATHSIG = 1


def guarded(run: Callable[[], int]) -> int:
    """Runs in a process of its own and returns there; this one waits for it, and ends as it does or is killed too.

    Killed is the one with the other. The launcher's signals reach the other once, through this one.
    """
    guard = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(1)
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
        return run()
    forwarded: set[int] = set()

    def forward(number: int, _frame: object) -> None:
        forwarded.add(number)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    for number in _FORWARDED:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, forward)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0 and -code in forwarded:
        code = 128 - code
    if code < 0:
        print(f"error: {_self()} was killed by {signal.Signals(-code).name}", file=sys.stderr, flush=True)
        # Launchers clean up behind what was killed; some wait on behind what merely ended.
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(code)


def _self() -> str:
    try:
        return f"rank {ranks().rank} on {os.uname().nodename}"
    except ValueError:
        return f"a rank on {os.uname().nodename}"
