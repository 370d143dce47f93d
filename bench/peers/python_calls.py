"""Calls that dgen_py and the peer of the same name have in common, timed by the interpreter that runs this.

Arguments: a case and its numbers. Prints the shortest mean of a few rounds as JSON.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import dgen_py

SIZE = 1 << 40
ROUND_S = 0.15
ROUNDS = 8


def fill_chunk(size: int, threads: int) -> Callable[[int], int]:
    generator = dgen_py.Generator(SIZE, max_threads=threads or None, seed=1)
    buffer = bytearray(size)

    def run(calls: int) -> int:
        fill = generator.fill_chunk
        for _ in range(calls):
            fill(buffer)
        return size

    return run


def next_slice(size: int) -> Callable[[int], int]:
    pool = dgen_py.BufferPool()

    def run(calls: int) -> int:
        take = pool.next_slice
        for _ in range(calls):
            take(size)
        return size

    return run


def batch(size: int, count: int) -> Callable[[int], int]:
    """Samples of one batch, in one call where the package has one for that, else one after the other."""
    samples = [bytearray(size) for _ in range(count)]

    def each(calls: int) -> int:
        for _ in range(calls):
            for sample in samples:
                dgen_py.generate_into_buffer(sample)
        return size * count

    def together(calls: int) -> int:
        for _ in range(calls):
            dgen_py.fill_many(samples)
        return size * count

    return together if hasattr(dgen_py, "fill_many") else each


def seeded_batch(size: int, count: int) -> Callable[[int], int]:
    """The same with a seed for each sample, or a fresh one where the package takes none."""
    samples = [bytearray(size) for _ in range(count)]
    if not hasattr(dgen_py, "fill_many"):
        return batch(size, count)
    return repeated(lambda: dgen_py.fill_many(samples, range(count)), size * count)


BOUNDS = {"uint8": 200, "int32": 1000, "int64": 1 << 40}
KINDS = ["float16", "float32", "float64", *BOUNDS]


def array(kind: str, count: int) -> Callable[[int], int]:
    size = dgen_py.generate_array(1, kind).itemsize
    return repeated(lambda: dgen_py.generate_array(count, kind, low=0, high=BOUNDS.get(kind, 1), seed=1), size * count)


def numpy_array(kind: str, count: int) -> Callable[[int], int]:
    """The same from NumPy's generator, which has no float16 of its own."""
    import numpy

    draw, size = numpy.random.default_rng(1), count * numpy.dtype(kind).itemsize
    if kind in BOUNDS:
        return repeated(lambda: draw.integers(0, BOUNDS[kind], count, kind), size)
    if kind == "float16":
        return repeated(lambda: draw.random(count, "f4").astype(kind), size)
    return repeated(lambda: draw.random(count, kind), size)


def seeded_buffer(size: int) -> Callable[[int], int]:
    """A seed for each call; the peer takes none."""
    if not hasattr(dgen_py, "fill_many"):
        return repeated(lambda: dgen_py.generate_buffer(size), size)

    def run(calls: int) -> int:
        generate = dgen_py.generate_buffer
        for seed in range(calls):
            generate(size, seed=seed)
        return size

    return run


def streaming(total: int) -> Callable[[int], int]:
    """The loop of the README with the default chunk on all threads."""

    def run(calls: int) -> int:
        for _ in range(calls):
            generator = dgen_py.Generator(total)
            buffer = bytearray(generator.chunk_size)
            while not generator.is_complete():
                if generator.fill_chunk(buffer) == 0:
                    break
        return total

    return run


def repeated(call: Callable[[], Any], size: int) -> Callable[[int], int]:
    def run(calls: int) -> int:
        for _ in range(calls):
            call()
        return size

    return run


def interpreter(statement: str) -> Callable[[int], int]:
    """A new interpreter that does one thing and ends."""
    command = [sys.executable, "-I", "-c", statement]
    return repeated(lambda: subprocess.run(command, check=True), 0)


CASES: dict[str, Callable[..., Callable[[int], int]]] = {
    "fill_chunk": fill_chunk,
    "next_slice": next_slice,
    "streaming": streaming,
    "fill_many": batch,
    "fill_many_seeded": seeded_batch,
    "generate_buffer_seeded": seeded_buffer,
    "generate_buffer": lambda size: repeated(lambda: dgen_py.generate_buffer(size), size),
    "vectors": lambda rows, dim: repeated(lambda: dgen_py.generate_uniform_vectors(rows, dim), rows * dim * 4),
    "construct": lambda size: repeated(lambda: dgen_py.Generator(size), size),
    "interpreter": lambda: interpreter("pass"),
    "interpreter_with_import": lambda: interpreter("import dgen_py"),
    **{f"array_{kind}": partial(array, kind) for kind in KINDS},
    **{f"numpy_{kind}": partial(numpy_array, kind) for kind in KINDS},
}


def main() -> None:
    run = CASES[sys.argv[1]](*map(int, sys.argv[2:]))
    run(1)
    start = time.perf_counter()
    size = run(1)
    calls = max(1, min(200_000, int(ROUND_S / (time.perf_counter() - start))))
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run(calls)
        best = min(best, (time.perf_counter() - start) / calls)
    print(json.dumps({"ns_per_call": best * 1e9, "bytes_per_s": size / best}))


if __name__ == "__main__":
    main()
