"""Runs one generating process per NUMA node, bound to the node's processors, and prints the rates together.

Works on a machine with one node too. The command `dgen bench numa` does the same without Python.
"""

import argparse
from collections.abc import Generator

import dgen_py
from dgen_py.numa import run_per_node


def work(node: int, size: int, dedup: float, compress: float) -> Generator[None, None, int]:
    """Generates `size` bytes on a node; what precedes the `yield` is done before the common start."""
    generator = dgen_py.Generator(size=size, dedup_ratio=dedup, compress_ratio=compress, numa_node=node)
    buffer = bytearray(generator.chunk_size)
    yield
    while not generator.is_complete():
        generator.fill_chunk(buffer)
    return size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2048, metavar="MIB", help="MiB per node (default: 2048)")
    parser.add_argument("--nodes", type=int, nargs="*", help="nodes (default: all)")
    parser.add_argument("--physical-only", action="store_true", help="use one processor of each core")
    options = parser.parse_args()
    cores = dgen_py.get_system_info()["physical_cores"]
    for dedup in (1.0, 2.0):
        for compress in (1.0, 2.0):
            arguments = (options.size << 20, dedup, compress)
            results = run_per_node(work, nodes=options.nodes, physical_only=options.physical_only, args=arguments)
            print(f"dedup {dedup}, compress {compress}: {results.elapsed_ns / 1e9:.3f} s")
            print(results.table())
            print(f"per physical core of the machine: {results.bytes_per_s / cores / 1e9:.2f} GB/s\n")


if __name__ == "__main__":
    main()
