"""Python blocks of pages in `docs`, run as scripts, with smaller sizes."""

import os
import subprocess
import sys
from pathlib import Path

import snippets
from processes import LIMIT_S

ROOT = Path(__file__).resolve().parents[2]
SMALLER = [("10 << 30", "32 << 20"), ("1 << 30", "4 << 20"), ("10GiB", "32MiB"), ("64 << 20", "4 << 20")]


def blocks(page):
    return snippets.blocks(ROOT / page)


def below(page, before):
    """The block that stands behind these words."""
    text = (ROOT / page).read_text(encoding="utf-8")
    line = text[: text.index(before)].count("\n")
    return next(block for block in blocks(page) if block.line > line)


def run(block, folder, prelude=""):
    """Runs a block as a script in a folder, behind a prelude; it must succeed."""
    code = block.text
    for printed, smaller in SMALLER:
        code = code.replace(printed, smaller)
    script = folder / "block.py"
    script.write_text(prelude + code, encoding="utf-8")
    command = [sys.executable, str(script)]
    done = subprocess.run(command, cwd=folder, timeout=LIMIT_S, capture_output=True, text=True, env={**os.environ}, check=False)
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    return done.stdout
