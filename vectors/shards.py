"""The plan of shards of the dgen stream format: the last part of section 7 of docs/FORMAT.md."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from arranged import permuted, scale
from recipe import Recipe


class Shards:
    """The plan of a recipe with its hash; the dedup ratio is above 1."""

    def __init__(self, recipe: Recipe, hash_of: Callable[[int, int], int]) -> None:
        assert recipe.within is not None
        self.hash = hash_of
        self.ratio = recipe.dedup
        self.window = recipe.window_contents()
        self.skipped = recipe.skipped_contents()
        self.share = recipe.within[1]
        self.blocks = recipe.within[0] // recipe.block
        self.classes = recipe.classes()
        self.room = recipe.class_contents()

    def contents(self, shard: int) -> int:
        """The contents before a shard."""
        return ceil(shard * self.blocks / self.ratio)

    def fresh(self, shard: int, x: int) -> int:
        """The new contents in the first x blocks of a shard."""
        n = self.contents(shard + 1) - self.contents(shard)
        return -(-x * n // self.blocks)

    def distinct(self, n: int) -> int:
        shard, x = divmod(n, self.blocks)
        return self.contents(shard) + self.fresh(shard, x)

    def first_block(self, c: int) -> int:
        shard = int(c * self.ratio) // self.blocks
        c0, c1 = self.contents(shard), self.contents(shard + 1)
        return shard * self.blocks + (c - c0) * self.blocks // (c1 - c0)

    def content(self, i: int) -> int:
        h, x = divmod(i, self.blocks)
        c0, w = self.contents(h), self.fresh(h, x)
        if self.fresh(h, x + 1) > w:
            return c0 + w
        j0 = h * self.blocks - c0
        j = j0 + x - w
        own = [int(n * self.share) for n in (j0, j, j + 1)]
        older = self.contents(max(0, h - self.classes + 1))
        room = min(self.room, older // self.classes)
        a = j - own[1] - (j0 - own[0])
        if own[1] == own[2] and a < room:
            top = max(c for c in range(older - self.classes, older) if c % self.classes == h % self.classes)
            return top - self.classes * permuted(self.hash, h, room, a)
        low = max(0, w - self.window)
        return c0 + low + scale(self.hash(0, j), w - min(self.skipped, w // 2) - low)
