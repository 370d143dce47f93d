"""Memory: constant for a stream of any size, kept for views, held during a fill."""

import gc
import threading

import dgen_py
import pytest
from processes import LIMIT_S, run_script

RESIDENT = """
import resource, dgen_py

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()
"""
MOST = 16 << 20


def grown(code):
    """Bytes by which a new process's memory has grown, by what its script prints."""
    return int(run_script(RESIDENT + code))


# Fails on 0.3.0 (defect 12).
def test_a_stream_of_100_terabytes_needs_no_memory():
    code = """
generator = dgen_py.Generator(100 * 10**12, 1.5, 2)
buffer = bytearray(generator.chunk_size)
generator.fill_chunk(buffer)
before = resident()
for part in range(10):
    generator.seek(part * 9 * 10**12 + 12345)
    for _ in range(300):
        assert generator.fill_chunk(buffer) == len(buffer)
print(resident() - before)
"""
    assert grown(code) < MOST


@pytest.mark.parametrize("each", [
    "dgen_py.Generator(1 << 40, 2, 2).fill_chunk(buffer)", "dgen_py.Generator(1 << 40).open().read(4096)",
    "dgen_py.Generator(1 << 40).shard(3, 7).get_chunk(4096)", "dgen_py.BufferPool(2, 2).next_slice(1)",
    "generator.get_chunk(8 << 20 if at % 100 == 0 else 5000)", "file.read(8 << 20 if at % 100 == 0 else 50_000)",
    "dgen_py.generate_buffer(5000)", "generator.set_seed(None)", "dgen_py.create_bytearrays(3, 5000)",
])
def test_what_is_dropped_is_given_back(each):
    code = f"""
buffer, generator = bytearray(4096), dgen_py.Generator(1 << 60)
file = generator.open()
for at in range(200):
    {each}
before = resident()
for at in range(5000):
    {each}
print(resident() - before)
"""
    assert grown(code) < MOST


def test_views_outlive_what_made_them():
    views, expected = [], []
    for seed in range(5):
        generator, pool = dgen_py.Generator(20 << 20, seed=seed), dgen_py.BufferPool(seed=seed)
        views += [generator.get_chunk(5000), generator.get_chunk(9 << 20), pool.next_slice(5000), memoryview(next(generator))[10:900]]
        expected += [bytes(view) for view in views[-4:]]
        del generator, pool
    gc.collect()
    bytes(dgen_py.generate_buffer(50 << 20))
    assert [bytes(view) for view in views] == expected


@pytest.mark.parametrize("name", ["fill_chunk", "fill_at", "readinto", "fill_buffer"])
def test_a_buffer_is_held_during_a_fill_and_released_after(name):
    buffer, generator = bytearray(64 << 20), dgen_py.Generator(1 << 60, max_threads=1, seed=1)
    file = generator.open()
    fill = {
        "fill_chunk": generator.fill_chunk,
        "fill_at": lambda buffer: generator.fill_at(0, buffer),
        "readinto": file.readinto,
        "fill_buffer": dgen_py.fill_buffer,
    }[name]
    refused, stop = [], threading.Event()

    def resize():
        while not stop.is_set():
            try:
                buffer.append(0)
                buffer.pop()
            except BufferError:
                refused.append(True)

    thread = threading.Thread(target=resize, daemon=True)
    thread.start()
    try:
        for _ in range(100):
            assert fill(buffer) >= 64 << 20
            if refused:
                break
    finally:
        stop.set()
        thread.join(LIMIT_S)
    assert refused
    buffer.append(0)
    buffer.clear()


def test_a_buffer_is_released_after_an_error():
    generator, buffer = dgen_py.Generator(10), bytearray(100)
    for call in [lambda: generator.fill_at((1 << 63) - 1, buffer), lambda: dgen_py.fill_buffer(buffer, 0.5)]:
        with pytest.raises(ValueError):
            call()
        buffer.append(0)
