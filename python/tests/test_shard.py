"""Shards of a generator."""

import pickle

import dgen_py
import pytest


def extents(generator, count):
    shards = [generator.shard(index, count) for index in range(count)]
    return [(shard.offset, shard.total_size()) for shard in shards]


@pytest.mark.parametrize("size, block_size, count, unit", [
    (10 << 20, 1 << 20, 4, 1 << 20), ((10 << 20) + 77, 1 << 20, 10, 1 << 20), (1 << 20, 1 << 20, 1, 1 << 20),
    ((3 << 20) - 1, 1 << 20, 3, 4096), (5 * 4096 + 1, 4096, 5, 4096), (100_000, 1 << 20, 24, 4096), (100_000, 1 << 20, 25, 1),
    (10, 4096, 3, 1), (3, 4096, 5, 1), (0, 4096, 3, 1), (1 << 63, 4096, 7, 4096), ((1 << 63) - 5, 4096, 999, 4096),
])
def test_cuts(size, block_size, count, unit):
    parts = extents(dgen_py.Generator(size, block_size=block_size, seed=1), count)
    assert parts[0][0] == 0 and sum(parts[-1]) == size
    assert all(sum(before) == after[0] for before, after in zip(parts, parts[1:]))
    assert all(offset % unit == 0 for offset, _ in parts)
    assert max(length for _, length in parts) - min(length for _, length in parts) <= unit


@pytest.mark.parametrize("size", [3_000_001, 100_000, 50])
def test_shards_in_order_are_the_whole(size):
    generator = dgen_py.Generator(size, 2, 1.5, block_size=65536, seed=3)
    whole = bytes(generator.get_chunk(size))
    shards = [generator.shard(index, 7) for index in range(7)]
    assert b"".join(bytes(chunk) for shard in shards for chunk in shard) == whole
    nested = [shard.shard(index, 3) for shard in shards for index in range(3)]
    assert b"".join(shard.open().read() for shard in nested) == whole
    assert generator.position() == size


def test_positions_of_a_shard_are_its_own():
    generator = dgen_py.Generator(1 << 20, block_size=4096, seed=3)
    whole = bytes(generator.get_chunk(1 << 20))
    shard = generator.shard(1, 4)
    mine = whole[1 << 18 : 2 << 18]
    assert (shard.position(), shard.total_size(), shard.offset) == (0, 1 << 18, 1 << 18)
    assert shard.get_chunk(1000) == mine[:1000]
    shard.seek(5000)
    assert (shard.get_chunk(7), shard.position()) == (mine[5000:5007], 5007)
    shard.reset()
    assert (shard.get_chunk(1 << 20), shard.is_complete()) == (mine, True)
    buffer = bytearray(10)
    shard.fill_at(0, buffer)
    assert buffer == whole[:10]
    shard.fill_at(shard.offset + 3, buffer)
    assert buffer == mine[3:13]
    file = shard.open()
    assert (file.size, file.offset, file.seek(-4, 2), file.read()) == (1 << 18, 1 << 18, (1 << 18) - 4, mine[-4:])
    assert repr(shard) == "<dgen_py.Generator recipe='dgen1,seed=0x3,block=4KiB' offset=262144 size=262144 position=262144>"


def test_set_seed_keeps_the_part():
    other = bytes(dgen_py.generate_buffer(4 << 20, seed=8))
    shard = dgen_py.Generator(4 << 20, seed=3).shard(2, 4)
    shard.get_chunk(1000)
    shard.set_seed(8)
    assert shard.position() == 1000
    assert shard.get_chunk(5000) == other[2 << 20 :][:5000]
    assert shard.open().read(5000) == other[2 << 20 :][:5000]
    copy = pickle.loads(pickle.dumps(shard))
    assert (repr(copy), copy.offset) == (repr(shard), 2 << 20)
    assert copy.get_chunk(77) == shard.get_chunk(77) == other[(2 << 20) + 5000 :][:77]
    shard.reset()
    assert shard.get_chunk(10) == other[2 << 20 :][:10]


def test_shards_are_of_the_current_stream():
    generator = dgen_py.Generator(2 << 20, seed=3, chunk_size=12345)
    generator.get_chunk(777)
    generator.set_seed(8)
    shard = generator.shard(1, 2)
    assert (shard.chunk_size, shard.seed) == (12345, 8)
    assert shard.get_chunk(1 << 20) == dgen_py.generate_buffer(2 << 20, seed=8)[1 << 20 :]


def test_from_recipe_at_an_offset(reference):
    generator = dgen_py.Generator.from_recipe("dgen1,seed=0x3,compress=2", 100, offset=5000)
    assert (generator.offset, generator.get_chunk(1000)) == (5000, reference("dgen1,seed=0x3,compress=2", 5000, 100))
    with pytest.raises(ValueError, match="offset: 9223372036854775807 .*2\\^63"):
        dgen_py.Generator.from_recipe("dgen1,seed=1", 2, offset=(1 << 63) - 1)
    end = dgen_py.Generator.from_recipe("dgen1,seed=1", 1, offset=(1 << 63) - 1)
    assert len(end.get_chunk(10)) == 1


def test_bad_shards():
    generator = dgen_py.Generator(100)
    for index, count, message in [
        (0, 0, "count: 0 .*1 to"), (0, -1, "count: -1 .*1 to"), (0, 1 << 64, "count: 18446744073709551616"),
        (3, 3, "index: 3 .*0 to 2"), (-1, 3, "index: -1 .*0 to 2"), (1 << 70, 1, "index: .*0 to 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            generator.shard(index, count)
    with pytest.raises(TypeError):
        generator.shard(0.5, 1)
    assert generator.shard((1 << 64) - 2, (1 << 64) - 1).total_size() == 1
