"""Types of this package's arguments and reports, for annotations of code that passes them on.

>>> from dgen_py.typing import Size
>>> def checkpoint(size: Size = "10GiB") -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol, SupportsIndex, Union

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

__all__ = [
    "Advise",
    "Bar",
    "Codec",
    "DamageKind",
    "DataOrigin",
    "Direct",
    "Dtype",
    "Early",
    "Engine",
    "Like",
    "Method",
    "NumaMode",
    "Order",
    "Progress",
    "ProgressOfUnknown",
    "Reuse",
    "RichProgress",
    "Size",
    "SkipReason",
    "Sweep",
    "Texture",
    "Tune",
    "UsedEngine",
    "VerdictName",
]

Size: TypeAlias = Union[SupportsIndex, str]
"""Bytes: a number, or text such as "1GiB", "64k" or "1.5GB", read as the command reads it."""

NumaMode: TypeAlias = Literal["auto", "force", "uma", "disabled", "disable"]
"""When threads and memory are placed on nodes; upper case is accepted, too."""

Method: TypeAlias = Union[Literal["parallel", "streaming"], str]
"""Has no effect."""

Texture: TypeAlias = Literal["repeat", "zeros", "lz", "text", "tensor"]
"""How pages are filled."""

Dtype: TypeAlias = Literal["bf16", "fp16", "fp32", "fp8", "int8"]
"""The numbers of tensors, as recipes call them."""

Like: TypeAlias = Literal["weights", "grad", "adam", "kv", "uniform"]
"""What the numbers of tensors are distributed like."""

Tune: TypeAlias = Literal["any", "lz4", "zstd", "zlib", "snappy"]
"""The compressor that pages are calibrated for."""

Early: TypeAlias = Literal["exact", "apart"]
"""How a stream begins."""

Reuse: TypeAlias = Union[Literal["uniform", "fixed"], str]
"""Which contents duplicates copy: one of these, `recent:SIZE` or `zipf:EXPONENT`."""

Order: TypeAlias = Union[Literal["sequential", "random"], str]
"""The order of I/Os: one of these, or `random:SEED`."""

Advise: TypeAlias = Literal["auto", "none", "sequential", "random", "willneed", "dontneed"]
"""What the system is told of reads."""

Codec: TypeAlias = Literal["lz4", "zstd", "zlib", "snappy", "lzma"]
"""A compressor that `measure` has."""

Direct: TypeAlias = Literal["auto", "on", "off"]
"""Whether I/O bypasses the page cache, in a sweep."""

Engine: TypeAlias = Literal["auto", "io_uring", "sync", "null", "memory"]
"""How I/Os are issued, in a sweep."""

Sweep: TypeAlias = Literal["write", "read", "both"]
"""What a sweep measures."""

UsedEngine: TypeAlias = Literal["io_uring", "sync", "null", "memory"]
"""How I/Os were issued."""

VerdictName: TypeAlias = Literal["generation-bound", "storage-bound", "balanced", "rate-bound", "space-bound"]
"""What limited a run."""

DamageKind: TypeAlias = Literal[
    "zeroed", "misplaced", "stale", "torn", "flipped", "shifted", "foreign", "missing", "extra"
]
"""What is wrong with a damaged range."""

DataOrigin: TypeAlias = Literal["read_from_the_device", "direct_the_file_system_may_cache", "compared_in_memory"]
"""What is known of where bytes came from, the best first."""

SkipReason: TypeAlias = Literal["link", "special", "foreign", "vanished", "unreadable"]
"""Why something was left out."""


class Bar(Protocol):
    """A progress bar such as tqdm's."""

    total: Any

    def update(self, n: float, /) -> object:
        """Moves the bar on by `n`."""


class RichProgress(Protocol):
    """The progress display of rich."""

    def add_task(self, description: str, *, total: float | None) -> Any:
        """Adds a bar; returns its number."""

    def update(self, task_id: Any, /, *, total: float | None, completed: float) -> object:
        """Says how far it is."""


Progress: TypeAlias = Union[Callable[[int, int], object], Bar, RichProgress]
"""Whom a call tells how far it has come: `progress(bytes_done, bytes_total)`, or a bar."""

ProgressOfUnknown: TypeAlias = Union[Callable[[int, Union[int, None]], object], Bar, RichProgress]
"""The same where the total may be None, for not known."""
