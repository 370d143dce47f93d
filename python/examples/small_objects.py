"""Makes many small objects from a BufferPool and from NumPy, and prints the time for each."""

import argparse
import time
import zlib
from collections.abc import Callable

import dgen_py
import numpy as np


def microseconds(make: Callable[[int], object], size: int, count: int) -> float:
    """Time of one object, of the best of three rounds."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(count):
            make(size)
        times.append(time.perf_counter() - start)
    return min(times) / count * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="objects of each size (default: 2000)")
    count = parser.parse_args().count

    pool = dgen_py.BufferPool()
    rng = np.random.default_rng()
    print(f"{'object':>10}{'BufferPool':>14}{'NumPy':>14}{'ratio':>9}")
    for size in [64, 512, 4096, 65536, 256 << 10]:
        own = microseconds(pool.next_slice, size, count)
        rival = microseconds(lambda size: rng.bytes(size), size, max(count // 100, 10))
        print(f"{size:>10}{own:>11.2f} us{rival:>11.2f} us{rival / own:>8.1f}x")

    # Ratios hold for each object, from 4 KiB up; they can change between two objects.
    for ratio in [1.0, 2.0, 4.0]:
        pool.reconfigure(compress_ratio=ratio)
        data = pool.next_slice(64 << 10)
        measured = len(data) / len(zlib.compress(data))
        print(f"64 KiB, compress_ratio {ratio}: zlib measures {measured:.2f}")


if __name__ == "__main__":
    main()
