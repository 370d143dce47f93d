"""Reads and latency beside fio, and streaming beside pre-generated buffers; storage.py runs this and records it.

Latency: dgen counts from the worker's last look at the clock before it submits an I/O until the worker has its completion. That is the span
of fio's `lat`; fio's `clat` begins when the submission is done. Both are recorded.
"""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from run import KIB, MIB, Json, run_json

PERCENTILES = {"p50": "50.000000", "p99": "99.000000", "p99_9": "99.900000"}
# Name, order, I/O size, depth.
READS = [
    ("sequential", "sequential", MIB, 16),
    ("random, 256 KiB", "random", 256 * KIB, 16),
    ("random, 4 KiB", "random", 4 * KIB, 32),
]
# Name, action, order, I/O size; one I/O at a time.
LATENCIES = [
    ("write, 4 KiB", "write", "sequential", 4 * KIB),
    ("write, 256 KiB", "write", "sequential", 256 * KIB),
    ("read, random 4 KiB", "read", "random", 4 * KIB),
    ("read, 256 KiB", "read", "sequential", 256 * KIB),
]
# Name, folder, direct, I/O size, depth.
STREAMED = [
    ("disk, direct, 1 MiB", "disk", "on", MIB, 16),
    ("disk, direct, 64 KiB", "disk", "on", 64 * KIB, 16),
    ("tmpfs, 1 MiB", "/dev/shm", "off", MIB, 1),
]


class Beside:
    """What to measure with, and how much of it."""

    def __init__(self, dgen: str, disk: str, size: int, turns: int, seconds: int, rest: float) -> None:
        self.dgen, self.disk, self.size, self.turns, self.seconds, self.rest = dgen, disk, size, turns, seconds, rest
        self.file = f"{disk}/dgen-bench-beside"

    def all(self) -> Json:
        """Sections of the record."""
        streamed = [self.streamed(*case) for case in STREAMED]
        latency = [self.latency(*case) for case in LATENCIES]
        self.lay_out()
        reads = [self.reads(*case) for case in READS]
        Path(self.file).unlink()
        return {"pregenerated": streamed, "latency": latency, "reads": reads}

    def lay_out(self) -> None:
        subprocess.run([self.dgen, "write", self.file, f"--size={self.size}", "--direct=on", "--force"], check=True, capture_output=True)

    def by_turns(self, runs: dict[str, Callable[[], Json]]) -> dict[str, list[Json]]:
        results: dict[str, list[Json]] = {who: [] for who in runs}
        for _ in range(self.turns):
            for who, run in runs.items():
                time.sleep(self.rest)
                results[who].append(run())
        return results

    def reads(self, name: str, order: str, block: int, depth: int) -> Json:
        results = self.by_turns({
            "dgen": lambda: self.run_dgen("read", order, block, depth),
            "fio": lambda: self.run_fio("read", order, block, depth),
        })
        best = {who: max(result["bytes_per_s"] for result in all_of_it) for who, all_of_it in results.items()}
        middle = {who: median(result["bytes_per_s"] for result in all_of_it) for who, all_of_it in results.items()}
        return {"case": name, "buffer": block, "depth": depth, "size": self.size, "bytes_per_s": best, "median_bytes_per_s": middle}

    def latency(self, name: str, action: str, order: str, block: int) -> Json:
        if action == "read":
            self.lay_out()
        results = self.by_turns({
            "dgen": lambda: self.run_dgen(action, order, block, 1),
            "fio": lambda: self.run_fio(action, order, block, 1),
        })

        def middle(who: str, span: str) -> dict[str, float]:
            return {key: median(result[span][key] for result in results[who]) for key in PERCENTILES}

        ours, lat, clat = middle("dgen", "lat_ns"), middle("fio", "lat_ns"), middle("fio", "clat_ns")
        return {"case": name, "buffer": block, "depth": 1, "turns": self.turns, "dgen_ns": ours, "fio_lat_ns": lat, "fio_clat_ns": clat,
                "ratio_to_lat": {key: ours[key] / lat[key] for key in ours}, "ratio_to_clat": {key: ours[key] / clat[key] for key in ours}}

    def streamed(self, name: str, where: str, direct: str, block: int, depth: int) -> Json:
        report = run_json([self.dgen, "bench", "storage", self.disk if where == "disk" else where, f"--size={self.size}", f"--buffer-size={block}",
                           f"--depth={depth}", "--writers=1", f"--direct={direct}", f"--rounds={self.turns}", "--runtime=1h", "--json"])
        result: Json = {"case": name, "buffer": block, "depth": depth, "size": self.size, **report["pregenerated"]}
        return result

    def run_dgen(self, action: str, order: str, block: int, depth: int) -> Json:
        command = [self.dgen, action, self.file, "--engine=io_uring", "--direct=on", f"--buffer-size={block}", f"--depth={depth}",
                   f"--order={order}", f"--runtime={self.seconds}s", "--json"]
        if action == "write":
            Path(self.file).unlink(missing_ok=True)
            command += [f"--size={self.size}", "--sync=none", "--writers=1"]
        else:
            command += ["--readers=1"]
        report = run_json(command)
        return {"bytes_per_s": report["bytes_per_s"], "lat_ns": report["latency_ns"]}

    def run_fio(self, action: str, order: str, block: int, depth: int) -> Json:
        if action == "write":
            Path(self.file).unlink(missing_ok=True)
        report = run_json([
            "fio", "--name=b", f"--filename={self.file}", f"--rw={'rand' if order == 'random' else ''}{action}", f"--bs={block}",
            f"--iodepth={depth}", "--direct=1", "--thread", "--ioengine=io_uring", "--fixedbufs", "--registerfiles", "--fallocate=native",
            f"--size={self.size}", f"--runtime={self.seconds}", "--lat_percentiles=1", "--clat_percentiles=1", "--output-format=json",
            f"--percentile_list={':'.join(text.rstrip('0').rstrip('.') for text in PERCENTILES.values())}",
        ])["jobs"][0][action]
        spans = {f"{span}_ns": {key: report[f"{span}_ns"]["percentile"][text] for key, text in PERCENTILES.items()} for span in ("lat", "clat")}
        return {"bytes_per_s": report["bw_bytes"], **spans}
