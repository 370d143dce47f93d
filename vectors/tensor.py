"""Pages of numbers: section 6 of docs/FORMAT.md, "Tensors"."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "crates" / "dgen-spec" / "tensor-v1.csv"

# Bytes of a number, bits of its field, bits below that.
TYPES = {"bf16": (2, 8, 7), "fp16": (2, 5, 10), "fp32": (4, 8, 23), "fp8": (1, 4, 3), "int8": (1, 4, 4)}


@cache
def table(dtype: str, like: str) -> tuple[bool, list[int]]:
    """Whether there are signs, and the field for each of 256 draws."""
    with TABLE.open(newline="", encoding="ascii") as file:
        row = next(row for row in csv.DictReader(file) if (row["dtype"], row["like"]) == (dtype, like))
    fields: list[int] = []
    for field in row["fields"].split():
        value, count = map(int, field.split(":"))
        fields += [value % (1 << TYPES[dtype][1])] * count
    return row["sign"] == "1", fields


def numbers(dtype: str, like: str, lines: bytes) -> bytes:
    """The numbers that lines stand for."""
    signed, fields = table(dtype, like)
    size, field, below = TYPES[dtype]
    words = [int.from_bytes(lines[at : at + size], "little") for at in range(0, len(lines), size)]
    found = b""
    for i, word in enumerate(words):
        sign, own, rest = word >> field + below, word >> below & (1 << field) - 1, 8 - field
        draw = own << rest | words[i ^ 1] & (1 << rest) - 1
        number = (sign if signed else 0) << field + below | fields[draw] << below | word & (1 << below) - 1
        found += number.to_bytes(size, "little")
    return found
