"""Fills a buffer by several generators in turn and prints rates and ratios, measured in one run.

Numba is compared when it can be imported.
"""

import argparse
import importlib
import importlib.util
import os
import time
from collections.abc import Callable

import dgen_py
import numpy as np
from numpy.typing import NDArray

Buffer = NDArray[np.uint64]
GOLDEN = 0x9E3779B97F4A7C15


def splitmix(out: Buffer, seed: int) -> None:
    """One word of splitmix64 after the other; compiled by Numba."""
    state = np.uint64(seed)
    for index in range(out.size):
        state += np.uint64(GOLDEN)
        word = state
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        out[index] = word ^ (word >> np.uint64(31))


def rivals(size: int) -> dict[str, Callable[[Buffer], object]]:
    """Name and function of each generator; all but os.urandom and NumPy fill the buffer in place."""
    rng = np.random.default_rng(1)
    one = dgen_py.Generator(size=1 << 62, max_threads=1)
    every = dgen_py.Generator(size=1 << 62)
    reducible = dgen_py.Generator(size=1 << 62, dedup_ratio=2.0, compress_ratio=2.0)
    found: dict[str, Callable[[Buffer], object]] = {
        "os.urandom": lambda buffer: os.urandom(size),
        "NumPy bytes": lambda buffer: rng.bytes(size),
        "NumPy integers": lambda buffer: rng.integers(0, 1 << 64, size // 8, dtype=np.uint64),
        "dgen_py, 1 thread": one.fill_chunk,
        "dgen_py": every.fill_chunk,
        "dgen_py, dedup 2, compress 2": reducible.fill_chunk,
    }
    if importlib.util.find_spec("numba") is not None:
        compiled = importlib.import_module("numba").njit(splitmix)
        found["Numba splitmix64"] = lambda buffer: compiled(buffer, 1)
    return found


def rate(fill: Callable[[Buffer], object], buffer: Buffer, rounds: int) -> float:
    """Bytes per second of the best round, after one that warms up."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        fill(buffer)
        times.append(time.perf_counter() - start)
    return buffer.nbytes / min(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=32, metavar="MIB", help="size of the buffer (default: 32)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, the best of which counts (default: 5)")
    arguments = parser.parse_args()

    buffer = np.ones((arguments.size << 20) // 8, np.uint64)
    rates = {name: rate(fill, buffer, arguments.rounds) for name, fill in rivals(buffer.nbytes).items()}
    print(f"{'generator':<30}{'GB/s':>8}{'dgen_py is':>14}")
    for name, value in sorted(rates.items(), key=lambda item: item[1]):
        print(f"{name:<30}{value / 1e9:>8.2f}{rates['dgen_py'] / value:>12.1f} x")


if __name__ == "__main__":
    main()
