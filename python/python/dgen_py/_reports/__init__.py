"""What `write_file`, `read_file`, `verify_file`, `measure` and `bench_storage` return.

Sizes are in bytes, rates in bytes per second of wall time, and names ending in `_ns` are nanoseconds.
"""

from .measure import Chunks, Dedup, MeasureReport, Modelled, Records, Repeats, ZeroBlocks
from .ranks import RanksReport
from .read import ReadReport
from .run import FileReport, Latency
from .skipped import SkippedFile
from .sweep import Pregenerated, SweepPoint, SweepReport
from .verify import Damage, DamageRange, VerifiedFile, VerifyReport
from .write import AppendReport, ReadsReport, ResumedFile, ResumeReport, WriteReport

__all__ = [
    "AppendReport",
    "Chunks",
    "Damage",
    "DamageRange",
    "Dedup",
    "FileReport",
    "Latency",
    "MeasureReport",
    "Modelled",
    "Pregenerated",
    "RanksReport",
    "ReadReport",
    "ReadsReport",
    "Records",
    "Repeats",
    "ResumeReport",
    "ResumedFile",
    "SkippedFile",
    "SweepPoint",
    "SweepReport",
    "VerifiedFile",
    "VerifyReport",
    "WriteReport",
    "ZeroBlocks",
]
