"""Arrays of finite numbers, drawn from a stream."""

from __future__ import annotations

from ._dgen import _fill_tensor, _fill_values

# Type checkers take it for true; importing typing for it would take longer than all the rest.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, SupportsFloat, SupportsIndex

    import numpy
    import numpy.typing

    from .typing import Like, NumaMode

__all__ = ["as_array", "generate_array"]

# The types of tensors: as recipes name them, and as NumPy, ml_dtypes and PyTorch do.
TENSORS = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32", "fp8": "float8_e4m3fn", "int8": "int8"}


def generate_array(
    shape: SupportsIndex | Sequence[SupportsIndex] | None = None,
    dtype: numpy.typing.DTypeLike | None = None,
    *,
    like: Like | None = None,
    low: SupportsFloat | None = None,
    high: SupportsFloat | None = None,
    seed: int | None = None,
    offset: int = 0,
    out: Any = None,
    numa_mode: NumaMode = "auto",
    max_threads: int | None = None,
    numa_node: int | None = None,
) -> Any:
    """An array of evenly spread finite values from `low` to below `high`; needs NumPy.

    `dtype` is `float16`, `float32` (the default), `float64`, `bfloat16` (needs `ml_dtypes`), `bool`, or an integer type of
    8 to 64 bits. Bounds are 0 and 1 for floats unless given, and all values of the type for integers.

    Element i, counted in C order, depends on `seed`, the type, the bounds and i alone: neither on the shape, nor on
    threads or the machine. `offset` is the number of the first element, so that parts can be made apart. Without a seed a
    fresh one is drawn at each call. Dedup and compress ratios do not apply.

    With `out`, a writable C-contiguous NumPy array or PyTorch CPU tensor, that is filled and returned; shape and type are
    then its own, and may be left out. Without, a new NumPy array is returned.

    With `like` (`weights`, `grad`, `adam`, `kv`, `uniform`) the values are distributed like those of models, without bounds:
    those of the stream `dgen1,seed=N,texture=tensor,dtype=…,like=…`, all of them finite, since values stand here in the
    places of its tags too. `dtype` is then `float32` (the default), `float16`, `bfloat16`, `float8_e4m3fn` (these two need
    `ml_dtypes`) or `int8`, or `fp32`, `fp16`, `bf16` and `fp8`, as recipes have it.

    A float is `low + m * ((high - low) / 2**p)`, computed in float64 and rounded to the type, where m has the upper p
    bits of a word of the type's size, and p is 8 for bfloat16, 11, 24 and 53 for the others; what rounds to `high` is the
    largest value below it. Of n integers each is equally likely where n is a power of two, else to within 1 in 2**32.
    The same seed gives float32 values as `generate_uniform` does.

    >>> from dgen_py import generate_array
    >>> image = generate_array((3, 224, 224), "uint8", high=200, seed=7)
    >>> image.shape, int(image.max())
    ((3, 224, 224), 199)
    >>> rows = generate_array((100, 8), low=-1, seed=7)
    >>> bool((rows[50:] == generate_array((50, 8), low=-1, seed=7, offset=400)).all())
    True

    >>> weights = generate_array((256, 128), like="weights", seed=7)
    >>> round(float(weights.std()), 3)
    0.019

    Raises `ValueError` for a value out of range, another `dtype`, or an `out` that does not fit or cannot be filled;
    `ImportError` where NumPy or `ml_dtypes` is needed and missing.
    """
    if like is not None and (low is not None or high is not None):
        raise ValueError(f"like: {like!r} is not accepted with low or high: its values have no bounds")
    placed = (numa_mode, max_threads, numa_node)

    def fill(array: Any, name: str) -> None:
        if like is None:
            _fill_values(array, name, low, high, seed, offset, *placed)
        else:
            _fill_tensor(array, _short(name), like, seed, offset, *placed)

    if out is not None and not hasattr(out, "__array_interface__"):
        # A tensor: filled as it is, so that types that NumPy lacks need no package.
        name = str(out.dtype).rpartition(".")[2]
        _check_fits(tuple(out.shape), None if dtype is None else _named(dtype), shape, name)
        fill(out, name)
        return out
    try:
        import numpy
    except ImportError as error:
        raise ImportError("generate_array: NumPy is not installed") from error
    wanted = None if dtype is None and out is not None else _dtype(dtype)
    if out is None:
        if shape is None:
            raise TypeError("shape: required unless out is given")
        out = numpy.empty(shape, wanted)
    else:
        _check_fits(out.shape, wanted, shape, out.dtype)
    if not out.dtype.isnative:
        raise ValueError(f"dtype: {out.dtype} is not accepted (accepted: types in native byte order)")
    fill(out, out.dtype.name)
    return out


def as_array(buffer: Any, dtype: numpy.typing.DTypeLike = "bf16") -> Any:
    """The numbers in a buffer, such as a chunk of a generator with `texture="tensor"`, as a NumPy array without a copy.

    `dtype` is `bf16` or `fp8` (these two need `ml_dtypes`), `fp16`, `fp32` or `int8`, as in a recipe, or a type of NumPy's.
    The array shares the buffer's memory and keeps it alive; it can be written to where the buffer can. In data from a
    page's beginning on, the first 16 bytes of each 4096 are a tag, and not numbers:

    >>> from dgen_py import Generator, as_array
    >>> chunk = next(Generator(1 << 20, texture="tensor", dtype="fp32", like="weights", seed=7))
    >>> pages = as_array(chunk, "fp32").reshape(-1, 1024)
    >>> bool(abs(pages[:, 4:]).max() < 0.25)
    True

    A PyTorch tensor is filled in place instead, by `Generator.fill_chunk` or `fill_at`, or by `generate_array` with `out`.

    Raises `ValueError` for a buffer that is not a whole number of items, and `ImportError` where NumPy or `ml_dtypes` is
    needed and missing.
    """
    try:
        import numpy
    except ImportError as error:
        raise ImportError("as_array: NumPy is not installed: install it, for example with `pip install numpy`") from error
    wanted = _dtype(dtype)
    size = memoryview(buffer).nbytes
    if size % wanted.itemsize:
        raise ValueError(f"buffer: {size} bytes is not accepted (accepted: a multiple of {wanted.itemsize})")
    return numpy.frombuffer(buffer, wanted)


def _dtype(dtype: Any) -> Any:
    """The NumPy type that is meant."""
    import numpy

    if dtype is None:
        return numpy.dtype("float32")
    name = _named(dtype)
    if name in ("bfloat16", "float8_e4m3fn"):
        try:
            import ml_dtypes
        except ImportError as error:
            hint = "install it, for example with `pip install ml_dtypes`"
            raise ImportError(f"dtype: {name} needs ml_dtypes, which is not installed: {hint}") from error
        return numpy.dtype(getattr(ml_dtypes, name))
    if isinstance(dtype, str) or type(dtype).__module__ == "torch":
        dtype = name
    try:
        return numpy.dtype(dtype)
    except TypeError as error:
        raise ValueError(f"dtype: {dtype!r} is not accepted (accepted: what NumPy has by this name)") from error


def _named(dtype: Any) -> str:
    """A type's name, in full; PyTorch's stands behind a point."""
    if isinstance(dtype, str):
        return TENSORS.get(dtype, dtype)
    if type(dtype).__module__ == "torch":
        return str(dtype).rpartition(".")[2]
    return str(getattr(dtype, "name", None) or getattr(dtype, "__name__", dtype))


def _short(name: str) -> str:
    """What recipes call a type."""
    for short, full in TENSORS.items():
        if name in (short, full):
            return short
    accepted = ", ".join(TENSORS.values())
    raise ValueError(f"dtype: {name} is not accepted (accepted: {accepted} with like)")


def _check_fits(own_shape: tuple[int, ...], dtype: Any, shape: Any, own_dtype: Any) -> None:
    """Refuses an output of another shape or type than what is asked for."""
    if shape is not None:
        wanted = tuple(int(size) for size in shape) if hasattr(shape, "__iter__") else (int(shape),)
        if wanted != tuple(own_shape):
            raise ValueError(f"out: shape {tuple(own_shape)} is not accepted (accepted: the shape asked for, {wanted})")
    if dtype is not None and dtype != own_dtype:
        raise ValueError(f"out: type {own_dtype} is not accepted (accepted: the dtype asked for, {dtype})")
