#!/usr/bin/env python3
"""Runs the benchmarks, writes a record, and generates docs/RESULTS.md from it.

Usage: run.py DGEN. The peer runs in a virtual environment of its own (.venv-peer), alternately with our runs; where it
cannot be installed, its columns say so.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "bench/records/fill.json"
PEER = "dgen-py==0.3.0"
DEDUP = ["1", "2", "10"]
COMPRESS = ["1", "1.3", "2", "4", "10"]
# Buffers in the first-level and second-level caches, and far outside all caches.
SIZES = ["32KiB", "256KiB", "128MiB", "1GiB"]
KIB, MIB = 1 << 10, 1 << 20
FILE_SIZE = 2 << 30

Json = dict[str, Any]


def main() -> None:
    dgen = str(Path(sys.argv[1]).resolve())
    threads = len(os.sched_getaffinity(0))
    peer = install_peer()
    record: Json = {"machine": machine(dgen), "peer": PEER if peer else "not installed", "cases": [], "peers": []}
    for kernel in kernels(dgen):
        cases = fill(dgen, kernel, ["256KiB", "128MiB"], DEDUP, COMPRESS)
        record["cases"] += cases["cases"]
        record.setdefault("fill_at", []).extend(cases["fill_at"])
        record.setdefault("limits", []).extend(fill(dgen, kernel, SIZES, ["1"], ["1"])["cases"])
    for size, count in [(4 * KIB, 1), (64 * KIB, 1), (MIB, 1), (32 * MIB, 1), (32 * MIB, threads)]:
        record["peers"].append(beside_peer(dgen, peer, size, count))
    record["verify"], record["measure"] = page_cache(dgen)
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    import table  # beside this file

    table.main()


def install_peer() -> str | None:
    python = ROOT / ".venv-peer/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ROOT / ".venv-peer"], check=True)
    if subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=False).returncode != 0:
        print(f"SKIPPED the peer: {PEER} cannot be installed", file=sys.stderr)
        return None
    return str(python)


def run_json(command: list[str], env: dict[str, str] | None = None) -> Json:
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **(env or {})})
    result: Json = json.loads(done.stdout)
    return result


def machine(dgen: str) -> Json:
    info = run_json([dgen, "info", "--json"])
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "cpu_model": info.get("topology", {}).get("cpu_model"),
        "threads": len(os.sched_getaffinity(0)),
        "kernel": platform.release().split("-")[0],
        "commit": commit.stdout.strip(),
    }


def kernels(dgen: str) -> list[str]:
    available = []
    for name in ("avx512", "avx2", "neon", "portable"):
        if subprocess.run([dgen, "info"], env={**os.environ, "DGEN_KERNEL": name}, capture_output=True).returncode == 0:
            available.append(name)
    return available


def fill(dgen: str, kernel: str, sizes: list[str], dedup: list[str], compress: list[str]) -> Json:
    options = [f"--{name}={value}" for name, values in
               [("buffer-size", sizes), ("dedup-ratio", dedup), ("compress-ratio", compress)] for value in values]
    return run_json([dgen, "bench", "fill", "--json", *options], {"DGEN_KERNEL": kernel})


def beside_peer(dgen: str, peer: str | None, size: int, threads: int) -> Json:
    """The best of three turns each, ours and the peer's in turn."""
    ours, theirs, limit = 0.0, 0.0, 0.0
    for _ in range(3):
        case = run_json([dgen, "bench", "fill", "--json", f"--buffer-size={size}", f"--threads={threads}"])["cases"][-1]
        ours, limit = max(ours, case["bytes_per_s"]), max(limit, case["limit_bytes_per_s"])
        if peer:
            script = ROOT / "bench/peers/python_calls.py"
            theirs = max(theirs, run_json([peer, str(script), "fill_chunk", str(size), str(threads)])["bytes_per_s"])
    return {"buffer": size, "threads": threads, "bytes_per_s": ours, "limit_bytes_per_s": limit,
            "peer_bytes_per_s": theirs or None}


def page_cache(dgen: str) -> tuple[Json, Json]:
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/data.bin"
        subprocess.run([dgen, "write", path, f"--size={FILE_SIZE}", "--direct=off", "--sync=none"], check=True,
                       capture_output=True)
        verify = [run_json([dgen, "verify", path, "--cached", "--threads=1", "--json"]) for _ in range(3)]
        measure = [run_json([dgen, "measure", path, "--threads=1", "--no-compress", "--no-entropy",
                             "--dedup-block=4KiB", "--json"]) for _ in range(3)]
    rate = "bytes_per_s"
    return ({rate: max(report[rate] for report in verify)}, {rate: max(report[rate] for report in measure)})


if __name__ == "__main__":
    main()
