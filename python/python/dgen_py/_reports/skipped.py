"""What was left out."""

from __future__ import annotations

from dataclasses import dataclass

from ..typing import SkipReason
from .records import Record

__all__ = ["SkippedFile"]


@dataclass(frozen=True, repr=False)
class SkippedFile(Record):
    """Something that was left out, in all or from `offset` on.

    `reason` is one of link, special (a pipe, socket or device), foreign (without a recipe), vanished and unreadable.
    `error` says what failed, with the system's `errno`; both are `None` where nothing was tried, as with links in folders.
    """

    path: str
    reason: SkipReason
    offset: int | None
    errno: int | None
    error: str | None
