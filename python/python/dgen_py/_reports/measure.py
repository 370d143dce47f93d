"""What `measure` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .records import Record
from .skipped import SkippedFile

__all__ = ["Dedup", "MeasureReport", "ZeroBlocks"]


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
    bits per byte (0 to 8). `interrupted`: it was stopped, and the numbers are of what was measured before. `skipped` is what
    could not be measured, or not to its end.
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
    interrupted: bool
    skipped: tuple[SkippedFile, ...]
    warnings: tuple[str, ...]
    threads: int
    elapsed_ns: int
    bytes_per_s: float

    def __repr__(self) -> str:
        dedup = {block: round(found.ratio, 3) for block, found in self.dedup.items()}
        compress = {codec: {block: round(ratio, 3) for block, ratio in by.items()} for codec, by in self.compress.items()}
        return f"MeasureReport(bytes={self.bytes}, dedup={dedup}, compress={compress}, entropy={self.entropy})"
