"""The data set behind `dgen_py.torch`; importing this imports PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed
from torch.utils.data import IterableDataset, get_worker_info

from ._dgen import Generator
from ._shares import epoch_seed, equal_part, given_rank, part
from ._source import size_of
from ._values import not_accepted

if TYPE_CHECKING:
    from .typing import Size

__all__ = ["StreamDataset"]


class StreamDataset(IterableDataset[torch.Tensor]):
    """Samples of `sample_size` bytes (a number, or text such as "512KiB") of a generator's data, as writable one-dimensional uint8 tensors.

    Sample i holds the generator's bytes from `i * sample_size` on; a last part of a sample is left out. Each rank gets
    the same number of consecutive samples, `len(dataset)`; up to `world_size - 1` samples belong to no rank. Each
    worker of a `DataLoader` yields a contiguous part of its rank's samples. Rank and world size are those given, else
    of `torch.distributed` if it is initialised, else those of `dgen_py.ranks()`; give all ranks a generator of the same
    recipe.

    With `drop_last=False` nothing is left out: the ranks together yield every byte once in an epoch. What is left at
    the end is a shorter sample, and the ranks' numbers of samples may differ by one. A shorter sample does not stack
    with others: give the loader `batch_size=None`, or a `collate_fn` of its own.

    Epoch 0 reads the generator's own stream. `set_epoch(epoch)` makes the following passes read fresh data: the same
    part of the stream whose seed is the BLAKE2b hash of seed and epoch. It reaches running workers, and `recipe` tells
    the current epoch's recipe. `state_dict()` and `load_state_dict()` keep and restore the place in a pass; in a data
    loader with workers they act in each worker, as `torchdata`'s `StatefulDataLoader` uses them.

        generator = dgen_py.Generator(1 << 40, dedup_ratio=1.5, compress_ratio=2.0, seed=7, max_threads=1)
        dataset = StreamDataset(generator, 3 * 224 * 224)
        for epoch in range(3):
            dataset.set_epoch(epoch)
            for batch in torch.utils.data.DataLoader(dataset, batch_size=64, num_workers=4):
                ...

    Raises `ValueError` for a value out of range and for a state of other data or of another share of it.
    """

    def __init__(
        self,
        generator: Generator,
        sample_size: Size,
        *,
        rank: int | None = None,
        world_size: int | None = None,
        drop_last: bool = True,
    ) -> None:
        super().__init__()
        if rank is None and world_size is None and _is_distributed():
            rank, world_size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        self.rank, self.world_size = given_rank(rank, world_size)
        self.sample_size = size_of("sample_size", sample_size, least=1, accepted="1 byte and more")
        self.drop_last = drop_last
        self._generator = generator.shard(0, 1)
        # In shared memory, so that workers that outlive an epoch see the next one.
        self._epoch = torch.zeros(1, dtype=torch.int64).share_memory_()
        self._pass: _Pass | None = None
        self._resumed: _Pass | None = None

    @property
    def epoch(self) -> int:
        """The epoch that the next pass reads."""
        return int(self._epoch[0])

    @property
    def recipe(self) -> str:
        """The recipe of the epoch's stream."""
        return self._stream(self.epoch).recipe

    def set_epoch(self, epoch: int) -> None:
        """Makes the following passes read the data of `epoch`, 0 to 2^63 - 1, from its beginning."""
        if not 0 <= epoch < 1 << 63:
            raise not_accepted("epoch", epoch, "0 to 2^63 - 1")
        self._epoch[0] = epoch
        self._pass = self._resumed = None

    def __len__(self) -> int:
        """Samples of this rank in a pass."""
        return len(self._samples())

    def __iter__(self) -> Iterator[torch.Tensor]:
        worker = get_worker_info()
        share = self._samples() if worker is None else part(self._samples(), worker.id, worker.num_workers)
        current = _Pass(self.epoch, share, share.start)
        resumed, self._resumed = self._resumed, None
        if resumed is not None and resumed.epoch == current.epoch:
            if resumed.share != share:
                raise ValueError(f"state: of samples {resumed.share} (accepted: of this share, {share})")
            current = resumed
        self._pass = current
        return self._read(current)

    def _read(self, current: _Pass) -> Iterator[torch.Tensor]:
        stream = self._stream(current.epoch)
        for index in range(current.next, current.share.stop):
            start = index * self.sample_size
            # Memory that the tensor may write to; bytes would make PyTorch warn.
            sample = bytearray(min(self.sample_size, stream.total_size() - start))
            stream.fill_at(stream.offset + start, sample)
            current.next = index + 1
            yield torch.frombuffer(sample, dtype=torch.uint8)

    def state_dict(self) -> dict[str, Any]:
        """The place in the pass begun last, in plain values: what was yielded does not come again."""
        state: dict[str, Any] = {"data": self._data(), "epoch": self.epoch, "share": None, "next": None}
        current = self._pass or self._resumed
        if current is not None:
            share = [current.share.start, current.share.stop]
            state.update(epoch=current.epoch, share=share, next=current.next)
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Makes the next pass continue where `state_dict()` was taken, with the same ranks and workers."""
        if state["data"] != self._data():
            raise ValueError(f"state: of {state['data']} (accepted: of {self._data()})")
        self.set_epoch(state["epoch"])
        if state["share"] is not None:
            self._resumed = _Pass(state["epoch"], range(*state["share"]), state["next"])

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._epoch.share_memory_()

    def _samples(self) -> range:
        size = self._generator.total_size()
        if self.drop_last:
            return equal_part(range(size // self.sample_size), self.rank, self.world_size)
        return part(range(-(-size // self.sample_size)), self.rank, self.world_size)

    def _stream(self, epoch: int) -> Generator:
        stream = self._generator.shard(0, 1)
        stream.set_seed(epoch_seed(stream.seed, epoch))
        return stream

    def _data(self) -> dict[str, Any]:
        generator = self._generator
        return {
            "recipe": generator.recipe,
            "stream_version": generator.stream_version,
            "offset": generator.offset,
            "size": generator.total_size(),
            "sample_size": self.sample_size,
        }


class _Pass:
    """How far a pass over a share of the samples has come."""

    def __init__(self, epoch: int, share: range, next_sample: int) -> None:
        self.epoch = epoch
        self.share = share
        self.next = next_sample


def _is_distributed() -> bool:
    return bool(torch.distributed.is_available() and torch.distributed.is_initialized())


StreamDataset.__module__ = "dgen_py.torch"
