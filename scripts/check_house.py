#!/usr/bin/env python3
"""Checks what the lints cannot see: import directions, room sizes, README length, freshness of what is generated."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Modules of `dgen`, left to right; a module may use those at or before its own place, and `error` and `units` always.
ORDER = [
    ["error", "units", "uninit"],
    ["ratio", "calibration"],
    ["recipe"],
    ["key"],
    ["plan"],
    ["topology"],
    ["placement"],
    ["driver"],
    ["kernel"],
    ["fill"],
    ["stream", "reader"],
    ["place"],
    ["generator", "numeric", "verify"],
]
# Crates and the crates of this workspace that they may use.
CRATES = {
    "dgen-spec": set(),
    "dgen": set(),
    "dgen-measure": {"dgen"},
    "dgen-io": {"dgen"},
    "dgen-cli": {"dgen", "dgen-io", "dgen-measure"},
}
MAX_README = 200
MAX_ROOM = 500


def main() -> int:
    problems = [*imports(), *crates(), *sizes(), *table(), *scaling()]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"house checks: {len(problems)} problems")
    return 1 if problems else 0


def imports() -> list[str]:
    place = {name: index for index, names in enumerate(ORDER) for name in names}
    problems = []
    source = ROOT / "crates/dgen/src"
    for path in sorted(source.rglob("*.rs")):
        module = path.relative_to(source).parts[0].removesuffix(".rs")
        if module == "lib" or "test" in path.name:
            continue
        if module not in place:
            problems.append(f"{path}: module `{module}` has no place in the order")
            continue
        code = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("//"))
        for used in sorted(set(re.findall(r"\bcrate::([a-z_]+)", code))):
            if place.get(used, 99) > place[module]:
                problems.append(f"{path}: `{module}` uses `{used}`, which lies to its right")
    return problems


def crates() -> list[str]:
    problems = []
    for name, allowed in CRATES.items():
        manifest = (ROOT / "crates" / name / "Cargo.toml").read_text()
        normal = manifest.split("[dev-dependencies]")[0]
        used = set(re.findall(r"^(dgen[a-z-]*)(?:\.workspace)?\s*=", normal, re.M))
        problems += [f"{name} must not depend on {other}" for other in sorted(used - allowed)]
    return problems


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
    target = ROOT / "crates/dgen/src/calibration/table.rs"
    before = target.read_text()
    subprocess.run([sys.executable, ROOT / "scripts/texture_table.py"], check=True)
    fresh = target.read_text() == before
    target.write_text(before)
    return [] if fresh else [f"{target}: not what scripts/texture_table.py writes"]


def scaling() -> list[str]:
    command = [sys.executable, ROOT / "bench/scaling_page.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [(done.stdout + done.stderr).strip()]


if __name__ == "__main__":
    sys.exit(main())
