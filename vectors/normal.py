"""Quantiles of the normal distribution: section 10 of docs/FORMAT.md."""

from __future__ import annotations

import csv
import struct
from functools import cache
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "crates" / "dgen-spec" / "normal-v1.csv"


@cache
def coefficients() -> list[list[float]]:
    """The polynomials, each from the highest power to the constant."""
    with TABLE.open(newline="", encoding="ascii") as file:
        next(file)
        return [[struct.unpack(">d", bytes.fromhex(bits))[0] for bits in reversed(row)] for row in csv.reader(file)]


def quantile(word: int) -> float:
    """The value of a word in the normal distribution of mean 0 and deviation 1."""
    v = 2 * (word % (1 << 31)) + 1
    k = 32 - v.bit_length()
    x = v << k
    t = x % (1 << 29) * 2.0**-29
    z = 0.0
    for coefficient in coefficients()[4 * k + (x >> 29) % 4]:
        z = z * t + coefficient
    return -z if word >> 31 else z
