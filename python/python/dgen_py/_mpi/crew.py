"""All ranks: they begin together, tell rank 0 how they ended, and none waits for one that has failed.

Rank 0 hears from each rank once in a phase, and tells each when all have ended. When a rank fails, rank 0 tells the
others to stop in order, as an interruption would. Whoever waits sleeps in between: a rank that is done takes no
processor from those that are not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .arguments import Phase
from .member import Ending, Member, Signals

# What a rank tells rank 0, and what rank 0 tells the others.
_RESULT, _ORDER = 1, 2
_STOP = "stop"
_STEP_S = 0.005
# How long those that were told to stop may take for what they have in flight.
GRACE_S = 60
# How long an interrupted rank is ahead of the others: the launcher signals all, and a second signal would end them at once.
_SIGNALLED_S = 1.0
_INTERRUPTED = (130, 143)
# Exit codes with which the other ranks work on: damage that one has found says nothing of what others will find.
_WORK_ON = (0, 3)
# Which code ends the job where ranks end with several.
_ORDER_OF_CODES = (3, 1, 2, 143, 130)


@dataclass(frozen=True)
class Rank:
    """How one rank ended a phase; `ending` is None of one that did not answer."""

    rank: int
    host: str
    ending: Ending | None


# What rank 0 does with all endings and the exit code that they mean; it returns the one that is told to all.
Present = Callable[[Sequence[Rank], int], int]


class Crew:
    """The ranks of an MPI job. Other threads than the main one call nothing of MPI."""

    def __init__(self, world: Any, signals: Signals) -> None:
        self._comm = world.Dup()
        self.rank: int = self._comm.Get_rank()
        self.size: int = self._comm.Get_size()
        self.host = os.uname().nodename
        self._hosts: list[str] = self._comm.allgather(self.host)
        self._signals = signals

    def agree(self, code: int) -> int:
        """What rank 0 says, on all ranks."""
        return int(self._comm.bcast(code, root=0))

    def run(self, phase: Phase, present: Present) -> int:
        """Runs a phase on all ranks and returns its exit code, the same on each; rank 0 presents what they did."""
        self._comm.Barrier()
        start_ns = time.monotonic_ns()
        member = _Interrupted(code) if (code := self._signals.code()) else self._member(phase, start_ns)
        return self._lead(member, present) if self.rank == 0 else self._follow(member)

    def _member(self, phase: Phase, start_ns: int) -> Member:
        return Member(phase, self.rank, self.size, start_ns, self._signals)

    def abort(self, code: int) -> None:
        """Ends all ranks at once."""
        self._comm.Abort(code)

    def _follow(self, member: Member | _Interrupted) -> int:
        sent, patience = None, _Patience(2 * GRACE_S)
        while True:
            while self._comm.iprobe(source=0, tag=_ORDER):
                order = self._comm.recv(source=0, tag=_ORDER)
                if order != _STOP:
                    if sent is not None:
                        sent.wait()
                    return int(order)
                member.stop()
                patience.begin()
            if sent is None and (ending := member.ending()) is not None:
                sent = self._comm.isend(ending, dest=0, tag=_RESULT)
            if self._signals.received:
                patience.begin()
            if patience.ended():
                self.abort(self._signals.code() or 1)
            time.sleep(_STEP_S)

    def _lead(self, member: Member | _Interrupted, present: Present) -> int:
        endings: dict[int, Ending] = {}
        orders: list[Any] = []
        patience, due = _Patience(GRACE_S), _Patience(0)
        while len(endings) < self.size and not patience.ended():
            heard = self._heard()
            if 0 not in endings and (own := member.ending()) is not None:
                heard[0] = own
            endings.update(heard)
            codes = {ending.code for ending in heard.values()} - set(_WORK_ON)
            if codes or self._signals.received:
                delay_s = 0 if codes - set(_INTERRUPTED) else _SIGNALLED_S
                patience.begin(delay_s)
                due.begin(delay_s)
            if due.ended() and not orders:
                member.stop()
                orders = self._tell(_STOP)
            if not heard:
                time.sleep(_STEP_S)
        ranks = [Rank(rank, host, endings.get(rank)) for rank, host in enumerate(self._hosts)]
        code = exit_code(ranks)
        code = present(ranks, code)
        if len(endings) < self.size:
            self.abort(code)
        for order in [*orders, *self._tell(code)]:
            order.wait()
        return code

    def _heard(self) -> dict[int, Ending]:
        """What other ranks have told since the last time."""
        heard = {}
        while (message := self._comm.improbe(tag=_RESULT)) is not None:
            ending = message.recv(status := self._status())
            heard[status.Get_source()] = ending
        return heard

    def _tell(self, order: object) -> list[Any]:
        return [self._comm.isend(order, dest=rank, tag=_ORDER) for rank in range(1, self.size)]

    @staticmethod
    def _status() -> Any:
        from mpi4py import MPI

        return MPI.Status()


def exit_code(ranks: Sequence[Rank]) -> int:
    """The exit code of a phase: of the ranks that were not told to stop, or failed all the same."""
    codes = {rank.ending.code if rank.ending else 1 for rank in ranks if not was_stopped(rank)}
    return next((code for code in _ORDER_OF_CODES if code in codes), max(codes, default=0))


def was_stopped(rank: Rank) -> bool:
    """Whether it ended early because it was told to, and for no other reason."""
    return rank.ending is not None and rank.ending.stopped and rank.ending.code == 130


class _Interrupted:
    """In the place of a command that was interrupted before it began."""

    def __init__(self, code: int) -> None:
        self._ending = Ending(code, 0, "", None, stopped=False)

    def stop(self) -> None:
        """Nothing runs."""

    def ending(self) -> Ending:
        """How it ended."""
        return self._ending


class _Patience:
    """A time limit that begins when it is asked to, the first time."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._until: float | None = None

    def begin(self, more_s: float = 0) -> None:
        if self._until is None:
            self._until = time.monotonic() + self._limit_s + more_s

    def ended(self) -> bool:
        return self._until is not None and time.monotonic() >= self._until
