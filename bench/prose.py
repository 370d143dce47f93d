"""Wraps the prose of generated documents."""

import re
import textwrap

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
