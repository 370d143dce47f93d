"""Streams data through one reused buffer and prints the rate for several chunk sizes.

    python streaming.py --size 4096
"""

import argparse
import time

import dgen_py

MIB = 1 << 20


def stream(size: int, chunk_size: int | str) -> tuple[int, float]:
    """The chunk size used and the bytes per second at which `size` bytes went by."""
    generator = dgen_py.Generator(size=size, chunk_size=chunk_size)
    buffer = bytearray(generator.chunk_size)
    done = 0
    start = time.perf_counter()
    while not generator.is_complete():
        count = generator.fill_chunk(buffer)
        # A program would write it here: file.write(memoryview(buffer)[:count])
        done += count
    elapsed = time.perf_counter() - start
    assert done == size
    return generator.chunk_size, size / elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1024, metavar="MIB", help="MiB per pass (default: 1024)")
    parser.add_argument("--passes", type=int, default=3, help="passes, the best of which counts (default: 3)")
    arguments = parser.parse_args()

    print(f"{'chunk':>12}  {'GB/s':>8}")
    sizes: list[int | str] = ["auto", 64 << 10, MIB, 4 * MIB, 32 * MIB, 64 * MIB]
    for chunk_size in sizes:
        used, rate = max(
            (stream(arguments.size * MIB, chunk_size) for _ in range(arguments.passes)),
            key=lambda result: result[1],
        )
        note = "  (auto)" if chunk_size == "auto" else ""
        print(f"{used >> 10:>8} KiB  {rate / 1e9:>8.2f}{note}")


if __name__ == "__main__":
    main()
