"""Generated data as a bytes-like object."""

import gc
import io
import pickle

import dgen_py
import numpy as np
import pytest

VIEW = dgen_py.generate_buffer(1000, seed=1)
DATA = bytes(VIEW)


def test_bytes_like():
    assert len(VIEW) == 1000
    assert memoryview(VIEW).readonly and memoryview(VIEW).format == "B"
    assert list(VIEW) == list(DATA)
    assert b"".join([VIEW, VIEW]) == DATA + DATA
    assert io.BytesIO(VIEW).read() == DATA
    assert not np.frombuffer(VIEW, np.uint8).flags.writeable
    assert repr(VIEW) == "<dgen_py.BytesView of 1000 bytes>"
    assert pickle.loads(pickle.dumps(VIEW)) == VIEW
    assert DATA[5] in VIEW


@pytest.mark.parametrize("key", [slice(None), slice(3, 10), slice(-10, None), slice(5, 2), slice(2000, 3000),
                                 slice(None, None, -1), slice(10, 900, 7), slice(900, 10, -7)])
def test_slices(key):
    part = VIEW[key]
    assert type(part) is dgen_py.BytesView
    assert bytes(part) == DATA[key]
    assert bytes(part[1:-1]) == DATA[key][1:-1]


def test_items():
    assert [VIEW[i] for i in (0, -1, 999, -1000)] == [DATA[i] for i in (0, -1, 999, -1000)]
    for index in (1000, -1001, 1 << 80):
        with pytest.raises(IndexError):
            VIEW[index]
    with pytest.raises(TypeError, match="indices"):
        VIEW["a"]
    with pytest.raises(TypeError):
        VIEW[0] = 1


def test_comparison_and_hash():
    same = dgen_py.generate_buffer(1000, seed=1)
    assert VIEW == same == DATA == VIEW
    assert VIEW == bytearray(DATA) and VIEW == memoryview(DATA)
    assert VIEW != DATA[1:] and VIEW != "text" and VIEW != VIEW[1:] and not VIEW != same
    assert hash(VIEW) == hash(DATA)
    assert {DATA: 1}[VIEW] == 1


@pytest.mark.parametrize("size", [10, 5 << 20])
def test_slices_share_memory_and_keep_it_alive(size):
    view = dgen_py.generate_buffer(size, seed=2)
    expected = bytes(view)
    array = np.frombuffer(view[3:], np.uint8)
    assert array.ctypes.data == np.frombuffer(view, np.uint8).ctypes.data + 3
    del view
    gc.collect()
    dgen_py.generate_buffer(size, seed=3)
    assert array.tobytes() == expected[3:]


def test_order_is_that_of_bytes():
    view, data = dgen_py.generate_buffer(100, seed=1), bytes(dgen_py.generate_buffer(100, seed=1))
    other = dgen_py.generate_buffer(100, seed=2)
    assert (view < other) == (data < bytes(other)) and (view >= bytes(other)) == (data >= bytes(other))
    assert view <= data and view >= view[:50] and view > b""
    assert [bytes(one) for one in sorted([view, other])] == sorted([data, bytes(other)])
    assert bytes(reversed(view)) == data[::-1] and not list(reversed(view[:0]))
    with pytest.raises(TypeError):
        view < 1
