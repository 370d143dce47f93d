#!/usr/bin/env python3
"""Beside fio, in turn, with the same I/O size, depth, direct mode and sync: writes, reads, latency; writes bench/records/storage.json.

Usage: storage.py DGEN [FOLDER [RECORD]]. FOLDER lies on the disk to be measured; the default is the system's temporary folder. fio writes
twice: with buffers as they are, and with buffers refilled before each I/O. Disks are throttled in bursts, so runs rest in between. With
RECORD, a trial: little data, one turn, no rests, and the record goes to that file.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from beside import Beside
from run import KIB, MIB, ROOT, Json, machine, run_json

RECORD = ROOT / "bench/records/storage.json"
TURNS = 5
# Name, folder, engine, direct, bytes, I/O size, depth, jobs, seconds of rest.
CASES = [
    ("disk, direct", "disk", "io_uring", 1, 2048 * MIB, MIB, 16, 1, 2.0),
    ("disk, direct, two jobs", "disk", "io_uring", 1, 2048 * MIB, MIB, 8, 2, 2.0),
    ("disk, direct, 64 KiB", "disk", "io_uring", 1, 512 * MIB, 64 * KIB, 16, 1, 2.0),
    ("tmpfs", "/dev/shm", "sync", 0, 2048 * MIB, MIB, 1, 1, 0.0),
    ("tmpfs, 256 KiB", "/dev/shm", "sync", 0, 2048 * MIB, 256 * KIB, 1, 1, 0.0),
    ("null, 256 KiB", "null", "null", 0, 16384 * MIB, 256 * KIB, 1, 1, 0.0),
]


def main() -> None:
    dgen = str(Path(sys.argv[1]).resolve())
    if shutil.which("fio") is None:
        print("SKIPPED the storage benchmarks: fio is not installed", file=sys.stderr)
        return
    version = subprocess.run(["fio", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    record: Json = {"machine": machine(dgen), "peer": version, "cases": []}
    trial = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as disk:
        for name, where, engine, direct, size, block, depth, jobs, rest in CASES:
            size, turns, rest = (size // 16, 1, 0.0) if trial else (size, TURNS, rest)
            record["cases"].append(measured(dgen, disk, turns, name, where, engine, direct, size, block, depth, jobs, rest))
            print(json.dumps(record["cases"][-1]), file=sys.stderr)
        size, turns, seconds, rest = (128 * MIB, 1, 2, 0.0) if trial else (2048 * MIB, TURNS, 5, 2.0)
        record |= Beside(dgen, disk, size, turns, seconds, rest).all()
    (trial or RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if trial:
        return
    import table  # beside this file

    table.main()


def measured(dgen: str, disk: str, turns: int, name: str, where: str, engine: str, direct: int, size: int, block: int, depth: int,
             jobs: int, rest: float) -> Json:
    folder = disk if where == "disk" else where
    target = "/dev/null" if where == "null" else f"{folder}/dgen-bench-{os.getpid()}"
    runs: dict[str, Callable[[], tuple[float, float, Json]]] = {
        "dgen": lambda: run_dgen(dgen, target, engine, direct, size, block, depth, jobs),
        "fio": lambda: run_fio(target, engine, direct, size, block, depth, jobs, refill=False),
        "fio_refill": lambda: run_fio(target, engine, direct, size, block, depth, jobs, refill=True),
    }
    case: Json = {"case": name, "buffer": block, "depth": depth, "jobs": jobs, "size": size}
    for _ in range(turns):
        for who, run in runs.items():
            time.sleep(rest)
            rate, cpu, latency = run()
            if rate > case.get(who, {"bytes_per_s": 0})["bytes_per_s"]:
                case[who] = {"bytes_per_s": rate, "cpu_s_per_gib": cpu / (size / 2**30), "latency_ns": latency}
            if target != "/dev/null":
                Path(target).unlink(missing_ok=True)
    return case


def run_dgen(dgen: str, target: str, engine: str, direct: int, size: int, block: int, depth: int, jobs: int) -> tuple[float, float, Json]:
    mode = "off" if engine == "null" else ("on" if direct else "off")
    command = [dgen, "write", target, f"--size={size}", f"--engine={engine}", f"--direct={mode}", f"--buffer-size={block}",
               f"--depth={depth}", f"--writers={jobs}", "--sync=end", "--json"]
    before = cpu_seconds()
    report = run_json(command)
    latency = {key: report["latency_ns"][key] for key in ("p50", "p99")}
    return report["bytes_per_s"], cpu_seconds() - before, latency


def run_fio(target: str, engine: str, direct: int, size: int, block: int, depth: int, jobs: int, refill: bool) -> tuple[float, float, Json]:
    command = ["fio", "--name=b", "--rw=write", f"--bs={block}", f"--iodepth={depth}", f"--direct={direct}", "--thread",
               "--output-format=json", "--end_fsync=1", "--fallocate=native", "--group_reporting", f"--numjobs={jobs}",
               f"--size={size // jobs}"]
    if engine == "null":
        command += ["--ioengine=null"]
    else:
        command += [f"--filename={target}", f"--offset_increment={size // jobs}",
                    f"--ioengine={'io_uring' if engine == 'io_uring' else 'psync'}"]
    if engine == "io_uring":
        command += ["--fixedbufs", "--registerfiles"]
    if refill:
        command += ["--refill_buffers"]
    before = cpu_seconds()
    write = run_json(command)["jobs"][0]["write"]
    cpu = cpu_seconds() - before
    percentiles = write.get("clat_ns", {}).get("percentile", {})
    latency = {"p50": percentiles.get("50.000000"), "p99": percentiles.get("99.000000")}
    return write["bw_bytes"], cpu, latency


def cpu_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    main()
