"""Recipes and the texture table of the dgen stream format: sections 1 and 5 of docs/FORMAT.md."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

PAGE = 4096
WORD = (1 << 64) - 1
TABLE = Path(__file__).resolve().parent.parent / "crates" / "dgen-spec" / "texture-v1.csv"
LZ_TABLE = TABLE.with_name("lz-v1.csv")
TEXT_TABLE = TABLE.with_name("text-v1.csv")

MIB, GIB, TIB = 1 << 20, 1 << 30, 1 << 40
BINARY_UNITS = {"KiB": 1 << 10, "MiB": MIB, "GiB": GIB, "TiB": TIB, "PiB": 1 << 50}
UNITS: dict[str, int] = {
    "": 1,
    **BINARY_UNITS,
    **{name[0]: size for name, size in BINARY_UNITS.items()},
    **{name: 1000**power for power, name in enumerate(("kB", "MB", "GB", "TB", "PB"), 1)},
}


class RecipeError(ValueError):
    """A text that is no valid recipe; `kind` is the class of the mistake."""

    def __init__(self, kind: str, part: str) -> None:
        super().__init__(f"{kind}: {part!r}")
        self.kind = kind


def parse_word(text: str) -> int:
    """Reads a decimal number below 2^64."""
    if re.fullmatch(r"[0-9]+", text) is None or int(text) > WORD:
        raise ValueError(text)
    return int(text)


def parse_seed(text: str) -> int:
    if not text.startswith("0x"):
        return parse_word(text)
    if re.fullmatch(r"0x[0-9a-fA-F]+", text) is None or int(text, 16) > WORD:
        raise ValueError(text)
    return int(text, 16)


def parse_size(text: str) -> int:
    match = re.fullmatch(r"([0-9]+)([A-Za-z]*)", text)
    if match is None or match[2] not in UNITS:
        raise ValueError(text)
    size = parse_word(match[1]) * UNITS[match[2]]
    if size > WORD:
        raise ValueError(text)
    return size


def parse_ratio(text: str) -> Fraction:
    if re.fullmatch(r"[0-9]+", text):
        p, q = parse_word(text), 1
    elif match := re.fullmatch(r"([0-9]+)/([0-9]+)", text):
        p, q = parse_word(match[1]), parse_word(match[2])
    elif match := re.fullmatch(r"([0-9]+)\.([0-9]+)", text):
        p, q = parse_word(match[1] + match[2]), parse_word("1" + "0" * len(match[2]))
    else:
        raise ValueError(text)
    if p == 0 or q == 0 or Fraction(p, q).denominator > 1_000_000:
        raise ValueError(text)
    return Fraction(p, q)


def parse_share(text: str) -> Fraction:
    if match := re.fullmatch(r"0+(?:/([0-9]+)|\.(0{1,19}))?", text):
        if match[1] and parse_word(match[1]) == 0:
            raise ValueError(text)
        return Fraction(0)
    return parse_ratio(text)


def nearest_ratio(value: float) -> Fraction:
    """The ratio that a floating-point number stands for."""
    exact = Fraction(value)
    candidates = (Fraction(floor(exact * q + Fraction(1, 2)), q) for q in range(1, 1001))
    return min(candidates, key=lambda ratio: (abs(ratio - exact), ratio.denominator))


def parse_texture(text: str) -> str:
    if text not in ("repeat", "zeros", "lz", "text", "tensor"):
        raise ValueError(text)
    return text


def parse_dtype(text: str) -> str:
    if text not in ("bf16", "fp16", "fp32", "fp8", "int8"):
        raise ValueError(text)
    return text


def parse_like(text: str) -> str:
    if text not in ("weights", "grad", "adam", "kv", "uniform"):
        raise ValueError(text)
    return text


def parse_tune(text: str) -> str:
    if text not in ("any", "lz4", "zstd", "zlib", "snappy"):
        raise ValueError(text)
    return text


def parse_early(text: str) -> str:
    if text not in ("exact", "apart"):
        raise ValueError(text)
    return text


def parse_reuse(text: str) -> tuple[str, Fraction]:
    """The kind, with the bytes of `recent` or the exponent of `zipf`."""
    kind, colon, value = text.partition(":")
    if kind == "recent" and colon:
        return kind, Fraction(parse_size(value))
    if kind == "zipf" and colon:
        return kind, parse_ratio(value)
    if text not in ("uniform", "fixed"):
        raise ValueError(text)
    return text, Fraction(0)


def parse_runs(text: str) -> tuple[int, int]:
    least, dash, most = text.partition("-")
    return parse_word(least), parse_word(most if dash else least)


def parse_within(text: str) -> tuple[int, Fraction] | None:
    if text == "none":
        return None
    size, colon, share = text.partition(":")
    if not colon:
        raise ValueError(text)
    return parse_size(size), parse_share(share)


def write_within(within: tuple[int, Fraction]) -> str:
    return f"{write_size(within[0])}:{write_ratio(within[1])}"


def write_reuse(reuse: tuple[str, Fraction]) -> str:
    kind, value = reuse
    if kind == "recent":
        return f"recent:{write_size(int(value))}"
    return f"zipf:{write_ratio(value)}" if kind == "zipf" else kind


def write_runs(runs: tuple[int, int]) -> str:
    least, most = runs
    return str(most) if least == most else f"{least}-{most}"


def write_size(size: int) -> str:
    for name, scale in reversed(BINARY_UNITS.items()):
        if size != 0 and size % scale == 0:
            return f"{size // scale}{name}"
    return str(size)


def write_ratio(ratio: Fraction) -> str:
    return str(ratio)


@dataclass(frozen=True)
class Recipe:
    """A valid recipe, when it comes from `parse`."""

    seed: int
    block: int = MIB
    dedup: Fraction = Fraction(1)
    window: int = 64 * MIB
    skip: int = 8 * MIB
    early: str = "exact"
    reuse: tuple[str, Fraction] = ("uniform", Fraction(0))
    runs: tuple[int, int] = (1, 1)
    within: tuple[int, Fraction] | None = None
    compress: Fraction = Fraction(1)
    spread: Fraction = Fraction(0)
    texture: str = "repeat"
    dtype: str = "bf16"
    like: str = "weights"
    tune: str = "any"

    @staticmethod
    def parse(text: str) -> Recipe:
        """Reads a recipe in any accepted form."""
        version, *parts = text.split(",")
        if version != "dgen1":
            raise RecipeError("version", text)
        values: dict[str, object] = {}
        for part in parts:
            name, equals, value = part.partition("=")
            if not equals:
                raise RecipeError("item", part)
            if name in values:
                raise RecipeError("repeated", part)
            if name not in READERS:
                raise RecipeError("name", part)
            try:
                values[name] = READERS[name](value)
            except ValueError:
                raise RecipeError("value", part) from None
        if "seed" not in values:
            raise RecipeError("missing", text)
        recipe = Recipe(**values)  # type: ignore[arg-type]
        recipe.check()
        return recipe

    def check(self) -> None:
        """Raises an error when a value is not valid."""
        ranges = {
            "block": self.block % PAGE == 0 and PAGE <= self.block <= GIB,
            "dedup": 1 <= self.dedup <= 1_000_000,
            "window": 1 <= self.window <= TIB,
            "reuse": self.reuse[0] != "zipf" or self.reuse[1] <= 4,
            "runs": 1 <= self.runs[0] <= self.runs[1] <= 65536,
            "within": self.within is None or (1 <= self.within[0] <= TIB and self.within[1] <= 1),
            "compress": 1 <= self.compress <= 200,
            "spread": self.spread <= 1,
        }
        for name, good in ranges.items():
            if not good:
                raise RecipeError("range", name)
        if 4 * self.skipped_contents() > self.window_contents():
            raise RecipeError("skip", "skip")
        if self.is_arranged() and not self.has_plan():
            raise RecipeError("plan", "reuse, runs")
        if self.within is not None and not self.has_shards():
            raise RecipeError("plan", "within")
        if not self.reaches():
            raise RecipeError("tune", "compress")
        foreign = ("compress", "spread", "tune") if self.texture == "tensor" else ("dtype", "like")
        if any(getattr(self, name) != getattr(Recipe, name) for name in foreign):
            raise RecipeError("texture", self.texture)

    def reaches(self) -> bool:
        """Whether the texture and the tuning have pages of the compress ratio."""
        target = Fraction(65536) / self.compress
        if self.texture == "tensor":
            return True
        if self.texture in ("lz", "text"):
            rows = made_rows(self.texture, self.tune)
            return bool(rows) and (self.compress == 1 or rows[0].cost <= target < rows[-1].cost)
        return self.tune == "any" or target >= used_rows(self.texture, self.tune)[0].cost

    def window_contents(self) -> int:
        return max(16, self.window // self.block)

    def skipped_contents(self) -> int:
        return ceil(Fraction(self.skip, self.block))

    def is_arranged(self) -> bool:
        return (self.early, self.reuse, self.runs) != (Recipe.early, Recipe.reuse, Recipe.runs)

    def has_plan(self) -> bool:
        if self.reuse[0] == "fixed":
            return self.runs == (1, 1) and 5 * self.skipped_contents() <= self.window_contents()
        return self.most_pairs() > 0

    def has_shards(self) -> bool:
        assert self.within is not None
        size, share = self.within
        blocks, rest = divmod(size, self.block)
        if self.is_arranged() or rest or blocks < self.dedup:
            return False
        across = ceil((blocks - int(blocks / self.dedup)) * (1 - share))
        return across <= self.class_contents()

    def classes(self) -> int:
        """K"""
        assert self.within is not None
        return ceil(Fraction(self.skipped_contents(), self.within[0] // self.block)) + 1

    def class_contents(self) -> int:
        """V"""
        assert self.within is not None
        fresh = ceil(self.within[0] // self.block / self.dedup)
        return max(0, self.window_contents() - self.classes() * fresh) // self.classes()

    def bins(self) -> int:
        return 2 * max(1, ceil(Fraction(self.skipped_contents(), sum(self.runs))))

    def most_pairs(self) -> int:
        pool = self.window_contents() - self.skipped_contents()
        if self.reuse[0] == "recent":
            pool = min(pool, int(self.reuse[1]) // self.block)
        most = self.runs[1]
        return max(0, pool + 1 - 2 * most) // (2 * self.bins() * most)

    def canonical(self) -> str:
        """The canonical text."""
        text = f"dgen1,seed={self.seed:#x}"
        for name, write in WRITERS.items():
            value = getattr(self, name)
            if value != getattr(Recipe, name):
                text += f",{name}={write(value)}"
        return text


READERS: dict[str, Callable[[str], object]] = {
    "seed": parse_seed,
    "block": parse_size,
    "dedup": parse_ratio,
    "window": parse_size,
    "skip": parse_size,
    "early": parse_early,
    "reuse": parse_reuse,
    "runs": parse_runs,
    "within": parse_within,
    "compress": parse_ratio,
    "spread": parse_share,
    "texture": parse_texture,
    "dtype": parse_dtype,
    "like": parse_like,
    "tune": parse_tune,
}

WRITERS: dict[str, Callable[..., str]] = {
    "block": write_size,
    "dedup": write_ratio,
    "window": write_size,
    "skip": write_size,
    "early": str,
    "reuse": write_reuse,
    "runs": write_runs,
    "within": write_within,
    "compress": write_ratio,
    "spread": write_ratio,
    "texture": str,
    "dtype": str,
    "like": str,
    "tune": str,
}


@dataclass(frozen=True)
class Row:
    """A row of the texture table that a tuning uses."""

    runs: tuple[tuple[int, int], ...]
    cost: int


def used_rows(texture: str, tune: str) -> list[Row]:
    with TABLE.open(newline="", encoding="ascii") as file:
        return [
            Row(tuple((int(h), int(p)) for h, p in (run.split(":") for run in row["runs"].split())), int(row[tune]))
            for row in csv.DictReader(file)
            if row["texture"] == texture and row[tune] != "0"
        ]


@dataclass(frozen=True)
class PieceRow:
    """A row of the table of `lz`."""

    literals: tuple[int, ...]
    copies: tuple[int, ...]
    weights: tuple[int, ...]
    shift: int
    cost: int


def piece_rows(tune: str) -> list[PieceRow]:
    with LZ_TABLE.open(newline="", encoding="ascii") as file:
        return [
            PieceRow(
                *(tuple(map(int, row[name].split())) for name in ("literals", "copies", "weights")),
                int(row["shift"]),
                int(row["cost"]),
            )
            for row in csv.DictReader(file)
            if row["tune"] == tune
        ]


@dataclass(frozen=True)
class TextRow:
    """A row of the table of `text`."""

    common: tuple[int, ...]
    lengths: tuple[int, ...]
    bands: tuple[int, ...]
    spans: tuple[int, ...]
    vowels: tuple[int, ...]
    consonants: tuple[int, ...]
    shift: int
    cost: int


def text_rows(tune: str) -> list[TextRow]:
    lists = ("common", "lengths", "bands", "spans", "vowels", "consonants")
    with TEXT_TABLE.open(newline="", encoding="ascii") as file:
        return [
            TextRow(*(tuple(map(int, row[name].split())) for name in lists), int(row["shift"]), int(row["cost"]))
            for row in csv.DictReader(file)
            if row["tune"] == tune
        ]


def made_rows(texture: str, tune: str) -> Sequence[PieceRow | TextRow]:
    """The rows of `lz` or `text`."""
    return text_rows(tune) if texture == "text" else piece_rows(tune)
