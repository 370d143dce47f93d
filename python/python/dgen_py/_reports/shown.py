"""Reports as people meet them: a line in a shell, a table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from .records import Record

__all__ = ["Cells", "Report", "Rows", "table"]

Rows = Iterable[tuple[str, str]]
"""Names and what is said of each."""
Cells = Sequence[Sequence[str]]
"""The lines of a table, its head first."""


class Report(Record):
    """What a call returns: its `repr` is one short line, and notebooks show it as a table. `to_dict()` has everything."""

    def _line(self) -> str:
        """What it comes to."""
        raise NotImplementedError

    def _rows(self) -> Rows:
        """The same at more length."""
        raise NotImplementedError

    def _table(self) -> Cells:
        """What there are several of; no lines where there are none."""
        return ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._line()}>"

    def _repr_html_(self) -> str:
        """The report as HTML, for notebooks."""
        return table(f"{type(self).__name__}: {self._line()}", self._rows()) + lines(self._table())


def table(caption: str, rows: Rows) -> str:
    """A table of names and values.

    >>> table("a<b", [("x", "1 & 2")])
    '<table><caption>a&lt;b</caption><tr><th style="text-align:left">x</th><td style="text-align:left">1 &amp; 2</td></tr></table>'
    """
    return f"<table><caption>{escape(caption)}</caption>{''.join(_line(row, 1) for row in rows)}</table>"


def lines(cells: Cells) -> str:
    """A table with a head; nothing without lines.

    >>> lines([]), lines([["n"], ["1"]]).count("<tr>")
    ('', 2)
    """
    if not cells:
        return ""
    return f"<table>{_line(cells[0], len(cells[0]))}{''.join(_line(line, 0) for line in cells[1:])}</table>"


def _line(cells: Sequence[str], heads: int) -> str:
    """A line of a table, which begins with so many heads."""
    tags = ["th"] * heads + ["td"] * (len(cells) - heads)
    parts = (f'<{tag} style="text-align:left">{escape(cell)}</{tag}>' for tag, cell in zip(tags, cells))
    return f"<tr>{''.join(parts)}</tr>"
