"""Wraps the prose of generated documents, and puts them in their place."""

import re
import sys
import textwrap
from pathlib import Path

WIDTH = 120
# Code up to so many characters stays on one line.
CODE = 40


def wrapped(lines: list[str]) -> list[str]:
    """The lines, with those of paragraphs and lists cut at the width; tables and headings stay as they are."""
    return [part for line in lines for part in ([line] if line.startswith(("|", "#")) else wrap(line))]


def wrap(line: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    whole = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", "\0") if len(code[0]) <= CODE else code[0], line)
    indent = re.match(r" *(- )?", line)[0].replace("-", " ")
    parts = textwrap.wrap(whole, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [part.replace("\0", " ") for part in parts]


def put(page: Path, text: str) -> int:
    """Writes a generated page, or with `--check` says whether it is there as it would be written; returns the exit code."""
    if "--check" not in sys.argv:
        page.write_text(text, encoding="utf-8")
        return 0
    fresh = page.exists() and page.read_text(encoding="utf-8") == text
    program = Path(sys.argv[0]).name
    print(f"docs/{page.name} is up to date" if fresh else f"docs/{page.name}: not what bench/{program} writes")
    return 0 if fresh else 1
