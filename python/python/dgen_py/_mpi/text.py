"""The gathered report as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._text import count, rate, size, time
from .gathered import STRAGGLER_RATIO

_LISTED = 10
_DONE = {"write": "wrote", "read": "read", "verify": "checked"}


def phase_text(report: Mapping[str, Any]) -> str:
    """A phase: rows of a name and what there is to say of it, and a table of the hosts; nothing where nothing was begun."""
    if report["first_done"] is None:
        return ""
    rows = [f"{name:<13} {text}" for name, text in _rows(report)]
    return "\n".join([*rows, *_table(report["hosts"])]) + "\n"


def messages(report: Mapping[str, Any]) -> str:
    """Warnings and errors, for standard error."""
    lines = []
    for sign, told in (("warning", report["warnings"]), ("error", report["failures"])):
        lines += [f"{sign}: {_who(one)}{one['message']}" for one in told]
    if report["stopped"]:
        lines.append(f"error: {count(len(report['stopped']), 'other rank')} stopped, since the job had failed")
    return "".join(f"{line}\n" for line in lines)


def _rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    hosts = report["hosts"]
    if "ok" in report:
        bad, ranges = report["bytes_bad"], report["ranges_total"]
        found = f"damaged: {count(bad, 'byte')} in {count(ranges, 'range')}"
        if report["ok"] and not report["failures"]:
            found = "ok: every byte is as its recipe says"
        yield "result", found if bad or report["ok"] else "not verified to the end"
    who = f"{count(report['ranks'], 'rank')} on {count(len(hosts), 'host')}"
    yield _DONE[report["command"]], f"{size(report['bytes'])} in {time(report['elapsed_ns'])}, {who}"
    yield "throughput", f"{rate(report['bytes_per_s'])}, from the common start until the last rank was done"
    if first := report["first_done"]:
        then = "" if first["bytes"] is None else f", {size(first['bytes'])} of all at {rate(first['bytes_per_s'])}"
        yield "first done", f"after {time(first['done_ns'])}, {_place(first)}{then}"
    if last := report["last_done"]:
        yield "last done", f"after {time(last['done_ns'])}, {_place(last)}"
    if report["latency_ns"]:
        yield "latency", _latency(report["latency_ns"]) + f" of {count(report['operations'], 'I/O')}"
    if reads := report["reads"]:
        yield "reads", f"{size(reads['bytes'])} at {rate(reads['bytes_per_s'])}"
        if reads["latency_ns"]:
            yield "read latency", _latency(reads["latency_ns"])
    for found in report.get("ranges", [])[:_LISTED]:
        where = f"at offset {found['offset']} of {found['path']}, by rank {found['rank']}"
        yield "range", f"{found['kind']} {found['length']} bytes {where}"
    late = report["stragglers"]
    for one in late[:_LISTED]:
        yield "straggler", f"{_place(one)}: done after {time(one['done_ns'])}, {one['to_median']:.2f} times the median"
    if len(late) > _LISTED:
        yield "stragglers", f"{len(late)} of {report['ranks']} ranks were done after {STRAGGLER_RATIO} times the median"


def _table(hosts: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = [("host", "ranks", "bytes", "throughput", "p99", "done")]
    for host in hosts:
        p99 = time(host["latency_ns"]["p99"]) if host["latency_ns"] else "-"
        moved = (size(host["bytes"]), rate(host["bytes_per_s"]))
        rows.append((host["host"], str(host["ranks"]), *moved, p99, time(host["done_ns"])))
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _who(told: Mapping[str, Any]) -> str:
    """The ranks that said something; nothing where all did."""
    if told["all"] and (len(told["ranks"]) > 1 or told["ranks"] == [0]):
        return ""
    ranks, hosts = told["ranks"], told["hosts"]
    numbers = ", ".join(map(str, ranks[:_LISTED])) + (" ..." if len(ranks) > _LISTED else "")
    where = ", ".join(hosts[:_LISTED]) + (" ..." if len(hosts) > _LISTED else "")
    return f"rank{'s' if len(ranks) > 1 else ''} {numbers} on {where}: "


def _place(one: Mapping[str, Any]) -> str:
    return f"rank {one['rank']} on {one['host']}"


def _latency(latency: Mapping[str, int]) -> str:
    names = {"p50": "p50", "p90": "p90", "p99": "p99", "p99_9": "p99.9", "max": "max"}
    return ", ".join(f"{name} {time(latency[key])}" for key, name in names.items())
