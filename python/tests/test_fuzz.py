"""Any arguments at all: a value of the promised type, or one of the promised exceptions; and what a stream promises."""

from __future__ import annotations

import os

import pytest

import dgen_py

hypothesis = pytest.importorskip("hypothesis", reason="hypothesis is not installed")
from hypothesis import given, settings, strategies as st  # noqa: E402

EXAMPLES = int(os.environ.get("DGEN_FUZZ_EXAMPLES", "60"))
settings.register_profile("dgen", deadline=None, derandomize="CI" in os.environ, max_examples=EXAMPLES, database=None)
settings.load_profile("dgen")

PROMISED = (ValueError, TypeError, OSError, MemoryError)


class Odd:
    """What has an index, or says that it has."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __index__(self) -> object:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


# Nothing between: what is allocated is small, or refused.
sizes = st.one_of(st.integers(0, 100_000), st.integers(-(2**70), -1), st.integers(2**62, 2**70), st.just(2**63 - 1))
seeds = st.one_of(st.none(), st.integers(-5, 2**65), st.integers(0, 2**64 - 1))
ratios = st.one_of(st.floats(), st.integers(-3, 300), st.floats(1, 200), st.just(10**400))
modes = st.sampled_from(["auto", "force", "uma", "disable", "disabled", "", "AUTO", "\0", "\ud800"])
threads = st.one_of(st.none(), st.integers(-2, 9), st.just(4096), st.just(2**64))
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=8),
    st.binary(max_size=8),
    st.floats(),
    st.lists(st.integers(), max_size=3),
    st.builds(Odd, st.one_of(st.integers(-5, 70_000), st.just("no number"), st.just(KeyError("mine")))),
)


def mostly(wanted: st.SearchStrategy) -> st.SearchStrategy:
    """Arguments of a kind, with others among them."""
    return st.one_of(wanted, wanted, wanted, wanted, junk)


def attempt(call, *args, **kwargs):
    """What comes back; `None` where one of the promised exceptions came instead."""
    try:
        return call(*args, **kwargs)
    except PROMISED as error:
        assert str(error), f"an error without words: {error!r}"
        return None
    except KeyError as error:
        assert error.args == ("mine",)
        return None


common = {
    "dedup_ratio": mostly(ratios),
    "compress_ratio": mostly(ratios),
    "numa_mode": mostly(modes),
    "numa_node": mostly(st.one_of(st.none(), st.integers(-2, 70))),
    "seed": mostly(seeds),
    "max_threads": mostly(threads),
}


@given(size=mostly(sizes), chosen=st.fixed_dictionaries({}, optional=common))
def test_one_shot(size, chosen):
    for function in (dgen_py.generate_buffer, dgen_py.generate_data):
        data = attempt(function, size, **chosen)
        assert data is None or len(data) == size.__index__()


@given(
    size=mostly(sizes),
    chosen=st.fixed_dictionaries(
        {},
        optional={
            **common,
            "chunk_size": mostly(st.one_of(st.none(), sizes)),
            "block_size": mostly(st.one_of(st.none(), sizes, st.just(4096))),
            "stream_version": mostly(st.integers(-1, 2**33)),
            "method": mostly(st.sampled_from(["parallel", "streaming", "other"])),
        },
    ),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["fill_chunk", "get_chunk", "fill_at", "seek", "set_seed", "reset", "shard", "next"]),
            mostly(sizes),
            mostly(st.integers(0, 5000)),
        ),
        max_size=8,
    ),
)
def test_generator(size, chosen, steps):
    generator = attempt(dgen_py.Generator, size, **chosen)
    if generator is None:
        return
    for name, number, length in steps:
        if name == "fill_chunk":
            attempt(generator.fill_chunk, bytearray(length) if isinstance(length, int) and length >= 0 else length)
        elif name == "fill_at":
            attempt(generator.fill_at, number, bytearray(100))
        elif name == "shard":
            attempt(generator.shard, number, length)
        elif name == "reset":
            generator.reset()
        elif name == "next":
            if generator.chunk_size <= 1 << 20:
                next(generator, None)
        elif name == "get_chunk":
            attempt(generator.get_chunk, number)
        else:
            attempt(getattr(generator, name), number)
        assert 0 <= generator.position() <= generator.total_size()
        assert generator.is_complete() == (generator.position() == generator.total_size())


@given(
    text=st.one_of(
        st.text(max_size=60),
        st.builds(
            "dgen1,seed={},{}={}".format,
            seeds,
            st.sampled_from(["block", "dedup", "compress", "window", "skip", "early", "reuse", "runs", "spread", "texture", "dtype", "like", "tune", "x"]),
            st.text(max_size=8),
        ),
    ),
    size=mostly(sizes),
)
def test_recipes(text, size):
    generator = attempt(dgen_py.Generator.from_recipe, text, size)
    if generator is not None:
        again = dgen_py.Generator.from_recipe(generator.recipe, size)
        assert again.recipe == generator.recipe


@given(
    size=st.integers(0, 60_000),
    seed=st.integers(0, 2**64 - 1),
    at=st.integers(0, 60_000),
    dedup=st.floats(1, 20),
    compress=st.floats(1, 200),
)
def test_any_part_is_that_of_the_whole(size, seed, at, dedup, compress):
    whole = bytes(dgen_py.generate_buffer(size, dedup, compress, seed=seed))
    generator = dgen_py.Generator(size, dedup, compress, seed=seed)
    part = bytearray(max(0, min(5000, size - at)))
    if at <= size:
        generator.fill_at(at, part)
        assert part == whole[at : at + len(part)]


@given(
    sizes=st.lists(mostly(st.one_of(st.integers(-2, 70_000), st.just(2**64))), max_size=6),
    chosen=st.fixed_dictionaries({}, optional=common),
)
def test_pool(sizes, chosen):
    pool = attempt(dgen_py.BufferPool, **chosen)
    if pool is None:
        return
    for size in sizes:
        data = attempt(pool.next_slice, size)
        assert data is None or len(data) == size.__index__()
    attempt(pool.reconfigure, chosen.get("dedup_ratio", 1.0), chosen.get("compress_ratio", 1.0))


paths = st.one_of(
    st.just("f"),
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=8),
    st.just("no/such/folder"),
    st.just(""),
    st.just("a\0b"),
    junk,
)


@given(
    path=paths,
    # No size that is accepted and fills the disk.
    size=mostly(st.one_of(st.integers(0, 70_000), st.integers(2**63 + 1, 2**70), st.integers(-9, -1))),
    chosen=st.fixed_dictionaries(
        {},
        optional={
            "dedup_ratio": mostly(ratios),
            "compress_ratio": mostly(ratios),
            "seed": mostly(seeds),
            "max_threads": mostly(st.integers(-1, 3)),
            "buffer_size": mostly(st.integers(-1, 70_000)),
            "buffer_count": mostly(st.integers(-1, 9)),
            "depth": mostly(st.integers(-1, 9)),
            "num_writers": mostly(st.integers(-1, 3)),
            "use_direct_io": mostly(st.booleans()),
            "use_io_uring": mostly(st.booleans()),
            "offset": mostly(sizes),
            "fsync": mostly(st.booleans()),
            "force": mostly(st.booleans()),
        },
    ),
)
def test_files(path, size, chosen, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    if isinstance(path, str):
        # An empty name is that of the folder.
        path = os.path.join(folder, path)
    elif not isinstance(path, bytes):
        assert attempt(dgen_py.write_file, path, 1) is None
        return
    else:
        path = os.path.join(os.fsencode(folder), path.replace(b"/", b"_"))
    report = attempt(dgen_py.write_file, path, size, **chosen)
    if report is None or not report.bytes_written:
        return
    assert report.bytes_written == size.__index__() == os.path.getsize(path)
    assert dgen_py.read_file(path).bytes_read == report.bytes_written
    found = attempt(dgen_py.verify_file, path, report.bytes_written, recipe=report.recipe, offset=report.offset)
    assert found is not None and found.ok
    with open(path, "r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes([first[0] ^ 255]))
    found = dgen_py.verify_file(path, report.bytes_written, recipe=report.recipe, offset=report.offset)
    assert not found.ok and found.bytes_bad >= 1
