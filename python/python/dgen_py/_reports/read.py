"""What `read_file` returns."""

from __future__ import annotations

from dataclasses import dataclass

from ..typing import DataOrigin
from .ranks import RanksReport
from .run import RunReport
from .skipped import SkippedFile

__all__ = ["ReadReport"]


@dataclass(frozen=True, repr=False)
class ReadReport(RunReport):
    """What a read did; the names are those of `WriteReport`, and `writers` counts the readers.

    `advice` is what the system was told of the page cache ("none" where I/O was direct), `advice_reason` says why.
    `data_read_from` is as in `VerifyReport`. `skipped` is what was not read, or not to its end. `ranks` is as
    in `WriteReport`.
    """

    bytes_read: int
    ranks: RanksReport | None
    advice: str
    advice_reason: str
    data_read_from: DataOrigin | None
    skipped: tuple[SkippedFile, ...]

    def _moved(self) -> int:
        return self.bytes_read
