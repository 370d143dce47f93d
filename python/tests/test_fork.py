"""Processes that fork and spawn while the fill's own threads are alive."""

import multiprocessing
import os
import threading
import zlib
from concurrent.futures import ProcessPoolExecutor

import dgen_py
import pytest
from processes import LIMIT_S, fork

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

SIZE = 24 << 20
CHUNK = 4 << 20
OPTIONS = {"dedup_ratio": 1.5, "compress_ratio": 2, "seed": 11}
CONTEXTS = [name for name in ["fork", "spawn", "forkserver"] if name in multiprocessing.get_all_start_methods()]


@pytest.fixture
def generator():
    """A generator whose threads have worked in this process."""
    generator = dgen_py.Generator(SIZE, max_threads=4, **OPTIONS)
    assert generator.fill_chunk(bytearray(SIZE)) == SIZE
    generator.reset()
    return generator


def checksums(generator):
    """The data in every way there is to get it."""
    generator.reset()
    buffer, pool = bytearray(CHUNK), dgen_py.BufferPool(1.5, 2, seed=11)
    generator.fill_chunk(buffer)
    data = [buffer, generator.get_chunk(CHUNK), next(generator), generator.open().read(CHUNK), pool.next_slice(CHUNK)]
    data += [dgen_py.generate_buffer(CHUNK, max_threads=4, **OPTIONS), dgen_py.generate_data(CHUNK, max_threads=4, **OPTIONS)]
    dgen_py.fill_buffer(buffer, max_threads=4, **OPTIONS)
    return [zlib.crc32(piece) for piece in [*data, buffer]]


def checksum_of(shard):
    return zlib.crc32(shard.get_chunk(SIZE)), os.getpid()


def unseeded():
    """Data that must be another in each process, of objects made before and after the fork."""
    buffer, generator = bytearray(64), dgen_py.Generator(64)
    dgen_py.fill_buffer(buffer)
    generator.set_seed(None)
    views = [POOL.next_slice(64), dgen_py.BufferPool().next_slice(64), dgen_py.generate_buffer(64), dgen_py.generate_data(64)]
    return [bytes(data) for data in [*views, buffer, generator.get_chunk(64), dgen_py.Generator(64).get_chunk(64)]]


POOL = dgen_py.BufferPool()


def test_the_parent_is_right(generator, reference):
    recipe = "dgen1,seed=0xb,dedup=3/2,compress=2"
    assert generator.recipe == recipe
    generator.seek(5 << 20)
    assert generator.get_chunk(100_000) == reference(recipe, 5 << 20, 100_000)


def test_children_and_grandchildren_generate_the_same(generator):
    expected = checksums(generator)
    assert len({expected[0], *expected[3:]}) == 1
    for _ in range(5):
        assert fork(lambda: (checksums(generator), fork(lambda: checksums(generator)))) == (expected, expected)
    assert checksums(generator) == expected


def test_unseeded_data_differ_between_processes():
    POOL.next_slice(64)
    results = [fork(unseeded) for _ in range(4)]
    results += [fork(lambda: fork(unseeded)), unseeded()]
    pieces = [piece for result in results for piece in result]
    assert len(set(pieces)) == len(pieces) == 6 * 7


def test_a_generator_made_before_the_fork_keeps_its_stream(generator):
    other = dgen_py.Generator(1000)
    assert fork(lambda: bytes(other.get_chunk(1000))) == fork(lambda: bytes(other.get_chunk(1000))) == other.get_chunk(1000)


def test_forks_while_other_threads_generate(generator):
    stop, errors = threading.Event(), []

    def run():
        shared, buffer, file = dgen_py.Generator(1 << 60, max_threads=4, **OPTIONS), bytearray(CHUNK), generator.open()
        while not stop.is_set():
            try:
                shared.fill_chunk(buffer)
                generator.fill_at(0, buffer)
                POOL.next_slice(4096)
                file.seek(0)
                file.read(CHUNK)
            except BaseException as error:
                errors.append(error)
                raise

    threads = [threading.Thread(target=run, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        expected = checksums(dgen_py.Generator(SIZE, max_threads=4, **OPTIONS))
        for _ in range(10):
            assert fork(lambda: checksums(generator)) == expected
            assert len(fork(unseeded)) == 7
    finally:
        stop.set()
    for thread in threads:
        thread.join(LIMIT_S)
        assert not thread.is_alive()
    assert not errors


@pytest.mark.parametrize("context", CONTEXTS)
def test_multiprocessing_pools(generator, context):
    shards = [generator.shard(index, 6) for index in range(6)]
    expected = [zlib.crc32(shard.open().readall()) for shard in shards]
    with multiprocessing.get_context(context).Pool(3) as pool:
        results = pool.map_async(checksum_of, shards).get(LIMIT_S)
        pieces = [pool.apply_async(unseeded).get(LIMIT_S) for _ in range(4)]
    assert [checksum for checksum, _ in results] == expected
    assert os.getpid() not in {pid for _, pid in results}
    pieces = [piece for result in pieces for piece in result]
    assert len(set(pieces)) == len(pieces) == 4 * 7


@pytest.mark.parametrize("context", CONTEXTS)
def test_process_pool_executors(generator, context):
    shards = [generator.shard(index, 4) for index in range(4)]
    expected = [zlib.crc32(shard.open().readall()) for shard in shards]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(context)) as executor:
        results = list(executor.map(checksum_of, shards, timeout=LIMIT_S))
    assert [checksum for checksum, _ in results] == expected
