"""What `bench_storage` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .._text import count, exact_size, rate, size, time
from ..typing import UsedEngine, VerdictName
from .ranks import RanksReport
from .records import Record
from .run import HostFacts, Latency, StorageFacts, said
from .shown import Cells, Report, Rows

__all__ = ["Pregenerated", "SweepPoint", "SweepReport"]


@dataclass(frozen=True, repr=False)
class SweepPoint(Record):
    """One setting of a sweep, and what came of it.

    `buffer_size`, `depth` and `writers` (readers, where `mode` is "read") are those asked for, `actual_depth` and
    `actual_writers` those that there were. `rates_bytes_per_s` are the rates of all rounds, in their order, with
    `bytes_per_s_min` and `bytes_per_s_max` the ends of their range; the other numbers are of the round with the median
    rate, named as in `WriteReport`. `ranked`: it was measured often enough to be compared with others. `outlier_rounds`
    stand out, counted from 1; `unreliable` says why its rate is not to be relied on. `best`: it is the fastest of its mode.
    """

    mode: Literal["write", "read"]
    buffer_size: int
    depth: int
    actual_depth: int
    writers: int
    actual_writers: int
    direct: bool
    direct_reason: str
    engine: UsedEngine
    rates_bytes_per_s: tuple[float, ...]
    bytes_per_s_min: float
    bytes_per_s_max: float
    ranked: bool
    outlier_rounds: tuple[int, ...]
    unreliable: tuple[str, ...]
    bytes: int
    elapsed_ns: int
    bytes_per_s: float
    iops: float
    latency_ns: Latency | None
    verdict: VerdictName | None
    generation_bound: float | None
    storage_bound: float | None
    cpu_seconds_per_gib: float | None
    best: bool

    def __repr__(self) -> str:
        return f"<SweepPoint {self._line()}>"

    def _line(self) -> str:
        direct = "direct" if self.direct else "buffered"
        setting = f"buffer {exact_size(self.buffer_size)}, depth {self.depth}, {count(self.writers, 'worker')}"
        return f"{rate(self.bytes_per_s)}: {self.mode}, {direct}, {setting}"

    def _cells(self) -> list[str]:
        return [
            "*" if self.best else "",
            self.mode,
            "direct" if self.direct else "buffered",
            _asked(self.writers, self.actual_writers),
            exact_size(self.buffer_size),
            _asked(self.depth, self.actual_depth),
            rate(self.bytes_per_s),
            f"{self.iops:.0f}",
            "" if self.latency_ns is None else time(self.latency_ns.p99),
            self.verdict or "",
        ]


@dataclass(frozen=True, repr=False)
class Pregenerated(Record):
    """The fastest writing point beside the same writes of buffers that were generated once: medians, and all rounds by turns.

    `ratio` is `streamed_bytes_per_s` by `pregenerated_bytes_per_s`: 1 where generating costs nothing.
    """

    streamed_bytes_per_s: float
    pregenerated_bytes_per_s: float
    ratio: float
    streamed_rates_bytes_per_s: tuple[float, ...]
    pregenerated_rates_bytes_per_s: tuple[float, ...]


@dataclass(frozen=True, repr=False)
class SweepReport(Report):
    """The points of a sweep, as far as it came.

    `size` are the most bytes of a point, `runtime_secs` its longest time. `points_asked` counts all combinations, those
    that came to the same as others included. `best` and `best_read` are the places in `points` of the fastest point that
    writes and of the fastest that reads, `None` where the sweep ended before that was sure; `fastest` is the first of these
    two that there is, and the commands work with their settings. `started_unix_s` is in seconds since 1970. The other names are those of `WriteReport`.
    """

    version: str
    build: str
    started_unix_s: int
    path: str
    size: int
    runtime_secs: float
    recipe: str
    ranks: RanksReport | None
    points_asked: int
    rounds: int
    points: tuple[SweepPoint, ...]
    best: int | None
    best_read: int | None
    best_command: str | None
    best_read_command: str | None
    pregenerated: Pregenerated | None
    interrupted: bool
    error: str | None
    warnings: tuple[str, ...]
    host: HostFacts
    storage: tuple[StorageFacts, ...]

    @property
    def fastest(self) -> SweepPoint | None:
        """The fastest point that writes, or that reads where none writes; `None` where the sweep ended before it was sure."""
        found = self.best if self.best is not None else self.best_read
        return None if found is None else self.points[found]

    def _line(self) -> str:
        line = count(len(self.points), "point")
        if self.fastest is not None:
            line += f", best {self.fastest._line()}"
        return f"{line}, interrupted" if self.interrupted else line

    def _rows(self) -> Rows:
        yield "path", self.path
        yield "points", f"{len(self.points)} of {self.points_asked}, at most {size(self.size)} each"
        yield "recipe", self.recipe
        yield from (("command", command) for command in (self.best_command, self.best_read_command) if command)
        if self.pregenerated is not None:
            yield "streaming", f"{self.pregenerated.ratio:.3f} of the rate of buffers that are generated once"
        yield from said(self.warnings, self.error)

    def _table(self) -> Cells:
        names = ["", "mode", "path", "workers", "buffer", "depth", "throughput", "I/Os per s", "p99 latency", "verdict"]
        return [names, *(point._cells() for point in self.points)]


def _asked(asked: int, actual: int) -> str:
    """A number that was asked for, and what became of it."""
    return str(asked) if asked == actual else f"{asked} ({actual})"
