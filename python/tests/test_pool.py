"""Small objects from a pool."""

import os
import zlib

import dgen_py
import pytest


def test_slices_are_the_stream():
    pool, stream = dgen_py.BufferPool(seed=1), bytes(dgen_py.generate_buffer(4 << 20, seed=1))
    for size in [4096, 65536, 10_000 - 10_000 % 4096, 300 << 10, 4096, 252 << 10, 1 << 20, 8192]:
        view = pool.next_slice(size)
        at = stream.find(bytes(view))
        assert at >= 0 and at % 4096 == 0


def test_no_slice_repeats_and_small_ones_are_contiguous():
    pool, stream = dgen_py.BufferPool(seed=3), bytes(dgen_py.generate_buffer(1 << 20, seed=3))
    assert b"".join(pool.next_slice(1000) for _ in range(1000)) == stream[: 1000 * 1000]


def test_views_survive_the_pool():
    pool = dgen_py.BufferPool(seed=3)
    views = [pool.next_slice(8192) for _ in range(200)]
    copies = [bytes(view) for view in views]
    for _ in range(200):
        pool.next_slice(8192)
    del pool
    assert views == copies
    assert len(set(copies)) == 200


def test_remaining_properties_and_reconfigure():
    pool = dgen_py.BufferPool(1.5, 2, seed=4)
    assert (pool.dedup_ratio, pool.compress_ratio, pool.seed) == (1.5, 2.0, 4)
    before = pool.remaining
    pool.next_slice(100)
    assert pool.remaining == before - 100
    pool.next_slice(4096)
    assert pool.remaining == before - 8192
    pool.reconfigure(compress_ratio=3.0)
    assert pool.recipe == "dgen1,seed=0x4,compress=3"
    for size in [0, -1]:
        with pytest.raises(ValueError, match=f"^size: {size} "):
            pool.next_slice(size)
    with pytest.raises(ValueError, match="dedup_ratio"):
        pool.reconfigure(0.5)


@pytest.mark.parametrize("seed", [None, 5])
def test_ratios_used_before_bring_nothing_back(seed):
    pool, objects = dgen_py.BufferPool(seed=seed), []
    for ratio in [1.0, 2.0, 2.0, 1.0, 2.0, 1.0]:
        pool.reconfigure(compress_ratio=ratio)
        objects += [bytes(pool.next_slice(4096)) for _ in range(100)]
    assert len(set(objects)) == 600
    left, recipe = pool.remaining, pool.recipe
    pool.reconfigure()
    assert (pool.remaining, pool.recipe) == (left, recipe)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("seed", [None, 5])
def test_forked_children_draw_new_seeds_unless_seeded(seed):
    pool = dgen_py.BufferPool(seed=seed)
    generator = dgen_py.Generator(1 << 30, max_threads=4, seed=1)
    buffer = bytearray(8 << 20)
    generator.fill_chunk(buffer)
    results = []
    for _ in range(2):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                generator.fill_chunk(buffer)
                os.write(write, bytes(pool.next_slice(64)) + zlib.crc32(buffer).to_bytes(4, "big"))
                status = 0
            finally:
                os._exit(status)
        os.close(write)
        results.append(os.read(read, 100))
        os.close(read)
        assert os.waitpid(child, 0)[1] == 0
    results.append(bytes(pool.next_slice(64)) + results[0][64:])
    assert {len(result) for result in results} == {68}
    assert len({result[64:] for result in results}) == 1
    assert len(set(results)) == (3 if seed is None else 1)


def test_remaining_counts_blocks_of_one_mebibyte():
    pool = dgen_py.BufferPool(seed=1)
    assert pool.remaining == 1 << 20
    pool.next_slice(65536)
    assert pool.remaining == (1 << 20) - 65536
    pool.next_slice(1 << 20)  # does not fit: a block of its own
    assert pool.remaining == 0
    pool.next_slice(300_000)
    left = pool.remaining
    assert left == (1 << 20) - -(-300_000 // 4096) * 4096
    pool.next_slice(5 << 20)  # comes from no block
    assert pool.remaining == left
    pool.reconfigure(compress_ratio=2.0)
    assert pool.remaining == 1 << 20


def test_kept_slices_stay_as_they_are():
    """A view is used again only when nobody has it, its memory only when no view of it is left."""
    pool, kept = dgen_py.BufferPool(seed=1), []
    for index in range(3000):
        view = pool.next_slice(100 + index % 5000)
        match index % 4:
            case 0:
                kept.append((view, bytes(view)))
            case 1:
                kept.append((memoryview(view), bytes(view)))
            case 2:
                kept.append((view[10:50], bytes(view)[10:50]))
    assert all(view == data for view, data in kept)
    assert len({data for _, data in kept}) == len(kept)


def test_large_slices_leave_what_lies_ready():
    pool = dgen_py.BufferPool(seed=1)
    first = pool.next_slice(4096)
    large = [pool.next_slice(1 << 20) for _ in range(3)]
    second = pool.next_slice(4096)
    ready = bytes(dgen_py.generate_buffer(8192, seed=1))
    assert bytes(first) + bytes(second) == ready
    slices = [ready, *map(bytes, large), *(bytes(pool.next_slice(4096)) for _ in range(200))]
    pages = [page for piece in slices for page in (piece[at : at + 4096] for at in range(0, len(piece), 4096))]
    assert len(set(pages)) == len(pages)
