"""The Python blocks of this project's own pages run, with smaller sizes and a folder that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALLER = [('"100GiB"', '"1GiB"'), ("10 << 30", "1 << 30"), ('"4GiB"', '"4MiB"')]


def blocks():
    found = []
    for page in ("README.md", "python/README.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for number, match in enumerate(re.finditer(r"^( *)```python\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)):
            code = re.sub(rf"^{match[1]}", "", match[2], flags=re.MULTILINE)
            found.append(pytest.param(code, id=f"{page}-{number}"))
    return found


@pytest.mark.parametrize("code", blocks())
def test_block(code, tmp_path):
    for printed, smaller in SMALLER:
        code = code.replace(printed, smaller)
    exec(compile("import dgen_py\n" + code.replace("/mnt/test", str(tmp_path)), "README", "exec"), {})


def test_the_pages_have_blocks():
    assert len(blocks()) >= 4
