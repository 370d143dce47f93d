"""Position, seeds, seeking and pickling."""

import copy
import pickle

import dgen_py
import pytest


@pytest.mark.parametrize("before", [0, 1, 4096, 1_000_000, 1 << 20])
def test_set_seed_restarts_the_content_and_keeps_the_position(before):
    generator = dgen_py.Generator(3 << 20, seed=1)
    if before:
        generator.get_chunk(before)
    generator.set_seed(2)
    assert (generator.position(), generator.seed) == (before, 2)
    assert generator.get_chunk(70_000) == bytes(dgen_py.generate_buffer(70_000, seed=2))
    assert generator.position() == before + 70_000


def unseeded():
    return dgen_py.Generator(1 << 20)


def after_set_seed_none():
    generator = dgen_py.Generator(1 << 20, seed=1)
    generator.set_seed(None)
    return generator


def shard_of_unseeded():
    return dgen_py.Generator(4 << 20).shard(1, 4)


def unpickled():
    return pickle.loads(pickle.dumps(dgen_py.Generator(1 << 20)))


@pytest.mark.parametrize("make", [unseeded, after_set_seed_none, shard_of_unseeded, unpickled])
def test_reset_is_fresh_where_the_seed_was_drawn_and_seek_replays(make):
    generator = make()
    first, seed = bytes(generator.get_chunk(1000)), generator.seed
    generator.seek(0)
    assert (generator.get_chunk(1000), generator.seed) == (first, seed)
    for _ in range(3):
        before = generator.seed
        generator.reset()
        assert generator.position() == 0
        assert generator.seed not in (before, seed)
        assert generator.get_chunk(1000) != first
        assert generator.recipe == f"dgen1,seed={generator.seed:#x}"


@pytest.mark.parametrize(
    "make",
    [
        lambda: dgen_py.Generator(1 << 20, seed=5),
        lambda: dgen_py.Generator.from_recipe("dgen1,seed=5", 1 << 20),
        lambda: dgen_py.Generator(4 << 20, seed=5).shard(0, 4),
        lambda: pickle.loads(pickle.dumps(dgen_py.Generator(1 << 20, seed=5))),
    ],
)
def test_reset_replays_where_a_seed_was_given(make):
    generator = make()
    first = bytes(generator.get_chunk(1000))
    generator.reset()
    assert (generator.get_chunk(1000), generator.seed) == (first, 5)


def test_reset_replays_a_seed_that_was_set():
    generator = dgen_py.Generator(1 << 20)
    generator.set_seed(5)
    first = bytes(generator.get_chunk(1000))
    generator.reset()
    assert (generator.get_chunk(1000), generator.seed) == (first, 5)


def test_get_at_is_fill_at_without_a_buffer():
    generator, buffer = dgen_py.Generator(1000, dedup_ratio=2, seed=3), bytearray(70_000)
    generator.get_chunk(10)
    for offset in (0, 1, 4095, 1 << 20, (1 << 63) - 70_000):
        generator.fill_at(offset, buffer)
        assert generator.get_at(offset, 70_000) == buffer
    assert generator.get_at(1 << 63, 0) == b""
    assert generator.position() == 10
    with pytest.raises(ValueError, match="offset"):
        generator.get_at(1 << 63, 1)
    with pytest.raises(ValueError, match="n: -1"):
        generator.get_at(0, -1)


def test_loops_end_although_the_seed_changes():
    generator, buffer, total = dgen_py.Generator(1_000_000, seed=0), bytearray(300_000), 0
    while not generator.is_complete():
        generator.set_seed(total)
        total += generator.fill_chunk(buffer)
    assert total == generator.position() == generator.total_size() == 1_000_000
    assert generator.get_chunk(1) is None


def test_seek():
    generator = dgen_py.Generator(1 << 20, seed=3)
    data = bytes(generator.get_chunk(1 << 20))
    generator.seek(12345)
    assert generator.get_chunk(100) == data[12345:12445]
    generator.seek(1 << 20)
    assert generator.is_complete()
    with pytest.raises(ValueError, match=r"offset: 1048577 .* 0 to 1048576"):
        generator.seek((1 << 20) + 1)
    generator.seek(500)
    generator.set_seed(4)
    with pytest.raises(ValueError, match="500 to"):
        generator.seek(499)


def test_fill_at_moves_nothing():
    generator, buffer = dgen_py.Generator(10, seed=3), bytearray(5000)
    assert generator.fill_at(1 << 62, buffer) == 5000
    assert generator.position() == 0
    with pytest.raises(ValueError, match="2\\^63"):
        generator.fill_at((1 << 63) - 10, buffer)


@pytest.mark.parametrize("clone", [copy.copy, lambda g: pickle.loads(pickle.dumps(g))])
def test_pickling_keeps_recipe_position_and_base(clone):
    generator = dgen_py.Generator(1 << 20, 2, 1.5, "uma", 2, None, 5000, 8192)
    generator.get_chunk(777)
    generator.set_seed(None)
    generator.get_chunk(100)
    other = clone(generator)
    assert repr(other) == repr(generator)
    assert other.chunk_size == 5000
    assert other.get_chunk(5000) == generator.get_chunk(5000)


def test_repr_holds_the_recipe():
    text = repr(dgen_py.Generator(10, compress_ratio=2, seed=1))
    assert text == "<dgen_py.Generator recipe='dgen1,seed=0x1,compress=2' size=10 position=0>"


def test_empty_buffers_and_sizes():
    assert dgen_py.Generator(10, max_threads=1).fill_chunk(bytearray(0)) == 0
    assert dgen_py.Generator(0).is_complete()
    assert len(dgen_py.generate_buffer(0)) == 0
    assert dgen_py.fill_buffer(bytearray(0)) == 0
