#!/usr/bin/env python3
"""Writes the texture tables of the fast code from the normative CSV files (docs/FORMAT.md, section 5)."""

import csv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "crates/dgen-spec/texture-v1.csv"
TARGET = ROOT / "crates/dgen/src/calibration/table.rs"
LZ_SOURCE = ROOT / "crates/dgen-spec/lz-v1.csv"
LZ_TARGET = ROOT / "crates/dgen/src/calibration/lz_table.rs"
LZ_HEADER = """\
//! The table of pages of literals and copies, and what they cost (FORMAT.md, section 5). Written from `lz-v1.csv` by
//! `scripts/texture_table.py`.

use super::PieceRow;
"""
TEXT_SOURCE = ROOT / "crates/dgen-spec/text-v1.csv"
TEXT_TARGET = ROOT / "crates/dgen/src/calibration/text_table.rs"
TEXT_HEADER = """\
//! The table of pages of words, and what they cost (FORMAT.md, section 5). Written from `text-v1.csv` by
//! `scripts/texture_table.py`.

use super::TextRow;
"""
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
    LZ_TARGET.write_text(table_of(LZ_SOURCE, LZ_HEADER, "PieceRow", lz_row_text), encoding="utf-8")
    TEXT_TARGET.write_text(table_of(TEXT_SOURCE, TEXT_HEADER, "TextRow", text_row_text), encoding="utf-8")


def table_of(source: Path, header: str, kind: str, row_text: Callable[[dict[str, str]], str]) -> str:
    with source.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    parts = [header]
    for tune in ("lz4", "zstd", "zlib"):
        lines = [row_text(row) for row in rows if row["tune"] == tune]
        parts.append(
            f"#[rustfmt::skip]\npub(super) const {tune.upper()}: [{kind}; {len(lines)}] = [\n" + "".join(lines) + "];\n"
        )
    return "\n".join(parts)


def lz_row_text(row: dict[str, str]) -> str:
    lists = {name: ", ".join(row[name].split()) for name in ("literals", "copies", "weights")}
    return (
        f"    PieceRow {{ literals: [{lists['literals']}], copies: [{lists['copies']}],\n"
        f"        weights: &[{lists['weights']}], shift: {row['shift']}, cost: {row['cost']} }},\n"
    )


def text_row_text(row: dict[str, str]) -> str:
    names = ("common", "lengths", "bands", "spans", "vowels", "consonants")
    lists = {name: ", ".join(row[name].split()) for name in names}
    return (
        f"    TextRow {{ common: [{lists['common']}], lengths: [{lists['lengths']}],\n"
        f"        bands: &[{lists['bands']}], spans: [{lists['spans']}], vowels: [{lists['vowels']}],\n"
        f"        consonants: [{lists['consonants']}], shift: {row['shift']}, cost: {row['cost']} }},\n"
    )


def row_text(row: dict[str, str]) -> str:
    runs = ", ".join("({}, {})".format(*run.split(":")) for run in row["runs"].split())
    costs = ", ".join(row[tune] for tune in ("any", "lz4", "zstd", "zlib", "snappy"))
    return f"    Row {{ runs: &[{runs}], cost: [{costs}] }},\n"


if __name__ == "__main__":
    main()
