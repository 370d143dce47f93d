"""Runs one generating process per NUMA node, pinned to the node's processors, and prints the rates together.

Works on a machine with one node too.
"""

import argparse
import multiprocessing
import os
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import dgen_py


def cpus_of(node: int) -> set[int]:
    """The processors of a node that this process may use."""
    allowed = os.sched_getaffinity(0)
    path = Path(f"/sys/devices/system/node/node{node}/cpulist")
    if not path.exists():
        return allowed
    cpus: set[int] = set()
    for part in path.read_text().strip().split(","):
        first, _, last = part.partition("-")
        cpus.update(range(int(first), int(last or first) + 1))
    return cpus & allowed or allowed


def work(node: int, size: int, barrier: Barrier, results: "Queue[tuple[int, float, float]]") -> None:
    """Generates `size` bytes on a node; sends its number, the start and the end."""
    os.sched_setaffinity(0, cpus_of(node))
    generator = dgen_py.Generator(size=size, numa_node=node)
    buffer = bytearray(generator.chunk_size)
    barrier.wait()
    start = time.perf_counter()
    while not generator.is_complete():
        generator.fill_chunk(buffer)
    results.put((node, start, time.perf_counter()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2048, metavar="MIB", help="MiB per node (default: 2048)")
    size = parser.parse_args().size << 20

    context = multiprocessing.get_context("spawn")
    nodes = [node["id"] for node in dgen_py.get_system_info()["nodes"]] or [0]
    barrier, results = context.Barrier(len(nodes)), context.Queue()
    processes = [context.Process(target=work, args=(node, size, barrier, results)) for node in nodes]
    for process in processes:
        process.start()
    spans = sorted(results.get() for _ in processes)
    for process in processes:
        process.join()
    for node, start, end in spans:
        print(f"node {node}: {size / (end - start) / 1e9:.2f} GB/s on {len(cpus_of(node))} processors")
    elapsed = max(end for _, _, end in spans) - min(start for _, start, _ in spans)
    print(f"together: {size * len(spans) / elapsed / 1e9:.2f} GB/s")


if __name__ == "__main__":
    main()
