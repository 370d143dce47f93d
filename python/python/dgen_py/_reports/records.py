"""Frozen, typed objects made from the dicts that JSON stands for."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

_R = TypeVar("_R", bound="Record")
_EXACT = 2**53
_HINTS: dict[type[Any], dict[str, Any]] = {}


@dataclass(frozen=True, repr=False)
class Record:
    """Values under the names that the command's JSON gives them; `to_dict()` is that JSON."""

    _data: dict[str, Any] = field(repr=False, compare=False)

    @classmethod
    def _from_dict(cls: type[_R], data: dict[str, Any]) -> _R:
        hints = _hints(cls)
        return cls(data, **{name: _convert(hint, data[name]) for name, hint in hints.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return all values as dicts, lists, strings and numbers: what the command prints with `--json`.

        An integer above 2**53, which many readers of JSON round, stands as text, too, under its name and `_str`.
        """
        copied: dict[str, Any] = _with_text(self._data)
        return copied

    def __repr__(self) -> str:
        values = (f"{name}={getattr(self, name)!r}" for name in _hints(type(self)))
        return f"{type(self).__name__}({', '.join(values)})"


def _with_text(value: Any) -> Any:
    """Return a copy in which large integers of dicts are followed by the same as text."""
    if isinstance(value, list):
        return [_with_text(item) for item in value]
    if not isinstance(value, dict):
        return value
    copied: dict[str, Any] = {}
    for name, item in value.items():
        copied[name] = _with_text(item)
        if type(item) is int and abs(item) > _EXACT:
            copied[f"{name}_str"] = str(item)
    return copied


def _hints(cls: type[Record]) -> dict[str, Any]:
    """Return the fields of a class and their types; looked up once for each class."""
    known = _HINTS.get(cls)
    if known is None:
        hints = get_type_hints(cls)
        known = _HINTS[cls] = {item.name: hints[item.name] for item in fields(cls) if item.name != "_data"}
    return known


def _convert(hint: Any, value: Any) -> Any:
    """Return a JSON value as the type that an annotation names."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if value is None else _convert(arguments[0], value)
    if origin is tuple:
        return tuple(_convert(arguments[0], item) for item in value)
    if origin is Mapping:
        key, item = arguments
        return {_key(key, name): _convert(item, value[name]) for name in value}
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint._from_dict(value)
    return value


def _key(hint: Any, name: str) -> Any:
    """Return a key of a JSON object, which is always text, as an integer where it stands for one."""
    return int(name) if hint is int else name
