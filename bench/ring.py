#!/usr/bin/env python3
"""Times `SharedRing` beside a plain loop over `fill_chunk` into as many buffers of the same size; prints JSON lines.

Usage: ring.py, run by an interpreter that has the package. The consumer takes each chunk and gives it back; a second one
reads a byte of each cache line first. The ways take turns; the ratio is that of their best.
"""

import json
import multiprocessing
import time
from multiprocessing.connection import Connection

import dgen_py

KIB, MIB = 1 << 10, 1 << 20
SIZES = [64 * KIB, MIB, 32 * MIB]
BUFFERS = 4
TURNS = 5
TOTAL = 4 << 30
LINE = 64


def main() -> None:
    for size in SIZES:
        rates = {"fill_chunk": 0.0, "ring": 0.0, "ring_read": 0.0}
        for _ in range(TURNS):
            rates["fill_chunk"] = max(rates["fill_chunk"], plain(size))
            rates["ring"] = max(rates["ring"], ring(size, False))
            rates["ring_read"] = max(rates["ring_read"], ring(size, True))
        ratio = rates["ring"] / rates["fill_chunk"]
        print(json.dumps({"buffer": size, **{f"{name}_bytes_per_s": rate for name, rate in rates.items()}, "ratio": ratio}))


def plain(size: int) -> float:
    generator = dgen_py.Generator(TOTAL, seed=1)
    buffers = [bytearray(size) for _ in range(BUFFERS)]
    for buffer in buffers:
        generator.fill_chunk(buffer)
    start, before = time.perf_counter(), generator.position()
    while not generator.is_complete():
        for buffer in buffers:
            generator.fill_chunk(buffer)
    return (TOTAL - before) / (time.perf_counter() - start)


def ring(size: int, read: bool) -> float:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    generator = dgen_py.Generator(TOTAL, seed=1)
    with dgen_py.SharedRing(generator, BUFFERS, size) as ring:
        process = context.Process(target=consume, args=(ring.consumer(), theirs, read))
        process.start()
        for _ in range(BUFFERS):
            ring.fill_next()
        ours.recv()
        start, before = time.perf_counter(), generator.position()
        ring.run()
        elapsed = time.perf_counter() - start
        assert ours.recv() == TOTAL, "the consumer did not get everything"
        process.join()
    return (TOTAL - before) / elapsed


def consume(consumer: dgen_py.RingConsumer, answers: Connection, read: bool) -> None:
    taken = 0
    for chunk in consumer:
        if not taken:
            answers.send("ready")
        taken += len(chunk)
        if read:
            bytes(chunk.view[::LINE])
    answers.send(taken)


if __name__ == "__main__":
    main()
