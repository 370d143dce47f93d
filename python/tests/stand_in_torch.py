"""A small stand-in for PyTorch: as much of it as the data set needs."""

import types
from typing import Generic, TypeVar

T = TypeVar("T")


class Array(list):
    """As much of an integer tensor as the data set needs."""

    def share_memory_(self):
        return self


class Bytes(bytearray):
    """As much of a tensor of bytes as the tests need; shares nothing."""

    def tolist(self):
        return list(self)


class IterableDataset(Generic[T]):
    pass


def modules():
    """Its modules, the one called `torch` first."""
    torch = types.ModuleType("torch")
    torch.uint8, torch.int64, torch.Tensor = "uint8", "int64", Bytes
    torch.zeros = lambda count, dtype: Array([0] * count)
    torch.frombuffer = lambda buffer, dtype: Bytes(buffer)
    torch.distributed, torch.utils = types.ModuleType("torch.distributed"), types.ModuleType("torch.utils")
    torch.distributed.is_available = lambda: False
    torch.utils.data = types.ModuleType("torch.utils.data")
    torch.utils.data.IterableDataset, torch.utils.data.get_worker_info = IterableDataset, lambda: None
    return [torch, torch.distributed, torch.utils, torch.utils.data]
