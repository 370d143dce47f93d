"""Reads one crate: its files, what each declares, re-exports and uses."""

import re
from dataclasses import dataclass, field
from pathlib import Path

# The path of a module from the crate's root: `crate::write::run` is ("write", "run").
Module = tuple[str, ...]

ITEM = re.compile(r"(?<!')\b(?:fn|struct|enum|union|trait|type|const|static|macro_rules!)\s+([A-Za-z_]\w*)")
CHILD = re.compile(r"^(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;", re.M)
USE = re.compile(r"^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);", re.M)
PATH = re.compile(r"(?<![\w:])[A-Za-z_]\w*(?:::[A-Za-z_]\w*)+")


@dataclass
class Room:
    """A file, as the module that it is."""

    path: Path
    module: Module
    children: set[str] = field(default_factory=set)
    items: set[str] = field(default_factory=set)
    # What each imported name stands for, as it is written: segments of a path.
    names: dict[str, list[str]] = field(default_factory=dict)
    globs: list[list[str]] = field(default_factory=list)
    # Names that are imported for others, and not used in the file itself.
    passed_on: set[str] = field(default_factory=set)
    # Paths in the code, `use` aside.
    paths: set[tuple[str, ...]] = field(default_factory=set)


def rooms(source: Path) -> dict[Module, Room]:
    """All files of a crate but those of its tests, from the root down."""
    found: dict[Module, Room] = {}
    for root in ("lib.rs", "main.rs"):
        if (source / root).exists():
            module = () if root == "lib.rs" else ("main",)
            _add(found, source / root, module)
    return found


def _add(found: dict[Module, Room], path: Path, module: Module) -> None:
    room = found[module] = read(path, module)
    folder = path.parent if path.name in ("lib.rs", "main.rs", "mod.rs") else path.with_suffix("")
    for child in sorted(room.children):
        places = [folder / f"{child}.rs", folder / child / "mod.rs"]
        if below := next((place for place in places if place.exists()), None):
            _add(found, below, (*module, child))


def read(path: Path, module: Module) -> Room:
    """What one file says."""
    code = without_tests(without_text(path.read_text()))
    room = Room(path, module, children=set(CHILD.findall(code)), items=set(ITEM.findall(code)))
    visible = set()
    for visibility, tree in USE.findall(code):
        for segments, name in leaves(tree):
            if name == "*":
                room.globs.append(segments)
                continue
            room.names[name] = segments
            if visibility:
                visible.add(name)
    rest = re.sub(r"\bpub\(in [^)]*\)", "pub", USE.sub("", code))
    room.passed_on = {name for name in visible if not re.search(rf"\b{name}\b", rest)}
    room.paths = {tuple(path.split("::")) for path in PATH.findall(rest)}
    return room


def without_text(code: str) -> str:
    """Code without comments and what stands between quotes."""
    token = r"""//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?'(?:\\[^']+|[^'\\])'"""
    return re.sub(token, lambda found: " " if found[0].startswith("/") else '""', code, flags=re.S)


def without_tests(code: str) -> str:
    """Code without the items below `#[cfg(test)]`, which end at the indentation at which they begin."""
    lines, kept, skip = code.split("\n"), [], None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if skip is None:
            if re.match(r"\s*#\[cfg\((?:all\()?test\b", line):
                skip = indent
            else:
                kept.append(line)
        elif line.strip() and indent == skip and not line.lstrip().startswith("#["):
            # A line that ends here, or the one that closes what was opened.
            if line.rstrip().endswith((";", "}", "},", ",")):
                skip = None
    return "\n".join(kept)


def leaves(tree: str) -> list[tuple[list[str], str]]:
    """The paths of a `use`, each with the name that it goes by."""
    tree = " ".join(tree.split())
    if "{" not in tree:
        path, _, alias = tree.partition(" as ")
        segments = [part.strip() for part in path.split("::") if part.strip()]
        if segments[-1] == "*":
            return [(segments[:-1], "*")]
        if segments[-1] == "self":
            segments.pop()
        return [(segments, alias.strip() or segments[-1])]
    head, inner = tree.split("{", 1)
    before = [part.strip() for part in head.split("::") if part.strip()]
    below = [leaf for part in split(inner.rsplit("}", 1)[0]) for leaf in nested(part)]
    return [([*before, *path], name or before[-1]) for path, name in below]


def nested(part: str) -> list[tuple[list[str], str]]:
    """The paths of one member of a list; `self` stands for what is before the list."""
    if part == "self" or part.startswith("self as "):
        return [([], part.partition(" as ")[2].strip())]
    return leaves(part)


def split(text: str) -> list[str]:
    """The members of a list, at its commas."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]
