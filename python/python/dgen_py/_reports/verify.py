"""What `verify_file` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .._text import count, rate, size, time
from ..typing import DamageKind, DataOrigin, UsedEngine
from .placement import PlacementReport
from .ranks import RanksReport
from .records import Record
from .skipped import SkippedFile
from .run import Latency, LatencyCounts, said
from .shown import Cells, Report, Rows

__all__ = ["Damage", "DamageRange", "VerifiedFile", "VerifyReport"]


@dataclass(frozen=True, repr=False)
class Damage(Record):
    """A damaged range: `length` bytes from position `offset` on.

    `kind` is one of zeroed, misplaced, stale, torn, flipped, shifted, foreign, missing, extra. Misplaced, stale and
    shifted data belongs at stream offset `source_offset`. Shifted data lies `shift` bytes behind the place where it
    belongs, or before it if that is negative. Stale data belongs to the stream of `source_seed` or to version
    `source_version` of this one, where `version` was expected; `bits` counts flipped bits.
    """

    offset: int
    length: int
    kind: DamageKind
    source_offset: int | None
    shift: int | None
    source_seed: int | None
    source_version: int | None
    version: int | None
    bits: int | None


@dataclass(frozen=True, repr=False)
class DamageRange(Damage):
    """A damaged range of the file `path`; the other names are those of `Damage`."""

    path: str


@dataclass(frozen=True, repr=False)
class VerifiedFile(Record):
    """One verified file; the names are those of `VerifyReport` and `FileReport`. `data_read_from` is `None` where it is absent.

    `absent`: there is no such file, although others of its set are there; `size` is 0 where they do not tell it.
    `stream_version` is the version of the stream of `recipe` that it was compared with. `error` says why it was not
    read to its end.
    """

    path: str
    ok: bool
    absent: bool
    bytes_checked: int
    bytes_bad: int
    valid_prefix: int
    ranges_total: int
    bytes_by_kind: Mapping[str, int]
    recipe: str
    stream_version: int
    file_offset: int
    offset: int
    size: int
    direct: bool
    direct_reason: str
    data_read_from: DataOrigin | None
    data_read_from_reason: str | None
    error: str | None

    def __bool__(self) -> bool:
        """Return `ok`."""
        return self.ok


@dataclass(frozen=True, repr=False)
class VerifyReport(Report):
    """What verifying found; true where `ok` is.

    `ok`: every byte is as its recipe says, and none was left out. `bytes_checked` counts missing bytes too, `bytes_bad`
    those in damaged ranges, `valid_prefix` those before the first of them. `ranges` are the first damaged ranges in
    order, `ranges_total` says how many there are. `recipe` is `None` where files have several, and `skipped`
    lists what was left out of folders. `absent_total` counts the files of sets that are not there; the first 1000 of them
    are in `files`.

    `data_read_from` is what is known of where the bytes came from, the least of all files: "read_from_the_device",
    "direct_the_file_system_may_cache" or "compared_in_memory"; `data_read_from_reason` of each file says why.

    How it was done changes none of that: the other names are those of `WriteReport` and `ReadReport`, and `readers` counts
    the workers. `generation_bound` is the share of their time (0 to 1) in which they regenerated and compared while the
    queue was not full, `storage_bound` the share in which they waited for storage; both, and `latency_ns`, are `None` where
    nothing was measured, where `latency_counts` is empty. `ranks` is as in `WriteReport`.
    """

    ok: bool
    bytes_checked: int
    bytes_bad: int
    valid_prefix: int
    ranges: tuple[DamageRange, ...]
    ranges_total: int
    bytes_by_kind: Mapping[str, int]
    recipe: str | None
    size: int
    ranks: RanksReport | None
    elapsed_ns: int
    bytes_per_s: float
    engine: UsedEngine
    engine_reason: str
    registered: bool
    direct: bool
    direct_reason: str
    data_read_from: DataOrigin | None
    advice: str
    advice_reason: str
    readers: int
    depth: int
    buffer_size: int
    buffer_count: int
    rate_bytes_per_s: int | None
    generation_bound: float | None
    storage_bound: float | None
    latency_ns: Latency | None
    latency_counts: LatencyCounts
    interrupted: bool
    error: str | None
    placement: PlacementReport | None
    warnings: tuple[str, ...]
    skipped: tuple[SkippedFile, ...]
    absent_total: int
    files: tuple[VerifiedFile, ...]

    def _line(self) -> str:
        if self.bytes_bad or self.ranges_total:
            return f"damaged: {count(self.bytes_bad, 'byte')} in {count(self.ranges_total, 'range')}"
        if not self.ok:
            return f"not verified to the end: {size(self.bytes_checked)}, without damage"
        return f"ok: {size(self.bytes_checked)} in {time(self.elapsed_ns)}, {rate(self.bytes_per_s)}"

    def _rows(self) -> Rows:
        yield "data", f"{size(self.bytes_checked)} in {time(self.elapsed_ns)}, {rate(self.bytes_per_s)}"
        if self.bytes_bad:
            yield "damage", ", ".join(f"{kind} {count(bad, 'byte')}" for kind, bad in self.bytes_by_kind.items() if bad)
            yield "valid prefix", count(self.valid_prefix, "byte")
        if self.recipe is not None:
            yield "recipe", self.recipe
        if self.data_read_from is not None:
            yield "compared", self.data_read_from.replace("_", " ")
        yield "files", str(len(self.files))
        if self.skipped:
            yield "skipped", str(len(self.skipped))
        yield from said(self.warnings, self.error)

    def _table(self) -> Cells:
        if not self.ranges:
            return ()
        found = ((item.path, str(item.offset), str(item.length), item.kind) for item in self.ranges)
        return [("path", "offset", "length", "kind"), *found]

    def __bool__(self) -> bool:
        """Return `ok`."""
        return self.ok
