#!/usr/bin/env python3
"""Writes the tensor table of the fast code from the normative CSV (docs/FORMAT.md, section 6).

With `--compute`, computes the CSV first: for each type, how often each value of its field occurs when the values have the
distributions below. Counts are of 256, rounded so that their sums are nearest to the distribution's.
"""

import csv
import sys
from collections.abc import Callable, Iterator
from math import erf, exp, log, sqrt
from pathlib import Path
from statistics import NormalDist

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "crates/dgen-spec/tensor-v1.csv"
TARGET = ROOT / "crates/dgen/src/tensor/table.rs"
HEADER = """\
//! The tensor table of format 1: how often each value of a type's field occurs (FORMAT.md, section 6). Written from
//! `tensor-v1.csv` by `scripts/tensor_table.py`; the tests against the reference cover every row.

use super::Row;

"""

# The share of magnitudes up to some x.
Share = Callable[[float], float]


def gauss(scale: float, spread: float) -> Share:
    """Normal values of several scales, which are lognormal themselves: the standard deviation of their logarithm is `spread`."""
    scales = [scale * exp(spread * NormalDist().inv_cdf((i + 0.5) / 400)) for i in range(400)]
    return lambda x: sum(erf(x / each / sqrt(2)) for each in scales) / len(scales)


def lognormal(median: float, spread: float) -> Share:
    return lambda x: (1 + erf(log(x / median) / spread / sqrt(2))) / 2 if x > 0 else 0.0


def even(top: float) -> Share:
    return lambda x: min(x / top, 1.0)


WIDE = ("bf16", "fp32")
# Weights of many layers; gradients, which are about lognormal; second moments of Adam, which have no sign; keys and
# values of several channels; evenly spread values. With each its scale and spread, as the range of the type wants it:
# float16 takes scaled gradients, and types of a byte take values that were scaled to their range.
LIKES: dict[str, tuple[Callable[..., Share], dict[str, tuple[float, ...]]]] = {
    "weights": (gauss, {**dict.fromkeys(WIDE, (0.016, 0.3)), "fp16": (0.016, 0.3), "fp8": (16, 0.3), "int8": (30, 0.2)}),
    "grad": (lognormal, {**dict.fromkeys(WIDE, (2**-13, 2)), "fp16": (2**-5, 2), "fp8": (1, 2), "int8": (12, 1)}),
    "adam": (lognormal, {**dict.fromkeys(WIDE, (2**-30, 3)), "fp16": (2**-4, 3), "fp8": (1, 2), "int8": (12, 1)}),
    "kv": (gauss, {**dict.fromkeys(WIDE, (1, 1.3)), "fp16": (1, 1.3), "fp8": (1, 1.3), "int8": (24, 0.6)}),
    "uniform": (even, {**dict.fromkeys(WIDE, (1,)), "fp16": (1,), "fp8": (256,), "int8": (128,)}),
}
# The bias of exponents and the largest one that is used; the largest of all is for infinities and NaN.
FLOATS = {"bf16": (127, 254), "fp16": (15, 30), "fp32": (127, 254), "fp8": (7, 14)}


def counts(sums: Iterator[tuple[int, float]], total: int) -> list[tuple[int, int]]:
    """How often each field occurs in so many, from the shares up to each."""
    result, before = [], 0
    for field, share in sums:
        now = round(total * share)
        if now > before:
            result.append((field, now - before))
        before = now
    return result


def exponents(share: Share, bias: int, top: int) -> list[tuple[int, int]]:
    return counts(((field, share(2.0 ** (field + 1 - bias)) if field < top else 1.0) for field in range(top + 1)), 256)


def sixteenths(share: Share, signed: bool) -> list[tuple[int, int]]:
    """Integers of a byte by their upper four bits: each stands for sixteen values."""
    upper = counts(((field, share(16.0 * (field + 1)) if field < 7 else 1.0) for field in range(8)), 128 if signed else 256)
    return [(-1 - field, count) for field, count in reversed(upper)] + upper if signed else upper


def compute() -> None:
    lines = ["dtype,like,sign,fields"]
    for dtype in ("bf16", "fp16", "fp32", "fp8", "int8"):
        for like, (distribution, scales) in LIKES.items():
            share, signed = distribution(*scales[dtype]), like != "adam"
            fields = exponents(share, *FLOATS[dtype]) if dtype in FLOATS else sixteenths(share, signed)
            text = " ".join(f"{field}:{count}" for field, count in fields)
            lines.append(f"{dtype},{like},{int(signed)},{text}")
    SOURCE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    if sys.argv[1:] == ["--compute"]:
        compute()
    with SOURCE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = [f"#[rustfmt::skip]\npub(super) const ROWS: [Row; {len(rows)}] = [\n", *map(row_text, rows), "];\n"]
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(HEADER + "".join(lines), encoding="utf-8")


def row_text(row: dict[str, str]) -> str:
    fields = ", ".join("({}, {})".format(*field.split(":")) for field in row["fields"].split())
    return f"    Row {{ signed: {str(row['sign'] == '1').lower()}, fields: &[{fields}] }},\n"


if __name__ == "__main__":
    main()
