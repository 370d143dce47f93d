"""Float32 values: those of FORMAT.md, section 10, computed here with NumPy from the stream's bytes."""

import array
import ctypes
import mmap
import multiprocessing
import os
import signal
import threading
import time

import dgen_py
import numpy as np
import pytest

MAX = float(np.finfo(np.float32).max)
TINY = float(np.float32(1e-45))
BOUNDS = [(0, 1), (-1, 1), (0.1, 0.3), (-MAX, MAX), (0, MAX), (1, 1.0000002), (0, TINY), (-TINY, 0), (-1e-40, 1e-42), (5, 7)]


def drawn(seed, low, high, count):
    words = bytearray(4 * count)
    dgen_py.Generator(0, seed=seed).fill_at(0, words)
    low, high = np.float32(low), np.float32(high)
    m = (np.frombuffer(words, "<u4") >> np.uint32(8)).astype(np.float64)
    v = np.float64(low) + m * ((np.float64(high) - np.float64(low)) * 2.0**-24)
    return np.minimum(v.astype(np.float32), np.nextafter(high, np.float32(-np.inf)))


def unit(row):
    total = 0.0
    for part in range(0, len(row), 65536):
        squares = row[part : part + 65536].astype(np.float64) ** 2
        padded = np.zeros(-(-len(squares) // 16) * 16)
        padded[: len(squares)] = squares
        sums = np.zeros(16)
        for group in padded.reshape(-1, 16):
            sums += group
        for half in (8, 4, 2, 1):
            sums = sums[:half] + sums[half:]
        total += sums[0]
    if total == 0 or not np.isfinite(total):
        return row
    return (row.astype(np.float64) * (1.0 / np.sqrt(total))).astype(np.float32)


def uniform(*args, **options):
    return np.frombuffer(dgen_py.generate_uniform(*args, **options), np.float32)


def vectors(rows, dim, *args, **options):
    return np.frombuffer(dgen_py.generate_uniform_vectors(rows, dim, *args, **options), np.float32).reshape(rows, dim)


def same(a, b):
    return np.array_equal(a.view(np.uint32), b.view(np.uint32))


# 0.3.0 gives `high` itself for narrow bounds, and infinities for wide ones.
@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_values_are_those_of_the_document(low, high):
    for count in [0, 1, 1000, 1025, 300_001]:
        expected = drawn(77, low, high, count)
        for threads in [1, 2, 5, None]:
            assert same(uniform(count, low, high, threads, seed=77), expected)
    assert np.isfinite(expected).all() and (expected >= np.float32(low)).all() and (expected < np.float32(high)).all()


def test_values_are_evenly_spread():
    values = uniform(1 << 20, seed=5)
    counts = np.histogram(values, 64, (0, 1))[0]
    # 64 bins of 2^14 values: a deviation of six standard deviations is 768.
    assert np.abs(counts - (1 << 14)).max() < 768
    assert len(np.unique(values)) > 0.96 * len(values)


@pytest.mark.parametrize(("rows", "dim"), [(0, 4), (1, 1), (999, 3), (50, 100), (400, 512), (3, 65541), (2, 1_100_003)])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (-MAX, MAX)])
def test_vectors_are_those_of_the_document(rows, dim, low, high):
    plain = drawn(6, low, high, rows * dim).reshape(rows, dim)
    expected = np.array([unit(row) for row in plain], np.float32).reshape(rows, dim)
    for threads in [1, 2, None]:
        assert same(vectors(rows, dim, low, high, max_threads=threads, seed=6), expected)
        assert same(vectors(rows, dim, low, high, False, threads, seed=6), plain)
        buffer = plain.copy()
        assert dgen_py.normalize_rows(buffer, dim, threads) is None
        assert same(buffer, expected)


def test_vectors_have_unit_norm():
    for dim in [1, 2, 17, 512, 4096]:
        norms = np.linalg.norm(vectors(500, dim, -1.0, 1.0).astype(np.float64), axis=1)
        assert np.abs(norms - 1).max() < 1e-6


def test_the_seed_alone_decides():
    assert same(uniform(5000, seed=1), uniform(9000, seed=1)[:5000])
    assert same(vectors(10, 50, seed=1), vectors(20, 50, seed=1)[:10])
    assert not same(uniform(100, seed=1), uniform(100, seed=2))
    assert not same(uniform(100), uniform(100))
    assert not same(vectors(10, 10), vectors(10, 10))


def test_a_forked_child_draws_other_values():
    context = multiprocessing.get_context("fork")
    dgen_py.generate_uniform(200_000)
    with context.Pool(2) as pool:
        views = pool.map(dgen_py.generate_uniform, [200_000] * 4, chunksize=1)
        seeded = pool.apply(uniform, (200_000,), {"seed": 3})
    assert len(set(map(bytes, views))) == 4
    assert same(seeded, uniform(200_000, seed=3))


def float_buffers(values):
    raw = values.tobytes()
    yield "numpy", values.copy()
    yield "rows", values.copy().reshape(-1, 2)
    yield "array", array.array("f", raw)
    yield "memoryview f", memoryview(bytearray(raw)).cast("f")
    yield "ctypes", (ctypes.c_float * len(values)).from_buffer_copy(raw)
    yield "bytearray", bytearray(raw)
    yield "memoryview", memoryview(bytearray(raw))
    yield "memoryview c", memoryview(bytearray(raw)).cast("c")
    yield "uint8", np.frombuffer(bytearray(raw), np.uint8)
    yield "ctypes bytes", (ctypes.c_ubyte * len(raw)).from_buffer_copy(raw)
    for shift in [1, 2, 3]:
        yield f"unaligned by {shift}", memoryview(bytearray(shift) + raw)[shift:]
    yield "unaligned numpy", np.frombuffer(bytearray(1) + raw, np.float32, offset=1)
    mapped = mmap.mmap(-1, len(raw))
    mapped[:] = raw
    yield "mmap", mapped


VALUES = drawn(8, -3, 2, 6000)


@pytest.mark.parametrize(("name", "buffer"), list(float_buffers(VALUES)), ids=lambda v: v if isinstance(v, str) else "")
def test_rows_of_any_float32_or_byte_buffer(name, buffer):
    dgen_py.normalize_rows(buffer, dim=30)
    expected = np.concatenate([unit(row) for row in VALUES.reshape(-1, 30)])
    content = buffer.tobytes() if isinstance(buffer, np.ndarray) else bytes(memoryview(buffer))
    assert content == expected.tobytes()


def test_only_the_view_is_normalised():
    whole = np.full(12, 5, np.float32)
    dgen_py.normalize_rows(whole[4:8], 4)
    assert whole.tolist() == [5] * 4 + [0.5] * 4 + [5] * 4


# 0.3.0 makes the first two rows zero and leaves the next two as they are.
def test_rows_of_very_large_and_very_small_values():
    rows = [[MAX, -MAX], [1e30, 2e30], [1e-30, 1e-30], [TINY, 0], [MAX, TINY]]
    buffer = np.array(rows, np.float32)
    dgen_py.normalize_rows(buffer, 2)
    assert np.abs(np.linalg.norm(buffer.astype(np.float64), axis=1) - 1).max() < 1e-6


def test_rows_without_a_direction_stay_as_they_are():
    buffer = np.array([[0, -0.0], [np.nan, 1], [np.inf, 1], [2, -np.inf], [3, 4]], np.float32)
    before = buffer.copy()
    dgen_py.normalize_rows(buffer, 2)
    assert same(buffer[:4], before[:4])
    assert np.allclose(buffer[4], [0.6, 0.8])


@pytest.mark.parametrize("kind", ["f8", "f2", ">f4", "i4", "u4", "i1", "?", "c8", "S4", "f4,f4", "M8[s]", "V4"])
def test_other_items_are_refused_by_format(kind):
    with pytest.raises(ValueError, match=r"buffer: items of format '.*float32"):
        dgen_py.normalize_rows(np.zeros(24, kind), 2)


def test_refused_buffers():
    frozen = np.ones(8, np.float32)
    frozen.flags.writeable = False
    for buffer in [bytes(8), memoryview(bytes(8)), frozen, dgen_py.generate_uniform(8)]:
        with pytest.raises(ValueError, match="read-only"):
            dgen_py.normalize_rows(buffer, 2)
    for buffer in [np.ones(8, np.float32)[::2], np.ones((4, 4), np.float32).T, memoryview(bytearray(16))[::2]]:
        with pytest.raises(ValueError, match="not C-contiguous"):
            dgen_py.normalize_rows(buffer, 2)
    for thing in [None, 3, "text", [1.0, 2.0], object()]:
        with pytest.raises(TypeError, match=type(thing).__name__):
            dgen_py.normalize_rows(thing, 2)
    for buffer in [bytearray(7), bytearray(12), np.ones(3, np.float32)]:
        with pytest.raises(ValueError, match=f"buffer: {memoryview(buffer).nbytes} bytes .*4 \\* dim"):
            dgen_py.normalize_rows(buffer, 2)
    with pytest.raises(ValueError, match="dim: 0 "):
        dgen_py.normalize_rows(bytearray(8), 0)
    dgen_py.normalize_rows(bytearray(0), 1 << 60)


# 0.3.0 returns infinities for bounds past float32, and ends the process when the memory cannot be had.
@pytest.mark.parametrize("make", [
    lambda **options: dgen_py.generate_uniform(10, **options),
    lambda **options: dgen_py.generate_uniform_vectors(2, 5, **options),
])
def test_bad_values_name_argument_value_and_range(make):
    inf, nan = float("inf"), float("nan")
    for name, values in {
        "low": [nan, inf, -inf, -3.5e38, 1e300, 10**400],
        "high": [nan, inf, 3.5e38, -1e300, 0.0, -1.0, 1e-60, 10**400],
        "max_threads": [0, -1, 4097],
        "numa_mode": ["", "numa"],
        "numa_node": [99, -1],
        "seed": [-1, 1 << 64],
    }.items():
        for value in values:
            with pytest.raises(ValueError, match=f"{name}: .* is not accepted .accepted: "):
                make(**{name: value})
        with pytest.raises(TypeError):
            make(**{name: [1]})
    with pytest.raises(ValueError, match="low = 1.0"):
        make(low=1, high=1)
    for mode in ["auto", "force", "uma", "disabled", "disable"]:
        make(numa_mode=mode, numa_node=0)


def test_bad_shapes_name_argument_value_and_range():
    for count in [-1, 1 << 61, 1 << 64]:
        with pytest.raises(ValueError, match=f"count: {count} "):
            dgen_py.generate_uniform(count)
    for rows, dim, name in [(-1, 4, "rows"), (4, -1, "dim"), (4, 0, "dim"), (0, 0, "dim"), (1 << 40, 1 << 40, "rows . dim")]:
        with pytest.raises(ValueError, match=f"{name}: .*accepted"):
            dgen_py.generate_uniform_vectors(rows, dim)
    for thing in [None, 1.5, "3"]:
        with pytest.raises(TypeError):
            dgen_py.generate_uniform(thing)
    with pytest.raises(TypeError):
        dgen_py.generate_uniform_vectors(1, 1, normalize="no")
    assert len(dgen_py.generate_uniform(0)) == len(dgen_py.generate_uniform_vectors(0, 1 << 60)) == 0
    with pytest.raises(MemoryError):
        dgen_py.generate_uniform((1 << 61) - 1)
    with pytest.raises(MemoryError):
        dgen_py.generate_uniform_vectors(1 << 30, 1 << 30)


def test_results_are_read_only_views_of_float32():
    view = dgen_py.generate_uniform_vectors(rows=2, dim=3, seed=1)
    assert type(view) is dgen_py.BytesView and memoryview(view).readonly and len(view) == 24


# Rows that one step holds many of, and one row so long that each pass takes several steps. All three functions go
# through the same steps; here the buffer shows that the rest was not done.
@pytest.mark.parametrize("dim", [1000, 80_000_000])
def test_keyboard_interrupt_ends_a_long_call(dim):
    def interrupt(*_):
        raise KeyboardInterrupt

    buffer = np.ones(80_000_000, np.float32)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.002)
            dgen_py.normalize_rows(buffer, dim, 1)
            time.sleep(5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert buffer[-1] == 1
    dgen_py.normalize_rows(buffer, dim)
    assert buffer[-1] != 1


def test_the_interpreter_is_free_meanwhile():
    buffer = np.ones(20_000_000, np.float32)
    for call in [
        lambda: dgen_py.normalize_rows(buffer, 1000),
        lambda: dgen_py.generate_uniform(20_000_000),
        lambda: dgen_py.generate_uniform_vectors(20_000, 1000),
    ]:
        ticks, stop = [], threading.Event()

        def tick():
            while not stop.wait(0.0005):
                ticks.append(1)

        thread = threading.Thread(target=tick)
        thread.start()
        try:
            for _ in range(20):
                before = len(ticks)
                call()
                if len(ticks) > before:
                    break
            else:
                pytest.fail("no other thread ran")
        finally:
            stop.set()
            thread.join()


def test_threads_may_work_at_the_same_time():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda seed: vectors(500, 300, seed=seed), [1, 2] * 8))
    assert all(same(result, vectors(500, 300, seed=1 + index % 2)) for index, result in enumerate(results))


@pytest.mark.parametrize("kernel", ["portable", "avx2", "avx512", "neon"])
def test_every_kernel_gives_the_same_values(kernel, monkeypatch):
    expected = vectors(300, 77, -1, 1, seed=4), vectors(300, 77, seed=4), uniform(1000, -1, 1, seed=4)
    monkeypatch.setitem(os.environ, "DGEN_KERNEL", kernel)
    try:
        given = vectors(300, 77, -1, 1, seed=4), vectors(300, 77, seed=4), uniform(1000, -1, 1, seed=4)
    except ValueError as error:
        pytest.skip(f"optional: {error}")
    assert all(map(same, given, expected))
