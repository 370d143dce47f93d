#!/usr/bin/env python3
"""Writes the table of the normal distribution of the fast code from the normative CSV (docs/FORMAT.md, section 10).

With `--compute`, computes the CSV first: polynomials through six points of the distribution's quantiles.
"""

import csv
import struct
import sys
from fractions import Fraction
from math import cos, pi
from pathlib import Path
from statistics import NormalDist

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "crates/dgen-spec/normal-v1.csv"
TARGET = ROOT / "crates/dgen/src/numeric/normal_table.rs"
HEADER = """\
//! Polynomials of the quantiles of the normal distribution, as bits of float64 (FORMAT.md, section 10). Written from
//! `normal-v1.csv` by `scripts/normal_table.py`; tests against the reference cover it.

"""
TERMS = 6


def polynomial(lower: int, width: Fraction) -> list[float]:
    """Coefficients, the constant first, of the quantile at (lower + t·width) / 2^33 for t from 0 to 1."""
    nodes = [Fraction(0.5 - 0.5 * cos(pi * (2 * i + 1) / (2 * TERMS))) for i in range(TERMS)]
    quantiles = [Fraction(-NormalDist().inv_cdf(float((lower + t * width) / 2**33))) for t in nodes]
    # Differences of Newton's form, then its products.
    for order in range(1, TERMS):
        for i in reversed(range(order, TERMS)):
            quantiles[i] = (quantiles[i] - quantiles[i - 1]) / (nodes[i] - nodes[i - order])
    result = [Fraction(0)] * TERMS
    for i in reversed(range(TERMS)):
        result = [(result[power - 1] if power else 0) - nodes[i] * result[power] for power in range(TERMS)]
        result[0] += quantiles[i]
    return [float(coefficient) for coefficient in result]


def compute() -> None:
    lines = [",".join(f"c{power}" for power in range(TERMS))]
    for zeros in range(32):
        for quarter in range(4):
            octave = Fraction(2**31, 2**zeros)
            coefficients = polynomial(octave + quarter * octave / 4, octave / 4)
            lines.append(",".join(struct.pack(">d", each).hex() for each in coefficients))
    SOURCE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    if sys.argv[1:] == ["--compute"]:
        compute()
    with SOURCE.open(encoding="utf-8") as file:
        rows = [list(row.values()) for row in csv.DictReader(file)]
    lines = [f"#[rustfmt::skip]\npub(super) const QUANTILES: [[u64; {TERMS}]; {len(rows)}] = [\n"]
    lines += ["    [" + ", ".join(f"0x{bits[:4]}_{bits[4:8]}_{bits[8:12]}_{bits[12:]}" for bits in row) + "],\n" for row in rows]
    TARGET.write_text(HEADER + "".join(lines) + "];\n", encoding="utf-8")


if __name__ == "__main__":
    main()
