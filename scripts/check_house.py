#!/usr/bin/env python3
"""Checks what the lints cannot see: import directions, room sizes, README length, freshness of what is generated.

With `--self-test`, plants mistakes in a copy and expects each to be found; with `--count`, prints files and arrows.
"""

import subprocess
import sys
from pathlib import Path

from house import imports, planted

ROOT = Path(__file__).resolve().parent.parent
MAX_README = 200
MAX_ROOM = 500
# What is written from the format's own tables, and what writes it.
TABLES = {
    "scripts/texture_table.py": (
        "crates/dgen/src/calibration/table.rs",
        "crates/dgen/src/calibration/lz_table.rs",
        "crates/dgen/src/calibration/text_table.rs",
    ),
    "scripts/tensor_table.py": ("crates/dgen/src/tensor/table.rs",),
    "scripts/normal_table.py": ("crates/dgen/src/numeric/normal_table.rs",),
}


def main() -> int:
    match sys.argv[1:]:
        case []:
            problems = [*imports.check(ROOT), *sizes(), *table(), *generated("scaling_page"), *generated("judge_page")]
        case ["--self-test"]:
            problems = planted.check(ROOT)
        case ["--count"]:
            print("\n".join(imports.counted(ROOT)))
            return 0
        case other:
            print(f"unknown: {' '.join(other)}; --self-test or --count", file=sys.stderr)
            return 2
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"house checks: {len(problems)} problems")
    return 1 if problems else 0


def sizes() -> list[str]:
    problems = []
    if len((ROOT / "README.md").read_text().splitlines()) > MAX_README:
        problems.append(f"README.md is longer than {MAX_README} lines")
    tracked = subprocess.run(["git", "ls-files", "*.rs", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.split():
        path = ROOT / name
        if path.exists() and len(path.read_text().splitlines()) > MAX_ROOM:
            problems.append(f"{name} is longer than {MAX_ROOM} lines: is it one idea?")
    return problems


def table() -> list[str]:
    problems = []
    for script, tables in TABLES.items():
        targets = [ROOT / table for table in tables]
        before = [target.read_text() for target in targets]
        subprocess.run([sys.executable, ROOT / script], check=True)
        for target, text in zip(targets, before, strict=True):
            if target.read_text() != text:
                problems.append(f"{target}: not what {script} writes")
            target.write_text(text)
    return problems


def generated(page: str) -> list[str]:
    command = [sys.executable, ROOT / f"bench/{page}.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [(done.stdout + done.stderr).strip()]


if __name__ == "__main__":
    sys.exit(main())
