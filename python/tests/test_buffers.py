"""Buffers of every kind, and why some are refused."""

import array
import ctypes
import mmap
from multiprocessing import shared_memory

import dgen_py
import numpy as np
import pytest

SIZE = 100_000
EXPECTED = bytes(dgen_py.generate_buffer(SIZE, seed=8))


def buffers():
    yield "bytearray", bytearray(SIZE)
    yield "memoryview", memoryview(bytearray(SIZE))
    yield "memoryview of doubles", memoryview(bytearray(SIZE)).cast("d")
    yield "memoryview of rows", memoryview(bytearray(SIZE)).cast("B", [100, SIZE // 100])
    yield "array", array.array("d", [0.0]) * (SIZE // 8)
    yield "mmap", mmap.mmap(-1, SIZE)
    yield "ctypes", (ctypes.c_uint32 * (SIZE // 4))()
    for dtype in ["u1", "f4", "f8", "c16", ">i4", "M8[s]", "S10", "i4,f4"]:
        yield f"numpy {dtype}", np.zeros(SIZE // np.dtype(dtype).itemsize, dtype)
    yield "numpy rows", np.zeros((250, 100), np.float32)


@pytest.mark.parametrize(("name", "buffer"), list(buffers()), ids=lambda value: value if isinstance(value, str) else "")
def test_any_writable_buffer_is_filled_in_place(name, buffer):
    def content():
        return buffer.tobytes() if isinstance(buffer, np.ndarray) else bytes(memoryview(buffer))

    assert dgen_py.Generator(SIZE, seed=8).fill_chunk(buffer) == SIZE
    assert content() == EXPECTED
    assert dgen_py.fill_buffer(buffer, seed=9) == SIZE
    assert content() != EXPECTED
    assert dgen_py.generate_into_buffer(buffer, seed=8) == SIZE
    assert content() == EXPECTED
    assert dgen_py.Generator(0, seed=8).fill_at(0, buffer) == SIZE


def test_shared_memory_is_filled():
    memory = shared_memory.SharedMemory(create=True, size=SIZE)
    try:
        dgen_py.Generator(SIZE, seed=8).fill_chunk(memory.buf[:SIZE])
        assert bytes(memory.buf[:SIZE]) == EXPECTED
    finally:
        memory.close()
        memory.unlink()


def test_only_the_view_is_written():
    whole = bytearray(300)
    dgen_py.Generator(100, seed=8).fill_chunk(memoryview(whole)[100:250])
    assert whole[:100] == bytes(100)
    assert whole[100:200] == EXPECTED[:100]
    assert whole[200:] == bytes(100)


def fillers():
    generator = dgen_py.Generator(SIZE)
    return [generator.fill_chunk, lambda b: generator.fill_at(0, b), dgen_py.fill_buffer, dgen_py.generate_into_buffer]


@pytest.mark.parametrize("fill", fillers())
def test_refusals_name_the_reason(fill):
    frozen = np.zeros(10)
    frozen.flags.writeable = False
    for buffer in [b"abc", memoryview(b"abc"), dgen_py.generate_buffer(10), frozen]:
        with pytest.raises(ValueError, match="read-only"):
            fill(buffer)
    for buffer in [memoryview(bytearray(10))[::2], np.zeros(10)[::2], np.zeros((4, 4), order="F"), np.zeros((4, 4)).T]:
        with pytest.raises(ValueError, match="not C-contiguous"):
            fill(buffer)
    for thing in [None, 3, "text", [1, 2], object()]:
        with pytest.raises(TypeError, match=type(thing).__name__):
            fill(thing)


def test_refused_buffers_take_nothing():
    generator = dgen_py.Generator(100)
    with pytest.raises(ValueError):
        generator.fill_chunk(b"abc")
    assert generator.position() == 0


def test_the_buffer_is_let_go():
    buffer = bytearray(100)
    dgen_py.fill_buffer(buffer)
    buffer.append(1)


def test_bytearrays():
    arrays = dgen_py.create_bytearrays(count=500, size=5000, zeroed=True)
    assert len(arrays) == 500
    assert all(type(a) is bytearray and a == bytes(5000) for a in arrays)
    assert dgen_py.create_bytearrays(0, 5) == []
    assert dgen_py.create_bytearrays(2, 0) == [bytearray(), bytearray()]
    (large,) = dgen_py.create_bytearrays(1, (9 << 20) + 1, zeroed=True)
    assert large == bytes((9 << 20) + 1)
    for count, size in [(-1, 5), (5, -1)]:
        with pytest.raises(ValueError, match="-1"):
            dgen_py.create_bytearrays(count, size)


@pytest.mark.parametrize("make", [
    lambda numpy: numpy.array([{} for _ in range(10)], object),
    lambda numpy: numpy.zeros(3, numpy.dtype([("id", "i8"), ("what", object)])),
    lambda numpy: (ctypes.py_object * 2)(1, 2),
])
def test_references_to_objects_are_refused(make):
    buffer = make(np)
    with pytest.raises(ValueError, match="references"):
        dgen_py.Generator(1 << 20).fill_chunk(buffer)
    with pytest.raises(ValueError, match="references"):
        dgen_py.fill_buffer(buffer)


@pytest.mark.parametrize("dtype", ["datetime64[ns]", "complex128", [("Offset", "i8"), ("Order", "f8")], "V24", "S16", "U4", "g"])
def test_any_plain_items_are_filled(dtype):
    array = np.zeros(16, dtype)
    assert dgen_py.fill_buffer(array, seed=1) == array.nbytes
    assert array.tobytes() == bytes(dgen_py.generate_buffer(array.nbytes, seed=1))
