"""How the samples of a data set are shared out, and which stream an epoch reads."""

from __future__ import annotations

from hashlib import blake2b

from ._ranks import ranks
from ._values import not_accepted


def epoch_seed(seed: int, epoch: int) -> int:
    """The seed of an epoch: `seed` itself in epoch 0, a hash of both in the others.

    The hash is BLAKE2b of 8 bytes over both numbers as 8 bytes each, all little-endian.

    >>> epoch_seed(7, 0), hex(epoch_seed(7, 1))
    (7, '0xcda7975f1322f3e0')
    """
    if epoch == 0:
        return seed
    message = seed.to_bytes(8, "little") + epoch.to_bytes(8, "little")
    return int.from_bytes(blake2b(message, digest_size=8).digest(), "little")


def part(whole: range, index: int, count: int) -> range:
    """The `index`-th of `count` contiguous parts, whose sizes differ by one at most.

    >>> [part(range(10, 20), index, 3) for index in range(3)]
    [range(10, 13), range(13, 16), range(16, 20)]
    """
    return whole[len(whole) * index // count : len(whole) * (index + 1) // count]


def equal_part(whole: range, index: int, count: int) -> range:
    """The `index`-th of `count` contiguous parts of equal size; what is left over belongs to none.

    >>> [equal_part(range(10), index, 3) for index in range(3)]
    [range(0, 3), range(3, 6), range(6, 9)]
    """
    size = len(whole) // count
    return whole[size * index : size * (index + 1)]


def given_rank(rank: int | None, world_size: int | None) -> tuple[int, int]:
    """Rank and number of ranks as given, else as the launcher says (`dgen_py.ranks()`).

    >>> given_rank(3, 8)
    (3, 8)
    """
    if (rank is None) != (world_size is None):
        raise ValueError(f"rank: {rank} with world_size: {world_size} (accepted: both or neither)")
    if rank is None or world_size is None:
        launched = ranks()
        return launched.rank, launched.world_size
    if world_size < 1:
        raise not_accepted("world_size", world_size, "1 and more")
    if not 0 <= rank < world_size:
        raise not_accepted("rank", rank, f"0 to {world_size - 1}")
    return rank, world_size
