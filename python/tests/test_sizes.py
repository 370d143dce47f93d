"""Sizes are numbers or text, everywhere alike."""

import dgen_py
import pytest
from dgen_py import _source

GENERATOR = dgen_py.Generator("8MiB", seed=1)
KIB = 1 << 10


@pytest.mark.parametrize(("text", "size"), [
    ("4096", 4096), ("4096B", 4096), ("64k", 64 * KIB), ("64KiB", 64 * KIB), ("64kB", 64000), ("1.5GiB", 3 << 29),
    ("1.5GB", 1_500_000_000), (" 2 mib ", 2 << 20), ("1_000", 1000),
])
def test_text_is_read_as_the_command_reads_it(text, size):
    assert dgen_py.Generator(text).total_size() == size == _source.size_of("size", text)


def ring_buffer(size):
    with dgen_py.SharedRing(GENERATOR, buffer_size=size) as ring:
        return ring.buffer_size


SIZED = {
    "Generator(size)": (lambda size: dgen_py.Generator(size).total_size(), 64 * KIB),
    "Generator(chunk_size)": (lambda size: dgen_py.Generator(1, chunk_size=size).chunk_size, 64 * KIB),
    "Generator(block_size)": (lambda size: "block=64KiB" in dgen_py.Generator(1, block_size=size).recipe, True),
    "Generator(window)": (lambda size: "window=64KiB" in dgen_py.Generator(
        1, block_size=4096, window=size).recipe, True),
    "Generator(skip)": (lambda size: "skip=64KiB" in dgen_py.Generator(1, block_size=4096, skip=size).recipe, True),
    "from_recipe(size)": (lambda size: dgen_py.Generator.from_recipe("dgen1,seed=1", size).total_size(), 64 * KIB),
    "from_recipe(offset)": (lambda size: dgen_py.Generator.from_recipe("dgen1,seed=1", 1, offset=size).offset, 64 * KIB),
    "get_chunk": (lambda size: len(dgen_py.Generator("1MiB").get_chunk(size)), 64 * KIB),
    "fill_at": (lambda size: GENERATOR.fill_at(size, bytearray(10)), 10),
    "get_at(offset)": (lambda size: GENERATOR.get_at(size, 10), GENERATOR.get_at(64 * KIB, 10)),
    "get_at(n)": (lambda size: len(GENERATOR.get_at(0, size)), 64 * KIB),
    "seek": (lambda size: GENERATOR.shard(0, 1).seek(size), None),
    "next_slice": (lambda size: len(dgen_py.BufferPool().next_slice(size)), 64 * KIB),
    "generate_buffer": (lambda size: len(dgen_py.generate_buffer(size)), 64 * KIB),
    "generate_data": (lambda size: len(dgen_py.generate_data(size)), 64 * KIB),
    "create_bytearrays": (lambda size: len(dgen_py.create_bytearrays(1, size)[0]), 64 * KIB),
    "bench_rolling_pool(obj_size)": (lambda size: dgen_py.bench_rolling_pool(size, 1)[0], 64 * KIB),
    "bench_rolling_pool(total_bytes)": (lambda size: dgen_py.bench_rolling_pool(4 * KIB, size)[0], 64 * KIB),
    "SharedRing(buffer_size)": (lambda size: ring_buffer(size), 64 * KIB),
}


@pytest.mark.parametrize("name", SIZED)
def test_functions_take_numbers_and_text(name):
    call, expected = SIZED[name]
    assert call(64 * KIB) == call("64KiB") == call("64k") == expected


@pytest.mark.parametrize("name", SIZED)
def test_other_text_is_refused_as_the_command_refuses_it(name):
    for text in ("", "64XB", "1.0001k", "-1", "many", "1 GiB x"):
        with pytest.raises(ValueError, match=rf"^[a-z_ ]+: `{text}` is not accepted \(accepted: "):
            SIZED[name][0](text)


@pytest.mark.parametrize("name", SIZED)
def test_other_types_are_refused(name):
    for value in (1.5, b"64KiB", [1]):
        with pytest.raises(TypeError):
            SIZED[name][0](value)


@pytest.mark.parametrize("option", ["size", "buffer_size", "block_size", "offset", "file_offset", "sync_every", "rate"])
def test_write_file_takes_text(option, tmp_path):
    options = {"size": "64KiB", "seed": 1, option: "64KiB"}
    assert dgen_py.write_file(tmp_path / "f", options.pop("size"), **options).bytes_written == 64 * KIB
