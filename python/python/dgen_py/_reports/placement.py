"""Where the threads of a run were and where its memory came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .records import Record

__all__ = ["MemoryPolicy", "NodeThreads", "PlacementReport", "Refusal"]


@dataclass(frozen=True, repr=False)
class NodeThreads(Record):
    """A memory node, the processors used there (a list such as "0-3,8") and the threads on them."""

    node: int
    cpus: str
    threads: int


@dataclass(frozen=True, repr=False)
class Refusal(Record):
    """A system call that was refused, and done without."""

    call: str
    errno: int | None
    error: str


@dataclass(frozen=True, repr=False)
class MemoryPolicy(Record):
    """The memory policy that the caller came with, such as "default" or "interleave", and the nodes that it names."""

    mode: str
    nodes: str


@dataclass(frozen=True, repr=False)
class PlacementReport(Record):
    """What placement came to; the names are those of `get_placement`."""

    mode: str
    node: int | None
    physical_cores: bool
    placed: bool
    reason: str
    threads: int
    nodes: tuple[NodeThreads, ...]
    workers: Literal["pinned", "free"]
    memory: Literal["bound", "first_touch", "policy", "system"]
    refused: tuple[Refusal, ...]
    allowed_cpus: str
    allowed_memory_nodes: str | None
    memory_policy: MemoryPolicy | None
