"""One-shot calls: what small ones get from memory that lies ready, and what all of them keep to."""

import threading
import zlib

import dgen_py
import pytest
from processes import fork

SIZES = [1, 64, 1000, 4096, 4097, 16 << 10, (16 << 10) + 1, 70_000]


def filled(function, size, **options):
    buffer = bytearray(size)
    assert function(buffer, **options) == size
    return bytes(buffer)


CALLS = {
    "generate_buffer": dgen_py.generate_buffer,
    "generate_data": dgen_py.generate_data,
    "fill_buffer": lambda size, **options: filled(dgen_py.fill_buffer, size, **options),
    "generate_into_buffer": lambda size, **options: filled(dgen_py.generate_into_buffer, size, **options),
}


@pytest.mark.parametrize("name", CALLS)
def test_unseeded_calls_never_repeat(name):
    seen = set()
    for size in [16, 64, 1000, 4096, 5000, 16 << 10, 20_000] * 40:
        piece = bytes(CALLS[name](size, dedup_ratio=4))
        assert len(piece) == size
        seen.update(piece[at : at + 16] for at in range(0, size - 15, 16))
    assert len(seen) == 40 * sum(size // 16 for size in [16, 64, 1000, 4096, 5000, 16 << 10, 20_000])


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("size", SIZES)
def test_seeded_calls_are_the_beginning_of_the_stream(name, size):
    wanted = bytes(dgen_py.Generator(size, 3, 2, seed=9).get_chunk(size))
    for _ in range(2):
        assert bytes(CALLS[name](size, dedup_ratio=3, compress_ratio=2, seed=9)) == wanted


@pytest.mark.parametrize("name", CALLS)
def test_pieces_kept_do_not_change(name):
    pieces = [CALLS[name](size) for size in SIZES * 100]
    copies = [bytes(piece) for piece in pieces]
    for _ in range(200):
        CALLS[name](16 << 10)
    assert [bytes(piece) for piece in pieces] == copies


@pytest.mark.parametrize("size", [64, 4096, 16 << 10, 1 << 20])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dedup_ratio": 0.5}, "dedup.ratio"), ({"compress_ratio": 0}, "compress.ratio"), ({"compress_ratio": 1000}, "compress.ratio"),
        ({"dedup_ratio": float("nan")}, "dedup.ratio"), ({"numa_node": 4096}, "node"), ({"max_threads": 0}, "max_threads: 0"),
        ({"numa_mode": "never"}, "numa_mode"),
    ],
)  # fmt: skip
def test_small_pieces_refuse_what_large_ones_do(size, options, message):
    for _ in range(2):
        with pytest.raises(ValueError, match=message):
            dgen_py.generate_buffer(size, **options)
        with pytest.raises(ValueError, match=message):
            dgen_py.fill_buffer(bytearray(size), **options)


def test_ratios_hold_for_small_pieces():
    for ratio in (1, 2, 4, 2, 1, 3, 5, 6, 2):
        data = b"".join(bytes(dgen_py.generate_buffer(4096, compress_ratio=ratio)) for _ in range(64))
        assert ratio * 0.9 < len(data) / len(zlib.compress(data)) < ratio * 1.1


def test_a_fork_draws_anew():
    dgen_py.generate_buffer(64)
    children = [fork(lambda: [bytes(dgen_py.generate_buffer(64)), filled(dgen_py.fill_buffer, 64)]) for _ in range(3)]
    own = [bytes(dgen_py.generate_buffer(64)), filled(dgen_py.fill_buffer, 64)]
    pieces = [piece for pieces in [*children, own] for piece in pieces]
    assert len(set(pieces)) == 8


def test_threads_share_nothing():
    pieces = []

    def work():
        mine = [bytes(dgen_py.generate_buffer(64)) for _ in range(2000)]
        pieces.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pieces)) == 16_000


def test_a_view_that_is_held_is_not_handed_out_again():
    held = [dgen_py.generate_buffer(64) for _ in range(50)]
    views = [memoryview(view) for view in held]
    before = [bytes(view) for view in views]
    del held
    for _ in range(20_000):
        dgen_py.generate_buffer(64)
    assert [bytes(view) for view in views] == before
    assert len(set(before)) == 50
