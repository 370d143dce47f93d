"""The plan of arranged duplicates of the dgen stream format: the second part of section 7 of docs/FORMAT.md."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, isqrt

from recipe import WORD, Recipe


def scale(h: int, n: int) -> int:
    """A number below n, in proportion to a hash."""
    return h * n >> 64


def permuted(hash_of: Callable[[int, int], int], part: int, n: int, x: int) -> int:
    """Where a permutation of 0 to n - 1, one for each part, puts x."""
    for i in range(4):
        key = hash_of(6, 4 * part + i)
        other = (scale(key, n) + n - x) % n
        if hash_of(7, key + max(x, other) & WORD) % 2:
            x = other
    return x


class Arranged:
    """The plan of a recipe with its hash; the dedup ratio is above 1."""

    def __init__(self, recipe: Recipe, hash_of: Callable[[int, int], int]) -> None:
        self.hash = hash_of
        self.ratio = recipe.dedup
        self.per_copy = 1 / (recipe.dedup - 1)
        self.least, self.most = recipe.runs
        self.skipped = recipe.skipped_contents()
        self.bins = recipe.bins()
        self.pairs = recipe.most_pairs()
        self.kind, self.exponent = recipe.reuse
        self.half = (recipe.window_contents() - self.skipped) // 4
        self.apart = recipe.early == "apart"
        self.ahead = 0
        if self.apart:
            self.ahead = self.skipped + 2 * (self.half if self.kind == "fixed" else self.bins * self.most)

    def spread(self, n: int) -> int:
        """D(n)"""
        return max(ceil(n / self.ratio), min(n, self.ahead))

    def known(self, j: int) -> int:
        """G(j)"""
        return max(self.ahead, ceil((j + 1) * self.per_copy))

    def copies(self, c: int) -> int:
        """Q(c)"""
        return int(c / self.per_copy)

    def run(self, j: int) -> tuple[int, int, int]:
        """The number of a duplicate's run, its first duplicate, and its length."""
        couple, within = divmod(j, self.least + self.most)
        start = j - within
        longer = self.least + scale(self.hash(3, couple), self.most - self.least + 1)
        if within < longer:
            return 2 * couple, start, longer
        return 2 * couple + 1, start + longer, self.least + self.most - longer

    def distinct(self, n: int) -> int:
        _, first, length = self.run(n - self.spread(n))
        return min(n - first, self.known(first + length - 1))

    def first_block(self, c: int) -> int:
        return c if c < self.ahead else c + self.run(self.copies(c))[1]

    def content(self, i: int) -> int:
        number, first, length = self.run(i - self.spread(i))
        known = self.known(first + length - 1)
        y = i - known - first
        if y < 0:
            return i - first
        return self.fixed(first, known) if self.kind == "fixed" else self.copy(number, length, known, y)

    def old(self, known: int) -> int:
        """A"""
        return max(0, known - self.skipped) // (2 * self.most)

    def copy(self, run: int, length: int, known: int, y: int) -> int:
        v, t = divmod(run, self.bins)
        b = (t + scale(self.hash(1, v), self.bins)) % self.bins
        begun = self.known(v * self.bins // 2 * (self.least + self.most))
        pairs = min(self.pairs, max(1, self.old(begun) // self.bins))
        if self.kind == "zipf":
            bits = pairs.bit_length() - 1
            pairs = 1 << bits
            z = int(f"{self.rank(run, bits):0{bits}b}"[::-1], 2) if bits else 0
        else:
            z = scale(self.hash(0, run), pairs)
        s = b * pairs + z
        a = self.old(known)
        if s >= a:
            e = known - min(self.skipped, known // 2)
            return (scale(self.hash(2, run), e) + y) % e
        x = a - 1 - (a - 1 - s) % (self.bins * pairs)
        cell = 2 * x + (v + x.bit_count()) % 2
        return cell * self.most + scale(self.hash(4, run), self.most - length + 1) + y

    def weights(self, bands: int) -> list[int]:
        """The weight of each band."""
        n = int(self.exponent * 65536)
        factor = 1 << (32 - n // 65536)
        root = isqrt(1 << 125)
        for bit in range(15, -1, -1):
            if n >> bit & 1:
                factor = factor * root >> 63
            root = isqrt(root << 63)
        weight = 1 << 32
        weights = []
        for band in range(bands):
            weights.append(weight * max(1, 1 << band >> 1))
            weight = weight * factor >> 32
        return weights

    def rank(self, run: int, bits: int) -> int:
        weights = self.weights(bits + 1)
        drawn = scale(self.hash(0, run), sum(weights))
        band = next(n for n in range(bits + 1) if drawn < sum(weights[: n + 1]))
        ranks = 1 << band >> 1
        return ranks + scale(self.hash(5, run), ranks) if band else 0

    def fixed(self, j: int, known: int) -> int:
        h = self.half
        if self.apart and j < self.copies(self.skipped + 4 * h - 1):
            layer, place = divmod(j, h)
            return layer % 2 * h + self.shuffle(j - place, h, place)
        if known < self.skipped + 2 * h:
            return scale(self.hash(2, j), known - min(self.skipped, known // 2))
        base = ((known - self.skipped) // (2 * h) - 1) * 2 * h
        y = base + 2 * h + self.skipped - 1
        layers = int(self.ratio - 1)
        rest = self.ratio - 1 - layers
        x0, x1, x2 = (int(c * rest) for c in (y, y + h, y + 2 * h))
        n = j - self.copies(y)
        if n < x1 - x0:
            copy = x0 + self.shuffle(j - n, x1 - x0, n)
        else:
            n -= x1 - x0
            if n < 2 * h * layers:
                layer, place = divmod(n, h)
                return base + (layer + 1) % 2 * h + self.shuffle(j - place, h, place)
            n -= 2 * h * layers
            copy = x1 + self.shuffle(j - n, x2 - x1, n)
        return base + ceil((copy + 1) / rest) - 1 - y

    def shuffle(self, part: int, n: int, x: int) -> int:
        return permuted(self.hash, part, n, x)
