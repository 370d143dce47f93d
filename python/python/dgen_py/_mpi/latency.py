"""Histograms of latency, merged without loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

# Buckets per power of two, as a power of two.
_STEP_BITS = 6
_PER_MILLE = {"p50": 500, "p90": 900, "p99": 990, "p99_9": 999}


def merge(histograms: Iterable[Mapping[str, Any]]) -> dict[str, list[int]]:
    """The `latency_counts` of all I/Os of these `latency_counts`, as if one process had counted them.

    The last bucket of each ends at its longest latency; it is put back among those of the others here.
    """
    counts: Counter[int] = Counter()
    longest = 0
    for histogram in histograms:
        for up_to, operations in zip(histogram["up_to_ns"], histogram["operations"]):
            counts[bucket_end(up_to)] += operations
            longest = max(longest, up_to)
    ends = sorted(counts)
    return {"up_to_ns": [min(end, longest) for end in ends], "operations": [counts[end] for end in ends]}


def quantiles(histogram: Mapping[str, Any]) -> dict[str, int] | None:
    """The `latency_ns` of a histogram, or None of an empty one."""
    total = sum(histogram["operations"])
    if total == 0:
        return None
    found = {name: _quantile(histogram, -(-total * per_mille // 1000)) for name, per_mille in _PER_MILLE.items()}
    return {**found, "max": histogram["up_to_ns"][-1]}


def bucket_end(ns: int) -> int:
    """The longest latency of the bucket that a latency is counted in: the leading bit and the six after it choose it."""
    octave = max(0, ns.bit_length() - 1 - _STEP_BITS)
    return min(((ns >> octave) + 1 << octave) - 1, (1 << 64) - 1)


def _quantile(histogram: Mapping[str, Any], rank: int) -> int:
    seen = 0
    for up_to, operations in zip(histogram["up_to_ns"], histogram["operations"]):
        seen += operations
        if seen >= rank:
            return int(up_to)
    raise AssertionError("a rank beyond all I/Os")
