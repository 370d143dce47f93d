"""The bytes: those of the format's reference, however they are read."""

import dgen_py
import pytest

RECIPES = [
    "dgen1,seed=0x1",
    "dgen1,seed=0xffffffffffffffff,compress=2",
    "dgen1,seed=0x1f,block=4KiB,dedup=3/2,compress=5/2",
]
SIZE = 3 << 20


def whole(recipe, size=SIZE, **options):
    return bytes(dgen_py.Generator.from_recipe(recipe, size, **options).get_chunk(size))


@pytest.mark.parametrize("recipe", RECIPES)
def test_bytes_are_those_of_the_reference(recipe, reference):
    for offset, length in [(0, 20000), (4095, 4098), ((1 << 40) + 7, 5000)]:
        buffer = bytearray(length)
        assert dgen_py.Generator.from_recipe(recipe, 0).fill_at(offset, buffer) == length
        assert buffer == reference(recipe, offset, length)


def test_arguments_define_the_recipe():
    generator = dgen_py.Generator(SIZE, 1.5, 2.5, block_size=4096, seed=31)
    assert generator.recipe == RECIPES[2]
    assert generator.seed == 31
    assert bytes(generator.get_chunk(SIZE)) == whole(RECIPES[2])


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("chunk", [1000, 4096, (1 << 20) - 1, (1 << 20) + 1, 1536 << 10, 2 << 20])
@pytest.mark.parametrize("threads", [1, 3])
def test_chunks_and_threads_do_not_matter(recipe, chunk, threads):
    generator = dgen_py.Generator.from_recipe(recipe, SIZE + 5, max_threads=threads)
    out = bytearray()
    buffer = bytearray(b"\xa5") * chunk
    while not generator.is_complete():
        count = generator.fill_chunk(buffer)
        assert 0 < count <= chunk
        out += buffer[:count]
    assert out == whole(recipe, SIZE + 5)
    assert generator.fill_chunk(buffer) == 0


def test_iteration_yields_all_chunks():
    generator = dgen_py.Generator(SIZE + 1, seed=1, chunk_size=100_000)
    chunks = [bytes(chunk) for chunk in generator]
    assert {len(chunk) for chunk in chunks[:-1]} == {100_000}
    assert b"".join(chunks) == whole(RECIPES[0], SIZE + 1)


@pytest.mark.parametrize(("ratio", "blocks", "distinct"), [(1.99, 199, 100), (1.5, 8, 6), (3, 8, 3), (2, 5, 3), (16, 25, 2)])
def test_dedup_is_exact(ratio, blocks, distinct):
    data = bytes(dgen_py.Generator(blocks << 16, ratio, block_size=1 << 16, seed=5).get_chunk(blocks << 16))
    assert len({data[at : at + (1 << 16)] for at in range(0, len(data), 1 << 16)}) == distinct
