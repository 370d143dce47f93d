"""Signatures as in 0.3.0, and values out of range."""

import importlib.metadata
import inspect
import pickle
import signal
import time

import dgen_py
import pytest

INF, NAN = float("inf"), float("nan")


def test_signatures_are_those_of_0_3_0():
    common = "dedup_ratio=1.0, compress_ratio=1.0, numa_mode='auto', max_threads=None"
    for function, signature in [
        (
            dgen_py.Generator,
            f"(size, {common}, numa_node=None, chunk_size=None, block_size=None, seed=None, method='parallel', *, stream_version=0, texture=None, dtype=None, like=None, spread=None, tune=None, tuned_for=None, window=None, skip=None, early=None, reuse=None, runs=None, within=None)",
        ),
        (dgen_py.generate_buffer, f"(size, {common}, numa_node=None, method='parallel', *, seed=None)"),
        (dgen_py.generate_into_buffer, f"(buffer, {common}, numa_node=None, method='parallel', *, seed=None)"),
        (dgen_py.generate_data, f"(size, {common}, *, numa_node=None, seed=None)"),
        (dgen_py.fill_buffer, f"(buffer, {common}, *, numa_node=None, seed=None)"),
        (dgen_py.create_bytearrays, "(count, size, *, numa_mode='auto', numa_node=None, zeroed=False)"),
        (
            dgen_py.generate_normal,
            "(count, mean=0.0, std=1.0, max_threads=None, numa_mode='auto', seed=None, *, numa_node=None)",
        ),
        (
            dgen_py.generate_uniform,
            "(count, low=0.0, high=1.0, max_threads=None, numa_mode='auto', seed=None, *, numa_node=None)",
        ),
        (
            dgen_py.generate_uniform_vectors,
            "(rows, dim, low=0.0, high=1.0, normalize=True, max_threads=None, numa_mode='auto', seed=None, *, numa_node=None)",
        ),
        (dgen_py.normalize_rows, "(buffer, dim, max_threads=None)"),
        (
            dgen_py.BufferPool,
            "(dedup_ratio=1.0, compress_ratio=1.0, *, seed=None, numa_mode='auto', numa_node=None, max_threads=None)",
        ),
    ]:
        assert str(inspect.signature(function)) == signature
    assert dgen_py.StreamingGenerator is dgen_py.Generator
    assert set(dgen_py.__all__) <= set(dir(dgen_py))


@pytest.mark.parametrize("make", [
    lambda **options: dgen_py.Generator(1000, **options),
    lambda **options: dgen_py.generate_buffer(1000, **options),
    lambda **options: dgen_py.generate_data(1000, **options),
    lambda **options: dgen_py.fill_buffer(bytearray(1000), **options),
    lambda **options: dgen_py.generate_into_buffer(bytearray(1000), **options),
])
def test_bad_values_name_argument_value_and_range(make):
    for name, values in {
        "dedup_ratio": [0, 0.5, -2, NAN, INF, 1e12],
        "compress_ratio": [0, 0.99, -2, NAN, INF, 201],
        "numa_mode": ["", "numa"],
        "max_threads": [0, -1, 4097, 1 << 70],
        "numa_node": [99, -1, 1 << 40],
        "seed": [-1, 1 << 64],
    }.items():
        for value in values:
            with pytest.raises(ValueError) as caught:
                make(**{name: value})
            message = str(caught.value)
            shown = str(value).lower()
            assert name in message and "accepted: " in message, message
            assert shown in message.lower() or isinstance(value, float), message
        with pytest.raises(TypeError):
            make(**{name: [1]})
    for mode in ["auto", "uma", "disabled", "disable", "AUTO"]:
        make(numa_mode=mode)
    make(numa_node=0, max_threads=4096, seed=(1 << 64) - 1)


def test_bad_values_of_a_generator():
    for options, name in [
        ({"chunk_size": 0}, "chunk_size: 0"), ({"chunk_size": -1}, "chunk_size: -1"), ({"size": -1}, "size: -1"),
        ({"size": (1 << 63) + 1}, "size: 9223372036854775809"), ({"block_size": 1}, "block.size: 1 "),
        ({"block_size": -1}, "block_size: -1"), ({"block_size": 2 << 30}, "block.size: 2147483648"),
    ]:
        with pytest.raises(ValueError, match=name):
            dgen_py.Generator(**{"size": 10, **options})
    with pytest.raises(ValueError, match="chunk_size: 0"):
        dgen_py.Generator(10).get_chunk(0)
    assert dgen_py.Generator(0).get_chunk(0) is None
    with pytest.raises(ValueError, match="dgen1"):
        dgen_py.Generator.from_recipe("nonsense", 10)
    with pytest.raises(TypeError):
        dgen_py.Generator(1.5)
    with pytest.raises(MemoryError):
        dgen_py.generate_buffer(1 << 60)


def test_version_is_that_of_the_distribution():
    assert dgen_py.__version__ == importlib.metadata.version("dgen-py")


def test_method_is_accepted():
    for method in ["parallel", "streaming"]:
        assert dgen_py.Generator(10, method=method, seed=1).get_chunk(10) == dgen_py.generate_buffer(10, method=method, seed=1)


def test_chunk_size_is_32_mib_or_as_asked():
    assert dgen_py.Generator(10, max_threads=1).chunk_size == 32 << 20
    assert dgen_py.Generator(1 << 60).chunk_size == dgen_py.Generator(1, chunk_size=None).chunk_size == 32 << 20
    assert dgen_py.Generator(10, chunk_size=1000).chunk_size == 1000
    assert dgen_py.Generator.from_recipe("dgen1,seed=1", 10).chunk_size == 32 << 20


def test_chunk_size_auto_goes_by_the_caches():
    sizes = [dgen_py.Generator(10, max_threads=threads, chunk_size="auto").chunk_size for threads in (1, 2)]
    assert 64 << 10 <= sizes[0] < sizes[1] <= 32 << 20
    for size in ("auto", 12345, None):
        generator = dgen_py.Generator(10, seed=1, max_threads=1, chunk_size=size)
        assert pickle.loads(pickle.dumps(generator)).chunk_size == generator.chunk_size == generator.shard(0, 1).chunk_size


@pytest.mark.parametrize("size", ["Auto", "", "32XB", "0", "8EiB"])
def test_chunk_size_takes_no_other_text(size):
    with pytest.raises(ValueError, match=f"chunk_size: `{size}` is not accepted .*auto"):
        dgen_py.Generator(10, chunk_size=size)


def test_unseeded_calls_differ():
    assert dgen_py.generate_buffer(100) != dgen_py.generate_buffer(100)


def test_system_info():
    for info in [dgen_py.get_system_info(), dgen_py.get_numa_info()]:
        assert {"num_nodes", "physical_cores", "logical_cpus", "is_uma", "deployment_type"} < set(info)
        assert info["num_nodes"] == dgen_py.detect_numa_nodes() >= 1
        assert info["is_uma"] == (info["num_nodes"] == 1)


def test_keyboard_interrupt_ends_a_long_call():
    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    buffer = memoryview(bytearray(512 << 20))
    try:
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            while True:
                dgen_py.fill_buffer(buffer, max_threads=1, seed=1)
                if time.monotonic() - start > 5:
                    break
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
