"""What the reports of writing and reading have in common: what limited a run, over time, on what machine, tuned how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .._text import exact_size, rate, size, time
from ..typing import DataOrigin, UsedEngine, VerdictName
from .placement import PlacementReport
from .records import Record
from .shown import Report, Rows

__all__ = [
    "FileReport",
    "HostFacts",
    "Latency",
    "LatencyCounts",
    "RunReport",
    "Series",
    "StorageFacts",
    "TunedSetting",
    "TuningReport",
    "TuningStep",
    "Verdict",
    "WorkerReport",
]


@dataclass(frozen=True, repr=False)
class Latency(Record):
    """How long single I/Os took, in nanoseconds; quantiles are at most 1/16 too high."""

    p50: int
    p90: int
    p99: int
    p99_9: int
    max: int

    def _text(self) -> str:
        return ", ".join(f"{name} {time(ns)}" for name, ns in (("p50", self.p50), ("p99", self.p99), ("max", self.max)))


@dataclass(frozen=True, repr=False)
class FileReport(Record):
    """One file of a write or a read.

    `file_offset` is the position in the file at which its range begins, `offset` the stream offset there, `valid_prefix`
    the bytes from there on that were moved without a gap. `removed`: the run had made the file, and wrote nothing to it.
    `data_read_from` is as in `VerifyReport`, and `None` in writes.
    """

    path: str
    file_offset: int
    offset: int
    size: int
    valid_prefix: int
    direct: bool
    direct_reason: str
    data_read_from: DataOrigin | None
    data_read_from_reason: str | None
    removed: bool


@dataclass(frozen=True, repr=False)
class LatencyCounts(Record):
    """How many I/Os took up to how long: `operations[i]` took at most `up_to_ns[i]` and more than the one before."""

    up_to_ns: tuple[int, ...]
    operations: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Verdict(Record):
    """What limited a run: `bound` is "generation-bound", "storage-bound", "balanced", "rate-bound" or "space-bound"."""

    bound: VerdictName
    meaning: str
    advice: str


@dataclass(frozen=True, repr=False)
class Series(Record):
    """Bytes done in each of consecutive intervals of `interval_ns`."""

    interval_ns: int
    bytes: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class WorkerReport(Record):
    """One worker: what it moved, and when it was done, counted from the run's beginning."""

    bytes: int
    operations: int
    done_ns: int
    bytes_per_s: float


@dataclass(frozen=True, repr=False)
class HostFacts(Record):
    """The machine: its name, kernel, processors and memory."""

    name: str | None
    os_kernel: str | None
    cpu_model: str | None
    cpus: int
    usable_cpus: int
    memory_total_bytes: int | None
    memory_available_bytes: int | None


@dataclass(frozen=True, repr=False)
class StorageFacts(Record):
    """The file system and the device below it, as far as the system shows them."""

    file_system: str | None
    mount_point: str | None
    source: str | None
    mount_options: str | None
    total_bytes: int | None
    free_bytes: int | None
    device: str | None
    device_model: str | None
    device_bytes: int | None
    rotational: bool | None
    scheduler: str | None
    queue_requests: int | None
    logical_block_bytes: int | None
    physical_block_bytes: int | None
    write_cache: str | None


@dataclass(frozen=True, repr=False)
class TunedSetting(Record):
    """One setting of a run."""

    writers: int
    buffer_size: int
    buffer_count: int
    depth: int


@dataclass(frozen=True, repr=False)
class TuningStep(TunedSetting):
    """One setting that was tried, and its rate."""

    what: str
    bytes: int
    elapsed_ns: int
    bytes_per_s: float


@dataclass(frozen=True, repr=False)
class TuningReport(Record):
    """What was tried before the run, what was chosen and why; `kept` names what the caller had set."""

    chosen: TunedSetting
    reason: str
    kept: tuple[str, ...]
    cpus: int
    steps: tuple[TuningStep, ...]
    elapsed_ns: int


@dataclass(frozen=True, repr=False)
class RunReport(Report):
    """What the reports of writing and reading have in common."""

    operations: int
    elapsed_ns: int
    prepare_ns: int
    duration_secs: float
    bytes_per_s: float
    iops: float
    engine: UsedEngine
    engine_reason: str
    registered: bool
    direct: bool
    direct_reason: str
    writers: int
    generators: int
    depth: int
    buffer_size: int
    vectored: int
    buffer_count: int
    order: str
    passes: int
    rate_bytes_per_s: int | None
    time_limited: bool
    generation_bound: float | None
    storage_bound: float | None
    latency_ns: Latency | None
    latency_from_due: bool
    latency_counts: LatencyCounts
    verdict: Verdict | None
    started_unix_s: int
    first_done_ns: int
    first_done_bytes: int
    last_done_ns: int
    sync_ns: int
    cpu_ns: int
    cpu_seconds_per_gib: float | None
    throughput: Series
    workers: tuple[WorkerReport, ...]
    placement: PlacementReport
    host: HostFacts
    storage: tuple[StorageFacts, ...]
    tuning: TuningReport | None
    warnings: tuple[str, ...]
    size: int
    interrupted: bool
    error: str | None
    files: tuple[FileReport, ...]

    def _moved(self) -> int:
        """The bytes that were written or read."""
        raise NotImplementedError

    def _line(self) -> str:
        line = f"{size(self._moved())} in {time(self.elapsed_ns)}, {rate(self.bytes_per_s)}"
        return ", ".join([line, *self._ending()])

    def _ending(self) -> Iterator[str]:
        """What limited it, and what came of it."""
        if self.verdict is not None:
            yield self.verdict.bound
        if self.interrupted:
            yield "interrupted"
        elif self.error is not None:
            yield "failed"

    def _rows(self) -> Rows:
        yield "data", f"{size(self._moved())} in {time(self.elapsed_ns)}"
        yield "throughput", f"{rate(self.bytes_per_s)}, {self.iops:.0f} I/Os per s"
        if self.latency_ns is not None:
            yield "latency", self.latency_ns._text()
        direct = "direct" if self.direct else "buffered"
        workers = f"{self.writers} workers with {self.depth} I/Os of {exact_size(self.buffer_size)} each"
        yield "I/O", f"{self.engine}, {direct}, {workers}"
        if self.verdict is not None:
            yield "verdict", f"{self.verdict.bound}: {self.verdict.meaning}"
        yield from (("file", file.path) for file in self.files[:1])
        if len(self.files) > 1:
            yield "files", f"{len(self.files)} in all"
        yield from said(self.warnings, self.error)


def said(warnings: tuple[str, ...], error: str | None) -> Rows:
    """Warnings, and the error that ended it."""
    yield from (("warning", warning) for warning in warnings)
    if error is not None:
        yield "error", error
