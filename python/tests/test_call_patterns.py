"""How clients call the package: what they write holds no two equal pages, whichever buffers it goes through."""

import array
import ctypes
import io
import mmap
import multiprocessing
import struct
import zlib
from contextlib import contextmanager
from multiprocessing import shared_memory

import dgen_py
import numpy as np
import pytest
from pages import PAGE, all_differ, files_of_one_generator, pages_of, rank_of_a_given_one, rank_of_its_own
from processes import LIMIT_S

MIB = 1 << 20
FILES, SIZE, RANKS = 8, 300_000, 3


def data_of(size, seed=1):
    return bytes(dgen_py.Generator(size=size, seed=seed).get_chunk(size))


@pytest.mark.parametrize("ratios", [{}, {"compress_ratio": 3.0}])
def test_one_unseeded_generator_writes_files_that_differ(ratios):
    generator = dgen_py.Generator(SIZE, **ratios)
    first = pages_of(generator.get_chunk(SIZE))
    assert all_differ(first + files_of_one_generator(generator, FILES, SIZE))


def test_asked_for_more_than_is_left_it_starts_anew():
    """Loaders keep one large generator and start it anew when it has no more to give."""
    generator, pages = dgen_py.Generator(MIB), []
    for _ in range(20):
        chunk = generator.get_chunk(SIZE)
        if chunk is None or len(chunk) < SIZE:
            generator.reset()
            chunk = generator.get_chunk(SIZE)
        assert len(chunk) == SIZE
        pages += pages_of(chunk)
    assert all_differ(pages)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("given", [False, True], ids=["its own", "the parent's"])
def test_ranks_write_files_that_differ(method, given):
    context = multiprocessing.get_context(method)
    generator, queue = dgen_py.Generator(SIZE), context.Queue()
    pages = files_of_one_generator(generator, FILES, SIZE)
    rest = (FILES, SIZE)
    work, arguments = (rank_of_a_given_one, (generator, *rest)) if given else (rank_of_its_own, rest)
    ranks = [context.Process(target=work, args=(queue, *arguments), daemon=True) for _ in range(RANKS)]
    for rank in ranks:
        rank.start()
    for _ in ranks:
        pages += queue.get(timeout=LIMIT_S)
    for rank in ranks:
        rank.join(LIMIT_S)
    assert len(pages) == (RANKS + 1) * FILES * (SIZE // PAGE) and all_differ(pages)


@contextmanager
def shared():
    block = shared_memory.SharedMemory(create=True, size=2 * MIB)
    view = block.buf[:MIB]
    try:
        yield view
    finally:
        view.release()
        block.close()
        block.unlink()


@contextmanager
def mapped():
    with mmap.mmap(-1, MIB) as mapping:
        yield mapping


@contextmanager
def in_memory_file():
    file = io.BytesIO(bytes(2 * MIB))
    with file.getbuffer() as view, view[MIB:] as part:
        yield part


@contextmanager
def plain(make):
    yield make()


TARGETS = {
    "bytearray": lambda: plain(lambda: bytearray(MIB)),
    "slice of a memoryview": lambda: plain(lambda: memoryview(bytearray(3 * MIB))[77 : 77 + MIB]),
    "memoryview of floats": lambda: plain(lambda: memoryview(bytearray(MIB)).cast("d")),
    "array": lambda: plain(lambda: array.array("I", bytes(MIB))),
    "ctypes": lambda: plain(lambda: (ctypes.c_uint16 * (MIB // 2))()),
    "NumPy": lambda: plain(lambda: np.zeros(MIB, np.uint8)),
    "slice of NumPy": lambda: plain(lambda: np.zeros(3 * MIB, np.uint8)[5 : 5 + MIB]),
    "rows of NumPy": lambda: plain(lambda: np.zeros((64, 256, 256), np.float32)[3:7]),
    "shared memory": shared,
    "mmap": mapped,
    "BytesIO": in_memory_file,
}


@pytest.fixture(params=TARGETS)
def target(request):
    with TARGETS[request.param]() as buffer:
        yield buffer


def bytes_of(target):
    return np.frombuffer(target, np.uint8).tobytes() if isinstance(target, mmap.mmap) else memoryview(target).tobytes()


def test_buffers_are_filled_in_place(target):
    expected = data_of(2 * MIB)
    generator = dgen_py.Generator(2 * MIB, seed=1)
    for at in [0, MIB]:
        assert generator.fill_chunk(target) == MIB
        assert bytes_of(target) == expected[at : at + MIB]
    assert dgen_py.Generator(2 * MIB, seed=1).fill_at(MIB - 5, target) == MIB
    assert bytes_of(target) == expected[MIB - 5 : -5]


def test_buffers_are_filled_in_one_call(target):
    pages = []
    for fill in [dgen_py.fill_buffer, dgen_py.generate_into_buffer] * 2:
        fill(target)
        pages += pages_of(bytes_of(target))
    assert all_differ(pages)


def views():
    pool, generator = dgen_py.BufferPool(), dgen_py.Generator(2 * MIB)
    return [
        generator.get_chunk(MIB), generator.get_at(MIB, MIB), pool.next_slice(MIB), dgen_py.generate_buffer(MIB),
        pool.next_slice(MIB),
    ]  # fmt: skip


def test_views_are_copied_into_buffers(target):
    pages = []
    for view in views():
        with memoryview(target) as whole, whole.cast("B") as flat:
            flat[:] = view
        assert bytes_of(target) == bytes(view)
        pages += pages_of(view)
    assert all_differ(pages)


def png_of(pixels):
    """An image file of an array of 8-bit colours."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + memoryview(row).cast("B") for row in pixels)

    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(rows, 1)) + part(b"IEND", b"")


def pixels_of_png(image):
    """The rows of an image made by `png_of`."""
    at, found = 8, {}
    while at < len(image):
        length, kind = struct.unpack_from(">I4s", image, at)
        found[kind] = image[at + 8 : at + 8 + length]
        at += 12 + length
    width, height = struct.unpack_from(">II", found[b"IHDR"])
    rows = np.frombuffer(zlib.decompress(found[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    return rows[:, 1:].reshape(height, width, 3)


SHAPE = (160, 200, 3)
IMAGE = 160 * 200 * 3


def images():
    """Arrays of pixels as clients make them."""
    filled = np.empty(SHAPE, np.uint8)
    assert dgen_py.Generator(IMAGE).fill_chunk(filled) == IMAGE
    generator, pool = dgen_py.Generator(1 << 30), dgen_py.BufferPool()
    for view in [generator.get_chunk(IMAGE), pool.next_slice(IMAGE), pool.next_slice(IMAGE), dgen_py.generate_buffer(IMAGE)]:
        yield np.frombuffer(view, np.uint8).reshape(SHAPE)
    yield filled


def test_images_keep_their_pixels():
    pages = []
    for pixels in images():
        image = png_of(pixels)
        assert len(image) > IMAGE and np.array_equal(pixels_of_png(image), pixels)
        pages += pages_of(pixels.tobytes())
    assert all_differ(pages)


def test_images_through_pillow():
    image_of = pytest.importorskip("PIL.Image", reason="optional: Pillow is not installed")
    for pixels in images():
        file = io.BytesIO()
        image_of.fromarray(pixels).save(file, format="PNG", compress_level=1)
        file.seek(0)
        assert np.array_equal(np.asarray(image_of.open(file)), pixels)
    view = dgen_py.generate_buffer(IMAGE)
    assert image_of.frombuffer("RGB", SHAPE[1::-1], view, "raw", "RGB", 0, 1).tobytes() == bytes(view)
