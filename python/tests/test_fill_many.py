"""Many buffers in one call: the same bytes as one call for each, and nothing written when any is refused."""

import array
import mmap
import zlib

import dgen_py
import numpy as np
import pytest

BATCHES = {
    "none": [],
    "one": [2500],
    "empty ones": [0, 100, 0, 0, 5000, 0],
    "odd": [1, 63, 64, 4095, 4096, 4097, 10_000, 70_001],
    "samples": [2500] * 800,
    "objects": [1 << 20] * 9,
    "mixed": [100, (40 << 20) + 3, 2500, (5 << 20) + 7, 300_000, 64],
}


def buffers_of(sizes):
    return [bytearray(size) for size in sizes]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("sizes", BATCHES.values(), ids=BATCHES)
def test_seeded_batches_equal_single_calls(sizes, threads):
    seeds = [(7 * index) % 5 for index in range(len(sizes))]
    many = buffers_of(sizes)
    options = {"dedup_ratio": 2, "compress_ratio": 3, "max_threads": threads}
    assert dgen_py.fill_many(many, seeds, **options) == sum(sizes)
    for buffer, seed in zip(many, seeds):
        alone = bytearray(len(buffer))
        dgen_py.fill_buffer(alone, seed=seed, **options)
        assert buffer == alone


@pytest.mark.parametrize("sizes", BATCHES.values(), ids=BATCHES)
def test_a_generator_fills_a_batch_as_it_fills_chunks(sizes):
    options = {"dedup_ratio": 2, "compress_ratio": 2, "seed": 3, "block_size": 65536, "stream_version": 2}
    size = sum(sizes) * 3 // 4
    many, single = (dgen_py.Generator(size, **options) for _ in range(2))
    filled, alone = buffers_of(sizes), buffers_of(sizes)
    assert many.fill_many(filled) == sum(single.fill_chunk(buffer) for buffer in alone) == size
    assert filled == alone
    assert many.position() == single.position() and many.is_complete()
    assert many.fill_many(buffers_of(sizes)) == 0


def test_seeds_of_a_generator_move_nothing():
    generator = dgen_py.Generator(1000, 2, 2, seed=3, block_size=65536, stream_version=2)
    generator.fill_chunk(bytearray(10))
    many = buffers_of([200_000, 5000, 10])
    assert generator.fill_many(many, seeds=np.array([4, 3, 9], np.uint64)) == 205_010
    assert generator.position() == 10 and generator.seed == 3
    for buffer, seed in zip(many, [4, 3, 9]):
        alone = dgen_py.Generator(len(buffer), 2, 2, seed=seed, block_size=65536, stream_version=2)
        assert buffer == bytes(alone.get_chunk(max(1, len(buffer))))


def test_unseeded_batches_never_repeat():
    pages, count = set(), 0
    for _ in range(3):
        for sizes in [[2500] * 500, [4096] * 100, [1 << 20] * 3, [10_000] * 100]:
            many = buffers_of(sizes)
            assert dgen_py.fill_many(many) == sum(sizes)
            for buffer in many:
                parts = [bytes(buffer[at : at + 16]) for at in range(0, len(buffer) - 15, 512)]
                pages.update(parts)
                count += len(parts)
    assert len(pages) == count


def test_ratios_hold_for_an_unseeded_batch():
    many = buffers_of([8 << 20] * 4)
    dgen_py.fill_many(many, dedup_ratio=2, compress_ratio=2)
    data = b"".join(many)
    blocks = {data[at : at + (1 << 16)] for at in range(0, len(data), 1 << 16)}
    assert len(blocks) * 2 == len(data) >> 16
    unique = b"".join(blocks)
    assert 1.9 < len(unique) / len(zlib.compress(unique, 1)) < 2.1


def test_buffers_of_every_kind_and_any_iterable():
    many = [bytearray(5000), array.array("d", bytes(800)), np.zeros((3, 5), np.float32), mmap.mmap(-1, 4096)]
    rows = np.zeros((10, 600), np.uint8)
    assert dgen_py.fill_many(iter([*many, *rows]), seeds=iter(range(14))) == 5000 + 800 + 60 + 4096 + 6000
    wanted = [bytes(dgen_py.generate_buffer(memoryview(b).nbytes, seed=seed)) for seed, b in enumerate([*many, *rows])]
    assert [bytes(memoryview(buffer).cast("B")) for buffer in [*many, *rows]] == wanted


def fillers():
    generator = dgen_py.Generator(1 << 20, seed=1)
    return {"function": dgen_py.fill_many, "method": generator.fill_many}


@pytest.mark.parametrize("fill", fillers().values(), ids=fillers())
@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda good: [good, b"abc"], ValueError, r"buffers\[1\]: a 'bytes' that is read-only"),
        (lambda good: [good, bytearray(10), memoryview(bytearray(10))[::2]], ValueError, r"buffers\[2\]: .*not C-contiguous"),
        (lambda good: [good, None], TypeError, r"buffers\[1\].*NoneType"),
        (lambda good: [good, bytearray(3), good], ValueError, "number 0 and number 2 share"),
        (lambda good: [memoryview(good)[50:], memoryview(good)[:51]], ValueError, "number 0 and number 1 share"),
        (lambda good: 5, TypeError, "buffers: a sequence is required, not 'int'"),
    ],
)
def test_refusals_leave_everything_as_it_was(fill, spoil, error, message):
    good = bytearray(100)
    with pytest.raises(error, match=message):
        fill(spoil(good))
    assert good == bytes(100)
    good.append(1)


@pytest.mark.parametrize("fill", fillers().values(), ids=fillers())
@pytest.mark.parametrize(
    ("seeds", "error", "message"),
    [
        ([1], ValueError, "seeds: 1 seeds is not accepted .*2 buffers"),
        ([1, 2, 3], ValueError, "seeds: 3 seeds"),
        ([1, -1], ValueError, r"seeds\[1\]: -1"),
        ([1, "x"], TypeError, r"seeds\[1\]: .*'str'"),
        (7, TypeError, "seeds: a sequence is required, not 'int'"),
    ],
)
def test_wrong_seeds_are_refused(fill, seeds, error, message):
    many = buffers_of([100, 100])
    with pytest.raises(error, match=message):
        fill(many, seeds)
    assert many == buffers_of([100, 100])


def test_refused_batches_take_nothing():
    generator = dgen_py.Generator(100)
    with pytest.raises(ValueError):
        generator.fill_many([bytearray(10), b"abc"])
    assert generator.position() == 0


def test_adjacent_and_empty_buffers_do_not_overlap():
    whole = memoryview(bytearray(100))
    assert dgen_py.fill_many([whole[50:], whole[:50], whole[20:20], whole[20:20]]) == 100


@pytest.mark.parametrize("options", [{"compress_ratio": 0}, {"dedup_ratio": 0.5}, {"max_threads": 0}, {"numa_node": 4096}])
def test_values_are_checked(options):
    with pytest.raises(ValueError, match="ratio|max_threads|node"):
        dgen_py.fill_many([bytearray(10)], [1], **options)

