#!/usr/bin/env python3
"""Times `dgen write` of objects beside obstore, which puts ready bytes from memory, on a server of S3 of this machine.

Usage: objects.py --python PYTHON [--dgen PATH] [--server PROGRAM] [--rounds N] [--output FILE]. PYTHON is an interpreter
with obstore. The server is that of the tests (`s3s-fs`), with its folder in memory. The ways take turns, each round in
another order, with the same objects, parts and requests in flight, and payloads signed by both; a ratio is the median of
those of the rounds. Then all objects are listed, read and verified.
"""

import argparse
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KEYS = {"AWS_ACCESS_KEY_ID": "dgen-key", "AWS_SECRET_ACCESS_KEY": "dgen/secret+", "AWS_REGION": "us-east-1"}
PART = 8 << 20
CASES = {"small": (10_000, 64 << 10), "large": (100, 32 << 20)}
IN_FLIGHT = 16
WAYS: dict[str, list[str]] = {
    "obstore": [],
    "dgen": [],
    "compress_2_dedup_2": ["--compress-ratio", "2", "--dedup-ratio", "2", "--block-size", "64KiB"],
}
OBSTORE = """
import asyncio, os, sys, time
import obstore
from obstore.store import S3Store

endpoint, count, size, part, in_flight = sys.argv[1], *map(int, sys.argv[2:])
store = S3Store("bucket", endpoint=endpoint, client_options={"allow_http": True})
data = [os.urandom(size) for _ in range(4)]

async def main():
    async def work(numbers):
        for number in numbers:
            # Parts of one object share the requests in flight with those of the others.
            await obstore.put_async(store, f"run/dgen-{number:06d}", data[number % 4], use_multipart=size > part,
                                    chunk_size=part, max_concurrency=max(1, in_flight // workers))
    workers = in_flight if size <= part else in_flight // 4
    numbers = iter(range(count))
    begin = time.perf_counter()
    await asyncio.gather(*(work(numbers) for _ in range(workers)))
    print(time.perf_counter() - begin, flush=True)
    # Its threads may outlive the interpreter, which then aborts.
    os._exit(0)

asyncio.run(main())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dgen", default=str(ROOT / "target/release/dgen"))
    parser.add_argument("--python", required=True)
    parser.add_argument("--server")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", default=str(ROOT / "bench/records/objects.json"))
    args = parser.parse_args()
    record: dict[str, Any] = {"machine": machine(args), "rounds": args.rounds, "in_flight": IN_FLIGHT, "part": PART}
    with server(args.server or test_program()) as (endpoint, folder):
        record["cases"] = {case: measured(case, args, endpoint, folder) for case in CASES}
    Path(args.output).write_text(json.dumps(record, indent=2) + "\n")
    print(json.dumps(record["cases"], indent=2))


def machine(args: argparse.Namespace) -> dict[str, Any]:
    info = json.loads(output([args.dgen, "info", "--json"], os.environ))
    version = output([args.python, "-c", "import obstore; print(obstore.__version__)"], os.environ).strip()
    return {
        "cpu_model": info.get("topology", {}).get("cpu_model"),
        "threads": len(os.sched_getaffinity(0)),
        "kernel": platform.release().split("-")[0],
        "obstore": version,
    }


def test_program() -> str:
    """The tests of the command, one of which serves."""
    build = ["cargo", "test", "--locked", "-p", "dgen-cli", "--test", "command", "--no-run", "--message-format", "json"]
    lines = subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    built = (json.loads(line) for line in lines)
    return next(str(one["executable"]) for one in built if one.get("target", {}).get("name") == "command" and one.get("executable"))


@contextmanager
def server(program: str) -> Iterator[tuple[str, Path]]:
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    (folder / "bucket").mkdir()
    environment = {**os.environ, "DGEN_TEST_S3_ROOT": str(folder), "DGEN_TEST_S3_LISTEN": "127.0.0.1:0"}
    command = [program, "s3_server::server", "--exact", "--nocapture", "--test-threads", "1"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = next(line for line in process.stdout if "serving at " in line)
        yield f"http://{ready.split('serving at ')[1].strip()}", folder
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def measured(case: str, args: argparse.Namespace, endpoint: str, folder: Path) -> dict[str, Any]:
    count, size = CASES[case]
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    orders = itertools.cycle(itertools.permutations(WAYS))
    for number, order in zip(range(args.rounds), orders):
        for way in order:
            seconds = timed(way, args, endpoint, count, size)
            rates[way].append(count * size / seconds)
            print(f"{case} {number} {way} {rates[way][-1] / 1e6:.0f} MB/s, {count / seconds:.0f} objects/s", file=sys.stderr)
            if not (number + 1 == args.rounds and way == order[-1]):
                empty(folder)
    empty(folder)
    result: dict[str, Any] = {"objects": count, "object_size": size}
    result["ratio_to_obstore"] = {
        way: statistics.median(rate / other for rate, other in zip(rates[way], rates["obstore"])) for way in WAYS
    }
    result["bytes_per_s"] = {way: statistics.median(rates[way]) for way in WAYS}
    result["whole"] = whole(args, endpoint, count, size)
    empty(folder)
    return result


def timed(way: str, args: argparse.Namespace, endpoint: str, count: int, size: int) -> float:
    environment = {**os.environ, **KEYS}
    if way == "obstore":
        numbers = [str(number) for number in (count, size, PART, IN_FLIGHT)]
        return float(output([args.python, "-c", OBSTORE, endpoint, *numbers], environment))
    return float(dgen(args, endpoint, written(count, size) + WAYS[way])["elapsed_ns"]) / 1e9


def whole(args: argparse.Namespace, endpoint: str, count: int, size: int) -> dict[str, Any]:
    """All of it, written, listed, read and verified."""
    write = dgen(args, endpoint, written(count, size))
    read = dgen(args, endpoint, ["read", "s3://bucket/run"])
    verify = dgen(args, endpoint, ["verify", "s3://bucket/run"])
    assert write["objects_written"] == read["objects_read"] == verify["objects_checked"] == count and verify["ok"]
    return {
        "write": {name: write[name] for name in ("bytes_per_s", "objects_per_s", "latency_ns", "generation_bound")},
        "read": {name: read[name] for name in ("bytes_per_s", "objects_per_s", "first_byte_ns", "latency_ns", "list_ns")},
        "verify": {name: verify[name] for name in ("bytes_per_s", "verify_share", "objects_checked")},
    }


def written(count: int, size: int) -> list[str]:
    return ["write", "s3://bucket/run", "--objects", str(count), "--object-size", str(size), "--seed", "1"]


def dgen(args: argparse.Namespace, endpoint: str, words: list[str]) -> dict[str, Any]:
    command = [args.dgen, *words, "--endpoint", endpoint, "--concurrency", str(IN_FLIGHT), "--json"]
    report: dict[str, Any] = json.loads(output(command, {**os.environ, **KEYS}))
    return report


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    (folder / "bucket").mkdir(parents=True)


def output(command: list[str], environment: "os._Environ[str] | dict[str, str]") -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


if __name__ == "__main__":
    main()
