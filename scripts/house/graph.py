"""Who imports whom in a crate, file by file, and what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path

from .source import Module, Room, rooms


@dataclass(frozen=True)
class Arrow:
    """One file imports something of another."""

    source: Module
    target: Module
    name: str


class Crate:
    """The files of a crate and the arrows between them."""

    def __init__(self, source: Path):
        self.rooms = rooms(source)
        found: dict[tuple[Module, Module], Arrow] = {}
        for room in self.rooms.values():
            for path in self._used(room):
                if (target := self.defining(room.module, list(path))) is not None and target != room.module:
                    found.setdefault((room.module, target), Arrow(room.module, target, "::".join(path)))
        self.arrows = list(found.values())

    def _used(self, room: Room) -> list[tuple[str, ...]]:
        used = [tuple(path) for name, path in sorted(room.names.items()) if name not in room.passed_on]
        return [*used, *(tuple(path) for path in room.globs), *sorted(room.paths)]

    def defining(self, module: Module, path: list[str], seen: frozenset = frozenset()) -> Module | None:
        """The module whose file defines what a path means in a module; `None` for what lies outside the crate, and for
        a module alone, of which nothing is named yet."""
        key = (module, tuple(path))
        if key in seen or not path:
            return None
        seen |= {key}
        here, rest = self._start(module, path)
        if here is None:
            first = self.rooms[module].names.get(path[0])
            # An imported name: go on from what it stands for, unless that is of a crate of the same name.
            return self.defining(module, [*first, *path[1:]], seen) if first and first[0] != path[0] else None
        while rest and (*here, rest[0]) in self.rooms:
            here, rest = (*here, rest[0]), rest[1:]
        return self._item(here, rest, seen) if rest else None

    def _start(self, module: Module, path: list[str]) -> tuple[Module | None, list[str]]:
        here, rest = list(module), list(path)
        if rest[0] == "crate":
            return (), rest[1:]
        if rest[0] not in ("self", "super"):
            child = (*module, rest[0])
            return (child, rest[1:]) if child in self.rooms else (None, rest)
        while rest and rest[0] in ("self", "super"):
            if rest.pop(0) == "super" and here:
                here.pop()
        return tuple(here), rest

    def _item(self, module: Module, path: list[str], seen: frozenset) -> Module | None:
        room = self.rooms.get(module)
        if room is None or path[0] in room.items:
            return module if room else None
        if path[0] in room.names:
            # What a module imports from outside of the crate and passes on is its own.
            return self.defining(module, [*room.names[path[0]], *path[1:]], seen) or self._outside(room, path[0])
        for glob in room.globs:
            if found := self.defining(module, [*glob, path[0]], seen):
                return found
        # Made by a macro, or an item that is declared in a way unknown here.
        return module

    def _outside(self, room: Room, name: str) -> Module | None:
        first = room.names[name][0]
        inside = first in ("crate", "self", "super") or (*room.module, first) in self.rooms
        return None if inside else room.module

    def show(self, module: Module) -> str:
        """A file's path."""
        return str(self.rooms[module].path)

    def upward(self, layers: list[list[str]]) -> list[str]:
        """Rooms without a place, places without a room, and imports against the order."""
        place = {name: index for index, names in enumerate(layers) for name in names if name != "|"}
        apart = {index for index, names in enumerate(layers) if "|" in names}
        present = {self.top(module) for module in self.rooms}
        unplaced, absent = sorted(present - set(place)), sorted(set(place) - present)
        problems = [f"without a place in the layers: {' '.join(unplaced)}"] if unplaced else []
        problems += [f"in the layers, and neither file nor folder: {' '.join(absent)}"] if absent else []
        for arrow in self.arrows:
            above, below = (place.get(self.top(module)) for module in (arrow.source, arrow.target))
            if above is None or below is None:
                continue
            files = f"{self.show(arrow.source)}: imports {self.show(arrow.target)}"
            if below < above:
                problems.append(f"{files}, which lies above it ({arrow.name})")
            elif below == above and above in apart and self.top(arrow.source) != self.top(arrow.target):
                problems.append(f"{files}, beside it and apart ({arrow.name})")
        return problems

    def top(self, module: Module) -> str:
        """The room of a module."""
        return module[0] if module else "lib"

    def circles(self) -> list[list[Module]]:
        """The sets of files that import each other, directly or by way of others."""
        targets: dict[Module, list[Module]] = {module: [] for module in self.rooms}
        for arrow in self.arrows:
            targets[arrow.source].append(arrow.target)
        reach = {module: reached(targets, module) for module in self.rooms}
        found: list[list[Module]] = []
        for module in sorted(self.rooms):
            if module in reach[module] and not any(module in circle for circle in found):
                found.append([other for other in sorted(reach[module]) if module in reach[other]])
        return found

    def told(self, circle: list[Module]) -> str:
        """A circle in a line: how many files, and the arrows of one shortest way round."""
        targets: dict[Module, dict[Module, str]] = {module: {} for module in circle}
        for arrow in self.arrows:
            if arrow.source in targets:
                targets[arrow.source][arrow.target] = arrow.name
        ways = [[module] for module in circle]
        while ways:
            way = ways.pop(0)
            for target in sorted(targets[way[-1]]):
                if target == way[0]:
                    shown = [f"{self.show(way[0])}"]
                    for one, other in zip(way, [*way[1:], way[0]], strict=True):
                        shown.append(f"{self.show(other)} ({targets[one][other]})")
                    return f"{len(circle)} files import each other, for example: " + " -> ".join(shown)
                if target in targets and target not in way:
                    ways.append([*way, target])
        return f"{len(circle)} files import each other"


def reached(targets: dict[Module, list[Module]], start: Module) -> set[Module]:
    """What can be reached along one or more arrows."""
    found: set[Module] = set()
    ways = list(targets[start])
    while ways:
        module = ways.pop()
        if module not in found:
            found.add(module)
            ways += targets[module]
    return found
