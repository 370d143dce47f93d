"""What all ranks did in a phase, as one: sums, rates by wall clock, merged latency, hosts and stragglers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .arguments import Phase
from .crew import Rank, was_stopped
from .latency import merge, quantiles

# A rank is a straggler when it was done after so many times the median of all ranks, and so much later than that.
STRAGGLER_RATIO = 1.1
_STRAGGLER_NS = 100_000_000
_LISTED = 100

_Report = Mapping[str, Any]


def phase_report(phase: Phase, ranks: Sequence[Rank], code: int) -> dict[str, Any]:
    """The report of a phase, with each rank's own inside."""
    done = [rank for rank in ranks if rank.ending and rank.ending.report]
    elapsed_ns = max((rank.ending.done_ns for rank in ranks if rank.ending), default=0)
    reports = [_report(rank) for rank in done]
    bytes_done = sum(map(_bytes, reports))
    counts = merge(report["latency_counts"] for report in reports)
    return {
        "command": phase.command,
        "arguments": list(phase.arguments),
        "exit_code": code,
        "ranks": len(ranks),
        "bytes": bytes_done,
        "operations": sum(counts["operations"]),
        "elapsed_ns": elapsed_ns,
        "bytes_per_s": _per_second(bytes_done, elapsed_ns),
        **_first_and_last(done),
        "latency_ns": quantiles(counts),
        "latency_counts": counts,
        "reads": _reads(reports, elapsed_ns),
        **(_damage(done) if phase.command == "verify" else {}),
        "hosts": [_host(host, [rank for rank in done if rank.host == host], ranks) for host in _hosts(ranks)],
        "stragglers": _stragglers(done),
        "failures": _told(ranks, "error: ", [rank for rank in ranks if _failed(rank)]),
        "stopped": [rank.rank for rank in ranks if was_stopped(rank)],
        "warnings": _told(ranks, "warning: ", ranks),
        "members": [_member(rank) for rank in ranks],
    }


def _report(rank: Rank) -> dict[str, Any]:
    assert rank.ending and rank.ending.report
    return rank.ending.report


def _bytes(report: _Report) -> int:
    """Bytes that were moved; what verifying found missing was not."""
    for name in ("bytes_written", "bytes_read"):
        if name in report:
            return int(report[name])
    return int(report["bytes_checked"]) - int(report["bytes_by_kind"].get("missing", 0))


def _per_second(count: int, elapsed_ns: int) -> float:
    return count / (elapsed_ns / 1e9) if elapsed_ns else 0.0


def _done_ns(rank: Rank) -> int:
    return rank.ending.done_ns if rank.ending else 0


def _first_and_last(done: Sequence[Rank]) -> dict[str, Any]:
    """The ranks that were done first and last, and what all had moved by the first time."""
    if not done:
        return {"first_done": None, "last_done": None}
    first, last = min(done, key=_done_ns), max(done, key=_done_ns)
    at = _done_ns(first)
    moved = [_bytes_by(rank, at) for rank in done]
    by_then = None if None in moved else sum(count for count in moved if count is not None)
    rate = None if by_then is None else _per_second(by_then, at)
    return {
        "first_done": {**_place(first), "done_ns": at, "bytes": by_then, "bytes_per_s": rate},
        "last_done": {**_place(last), "done_ns": _done_ns(last)},
    }


def _place(rank: Rank) -> dict[str, Any]:
    return {"rank": rank.rank, "host": rank.host}


def _bytes_by(rank: Rank, at_ns: int) -> int | None:
    """Bytes that a rank had moved so long after the common start, to within an interval of its series; None without one."""
    report = _report(rank)
    if _done_ns(rank) <= at_ns:
        return _bytes(report)
    series = report.get("throughput")
    if series is None or report.get("reads"):
        return None
    # Its time ended when it was done, and its series began so much earlier.
    passed, interval = at_ns - (_done_ns(rank) - report["elapsed_ns"]), series["interval_ns"]
    if passed <= 0:
        return 0
    whole, rest = divmod(passed, interval)
    moved = series["bytes"]
    part = moved[whole] * rest // interval if whole < len(moved) else 0
    return min(int(sum(moved[:whole]) + part), _bytes(report))


def _reads(reports: Sequence[_Report], elapsed_ns: int) -> dict[str, Any] | None:
    """The reads among writes, if there were any."""
    reads = [report["reads"] for report in reports if report.get("reads")]
    if not reads:
        return None
    counts, read = merge(one["latency_counts"] for one in reads), sum(one["bytes_read"] for one in reads)
    return {
        "bytes": read,
        "operations": sum(one["operations"] for one in reads),
        "bytes_per_s": _per_second(read, elapsed_ns),
        "latency_ns": quantiles(counts),
        "latency_counts": counts,
    }


def _damage(done: Sequence[Rank]) -> dict[str, Any]:
    by_kind: dict[str, int] = {}
    for rank in done:
        for kind, count in _report(rank)["bytes_by_kind"].items():
            by_kind[kind] = by_kind.get(kind, 0) + count
    ranges = [{"rank": rank.rank, **found} for rank in done for found in _ranges(_report(rank))]
    return {
        "ok": all(_report(rank)["ok"] for rank in done),
        "bytes_bad": sum(_report(rank)["bytes_bad"] for rank in done),
        "bytes_by_kind": by_kind,
        "ranges_total": sum(_report(rank)["ranges_total"] for rank in done),
        "ranges": ranges[:_LISTED],
    }


def _ranges(report: _Report) -> list[dict[str, Any]]:
    """Damaged ranges, with the paths of their files or the URLs of their objects."""
    if "ranges" in report:
        return list(report["ranges"])
    return [{"path": damaged["url"], **found} for damaged in report["damaged"] for found in damaged["ranges"]]


def _hosts(ranks: Iterable[Rank]) -> list[str]:
    return list(dict.fromkeys(rank.host for rank in ranks))


def _host(host: str, done: Sequence[Rank], ranks: Sequence[Rank]) -> dict[str, Any]:
    reports = [_report(rank) for rank in done]
    moved, done_ns = sum(map(_bytes, reports)), max(map(_done_ns, done), default=0)
    return {
        "host": host,
        "ranks": sum(rank.host == host for rank in ranks),
        "bytes": moved,
        "bytes_per_s": _per_second(moved, done_ns),
        "latency_ns": quantiles(merge(report["latency_counts"] for report in reports)),
        "done_ns": done_ns,
    }


def _stragglers(done: Sequence[Rank]) -> list[dict[str, Any]]:
    """Ranks that were done late, the last first."""
    times = sorted(map(_done_ns, done))
    if not times:
        return []
    median = times[(len(times) - 1) // 2]
    limit = max(STRAGGLER_RATIO * median, median + _STRAGGLER_NS)
    late = [rank for rank in done if _done_ns(rank) > limit]
    late.sort(key=_done_ns, reverse=True)
    return [{**_place(rank), "done_ns": _done_ns(rank), "to_median": _done_ns(rank) / max(1, median)} for rank in late]


def _failed(rank: Rank) -> bool:
    return not was_stopped(rank) and (rank.ending is None or rank.ending.code != 0)


def _told(all_ranks: Sequence[Rank], sign: str, ranks: Iterable[Rank]) -> list[dict[str, Any]]:
    """What ranks said on lines that begin with `sign`, each text once, with the ranks that said it."""
    texts: dict[tuple[str, int | None], list[Rank]] = {}
    for rank in ranks:
        for text in _lines(rank, sign):
            code = rank.ending.code if rank.ending else None
            texts.setdefault((text, code if sign == "error: " else None), []).append(rank)
    told = []
    for (text, code), group in texts.items():
        entry: dict[str, Any] = {"ranks": [rank.rank for rank in group], "hosts": _hosts(group)}
        if sign == "error: ":
            entry["exit_code"] = code
        told.append({**entry, "message": text, "all": len(group) == len(all_ranks)})
    return told


def _lines(rank: Rank, sign: str) -> list[str]:
    if rank.ending is None:
        return ["no answer since the job was told to stop"] if sign == "error: " else []
    lines = [line.removeprefix(sign) for line in rank.ending.said.splitlines() if line.startswith(sign)]
    if lines or sign != "error: ":
        return lines
    if rank.ending.code == 3:
        return ["data differs from its recipe"]
    known = {130: "interrupted", 143: "terminated"}
    return [known.get(rank.ending.code) or rank.ending.said.strip() or f"exit code {rank.ending.code}"]


def _member(rank: Rank) -> dict[str, Any]:
    ending = rank.ending
    return {
        **_place(rank),
        "exit_code": ending.code if ending else None,
        "stopped": bool(ending and ending.stopped),
        "done_ns": ending.done_ns if ending else None,
        "report": ending.report if ending else None,
    }
