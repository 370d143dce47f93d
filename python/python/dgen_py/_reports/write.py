"""What `write_file` returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..typing import DataOrigin
from .ranks import RanksReport
from .records import Record
from .run import Latency, LatencyCounts, RunReport
from .shown import Rows
from .verify import Damage, VerifyReport

__all__ = ["AppendReport", "ReadsReport", "ResumeReport", "ResumedFile", "WriteReport"]


@dataclass(frozen=True, repr=False)
class ResumedFile(Record):
    """How far a file was right, and the damage there, if it was not cut off; `data_read_from` is as in `VerifyReport`."""

    path: str
    valid: int
    damage: Damage | None
    data_read_from: DataOrigin | None


@dataclass(frozen=True, repr=False)
class ResumeReport(Record):
    """What was there when a write was resumed."""

    bytes_valid: int
    bytes_checked: int
    elapsed_ns: int
    files: tuple[ResumedFile, ...]


@dataclass(frozen=True, repr=False)
class AppendReport(Record):
    """Where data was appended: `file_offset` bytes were there before; `continued`: they were of the same stream."""

    file_offset: int
    continued: bool


@dataclass(frozen=True, repr=False)
class ReadsReport(Record):
    """What was read among writes: `percent` of the I/Os. Every byte is compared; `bytes_bad` differed, `damage` names the first.

    `data_read_from` is as in `VerifyReport`: without direct I/O, what was just written is in memory.
    """

    percent: int
    bytes_read: int
    operations: int
    bytes_per_s: float
    iops: float
    latency_ns: Latency | None
    latency_counts: LatencyCounts
    data_read_from: DataOrigin | None
    bytes_bad: int
    damage: str | None

    def __bool__(self) -> bool:
        """Return whether no byte differed."""
        return self.bytes_bad == 0


@dataclass(frozen=True, repr=False)
class WriteReport(RunReport):
    """What a write did; false where what was read back differed.

    `writers` counts the workers, `generators` the threads that filled buffers beside them, `depth` the I/Os that each keeps in flight at most. `elapsed_ns` begins when space is
    reserved and buffers are there, which took `prepare_ns`. `registered`: the kernel knew the buffers.
    `generation_bound` is the share of the writers' time (0 to 1) in which they generated, `storage_bound` the share in
    which a full buffer waited for storage; both, `latency_ns` and `verdict` are `None` where nothing was moved.
    `direct_reason` says why I/O was direct or not, `engine_reason` why the
    engine was chosen, and `warnings` what a reader of the numbers should know. `size` bytes were asked for, from stream
    offset `offset` on, in files of `file_size` bytes each where that was given; `valid_prefix` of them were written without a gap. `synced`: the data was made durable. `error`
    says why it ended early, if it did. `verdict` says in words what limited the run, `throughput` what was done when,
    `workers` what each did, `placement` on which memory nodes; `cpu_ns` is the time of all processors in this process. Each
    I/O gathers `vectored` buffers of `buffer_size` bytes. `tuning`, `resumed`, `appended`, `reads` and `verify` are there
    where they were asked for; what `reads` counts, the other names do not. `recipe` and `stream_version` say what was
    written, `ranks` which part of it, where several processes shared the write.
    """

    bytes_written: int
    valid_prefix: int
    recipe: str
    stream_version: int
    seed: int
    offset: int
    file_size: int | None
    synced: bool
    ranks: RanksReport | None
    resumed: ResumeReport | None
    appended: AppendReport | None
    reads: ReadsReport | None
    verify: VerifyReport | None

    def _moved(self) -> int:
        return self.bytes_written

    def _ending(self) -> Iterator[str]:
        yield from super()._ending()
        if self.verify is not None or self.reads is not None:
            yield "verified" if self else "damaged"

    def _rows(self) -> Rows:
        yield "recipe", self.recipe
        yield from super()._rows()
        if self.verify is not None:
            yield "verified", self.verify._line()

    def __bool__(self) -> bool:
        """Return whether all that was compared was right; true where nothing was."""
        return (self.verify is None or bool(self.verify)) and (self.reads is None or bool(self.reads))
