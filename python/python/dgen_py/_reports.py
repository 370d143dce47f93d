"""What `write_file`, `read_file`, `verify_file` and `measure` return.

Sizes are in bytes, rates in bytes per second of wall time, and names ending in `_ns` are nanoseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ._placement import PlacementReport
from ._records import Record
from ._run_facts import HostFacts, LatencyCounts, Series, StorageFacts, TuningReport, Verdict, WorkerReport

__all__ = [
    "AppendReport",
    "Damage",
    "DamageRange",
    "Dedup",
    "FileReport",
    "Latency",
    "MeasureReport",
    "ReadReport",
    "ReadsReport",
    "ResumeReport",
    "ResumedFile",
    "VerifiedFile",
    "VerifyReport",
    "WriteReport",
    "ZeroBlocks",
]


@dataclass(frozen=True, repr=False)
class Latency(Record):
    """How long single I/Os took, in nanoseconds; quantiles are at most 1/16 too high."""

    p50: int
    p90: int
    p99: int
    p99_9: int
    max: int


@dataclass(frozen=True, repr=False)
class FileReport(Record):
    """One file of a write or a read.

    `file_offset` is the position in the file at which its range begins, `offset` the stream offset there, `valid_prefix`
    the bytes from there on that were moved without a gap. `removed`: the run had made the file, and wrote nothing to it.
    """

    path: str
    file_offset: int
    offset: int
    size: int
    valid_prefix: int
    direct: bool
    direct_reason: str
    removed: bool


@dataclass(frozen=True, repr=False)
class _RunReport(Record):
    operations: int
    elapsed_ns: int
    prepare_ns: int
    duration_secs: float
    bytes_per_s: float
    iops: float
    engine: str
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
    generation_bound: float
    storage_bound: float
    latency_ns: Latency
    latency_from_due: bool
    latency_counts: LatencyCounts
    verdict: Verdict
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


@dataclass(frozen=True, repr=False)
class ResumedFile(Record):
    """How far a file was right, and the damage there, if it was not cut off."""

    path: str
    valid: int
    damage: Damage | None


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
    """What was read among writes: `percent` of the I/Os. Every byte is compared; `bytes_bad` differed, `damage` names the first."""

    percent: int
    bytes_read: int
    operations: int
    bytes_per_s: float
    iops: float
    latency_ns: Latency
    latency_counts: LatencyCounts
    bytes_bad: int
    damage: str | None


@dataclass(frozen=True, repr=False)
class WriteReport(_RunReport):
    """What a write did.

    `writers` counts the workers, `generators` the threads that filled buffers beside them, `depth` the I/Os that each keeps in flight at most. `elapsed_ns` begins when space is
    reserved and buffers are there, which took `prepare_ns`. `registered`: the kernel knew the buffers.
    `generation_bound` is the share of the writers' time (0 to 1) in which they generated, `storage_bound` the share in
    which a full buffer waited for storage. `direct_reason` says why I/O was direct or not, `engine_reason` why the
    engine was chosen, and `warnings` what a reader of the numbers should know. `size` bytes were asked for, from stream
    offset `offset` on; `valid_prefix` of them were written without a gap. `synced`: the data was made durable. `error`
    says why it ended early, if it did. `verdict` says in words what limited the run, `throughput` what was done when,
    `workers` what each did, `placement` on which memory nodes; `cpu_ns` is the time of all processors in this process. Each
    I/O gathers `vectored` buffers of `buffer_size` bytes. `tuning`, `resumed`, `appended`, `reads` and `verify` are there
    where they were asked for; what `reads` counts, the other names do not.
    """

    bytes_written: int
    valid_prefix: int
    recipe: str
    seed: int
    offset: int
    synced: bool
    resumed: ResumeReport | None
    appended: AppendReport | None
    reads: ReadsReport | None
    verify: VerifyReport | None

    _shown: ClassVar[tuple[str, ...]] = (
        "bytes_written", "duration_secs", "bytes_per_s", "engine", "direct", "writers", "recipe", "error",
    )


@dataclass(frozen=True, repr=False)
class ReadReport(_RunReport):
    """What a read did; the names are those of `WriteReport`, and `writers` counts the readers.

    `advice` is what the system was told of the page cache ("none" where I/O was direct), `advice_reason` says why.
    """

    bytes_read: int
    advice: str
    advice_reason: str

    _shown: ClassVar[tuple[str, ...]] = (
        "bytes_read", "duration_secs", "bytes_per_s", "engine", "direct", "writers", "error",
    )


@dataclass(frozen=True, repr=False)
class Damage(Record):
    """A damaged range: `length` bytes from position `offset` on.

    `kind` is one of zeroed, misplaced, stale, torn, flipped, foreign, missing, extra. Misplaced and stale data belongs at
    stream offset `source_offset`, stale data to the stream of `source_seed`; `bits` counts flipped bits.
    """

    offset: int
    length: int
    kind: str
    source_offset: int | None
    source_seed: int | None
    bits: int | None


@dataclass(frozen=True, repr=False)
class DamageRange(Damage):
    """A damaged range of the file `path`; the other names are those of `Damage`."""

    path: str


@dataclass(frozen=True, repr=False)
class VerifiedFile(Record):
    """One verified file; the names are those of `VerifyReport` and `FileReport`."""

    path: str
    ok: bool
    bytes_checked: int
    bytes_bad: int
    valid_prefix: int
    ranges_total: int
    bytes_by_kind: Mapping[str, int]
    recipe: str
    file_offset: int
    offset: int
    size: int
    direct: bool
    direct_reason: str


@dataclass(frozen=True, repr=False)
class VerifyReport(Record):
    """What verifying found.

    `ok`: every byte is as its recipe says, and none was left out. `bytes_checked` counts missing bytes too, `bytes_bad`
    those in damaged ranges, `valid_prefix` those before the first of them. `ranges` are the first damaged ranges in
    order, `ranges_total` says how many there are. `recipe` is `None` where files have several.

    How it was done changes none of that: the other names are those of `WriteReport` and `ReadReport`, and `readers` counts
    the workers. `generation_bound` is the share of their time (0 to 1) in which they regenerated and compared while the
    queue was not full, `storage_bound` the share in which they waited for storage; both, and `latency_ns`, are `None` where
    nothing was measured.
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
    elapsed_ns: int
    bytes_per_s: float
    engine: str
    engine_reason: str
    registered: bool
    direct: bool
    direct_reason: str
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
    interrupted: bool
    error: str | None
    placement: PlacementReport | None
    warnings: tuple[str, ...]
    files: tuple[VerifiedFile, ...]

    _shown: ClassVar[tuple[str, ...]] = (
        "ok", "bytes_checked", "bytes_bad", "valid_prefix", "ranges_total", "bytes_by_kind", "error",
    )


@dataclass(frozen=True, repr=False)
class Dedup(Record):
    """Dedup at one block size: `total` blocks, of which `distinct` differ.

    Unless `exact`, `distinct` is an estimate from the share `sampling_rate`, with the standard error given.
    """

    ratio: float
    distinct: int
    total: int
    exact: bool
    sampling_rate: float
    standard_error: float


@dataclass(frozen=True, repr=False)
class ZeroBlocks(Record):
    """Blocks that hold only zeros, and the bytes in them."""

    blocks: int
    bytes: int


@dataclass(frozen=True, repr=False)
class MeasureReport(Record):
    """Dedup and compression of data.

    `dedup` and `zero_blocks` are by block size in bytes; `compress` is by codec and compressor block, and holds the
    ratio of unique to stored bytes. The unique part is that of `compress_dedup_block`, `unique_bytes` long, of which
    `compressed_bytes` were handed to each codec. `engines` names the compressors' versions and settings. `entropy` is in
    bits per byte (0 to 8).
    """

    bytes: int
    inputs: int
    dedup: Mapping[int, Dedup]
    compress: Mapping[str, Mapping[int, float]]
    engines: Mapping[str, str]
    compress_dedup_block: int | None
    unique_bytes: int
    compressed_bytes: int
    compress_sample: int
    zero_blocks: Mapping[int, ZeroBlocks]
    entropy: float | None
    warnings: tuple[str, ...]
    threads: int
    elapsed_ns: int
    bytes_per_s: float

    def __repr__(self) -> str:
        dedup = {block: round(found.ratio, 3) for block, found in self.dedup.items()}
        compress = {codec: {block: round(ratio, 3) for block, ratio in by.items()} for codec, by in self.compress.items()}
        return f"MeasureReport(bytes={self.bytes}, dedup={dedup}, compress={compress}, entropy={self.entropy})"
