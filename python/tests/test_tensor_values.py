"""Numbers like those of models, in streams and in arrays, and normal values: as the document defines them."""

import importlib.util
import sys
from pathlib import Path

import dgen_py
import numpy as np
import pytest

DTYPES = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32", "fp8": "float8_e4m3fn", "int8": "int8"}
LIKES = ["weights", "grad", "adam", "kv", "uniform"]
NEEDS = {"bf16", "fp8"}
SEED = 0x2B


def needed(dtype):
    if dtype in NEEDS:
        pytest.importorskip("ml_dtypes", reason="optional: ml_dtypes is not installed")


def recipe(dtype, like):
    names = ["texture=tensor"] + [f"dtype={dtype}"] * (dtype != "bf16") + [f"like={like}"] * (like != "weights")
    return f"dgen1,seed={SEED:#x},{','.join(names)}"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("like", LIKES)
def test_generators_have_them_and_arrays_are_them_without_tags(reference, dtype, like):
    needed(dtype)
    generator = dgen_py.Generator(20_480, texture="tensor", dtype=dtype, like=like, seed=SEED)
    assert generator.recipe == recipe(dtype, like)
    chunk = next(generator)
    assert bytes(chunk) == reference(recipe(dtype, like), 0, 20_480)
    array = dgen_py.as_array(chunk, dtype)
    assert array.dtype.name == DTYPES[dtype] and not array.flags.writeable
    size = array.dtype.itemsize
    values = dgen_py.generate_array((5, 4096 // size), dtype, like=like, seed=SEED)
    assert values.dtype == array.dtype
    pages = array.reshape(5, -1)
    tag = 16 // size
    assert values[:, tag:].tobytes() == pages[:, tag:].tobytes()
    assert all(mine.tobytes() != theirs.tobytes() for mine, theirs in zip(values[:, :tag], pages[:, :tag]))
    numbers = values.astype(np.float64)
    assert np.isfinite(numbers).all() and len(np.unique(numbers)) > 20
    negative = (numbers < 0).mean()
    assert negative == 0 if like == "adam" else 0.4 < negative < 0.6
    # Parts, threads and types by other names make no difference.
    part = dgen_py.generate_array(1000, DTYPES[dtype], like=like, seed=SEED, offset=777, max_threads=3)
    assert part.tobytes() == values.reshape(-1)[777:1777].tobytes()


def test_the_scale_of_weights():
    weights = dgen_py.generate_array(1 << 18, like="weights", seed=1).astype(np.float64)
    assert abs(weights.mean()) < 3e-4 and 0.015 < weights.std() < 0.022 and np.abs(weights).max() < 0.25
    even = dgen_py.generate_array(1 << 18, like="uniform", seed=1)
    assert np.abs(np.histogram(even, 16, (-1, 1))[0] - (1 << 14)).max() < 800 and np.abs(even).max() < 1


class Tensor:
    """Something that has no buffer and speaks DLPack, as PyTorch's tensors do."""

    def __init__(self, array, dtype):
        self.array, self.dtype, self.shape = array, f"torch.{dtype}", array.shape

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)


@pytest.mark.parametrize(("dtype", "stored"), [("bfloat16", "uint16"), ("float8_e4m3fn", "uint8"), ("float32", "float32")])
def test_tensors_are_filled_in_place(dtype, stored):
    needed({"bfloat16": "bf16", "float8_e4m3fn": "fp8"}.get(dtype))
    tensor = Tensor(np.empty((300, 7), stored), dtype)
    assert dgen_py.generate_array(out=tensor, like="kv", seed=4) is tensor
    assert tensor.array.tobytes() == dgen_py.generate_array((300, 7), dtype, like="kv", seed=4).tobytes()
    short = {full: short for short, full in DTYPES.items()}[dtype]
    generator = dgen_py.Generator(1 << 20, texture="tensor", dtype=short, like="kv", seed=4)
    tensor = Tensor(np.empty(4096, stored), dtype)
    assert generator.fill_at(8192, tensor) == tensor.array.nbytes
    assert tensor.array.tobytes() == bytes(generator.get_at(8192, tensor.array.nbytes))


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="optional: PyTorch is not installed")
@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "int8"])
def test_tensors_of_pytorch_are_filled_in_place(dtype):
    import torch

    tensor = torch.zeros((100, 64), dtype=getattr(torch, dtype))
    assert dgen_py.generate_array(out=tensor, like="weights", seed=4) is tensor
    assert bool(torch.isfinite(tensor.float()).all()) and len(tensor.unique()) > 20
    wanted = dgen_py.generate_array((100, 64), "float32", like="weights", seed=4)
    if dtype == "float32":
        assert tensor.numpy().tobytes() == wanted.tobytes()


def test_an_array_shows_memory_and_keeps_it():
    buffer = bytearray(4096)
    array = dgen_py.as_array(buffer, np.float32)
    array[0] = 1.0
    assert buffer[:4] == b"\0\0\x80\x3f"
    chunk = next(dgen_py.Generator(4096, texture="tensor", dtype="fp32", seed=1))
    array, content = dgen_py.as_array(chunk, "fp32"), bytes(chunk)
    assert np.shares_memory(array, np.frombuffer(chunk, np.uint8))
    del chunk
    assert array.tobytes() == content
    with pytest.raises(ValueError, match=r"buffer: 4095 bytes .*multiple of 4"):
        dgen_py.as_array(bytes(4095), "fp32")


@pytest.mark.parametrize("dtype", ["bf16", "fp8", "bfloat16"])
def test_what_is_missing_is_named(monkeypatch, dtype):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    for call in [lambda: dgen_py.as_array(bytes(16), dtype), lambda: dgen_py.generate_array(8, dtype, like="kv")]:
        with pytest.raises(ImportError, match=r"ml_dtypes, which is not installed: .*pip install ml_dtypes"):
            call()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"texture": "tensors"}, "texture: `tensors` .*repeat, zeros, lz, text, tensor"),
        ({"texture": "tensor", "dtype": "int4"}, "dtype: `int4` .*bf16, fp16, fp32, fp8, int8"),
        ({"texture": "tensor", "like": "mine"}, "like: `mine` .*weights, grad, adam, kv, uniform"),
        ({"texture": "tensor", "compress_ratio": 2.0}, "compress.ratio: 2 .*texture=tensor"),
        ({"dtype": "fp8"}, "dtype: fp8 .*texture=tensor"),
    ],
)
def test_generators_refuse_what_does_not_go_together(options, message):
    with pytest.raises(ValueError, match=message):
        dgen_py.Generator(4096, **options)


def test_arrays_refuse_what_does_not_go_together():
    with pytest.raises(ValueError, match=r"like: 'kv' .*bounds"):
        dgen_py.generate_array(4, like="kv", low=0)
    with pytest.raises(ValueError, match="like: `zipf` .*weights"):
        dgen_py.generate_array(4, like="zipf")
    for dtype in ["float64", "int32", "bool"]:
        with pytest.raises(ValueError, match=rf"dtype: {dtype} .*float8_e4m3fn"):
            dgen_py.generate_array(4, dtype, like="kv")


def test_files_of_numbers_are_verified(tmp_path):
    path, text = tmp_path / "weights", "dgen1,seed=5,dedup=3/2,block=64KiB,texture=tensor,dtype=fp16"
    dgen_py.write_file(path, 1 << 20, recipe=text, use_direct_io=False, fsync=False)
    assert dgen_py.verify_file(path, recipe=text).ok
    data = bytearray(path.read_bytes())
    data[70_000] ^= 1
    path.write_bytes(data)
    report = dgen_py.verify_file(path, recipe=text)
    assert not report.ok and report.ranges[0].offset == 70_000


@pytest.fixture(scope="module")
def quantile():
    path = Path(__file__).resolve().parents[2] / "vectors" / "normal.py"
    spec = importlib.util.spec_from_file_location("normal", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.quantile


@pytest.mark.parametrize(("mean", "std"), [(0, 1), (0.5, 0.02), (-1e30, 1e29), (7, 0), (1e-42, 1e-44)])
def test_normal_values_are_those_of_the_document(quantile, mean, std):
    words = bytearray(4 * 5000)
    dgen_py.Generator(0, seed=77).fill_at(0, words)
    z = np.array([quantile(int(word)) for word in np.frombuffer(words, "<u4")])
    wanted = (np.float64(np.float32(mean)) + np.float64(np.float32(std)) * z).astype(np.float32)
    for threads in [1, 3, None]:
        given = np.frombuffer(dgen_py.generate_normal(5000, mean, std, threads, seed=77), np.float32)
        assert given.tobytes() == wanted.tobytes()


def test_normal_values_are_normal():
    values = np.frombuffer(dgen_py.generate_normal(1 << 20, seed=6), np.float32).astype(np.float64)
    assert abs(values.mean()) < 0.006 and abs(values.std() - 1) < 0.005
    # Shares within one, two and three deviations, to within six standard deviations of the count.
    for z, share in [(1, 0.6826895), (2, 0.9544997), (3, 0.9973002)]:
        error = (share * (1 - share) / len(values)) ** 0.5
        assert abs((np.abs(values) < z).mean() - share) < 6 * error
    assert len(np.unique(values)) > 0.9 * len(values)


def test_normal_values_of_other_calls():
    assert bytes(dgen_py.generate_normal(0)) == b""
    assert bytes(dgen_py.generate_normal(900, seed=1))[:400] == bytes(dgen_py.generate_normal(100, seed=1))
    assert bytes(dgen_py.generate_normal(100)) != bytes(dgen_py.generate_normal(100))
    for options, name in [({"std": -1}, "std: -1"), ({"mean": float("nan")}, "mean: nan"), ({"std": 1e38}, r"std: 1e\+?38")]:
        with pytest.raises(ValueError, match=f"(?i){name}"):
            dgen_py.generate_normal(1, **options)
    with pytest.raises(TypeError, match="mean"):
        dgen_py.generate_normal(1, mean="0")
