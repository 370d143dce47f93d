#!/usr/bin/env python3
"""Times `dgen send` and `dgen recv` beside iperf3: on loopback, and between two network namespaces whose link `tc` shapes.

Usage: network.py [--dgen PATH] [--rounds N] [--size BYTES] [--output FILE]. Needs iperf3, and for the shaped link root and
`ip`. Both sides run on the same two processors. The ways take turns, each round in another order; a ratio is the median of
those of the rounds. iperf3 counts by its receiver, dgen by its sender, until the receiver has verified and answered.
"""

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROCESSORS = ["taskset", "-c", "0,1"]
RATE = "10gbit"
HERE, THERE = "dgen-bench-here", "dgen-bench-there"
ADDRESSES = {"loopback": "127.0.0.1", "shaped": "10.213.77.2"}
WAYS = {
    "iperf3": [],
    "verified": [],
    "compress_2_dedup_2": ["--compress-ratio", "2", "--dedup-ratio", "2"],
    "unverified": [],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dgen", default=str(ROOT / "target/release/dgen"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--size", type=int, default=8 << 30)
    parser.add_argument("--output", default=str(ROOT / "bench/records/network.json"))
    args = parser.parse_args()
    record: dict[str, Any] = {"machine": machine(args.dgen), "rounds": args.rounds, "bytes": args.size, "links": {}}
    record["links"]["loopback"] = measured("loopback", args, [], [])
    if os.geteuid() == 0:
        with link() as (here, there):
            record["links"]["shaped"] = {"rate": RATE, **measured("shaped", args, here, there)}
    Path(args.output).write_text(json.dumps(record, indent=2) + "\n")
    print(json.dumps(record["links"], indent=2))


def machine(dgen: str) -> dict[str, Any]:
    info = json.loads(output([dgen, "info", "--json"]))
    version = output(["iperf3", "--version"]).splitlines()[0]
    return {
        "cpu_model": info.get("topology", {}).get("cpu_model"),
        "threads": len(os.sched_getaffinity(0)),
        "kernel": platform.release().split("-")[0],
        "iperf3": version,
    }


def measured(name: str, args: argparse.Namespace, here: list[str], there: list[str]) -> dict[str, Any]:
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    for turn in range(args.rounds):
        order = list(WAYS) if turn % 2 == 0 else list(reversed(WAYS))
        for way in order:
            rates[way].append(once(way, args, ADDRESSES[name], here, there))
            print(f"{name} {turn} {way} {rates[way][-1] / 1e9:.2f} GB/s", file=sys.stderr)
    ratio = {
        way: statistics.median(ours / theirs for ours, theirs in zip(all_, rates["iperf3"], strict=True))
        for way, all_ in rates.items()
    }
    return {"bytes_per_s": {way: statistics.median(all_) for way, all_ in rates.items()}, "ratio_to_iperf3": ratio}


def once(way: str, args: argparse.Namespace, address: str, here: list[str], there: list[str]) -> float:
    """Bytes per second of one transfer."""
    ways = iperf3 if way == "iperf3" else dgen
    return ways(way, args, address, here + PROCESSORS, there + PROCESSORS)


def iperf3(_: str, args: argparse.Namespace, address: str, here: list[str], there: list[str]) -> float:
    port = str(next(PORTS))
    server = subprocess.Popen(
        [*there, "iperf3", "--server", "--one-off", "--port", port, "--forceflush"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    for line in server.stdout:
        if "listening" in line:
            break
    report = json.loads(output([*here, "iperf3", "-c", address, "-p", port, "-n", str(args.size), "--json"]))
    server.communicate()
    return float(report["end"]["sum_received"]["bits_per_second"]) / 8


def dgen(way: str, args: argparse.Namespace, address: str, here: list[str], there: list[str]) -> float:
    options = ["--no-verify"] if way == "unverified" else []
    receive = [*there, args.dgen, "recv", f"{address}:0", *options]
    receiver = subprocess.Popen(receive, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert receiver.stderr is not None
    place = receiver.stderr.readline().split()[-1]
    report = json.loads(
        output([*here, args.dgen, "send", place, "--size", str(args.size), "--seed", "1", "--json", *WAYS[way]])
    )
    receiver.communicate()
    if receiver.returncode or not report["ok"]:
        raise SystemExit(f"{way}: the receiver ended with {receiver.returncode}")
    return float(report["bytes_per_s"])


@contextmanager
def link() -> Iterator[tuple[list[str], list[str]]]:
    """Two namespaces with a shaped link between them."""
    steps = [
        f"ip netns add {HERE}",
        f"ip netns add {THERE}",
        f"ip link add dgen0 netns {HERE} type veth peer name dgen0 netns {THERE}",
        f"ip -n {HERE} address add 10.213.77.1/24 dev dgen0",
        f"ip -n {THERE} address add {ADDRESSES['shaped']}/24 dev dgen0",
        f"ip -n {HERE} link set dgen0 up",
        f"ip -n {THERE} link set dgen0 up",
        f"ip netns exec {HERE} tc qdisc add dev dgen0 root tbf rate {RATE} burst 4mb latency 20ms",
    ]
    try:
        for step in steps:
            output(step.split())
        yield ["ip", "netns", "exec", HERE], ["ip", "netns", "exec", THERE]
    finally:
        for name in (HERE, THERE):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def output(command: list[str]) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"{' '.join(command)}: {run.stdout} {run.stderr}")
    return run.stdout


PORTS = itertools.count(15201)

if __name__ == "__main__":
    main()
