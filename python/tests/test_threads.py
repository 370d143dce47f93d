"""Objects that several threads share."""

import pickle
import random
import sys
import threading
import time

import dgen_py
import pytest
from processes import LIMIT_S, run_script

THREADS = 8
RECIPES = {f"dgen1,seed={seed:#x}" for seed in range(4)}


def run_all(*functions):
    """Runs functions on threads of their own; fails when one raises or none comes back."""
    errors = []

    def guarded(function):
        try:
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(function,), daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
        assert not thread.is_alive(), "a thread hangs"
    if errors:
        raise errors[0]


def assert_exactly_covered(pieces, whole):
    """That the pieces, in some order, are the whole: none twice, none missing."""
    extents = sorted((whole.find(piece), len(piece)) for piece in pieces)
    at = 0
    for start, length in extents:
        assert start == at
        at += length
    assert at == len(whole)


@pytest.mark.parametrize("way", ["fill_chunk", "get_chunk", "iteration", "mixed"])
def test_each_call_takes_the_next_range(way):
    size = 4_000_001
    whole = bytes(dgen_py.generate_buffer(size, seed=21))
    generator, pieces = dgen_py.Generator(size, seed=21, chunk_size=70_000, max_threads=2), []
    barrier = threading.Barrier(THREADS)

    def run(seed):
        rng, buffer = random.Random(seed), bytearray(100_000)
        barrier.wait(LIMIT_S)
        while True:
            chosen = rng.choice(["fill_chunk", "get_chunk", "iteration"]) if way == "mixed" else way
            length = rng.randint(64, 100_000)
            if chosen == "fill_chunk":
                piece = bytes(buffer[: generator.fill_chunk(memoryview(buffer)[:length])])
            elif chosen == "get_chunk":
                piece = bytes(generator.get_chunk(length) or b"")
            else:
                piece = bytes(next(generator, b""))
            if not piece:
                return
            pieces.append(piece)

    run_all(*[lambda seed=seed: run(seed) for seed in range(THREADS)])
    assert generator.is_complete() and generator.position() == size
    assert_exactly_covered(pieces, whole)


def test_a_shared_pool_hands_out_each_byte_once():
    whole = bytes(dgen_py.generate_buffer(1 << 20, seed=22))
    pool, pieces = dgen_py.BufferPool(seed=22), []

    def run():
        for _ in range(100):
            pieces.append(bytes(pool.next_slice(1000)))

    run_all(*[run] * THREADS)
    assert_exactly_covered(pieces, whole[: THREADS * 100 * 1000])


def test_steering_a_generator_in_use():
    size, chunk = 4_000_000, 40_000
    streams = [bytes(dgen_py.generate_buffer(size, seed=seed)) for seed in range(4)]
    valid = {stream[at : at + chunk] for stream in streams for at in range(0, size, chunk)}
    generator, stop, seen = dgen_py.Generator(size, seed=0, max_threads=2), threading.Event(), set()

    def read():
        buffer = bytearray(chunk)
        while not stop.is_set():
            if generator.fill_chunk(buffer):
                seen.add(bytes(buffer))

    def steer():
        end = time.monotonic() + 0.5
        try:
            while time.monotonic() < end or not seen:
                generator.set_seed(random.randrange(4))
                generator.reset()
                assert generator.shard(3, 4).total_size() == size - 3 * 999_424
                assert pickle.loads(pickle.dumps(generator)).recipe in RECIPES
        finally:
            stop.set()

    # Threads that wait for the interpreter get it sooner, so that more of them meet.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    try:
        run_all(*[read] * 4, steer)
    finally:
        sys.setswitchinterval(interval)
    assert seen and seen <= valid


def test_chunks_stay_whole_while_others_reset():
    chunk, count = 3000, 4
    size = chunk * count + 500
    whole = bytes(dgen_py.generate_buffer(size, seed=4))
    valid = {whole[at : at + chunk] for at in range(0, size, chunk)}
    generator, stop, seen = dgen_py.Generator(size, seed=4, max_threads=1), threading.Event(), []

    def read():
        while not stop.is_set():
            piece = generator.get_chunk(chunk)
            if piece is not None:
                seen.append(bytes(piece))

    def rewind():
        end = time.monotonic() + 0.5
        try:
            while time.monotonic() < end or len(set(seen)) < len(valid):
                if generator.is_complete():
                    generator.reset()
        finally:
            stop.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        run_all(*[read] * 4, rewind)
    finally:
        sys.setswitchinterval(interval)
    assert set(seen) == valid


def test_two_threads_fill_the_same_buffer():
    buffer = bytearray(1 << 20)
    generator = dgen_py.Generator(1 << 40, seed=1, max_threads=2)
    run_all(*[lambda: [generator.fill_chunk(buffer) for _ in range(50)]] * 4)
    assert generator.position() == 200 << 20
    generator.fill_at(0, buffer)
    assert buffer == dgen_py.generate_buffer(1 << 20, seed=1)


@pytest.mark.parametrize("name", ["fill_chunk", "get_chunk", "fill_at", "read", "readinto", "next_slice", "create_bytearrays"])
def test_other_threads_run_meanwhile(name):
    size = 64 << 20
    generator, buffer, pool = dgen_py.Generator(1 << 60, max_threads=2), bytearray(size), dgen_py.BufferPool()
    file = generator.open()
    call = {
        "fill_chunk": lambda: generator.fill_chunk(buffer),
        "get_chunk": lambda: generator.get_chunk(size),
        "fill_at": lambda: generator.fill_at(0, buffer),
        "read": lambda: file.read(size),
        "readinto": lambda: file.readinto(buffer),
        "next_slice": lambda: pool.next_slice(size),
        "create_bytearrays": lambda: dgen_py.create_bytearrays(300_000, 100),
    }[name]
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.0002)

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        for _ in range(50):
            before = time.monotonic()
            call()
            after = time.monotonic()
            if any(before < tick < after for tick in ticks):
                return
        pytest.fail("no other thread ran during 50 calls")
    finally:
        stop.set()
        thread.join(LIMIT_S)


CALLS = {
    "fill_chunk": "buffer = bytearray(8 << 20); call = lambda: generator.fill_chunk(buffer)",
    "get_chunk": "call = lambda: generator.get_chunk(8 << 20)",
    "readinto": "buffer, file = bytearray(8 << 20), generator.open(); call = lambda: file.readinto(buffer)",
    "generate_uniform": "call = lambda: dgen_py.generate_uniform(1 << 20)",
    "generate_normal": "call = lambda: dgen_py.generate_normal(1 << 20)",
    "create_bytearrays": "call = lambda: dgen_py.create_bytearrays(300, 1 << 20)",
    "measure": "buffer = bytearray(1 << 20); call = lambda: dgen_py.measure(buffer)",
    "info": "call = dgen_py.info",
    "index": "call = lambda: generator.seek(Index(7))",
    "node": "call = lambda: dgen_py.Generator(1, numa_node=Index(0))",
    "item": "view = generator.get_chunk(1 << 20); call = lambda: view[Index(3)] + view[Index(1):][0]",
    "equality": "view = generator.get_chunk(1 << 20); call = lambda: view == Index(3)",
    "read": "file = generator.open(); call = lambda: file.read(Index(100))",
    "count": "call = lambda: dgen_py.create_bytearrays(Index(3), 100)",
    "sequence": "call = lambda: dgen_py.measure(b'0' * 4096, dedup_blocks=[Index(512)], codecs=[])",
    "write_file": "call = lambda: dgen_py.write_file(pathlib.Path('/dev/null'), 1 << 20, progress=lambda done, total: None)",
}


@pytest.mark.parametrize("name", CALLS)
def test_a_process_ends_while_daemon_threads_are_in_calls(name):
    """An interpreter that ends makes threads that come back to it exit, by which 0.3.0 aborts."""
    script = f"""
import pathlib, threading
import dgen_py
class Index:
    def __init__(self, value):
        self.value = value
    def __index__(self):
        sum(range(10_000))
        return self.value
    def __eq__(self, other):
        return sum(range(10_000)) < 0
generator = dgen_py.Generator(1 << 60)
{CALLS[name]}
begun = threading.Semaphore(0)
def loop():
    while True:
        call()
        begun.release()
for _ in range(3):
    threading.Thread(target=loop, daemon=True).start()
for _ in range(9):
    begun.acquire()
"""
    # Before Python code below this library was waited for, one of ten such processes crashed.
    for _ in range(10):
        run_script(script)


def test_exit_functions_may_still_call():
    run_script("""
import atexit
import dgen_py
buffer = bytearray(8 << 20)
atexit.register(lambda: print(dgen_py.fill_buffer(buffer, seed=1)))
import os
if os.fork() == 0:
    dgen_py.fill_buffer(buffer)
    raise SystemExit(0)
os.wait()
""")
