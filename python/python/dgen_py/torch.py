"""Generated samples for PyTorch; nothing here needs PyTorch until `StreamDataset` is taken from it.

>>> import dgen_py.torch                                 # without PyTorch, too
>>> from dgen_py.torch import StreamDataset              # doctest: +SKIP
Traceback (most recent call last):
ImportError: dgen_py.torch.StreamDataset needs PyTorch: install it, for example with `pip install torch`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._torch_dataset import StreamDataset
else:

    def __getattr__(name: str) -> object:
        if name != "StreamDataset":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            import torch as _  # noqa: F401
        except ImportError as error:
            hint = "install it, for example with `pip install torch`"
            raise ImportError(f"{__name__}.{name} needs PyTorch: {hint}", name="torch") from error
        from ._torch_dataset import StreamDataset

        globals()[name] = StreamDataset
        return StreamDataset


__all__ = ["StreamDataset"]
