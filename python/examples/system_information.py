"""Prints what generation depends on: processors, caches, memory nodes, and the chunk size chosen from them."""

import argparse
import json

import dgen_py


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print everything known, as JSON")
    arguments = parser.parse_args()

    info = dgen_py.get_system_info()
    if arguments.json:
        print(json.dumps(info, indent=2))
        return
    print(f"NUMA nodes:     {info['num_nodes']}")
    print(f"Physical cores: {info['physical_cores']}")
    print(f"Logical CPUs:   {info['logical_cpus']}")
    print(f"Uniform memory: {info['is_uma']}")
    print(f"Deployment:     {info['deployment_type']}")
    for threads in sorted({1, info["logical_cpus"]}):
        chunk_size = dgen_py.Generator(size=0, max_threads=threads, chunk_size="auto").chunk_size
        print(f"Chunk size:     {chunk_size >> 10} KiB with up to {threads} threads")


if __name__ == "__main__":
    main()
