"""What `measure` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .._text import exact_size, size
from .records import Record
from .run import said
from .shown import Cells, Report, Rows
from .skipped import SkippedFile

__all__ = ["Chunks", "Dedup", "MeasureReport", "Modelled", "Records", "Repeats", "ZeroBlocks"]


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
class Repeats(Record):
    """How often contents occur, and how far apart; those that hold only zeros are left out.

    The keys are powers of two. `contents` counts contents that occur so many times at most, and more than half as often;
    `distances` counts copies that begin so many bytes at most behind the one before. The counts are estimates unless
    `sampling_rate` is 1.
    """

    contents: Mapping[int, int]
    distances: Mapping[int, int]
    sampling_rate: float


@dataclass(frozen=True, repr=False)
class Chunks(Record):
    """Dedup of content-defined chunks of `min` to `max` bytes, with an edge every `avg` bytes behind the minimum.

    `ratio` is all bytes over `distinct_bytes`. There are `total` chunks of `mean` bytes, of which `distinct` differ. Unless
    `exact`, `distinct` and `distinct_bytes` are estimates from the share `sampling_rate`, the latter with the standard
    error given.
    """

    ratio: float
    distinct_bytes: int
    distinct: int
    total: int
    mean: float
    exact: bool
    sampling_rate: float
    standard_error: float
    min: int
    avg: int
    max: int
    repeats: Repeats


@dataclass(frozen=True, repr=False)
class ZeroBlocks(Record):
    """Blocks that hold only zeros, and the bytes in them."""

    blocks: int
    bytes: int


@dataclass(frozen=True, repr=False)
class Records(Record):
    """Compressor blocks of one size under one codec.

    Counts and bytes are of the `records` that were compressed, a `share` of all: `raw` of them were stored as they are,
    `zero` hold only zeros, and `sizes` counts those stored in up to 1/16, 2/16, and so on, of their length. `ratio` is of
    all; half the interval that holds the true one with 95 % is `error`, as a part of it: 0 where all was compressed, `None`
    where too little was to tell.
    """

    records: int
    bytes: int
    stored_bytes: int
    ratio: float
    error: float | None
    share: float
    raw: int
    zero: int
    zero_bytes: int
    zero_stored_bytes: int
    sizes: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Modelled(Record):
    """What a storage system would allocate: `ratio` is all bytes over `allocated_bytes` (`None` if these are 0), of which
    `unfilled_bytes` are free in pages that were begun.

    `record_bytes` are those of its records of `record` bytes, without duplicates where it deduplicates (`dedup`). A `share`
    of them was compressed, with `codec`: `holes` take no space, `raw` as much as uncompressed ones. `error` is half the
    interval that holds the true ratio with 95 %, as a part of it: 0 where all was compressed, `None` where it cannot be told.
    """

    ratio: float | None
    error: float | None
    allocated_bytes: int
    unfilled_bytes: int
    record_bytes: int
    share: float
    records: int
    holes: int
    raw: int
    record: int
    dedup: bool
    codec: str
    engine: str
    source: str


@dataclass(frozen=True, repr=False)
class MeasureReport(Report):
    """Dedup and compression of data.

    `dedup`, `repeats` and `zero_blocks` are by block size in bytes, `chunks` by chunker. `compress` is by codec and compressor block, and holds the ratio of
    the bytes compressed to those stored: of the unique part, or, unless `dedup_first`, of all data; `reduction` is that of
    all bytes to those stored, and `records` what became of the blocks. `models` holds what systems would allocate, by
    name. The unique part is that of `compress_dedup_block`, `unique_bytes` long, of which at least
    `compressed_bytes` were handed to each codec. `engines` names the compressors' versions and settings. `entropy` is in
    bits per byte (0 to 8). `interrupted`: it was stopped, and the numbers are of what was measured before. `skipped` is what
    could not be measured, or not to its end.
    """

    bytes: int
    inputs: int
    dedup: Mapping[int, Dedup]
    repeats: Mapping[int, Repeats]
    chunks: Mapping[str, Chunks]
    compress: Mapping[str, Mapping[int, float]]
    reduction: Mapping[str, Mapping[int, float]]
    records: Mapping[str, Mapping[int, Records]]
    models: Mapping[str, Modelled]
    dedup_first: bool
    engines: Mapping[str, str]
    compress_dedup_block: int | None
    unique_bytes: int
    compressed_bytes: int
    compress_sample: int
    zero_blocks: Mapping[int, ZeroBlocks]
    entropy: float | None
    interrupted: bool
    skipped: tuple[SkippedFile, ...]
    warnings: tuple[str, ...]
    threads: int
    elapsed_ns: int
    bytes_per_s: float

    def _line(self) -> str:
        found = []
        if self.dedup:
            block, best = max(self.dedup.items(), key=lambda item: item[1].ratio)
            found.append(f"dedup {best.ratio:.2f} at {exact_size(block)}")
        best_ratios = {codec: max(by.values()) for codec, by in self.compress.items() if by}
        if best_ratios:
            found.append("compress " + ", ".join(f"{codec} {ratio:.2f}" for codec, ratio in best_ratios.items()))
        if self.interrupted:
            found.append("interrupted")
        return ": ".join([size(self.bytes), "; ".join(found)]) if found else size(self.bytes)

    def _rows(self) -> Rows:
        yield "data", size(self.bytes)
        for block, found in self.dedup.items():
            about = "" if found.exact else ", estimated"
            yield f"dedup at {exact_size(block)}", f"{found.ratio:.3f}: {found.distinct} of {found.total} blocks{about}"
        yield from ((f"chunks of {name}", f"{found.ratio:.3f}") for name, found in self.chunks.items())
        for name, model in self.models.items():
            yield f"as {name} stores it", "-" if model.ratio is None else f"{model.ratio:.3f}"
        if self.entropy is not None:
            yield "entropy", f"{self.entropy:.3f} bits per byte"
        if self.skipped:
            yield "skipped", str(len(self.skipped))
        yield from said(self.warnings, None)

    def _table(self) -> Cells:
        blocks = sorted({block for by in self.compress.values() for block in by})
        if not blocks:
            return ()
        rows = ([codec, *(_ratio(by.get(block)) for block in blocks)] for codec, by in self.compress.items())
        return [["compress ratio", *map(exact_size, blocks)], *rows]


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.3f}"
