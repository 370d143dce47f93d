#!/usr/bin/env python3
"""Backs up generations of a data set with borg and restic, and sets what the later backups add beside the closed form.

    second_backup.py DGEN [--files N] [--generations G]

Writes bench/records/second_backup.json. A tool that is absent is named and left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

RECORD = Path(__file__).parent / "records/second_backup.json"
CHANGES = ["--edit", "0.05", "--insert", "0.04", "--delete", "0.02", "--rename", "0.03"]

Backup = Callable[[], int]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dgen", type=Path)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--generations", type=int, default=2)
    arguments = parser.parse_args()
    rows = []
    for name, edits, tool in cases():
        rows += list(measured(arguments, name, edits, tool))
        for row in rows[-arguments.generations:]:
            print(f"{row['tool']:<28} generation {row['generation']}: {row['new_distinct_bytes']:>12} expected, "
                  f"{row['added_bytes']:>12} added, {row['deviation']:+.2%}")
    RECORD.write_text(json.dumps({"files": arguments.files, "changes": CHANGES, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    return 0


def cases() -> Iterator[tuple[str, str, Callable[[Path, Path], Backup]]]:
    """What backs up, and the size of an edit: content-defined chunks are not those of edits, so whole files change there."""
    whole, run = "1TiB", "256KiB"
    if shutil.which("borg"):
        yield "borg, chunks of 4 KiB", run, lambda data, work: borg(data, work, "fixed,4096")
        yield "borg, its default chunker", whole, lambda data, work: borg(data, work, "default")
    else:
        print("borg is not installed", file=sys.stderr)
    if shutil.which("restic"):
        yield "restic", whole, restic
    else:
        print("restic is not installed", file=sys.stderr)


def measured(arguments: argparse.Namespace, name: str, edits: str, tool: Callable[[Path, Path], Backup]) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        data, work = Path(folder) / "data", Path(folder) / "work"
        work.mkdir()
        backup = tool(data, work)
        shape = ["--count", str(arguments.files), "--file-size", "64KiB:8MiB", "--block-size", "4KiB", "--seed", "7"]
        write(arguments.dgen, data, *shape, *CHANGES, "--edit-size", edits)
        backup()
        for generation in range(1, arguments.generations + 1):
            report = write(arguments.dgen, data, "--generation", str(generation))
            added, expected = backup(), report["new_distinct_bytes"]
            yield {"tool": name, "edit_size": edits, "generation": generation, "size": report["size"],
                   "new_distinct_bytes": expected, "added_bytes": added, "deviation": added / expected - 1}


def write(dgen: Path, data: Path, *options: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(run([str(dgen.resolve()), "dataset", "write", str(data), "--json", *options]))
    return report


def borg(data: Path, work: Path, chunker: str) -> Backup:
    env = {"BORG_BASE_DIR": str(work / "base"), "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}
    run(["borg", "init", "--encryption", "none", str(work / "repo")], env)
    number = iter(range(1000))

    def backup() -> int:
        archive = f"{work / 'repo'}::{next(number)}"
        chunks = [] if chunker == "default" else ["--chunker-params", chunker]
        report = run(["borg", "create", "--json", "--compression", "none", *chunks, archive, str(data)], env)
        return int(json.loads(report)["archive"]["stats"]["deduplicated_size"])

    return backup


def restic(data: Path, work: Path) -> Backup:
    env = {"RESTIC_PASSWORD": "x", "RESTIC_REPOSITORY": str(work / "repo"), "RESTIC_CACHE_DIR": str(work / "cache")}
    run(["restic", "init"], env)

    def backup() -> int:
        lines = run(["restic", "backup", "--json", str(data)], env).splitlines()
        return int(json.loads(lines[-1])["data_added"])

    return backup


def run(command: list[str], env: dict[str, str] | None = None) -> str:
    result = subprocess.run(command, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{command[0]} failed ({result.returncode}): {result.stderr.strip()}")
    return result.stdout


if __name__ == "__main__":
    sys.exit(main())
