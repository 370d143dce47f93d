#!/usr/bin/env python3
"""Second reference for the dgen stream format, version 1, written from docs/FORMAT.md.

usage:
reference.py RECIPE OFFSET LENGTH    write bytes of the stream to stdout
reference.py --check VECTORS.json    check test vectors
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, sqrt
from typing import Any

from arranged import Arranged, scale
from normal import quantile
from pieces import page_of_pieces, symbols
from recipe import (
    PAGE,
    WORD,
    PieceRow,
    Recipe,
    RecipeError,
    Row,
    TextRow,
    made_rows,
    nearest_ratio,
    used_rows,
    write_ratio,
)
from shards import Shards
from tensor import numbers
from words import letters, page_of_words

STREAM_END = 1 << 63

# The constants C0 to C5 of section 2.
C = (
    0x9E3779B97F4A7C15,
    0xD1342543DE82EF95,
    0xBF58476D1CE4E5B9,
    0x94D049BB133111EB,
    0xDA942042E4DD58B5,
    0xA0761D6478BD642F,
)

SECTOR = 512

Words = tuple[int, ...]


# Sections 2 and 7: keys and hashes.


def mix(x: int, c: int) -> int:
    return (x * c & WORD) ^ (x * c >> 64)


def rotate(x: int, n: int) -> int:
    return (x >> n | x << (64 - n)) & WORD


# Section 4: lines.


def seed_lane(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    for _ in range(2):
        a = (a + b) & WORD
        d = rotate(d ^ a, 32)
        c = (c + d) & WORD
        b = rotate(b ^ c, 24)
        a = (a + b) & WORD
        d = rotate(d ^ a, 16)
        c = (c + d) & WORD
        b = rotate(b ^ c, 63)
    return a, b, c, d


def turn(row: list[int], k: int) -> list[int]:
    turned: list[int] = []
    for group in (row[:4], row[4:]):
        whole = sum(word << 64 * g for g, word in enumerate(group))
        whole = whole >> 32 * k | whole << (256 - 32 * k)
        turned += [whole >> 64 * g & WORD for g in range(4)]
    return turned


def add(x: list[int], y: list[int]) -> list[int]:
    return [a + b & WORD for a, b in zip(x, y, strict=True)]


def xor(x: list[int], y: list[int]) -> list[int]:
    return [a ^ b for a, b in zip(x, y, strict=True)]


def lines(tag: tuple[int, int], lane_keys: Words) -> bytes:
    """The 64 lines of the page with this tag."""
    lanes = [seed_lane(*tag, lane_keys[j], (j + 1) * C[0] & WORD) for j in range(8)]
    s = [list(row) for row in zip(*lanes, strict=True)]
    words: list[int] = []
    for _ in range(16):
        u = [[word >> (1, 3, 1, 3)[i] for word in s[i]] for i in range(4)]
        t = [turn(s[i], (5, 3, 5, 3)[i]) for i in range(4)]
        n = [add(t[(2, 3, 1, 0)[i]], u[i]) for i in range(4)]
        words += xor(add(n[0], s[1]), t[0]) + xor(add(n[1], s[3]), s[2])
        words += xor(xor(n[2], s[0]), s[3]) + xor(xor(n[3], s[2]), t[1])
        s = n
    words[:2] = tag
    return struct.pack("<512Q", *words)


class Spec:
    """The stream of a recipe, in a version."""

    def __init__(self, recipe: Recipe, version: int = 0) -> None:
        self.recipe = recipe
        self.version = version
        text = recipe.canonical().encode()
        self.keys: Words = struct.unpack("<8Q", hashlib.blake2b(text).digest())
        self.lane_keys: Words = struct.unpack("<8Q", hashlib.blake2b(text + b"\0").digest())
        self.window = recipe.window_contents()
        self.skipped = recipe.skipped_contents()
        self.bins = max(self.skipped, 1)
        self.half_bin = (self.window - 2 * self.skipped) // (2 * self.bins)

        self.arranged: Arranged | Shards | None = None
        if recipe.within is not None and recipe.dedup > 1:
            self.arranged = Shards(recipe, self.hash)
        elif recipe.is_arranged() and recipe.dedup > 1:
            self.arranged = Arranged(recipe, self.hash)

        target = 65536 / recipe.compress
        rows: Sequence[Row | PieceRow | TextRow]
        if recipe.texture in ("lz", "text"):
            rows = self.rows = made_rows(recipe.texture, recipe.tune)
            least, most = rows[0].cost, rows[-1].cost
        else:
            runs = used_rows("repeat" if recipe.texture == "tensor" else recipe.texture, recipe.tune)
            rows = self.rows = runs
            least, most = next(row.cost for row in runs if len(row.runs) > 1), 2**16
        below = [row for row in rows if row.cost <= target]
        above = [row for row in rows if row.cost > target]
        self.low = self.high = below[-1] if below else rows[0]
        self.share = 0
        if below and above:
            self.high = above[0]
            self.share = floor((target - self.low.cost) * 2**32 / (self.high.cost - self.low.cost))

        # Section 5, with spread: in parts of a cost.
        self.mean = floor(target * 2**16)
        self.width = max(0, min(floor(self.mean * recipe.spread), 2**16 * most - self.mean, self.mean - 2**16 * least))

    def hash(self, domain: int, x: int) -> int:
        k7 = self.keys[7]
        return mix(mix(x ^ k7, C[0]) ^ (k7 + (domain + 1) * C[1] & WORD), C[2])

    def distinct(self, n: int) -> int:
        """The number of distinct contents in the first n blocks."""
        return self.arranged.distinct(n) if self.arranged else ceil(n / self.recipe.dedup)

    def first_block(self, c: int) -> int:
        """The block in which content c first appears."""
        return self.arranged.first_block(c) if self.arranged else floor(c * self.recipe.dedup)

    def content_of_block(self, i: int) -> int:
        """The content id of block i."""
        if self.arranged:
            return self.arranged.content(i)
        u = self.distinct(i)
        if self.distinct(i + 1) > u:
            return u
        j = i - u
        e = u - min(self.skipped, u // 2)
        v, t = divmod(j, self.bins)
        b = (t + scale(self.hash(1, v), self.bins)) % self.bins
        s = b * self.half_bin + scale(self.hash(0, j), self.half_bin)
        slot = 2 * s + (v + s.bit_count()) % 2
        if slot < e:
            return e - 1 - (e - 1 - slot) % (2 * self.bins * self.half_bin)
        return scale(self.hash(2, j), e)

    def tag_words(self, n: int) -> tuple[int, int]:
        k = self.keys
        left, right = n, k[6] ^ self.version
        for i in (0, 2, 4):
            right ^= mix(left ^ k[i], C[i])
            left ^= mix(right ^ k[i + 1], C[i + 1])
        return left, right

    def tag(self, n: int) -> bytes:
        """The first 16 bytes of page n."""
        return struct.pack("<2Q", *self.tag_words(n))

    def untag(self, tag: bytes) -> tuple[int, int] | None:
        """The page number and version of a tag, or None when it is no tag of this stream."""
        k = self.keys
        left: int
        right: int
        left, right = struct.unpack("<2Q", tag)
        for i in (4, 2, 0):
            left ^= mix(right ^ k[i + 1], C[i + 1])
            right ^= mix(left ^ k[i], C[i])
        version = right ^ k[6]
        return (left, version) if version < 1 << 32 else None

    def locate(self, found: bytes) -> tuple[int, int, bool] | None:
        """Where a page belongs: its first offset, its version, and whether it is intact."""
        untagged = self.untag(found[:16])
        if untagged is None:
            return None
        n, version = untagged
        content, inside = divmod(n, self.recipe.block // PAGE)
        offset = self.first_block(content) * self.recipe.block + inside * PAGE
        if offset >= STREAM_END:
            return None
        page = Spec(self.recipe, version).page(n)
        sectors = [(page[at : at + SECTOR], found[at : at + SECTOR]) for at in range(0, PAGE, SECTOR)]
        confirmed = any(ours == theirs and any(ours) for ours, theirs in sectors)
        return (offset, version, page == found) if confirmed else None

    def row(self, n: int) -> Row | PieceRow | TextRow:
        """The layout of page n."""
        if self.recipe.spread == 0:
            return self.high if n * self.share % 2**32 + self.share >= 2**32 else self.low
        g = self.hash(8, n // 64) >> 32
        h = self.hash(9, n // 32 * 16 + n % 16)
        if n // 32 % 2:
            g = 2**32 - 1 - g
        if n // 16 % 2:
            h = 2**64 - 1 - h
        target = self.mean - self.width + (self.width * (g + (h >> 32) + 1) >> 32)
        below = [row for row in self.rows if 2**16 * row.cost <= target]
        if not below or target == 2**32:
            return self.rows[-1 if below else 0]
        low, high = self.rows[len(below) - 1 : len(below) + 1]
        chance, up = h % 2**32 * (high.cost - low.cost), (target - 2**16 * low.cost) * 2**16
        return high if chance < up else low

    def page(self, n: int) -> bytes:
        """The bytes of page n."""
        words = lines(self.tag_words(n), self.lane_keys)
        if self.recipe.texture == "tensor":
            return words[:16] + numbers(self.recipe.dtype, self.recipe.like, words)[16:]
        row = self.row(n)
        if isinstance(row, TextRow):
            if self.recipe.compress == 1:
                return words
            consonants = letters("bcdfghjklmnpqrstvwxyz", lambda i: scale(self.hash(17, i), i + 1))
            vowels = letters("aeiou", lambda i: scale(self.hash(18, i), i + 1))
            return page_of_words(row, consonants, vowels, n, words)
        if isinstance(row, PieceRow):
            if self.recipe.compress == 1:
                return words
            order = symbols(lambda i, limit: scale(self.hash(16, i), limit))
            return page_of_pieces(row, order, n, words)
        page = b""
        line = 0
        for half_sectors, units in row.runs:
            size = 256 * half_sectors
            needed = ceil(units / 4)
            # A run does not share a step with the lines before it unless it fits there.
            if line % 4 + needed > 4:
                line = ceil(line / 4) * 4
            head = words[64 * line :][: 16 * units]
            line += needed
            if self.recipe.texture == "repeat":
                page += (head * (size // len(head) + 1))[:size]
            else:
                page += head.ljust(size, b"\0")
        return page

    def pages(self, offset: int) -> Iterator[bytes]:
        """The bytes from the offset on, up to the end of its page, then whole pages."""
        block = self.recipe.block
        while True:
            i, inside = divmod(offset, block)
            n = self.content_of_block(i) * (block // PAGE) + inside // PAGE
            yield self.page(n)[offset % PAGE :]
            offset += PAGE - offset % PAGE

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from the offset on."""
        if offset < 0 or length < 0 or offset + length > STREAM_END:
            raise ValueError(f"{length} bytes at {offset} are outside the stream")
        data = bytearray()
        for part in self.pages(offset):
            if len(data) >= length:
                break
            data += part
        return bytes(data[:length])


# Section 9: attributes.


@dataclass(frozen=True)
class Range:
    """The attribute `user.dgen.range`; `file` is the file's number and the number of files."""

    offset: int
    size: int
    version: int = 0
    file: tuple[int, int] | None = None

    @staticmethod
    def parse(text: str) -> Range:
        number = "(0|[1-9][0-9]*)"
        pattern = f"offset={number},size={number}(?:,version={number})?(?:,file={number}/{number})?"
        match = re.fullmatch(pattern, text)
        if match is None or match[3] == "0":
            raise ValueError(text)
        offset, size, version = int(match[1]), int(match[2]), int(match[3] or 0)
        file = (int(match[4]), int(match[5])) if match[4] else None
        if offset + size > STREAM_END or version >= 1 << 32:
            raise ValueError(text)
        if file and not (file[0] < file[1] and 2 <= file[1] <= 1_000_000):
            raise ValueError(text)
        return Range(offset, size, version, file)

    def __str__(self) -> str:
        version = f",version={self.version}" if self.version else ""
        file = f",file={self.file[0]}/{self.file[1]}" if self.file else ""
        return f"offset={self.offset},size={self.size}{version}{file}"


# Test vectors.


def recipe_error(text: str) -> str:
    try:
        Recipe.parse(text)
    except RecipeError as error:
        return error.kind
    return "none"


def check_case(case: dict[str, object]) -> bool:
    recipe = Recipe.parse(str(case["recipe"]))
    if recipe.canonical() != case["canonical"] or Recipe.parse(recipe.canonical()) != recipe:
        return False
    data = Spec(recipe, int(str(case["version"]))).read(int(str(case["offset"])), int(str(case["length"])))
    if "hex" in case:
        return data.hex() == case["hex"]
    return hashlib.blake2b(data, digest_size=32).hexdigest() == case["blake2b"]


def check_tag(text: str, n: int, version: int, tag: str) -> bool:
    spec = Spec(Recipe.parse(text), version)
    return spec.tag(n).hex() == tag and spec.untag(bytes.fromhex(tag)) == (n, version)


def check_locate(case: dict[str, Any]) -> bool:
    page = bytearray(Spec(Recipe.parse(case["recipe"]), case["version"]).read(case["offset"], PAGE))
    for byte in case["changed"]:
        page[byte] ^= 1
    found = Spec(Recipe.parse(case["within"])).locate(bytes(page))
    return found == (tuple(case["found"]) if case["found"] else None)


def check_attribute(text: str, values: list[int] | None) -> bool:
    try:
        found = Range.parse(text)
    except ValueError:
        return values is None
    expected = values and Range(*values[:3], tuple(values[3:]) or None)  # type: ignore[arg-type]
    return found == expected and str(found) == text


def check_plan(text: str, block: int, content: int) -> bool:
    return Spec(Recipe.parse(text)).content_of_block(block) == content


def check_float(value: str, ratio: str) -> bool:
    return write_ratio(nearest_ratio(float(value))) == ratio


def check_invalid(text: str, kind: str) -> bool:
    return recipe_error(text) == kind


def float32(bits: int) -> float:
    """The value with these bits."""
    value: float = struct.unpack("<f", struct.pack("<I", bits))[0]
    return value


def bits_of(value: float) -> int:
    """The bits of the float32 nearest to a value."""
    bits: int = struct.unpack("<I", struct.pack("<f", value))[0]
    return bits


def below(bits: int) -> int:
    """The bits of the next float32 below."""
    if bits in (0, 1 << 31):
        return (1 << 31) + 1
    return bits + 1 if bits >> 31 else bits - 1


def uniform(seed: int, first: int, count: int, low: int, high: int) -> list[int]:
    """Section 10: the bits of values; the bounds are bits, too."""
    words = struct.unpack(f"<{count}I", Spec(Recipe.parse(f"dgen1,seed={seed}")).read(4 * first, 4 * count))
    step = (float32(high) - float32(low)) * 2.0**-24
    values = [bits_of(float32(low) + (word >> 8) * step) for word in words]
    return [value if float32(value) < float32(high) else below(high) for value in values]


def unit_row(row: list[int]) -> list[int]:
    """Section 10: the bits of a row's values as a unit vector."""
    values = [float32(bits) for bits in row]
    total = 0.0
    for start in range(0, len(values), 65536):
        sums = [0.0] * 16
        for index, value in enumerate(values[start : start + 65536]):
            sums[index % 16] += value * value
        for apart in (8, 4, 2, 1):
            for k in range(apart):
                sums[k] += sums[k + apart]
        total += sums[0]
    if total == 0 or not isfinite(total):
        return row
    factor = 1.0 / sqrt(total)
    return [bits_of(value * factor) for value in values]


def check_normal(seed: str, first: int, mean: int, deviation: int, values: str) -> bool:
    """Section 10: normal values."""
    count = len(values) // 8
    words = struct.unpack(f"<{count}I", Spec(Recipe.parse(f"dgen1,seed={seed}")).read(4 * first, 4 * count))
    found = [float32(mean) + float32(deviation) * quantile(word) for word in words]
    return "".join(f"{bits_of(value):08x}" for value in found) == values


def check_values(text: str, page: int, digest: str) -> bool:
    """Section 6: the numbers of a page, with those that its tag takes the place of."""
    spec = Spec(Recipe.parse(text))
    found = numbers(spec.recipe.dtype, spec.recipe.like, lines(spec.tag_words(page), spec.lane_keys))
    return hashlib.blake2b(found, digest_size=32).hexdigest() == digest


def check_numeric(seed: str, first: int, low: int, high: int, values: str, unit: str) -> bool:
    row = uniform(int(seed), first, len(values) // 8, low, high)
    return [f"{bits:08x}" for bits in row + unit_row(row)] == [text[at : at + 8] for text in (values, unit) for at in range(0, len(text), 8)]


def check(path: str) -> int:
    """Checks all vectors; the exit status."""
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    checks: dict[str, Callable[..., bool]] = {
        "plan": check_plan,
        "tags": check_tag,
        "attributes": check_attribute,
        "floats": check_float,
        "invalid": check_invalid,
        "numeric": check_numeric,
        "normal": check_normal,
        "values": check_values,
    }
    results = [(case, check_case(case)) for case in vectors["cases"]]
    results += [(case, check_locate(case)) for case in vectors["locate"]]
    for section, check_one in checks.items():
        results += [(case, check_one(*case)) for case in vectors[section]]
    failed = [case for case, good in results if not good]
    for case in failed:
        print(f"failed: {json.dumps(case)}", file=sys.stderr)
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    if len(arguments) == 2 and arguments[0] == "--check":
        return check(arguments[1])
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        spec = Spec(Recipe.parse(arguments[0]))
        data = spec.read(int(arguments[1], 0), int(arguments[2], 0))
    except ValueError as error:
        print(f"reference.py: {error}", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
