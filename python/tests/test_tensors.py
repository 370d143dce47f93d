"""Tensors are filled in place through DLPack: NumPy's stand for all, PyTorch's own run where it is installed."""

import ctypes
import gc
import importlib.util
import weakref

import dgen_py
import numpy as np
import pytest

SIZE = 100_000
EXPECTED = bytes(dgen_py.generate_buffer(SIZE, seed=8))
# Before version 2 NumPy knows no versioned tensors.
VERSIONED = int(np.__version__.partition(".")[0]) >= 2


class Tensor:
    """Something that has no buffer and speaks DLPack, of the given version, as an array does."""

    def __init__(self, array, versioned=VERSIONED):
        self.array, self.versioned = array, versioned

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()

    def __dlpack__(self, **options):
        if not self.versioned:
            if options:
                raise TypeError("unexpected keyword argument")
            return self.array.__dlpack__()
        assert options == {"max_version": (1, 0)}
        return self.array.__dlpack__(**options)


KINDS = ["plain", pytest.param("versioned", marks=pytest.mark.skipif(not VERSIONED, reason="optional: NumPy is older than 2"))]


@pytest.fixture(params=KINDS)
def tensor(request):
    return lambda array: Tensor(array, request.param == "versioned")


FILLS = {
    "fill_chunk": lambda tensor: dgen_py.Generator(SIZE, seed=8).fill_chunk(tensor),
    "fill_at": lambda tensor: dgen_py.Generator(0, seed=8).fill_at(0, tensor),
    "Generator.fill_many": lambda tensor: dgen_py.Generator(SIZE, seed=8).fill_many([tensor]),
    "fill_many": lambda tensor: dgen_py.fill_many([tensor], [8]),
    "fill_buffer": lambda tensor: dgen_py.fill_buffer(tensor, seed=8),
    "generate_into_buffer": lambda tensor: dgen_py.generate_into_buffer(tensor, seed=8),
    "readinto": lambda tensor: dgen_py.Generator(SIZE, seed=8).open().readinto(tensor),
}


@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
def test_every_call_fills_a_tensor(fill, tensor):
    array = np.zeros(SIZE // 4, np.float32)
    assert fill(tensor(array)) == SIZE
    assert array.tobytes() == EXPECTED


@pytest.mark.parametrize("dtype", ["u1", "i2", "f2", "f8", "c16", "?"])
def test_items_of_every_type(tensor, dtype):
    array = np.zeros((5, 100), dtype)
    assert dgen_py.fill_buffer(tensor(array), seed=8) == array.nbytes
    assert array.tobytes() == EXPECTED[: array.nbytes]


def test_shapes(tensor):
    whole = np.zeros((10, 1, 200), np.uint8)
    for array in [whole, whole[3], whole[2:5], whole[:, :0], whole[4, 0, 7:100], whole[:1], np.zeros((), np.float64)]:
        array[...] = 0
        assert dgen_py.fill_buffer(tensor(array), seed=8) == array.nbytes
        assert array.tobytes() == EXPECTED[: array.nbytes]
    for array in [whole[:, :, ::2], whole[:, :, :100], whole.T, np.zeros((4, 4), order="F"), whole[::-1]]:
        with pytest.raises(ValueError, match="a 'Tensor' that is not C-contiguous"):
            dgen_py.fill_buffer(tensor(array))


def test_memory_is_held_during_the_call_and_let_go_after_it(tensor):
    array = np.zeros(1000, np.uint8)
    seen = weakref.ref(array)
    lent = tensor(array)
    for _ in range(3):
        dgen_py.fill_buffer(lent)
        with pytest.raises(ValueError, match="share memory|overlap"):
            dgen_py.fill_many([lent, lent])
    del array, lent
    gc.collect()
    assert seen() is None


def test_refused_tensors_are_let_go(tensor):
    array = np.zeros((10, 10), np.uint8)
    seen = weakref.ref(array)
    with pytest.raises(ValueError):
        dgen_py.fill_buffer(tensor(array.T))
    del array
    gc.collect()
    assert seen() is None


def test_a_capsule_is_taken_once(tensor):
    array = np.zeros(10, np.uint8)
    capsule = tensor(array).__dlpack__(**({"max_version": (1, 0)} if tensor(array).versioned else {}))

    class Same:
        def __dlpack_device__(self):
            return (1, 0)

        def __dlpack__(self, **options):
            return capsule

    assert dgen_py.fill_buffer(Same(), seed=8) == 10
    assert array.tobytes() == EXPECTED[:10]
    with pytest.raises(ValueError, match="no DLPack capsule"):
        dgen_py.fill_buffer(Same())


def refusing(device=(1, 0), result=None, error=None, **attributes):
    class Other:
        def __dlpack_device__(self):
            return device

        def __dlpack__(self, **options):
            if error is not None:
                raise error
            return result

    other = Other()
    vars(other).update(attributes)
    return other


@pytest.mark.parametrize(
    ("other", "kind", "message"),
    [
        (refusing(device=(2, 0)), ValueError, "a 'Other' that is in the memory of a device"),
        (refusing(device=(8, 1)), ValueError, "in the memory of a device"),
        (refusing(requires_grad=True), ValueError, r"requires gradients \(pass its detach\(\)\)"),
        (refusing(error=BufferError("no such layout")), ValueError, "no such layout"),
        (refusing(error=RuntimeError("broken")), RuntimeError, "broken"),
        (refusing(result=7), ValueError, "no DLPack capsule"),
        (refusing(device="cpu"), TypeError, "str"),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_says_why(other, kind, message):
    with pytest.raises(kind, match=message):
        dgen_py.fill_buffer(other)


@pytest.mark.skipif(not VERSIONED, reason="optional: NumPy is older than 2")
def test_read_only_tensors_are_refused():
    array = np.zeros(10)
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        dgen_py.fill_buffer(Tensor(array))


class Version(ctypes.Structure):
    _fields_ = [("major", ctypes.c_uint32), ("minor", ctypes.c_uint32)]


class Description(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32), ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16), ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p), ("byte_offset", ctypes.c_uint64),
    ]  # fmt: skip


class Managed(ctypes.Structure):
    _fields_ = [
        ("version", Version), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p), ("flags", ctypes.c_uint64),
        ("tensor", Description),
    ]  # fmt: skip


def made_by_hand(major=1, flags=0, code=4, bits=16, lanes=1, offset=0, device=1):
    """A versioned bfloat16 tensor of ten items without strides; the object, its memory, and calls of the deleter."""
    memory, calls = ctypes.create_string_buffer(64), []
    shape = (ctypes.c_int64 * 2)(2, 5)
    deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(calls.append)
    description = Description(ctypes.addressof(memory), device, 0, 2, code, bits, lanes, ctypes.addressof(shape), None, offset)
    managed = Managed(Version(major, 5), None, ctypes.cast(deleter, ctypes.c_void_p), flags, description)
    capsule_of = ctypes.pythonapi.PyCapsule_New
    capsule_of.restype, capsule_of.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    name = b"dltensor_versioned"
    other = refusing(result=capsule_of(ctypes.addressof(managed), name, None))
    other.kept = (managed, shape, deleter, name)
    return other, memory, calls


def test_a_bfloat16_tensor_is_filled_and_given_back_once():
    other, memory, calls = made_by_hand(offset=7)
    assert dgen_py.fill_buffer(other, seed=8) == 20
    assert memory.raw == bytes(7) + EXPECTED[:20] + bytes(37)
    assert calls == [ctypes.addressof(other.kept[0])]


@pytest.mark.parametrize(
    ("options", "message", "given_back"),
    [
        ({"flags": 1}, "read-only", 1), ({"flags": 2}, "shares only a copy", 1), ({"code": 3}, "references to objects", 1),
        ({"bits": 4}, "no whole bytes", 1), ({"major": 2}, "no DLPack capsule of version 1", 0), ({"device": 2}, "device", 1),
    ],
)  # fmt: skip
def test_other_tensors_are_refused_and_given_back(options, message, given_back):
    other, memory, calls = made_by_hand(**options)
    with pytest.raises(ValueError, match=message):
        dgen_py.fill_buffer(other)
    assert memory.raw == bytes(64) and len(calls) == given_back


def test_rows_of_tensors_are_normalised(tensor):
    rows = np.array([[3, 4], [0, -2]], np.float32)
    dgen_py.normalize_rows(tensor(rows), 2)
    assert rows.tolist() == [[np.float32(0.6), np.float32(0.8)], [0, -1]]
    with pytest.raises(ValueError, match="float32"):
        dgen_py.normalize_rows(tensor(np.zeros(4)), 2)


def test_arrays_of_types_that_buffers_do_not_know():
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="optional: ml_dtypes is not installed")
    array = np.zeros((100, 7), ml_dtypes.bfloat16)
    assert dgen_py.fill_buffer(array, seed=8) == 1400
    assert array.view(np.uint8).tobytes() == EXPECTED[:1400]
    with pytest.raises(ValueError, match="not C-contiguous"):
        dgen_py.fill_buffer(array[:, ::2])
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        dgen_py.fill_buffer(array)


PYTORCH = importlib.util.find_spec("torch") is not None


@pytest.mark.skipif(not PYTORCH, reason="optional: PyTorch is not installed")
def test_pytorch():
    import torch

    names = ["uint8", "int16", "int64", "float16", "bfloat16", "float32", "float64", "complex64"]
    if int(torch.__version__.partition(".")[0]) >= 2:
        # PyTorch 1 shares no truth values.
        names.append("bool")
    for name in names:
        tensor = torch.zeros((10, 30), dtype=getattr(torch, name))
        size = tensor.numel() * tensor.element_size()
        for fill in FILLS.values():
            assert fill(tensor) == size
            assert bytes(tensor.view(torch.uint8).flatten().tolist()) == EXPECTED[:size]
            tensor.zero_()
        with pytest.raises(ValueError, match="not C-contiguous"):
            dgen_py.fill_buffer(tensor.T)
    samples = torch.zeros((100, 2500), dtype=torch.uint8)
    assert dgen_py.fill_many(samples, seeds=range(100)) == 250_000
    assert bytes(samples[31].tolist()) == bytes(dgen_py.generate_buffer(2500, seed=31))
    with pytest.raises(ValueError, match="detach"):
        dgen_py.fill_buffer(torch.zeros(10, requires_grad=True))
    values = torch.empty((10, 30), dtype=torch.bfloat16)
    assert dgen_py.generate_array(out=values, low=-1, seed=4) is values
    assert bool((values >= -1).all()) and bool((values < 1).all())
