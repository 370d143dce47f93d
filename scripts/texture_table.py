#!/usr/bin/env python3
"""Writes the texture table of the fast code from the normative CSV (docs/FORMAT.md, section 5)."""

import csv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "crates/dgen-spec/texture-v1.csv"
TARGET = ROOT / "crates/dgen/src/calibration/table.rs"
HEADER = """\
//! The texture table of format 1: layouts and what they cost (FORMAT.md, section 5). Written from
//! `texture-v1.csv` by `scripts/texture_table.py`; the tests against the reference cover every row.

use super::Row;
"""


def main() -> None:
    with SOURCE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    parts = [HEADER]
    for texture in ("repeat", "zeros"):
        # The last row, 256 random units, is the plain page; the code knows it without the table.
        lines = [row_text(row) for row in rows if row["texture"] == texture and row["units"] != "256"]
        parts.append(
            f"#[rustfmt::skip]\npub(super) const {texture.upper()}: [Row; {len(lines)}] = [\n"
            + "".join(lines)
            + "];\n"
        )
    TARGET.write_text("\n".join(parts), encoding="utf-8")


def row_text(row: dict[str, str]) -> str:
    runs = ", ".join("({}, {})".format(*run.split(":")) for run in row["runs"].split())
    costs = ", ".join(row[tune] for tune in ("any", "lz4", "zstd", "zlib", "snappy"))
    return f"    Row {{ runs: &[{runs}], cost: [{costs}] }},\n"


if __name__ == "__main__":
    main()
