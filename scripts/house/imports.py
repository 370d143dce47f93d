"""Imports: crates use only those they may, rooms only what lies below them, and no file itself by way of others."""

import re
from collections.abc import Iterable
from pathlib import Path

from .graph import Crate
from .layers import CRATES, LAYERS, SOURCES


def check(root: Path, names: Iterable[str] = LAYERS) -> list[str]:
    """Everything that is wrong with imports in the tree at `root`, or in these of its crates."""
    problems = crates(root)
    for name in names:
        table = LAYERS[name]
        source = root / SOURCES.get(name, f"crates/{name}/src")
        crate = Crate(source)
        layers = [line.split() for line in table.strip().splitlines()]
        problems += [shortened(root, f"{name}: {problem}") for problem in crate.upward(layers)]
        problems += [shortened(root, f"{name}: {crate.told(circle)}") for circle in crate.circles()]
    return problems


def shortened(root: Path, problem: str) -> str:
    """Paths as they are below the root."""
    return problem.replace(f"{root}/", "")


def crates(root: Path) -> list[str]:
    """Crates that depend on one that they must not."""
    problems = []
    for name, allowed in CRATES.items():
        manifest = (root / "crates" / name / "Cargo.toml").read_text()
        normal = manifest.split("[dev-dependencies]")[0]
        used = set(re.findall(r"^(dgen[a-z-]*)(?:\.workspace)?\s*=", normal, re.M))
        problems += [f"{name} must not depend on {other}" for other in sorted(used - allowed)]
    return problems


def counted(root: Path) -> list[str]:
    """For each crate: files, arrows between them, and circles."""
    lines = []
    for name in LAYERS:
        crate = Crate(root / SOURCES.get(name, f"crates/{name}/src"))
        circles = crate.circles()
        inside = f"{len(circles)} circles" + "".join(f", one of {len(circle)} files" for circle in circles)
        lines.append(f"{name}: {len(crate.rooms)} files, {len(crate.arrows)} arrows, {inside}")
    return lines
