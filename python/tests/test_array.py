"""Typed content: each element as the document defines it, in whatever part, shape and type of output it is made."""

import pickle
import struct
from fractions import Fraction

import dgen_py
import numpy as np
import pytest

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}
RECIPE = "dgen1,seed=0x15"
SEED = 0x15


def array(*arguments, **options):
    if "bfloat16" in arguments:
        pytest.importorskip("ml_dtypes", reason="optional: ml_dtypes is not installed")
    return dgen_py.generate_array(*arguments, seed=SEED, **options)


def words(reference, size, first, count):
    data = reference(RECIPE, first * size, count * size)
    return [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("bounds", ["all", "power", "few", "most"])
def test_integers_are_those_of_the_document(reference, dtype, bounds):
    info = np.iinfo(dtype)
    low, high = {
        "all": (info.min, info.max + 1), "power": (3, 67), "few": (max(info.min, -50), 51), "most": (info.min, info.max),
    }[bounds]  # fmt: skip
    n, size = high - low, info.bits // 8
    word = size if n & (n - 1) == 0 else 8 if n < 1 << 32 else 16
    wanted = [low + (w * n >> 8 * word) for w in words(reference, word, 5, 700)]
    given = array(700, dtype, low=low, high=high, offset=5)
    assert given.dtype == dtype and given.tolist() == wanted
    if bounds == "all":
        assert array(700, dtype, offset=5).tolist() == wanted


def test_truth_values(reference):
    given = array(3000, bool)
    assert given.dtype == bool
    assert given.tolist() == [w >= 128 for w in words(reference, 1, 0, 3000)]
    assert array(10, "bool", low=1, high=2).all()


def rounded(dtype, value):
    """A float64 as the nearest value of the type, of two the even one."""
    if dtype == "float64":
        return value
    if dtype == "float32":
        return struct.unpack("f", struct.pack("f", value))[0]
    precision, least = (11, -14) if dtype == "float16" else (8, -126)
    exponent = max(least, 0 if value == 0 else np.frexp(value)[1] - 1)
    step = Fraction(2) ** (int(exponent) - precision + 1)
    return float(round(Fraction(value) / step) * step)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (0.1, 100.7), (-3e-5, 60_000.0), (1.0, 1.125)])
def test_floats_are_those_of_the_document(reference, dtype, low, high):
    given = array(600, dtype, low=low, high=high, offset=3)
    assert given.dtype.name == dtype
    values, p = given.astype("f8").tolist(), FLOATS[dtype]
    size = given.dtype.itemsize
    low, high = rounded(dtype, low), rounded(dtype, high)
    for value, word in zip(values, words(reference, size, 3, 600)):
        exact = rounded(dtype, low + (word >> 8 * size - p) * ((high - low) / 2**p))
        assert low <= value < high
        assert value == exact or (exact >= high and rounded(dtype, (value + high) / 2) in (value, high))
    if (low, high) == (0.0, 1.0):
        assert array(600, dtype, offset=3).tobytes() == given.tobytes()


def test_float32_values_are_those_of_generate_uniform():
    view = dgen_py.generate_uniform(1000, low=-1, high=3, seed=SEED)
    assert array((10, 100), low=-1, high=3).tobytes() == bytes(view)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64", *FLOATS])
def test_parts_threads_and_shapes_change_nothing(dtype):
    bounds = {} if dtype == "bool" else {"low": 0, "high": 100}
    whole = array(500_000, dtype, **bounds)
    for options in [{"max_threads": 1}, {"max_threads": 5}]:
        assert array((500, 1000), dtype, **bounds, **options).tobytes() == whole.tobytes()
    for offset, count in [(1, 1), (4095, 2), (123_457, 300_001)]:
        part = array(count, dtype, offset=offset, **bounds)
        assert part.tobytes() == whole[offset : offset + count].tobytes()


def test_values_are_spread_evenly():
    for n in [3, 10, 100]:
        counts = np.bincount(array(1 << 20, "uint8", high=n), minlength=n)
        expected = (1 << 20) / n
        assert ((counts - expected) ** 2 / expected).sum() < n + 8 * (2 * n) ** 0.5
    assert abs(array(1 << 20, "float64").mean() - 0.5) < 0.002
    assert np.isfinite(array(1 << 16, "float16", low=-65504, high=65504)).all()


def test_seeds():
    first, second = dgen_py.generate_array(100), dgen_py.generate_array(100)
    assert (first != second).any()
    assert first.dtype == np.float32 and first.shape == (100,)
    assert (dgen_py.generate_array(100, seed=1) != dgen_py.generate_array(100, seed=2)).any()


def test_shapes_and_types():
    assert array((), "int8").shape == () and array((), "int8") == array(1, "int8")[0]
    assert array((0, 5)).shape == (0, 5)
    assert array([2, np.int64(3)], np.int32).shape == (2, 3)
    assert array(np.int64(3), np.dtype("u2")).dtype == np.uint16
    assert array(5, float).dtype == np.float64


def test_an_output_is_filled_in_place():
    out = np.empty((10, 20), np.int16)
    assert dgen_py.generate_array(out=out, high=7, low=-7, seed=SEED) is out
    assert out.tobytes() == array((10, 20), "int16", high=7, low=-7).tobytes()
    half = dgen_py.generate_array((5, 20), "int16", out=out[5:], high=7, low=-7, offset=100, seed=SEED)
    assert half.tobytes() == array(200, "int16", high=7, low=-7)[100:].tobytes()


def test_an_output_of_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="optional: ml_dtypes is not installed")
    out = np.empty((10, 20), ml_dtypes.bfloat16)
    assert dgen_py.generate_array(out=out, seed=SEED) is out
    assert out.tobytes() == array(200, "bfloat16").tobytes()
    assert array(200, ml_dtypes.bfloat16).tobytes() == out.tobytes()


def test_a_tensor_is_filled_without_numpys_types():
    memory = np.empty((10, 20), np.uint16)

    class Tensor:
        shape, dtype = (10, 20), "torch.bfloat16"

        def __dlpack_device__(self):
            return (1, 0)

        def __dlpack__(self, **options):
            return memory.__dlpack__()

    out = Tensor()
    assert dgen_py.generate_array(out=out, seed=SEED) is out
    assert memory.tobytes() == array(200, "bfloat16").tobytes()
    with pytest.raises(ValueError, match="out: shape"):
        dgen_py.generate_array(200, out=out)
    with pytest.raises(ValueError, match="out: type bfloat16"):
        dgen_py.generate_array((10, 20), "float16", out=out)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((5, "complex64"), {}, ValueError, "dtype: `complex64`"),
        ((5, "none"), {}, ValueError, "dtype: 'none'"),
        ((5, ">f4"), {}, ValueError, "dtype: >f4 .*native byte order"),
        ((5, "int8"), {"high": 129}, ValueError, "high: 129 .*to 128"),
        ((5, "uint8"), {"low": -1}, ValueError, "low: -1 "),
        ((5, "uint8"), {"low": 7, "high": 7}, ValueError, "high: 7 "),
        ((5, "uint64"), {"high": 1 << 200}, ValueError, "high: 16069"),
        ((5, "int8"), {"high": 1.5}, TypeError, "high: an integer is required, not 'float'"),
        ((5,), {"high": "x"}, TypeError, "high: a number"),
        ((5,), {"low": 1}, ValueError, "high: 1.0"),
        ((5, "float16"), {"high": 1e5}, ValueError, "high: 100000"),
        ((5, "float64"), {"low": -1e308, "high": 1e308}, ValueError, "high: 1e308"),
        ((5,), {"offset": -1}, ValueError, "offset: -1"),
        ((5,), {"offset": 1 << 61}, ValueError, r"offset: .*2\^61"),
        ((5, "uint8"), {"high": 3, "offset": 1 << 60}, ValueError, r"offset: .*2\^60"),
        ((5,), {"seed": -1}, ValueError, "seed: -1"),
        ((5,), {"max_threads": 0}, ValueError, "max_threads: 0"),
        ((), {}, TypeError, "shape: required"),
        ((5,), {"out": np.zeros(4, "f4")}, ValueError, "out: shape"),
        ((4, "f8"), {"out": np.zeros(4, "f4")}, ValueError, "out: type float32"),
        ((), {"out": np.zeros((4, 4), "f4").T[:2]}, ValueError, "not C-contiguous"),
    ],
)  # fmt: skip
def test_wrong_values_are_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        dgen_py.generate_array(*arguments, **options)


def test_nothing_is_written_when_values_are_refused():
    out = np.ones(1 << 20, np.uint8)
    with pytest.raises(ValueError, match="offset"):
        dgen_py.generate_array(out=out, high=3, offset=(1 << 60) - 10)
    assert out.all()
    assert pickle.loads(pickle.dumps(dgen_py.generate_array)) is dgen_py.generate_array


def test_missing_packages_are_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(ImportError, match="bfloat16 needs ml_dtypes"):
        dgen_py.generate_array(5, "bfloat16")
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ImportError, match="NumPy is not installed"):
        dgen_py.generate_array(5)
