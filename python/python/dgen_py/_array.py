"""Arrays of finite numbers, drawn from a stream."""

from __future__ import annotations

from ._dgen import _fill_values

# Type checkers take it for true; importing typing for it would take longer than all the rest.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, SupportsFloat, SupportsIndex

    import numpy
    import numpy.typing

__all__ = ["generate_array"]


def generate_array(
    shape: SupportsIndex | Sequence[SupportsIndex] | None = None,
    dtype: numpy.typing.DTypeLike | None = None,
    *,
    low: SupportsFloat | None = None,
    high: SupportsFloat | None = None,
    seed: int | None = None,
    offset: int = 0,
    out: Any = None,
    numa_mode: str = "auto",
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

    Raises `ValueError` for a value out of range, another `dtype`, or an `out` that does not fit or cannot be filled;
    `ImportError` where NumPy or `ml_dtypes` is needed and missing.
    """
    placed = (numa_mode, max_threads, numa_node)
    if out is not None and not hasattr(out, "__array_interface__"):
        # A tensor: filled as it is, so that types that NumPy lacks need no package.
        name = str(out.dtype).rpartition(".")[2]
        _check_fits(tuple(out.shape), None if dtype is None else _named(dtype), shape, name)
        _fill_values(out, name, low, high, seed, offset, *placed)
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
    _fill_values(out, out.dtype.name, low, high, seed, offset, *placed)
    return out


def _dtype(dtype: Any) -> Any:
    """The NumPy type that is meant."""
    import numpy

    if dtype is None:
        return numpy.dtype("float32")
    if _named(dtype) == "bfloat16":
        try:
            from ml_dtypes import bfloat16
        except ImportError as error:
            raise ImportError("dtype: bfloat16 needs ml_dtypes, which is not installed") from error
        return numpy.dtype(bfloat16)
    if type(dtype).__module__ == "torch":
        dtype = _named(dtype)
    try:
        return numpy.dtype(dtype)
    except TypeError as error:
        raise ValueError(f"dtype: {dtype!r} is not accepted (accepted: what NumPy has by this name)") from error


def _named(dtype: Any) -> str:
    """A type's name; PyTorch's stands behind a point."""
    if isinstance(dtype, str):
        return dtype
    if type(dtype).__module__ == "torch":
        return str(dtype).rpartition(".")[2]
    return str(getattr(dtype, "name", None) or getattr(dtype, "__name__", dtype))


def _check_fits(own_shape: tuple[int, ...], dtype: Any, shape: Any, own_dtype: Any) -> None:
    """Refuses an output of another shape or type than what is asked for."""
    if shape is not None:
        wanted = tuple(int(size) for size in shape) if hasattr(shape, "__iter__") else (int(shape),)
        if wanted != tuple(own_shape):
            raise ValueError(f"out: shape {tuple(own_shape)} is not accepted (accepted: the shape asked for, {wanted})")
    if dtype is not None and dtype != own_dtype:
        raise ValueError(f"out: type {own_dtype} is not accepted (accepted: the dtype asked for, {dtype})")
