"""Which part of a call was this process's."""

from __future__ import annotations

from dataclasses import dataclass

from .records import Record

__all__ = ["RanksReport"]


@dataclass(frozen=True, repr=False)
class RanksReport(Record):
    """Rank `rank` of `ranks` processes that shared a call.

    `shared`: they moved parts of the same files, and not files of their own. `size` are the bytes of all ranks, from stream
    offset `offset` on; `None` where others have files that were not looked at. `source` are the variables of a launcher that said
    so to the command; calls are told by their arguments, and have none.
    """

    rank: int
    ranks: int
    source: tuple[str, ...]
    shared: bool
    offset: int | None
    size: int | None
