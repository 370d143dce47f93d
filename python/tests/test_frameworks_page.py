"""The Python blocks of FRAMEWORKS.md run, with smaller sizes, where the frameworks are installed."""

import ast
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import dgen_urls
import pytest
import snippets
from processes import LIMIT_S

PAGE = Path(__file__).resolve().parents[2] / "docs" / "FRAMEWORKS.md"
SMALLER = [("10GiB", "32MiB"), ("10 << 30", "32 << 20"), ("64MiB", "512KiB"), ("64 << 20", "512 << 10"), ("1 << 30", "4 << 20")]
REGISTERED = "" if dgen_urls.INSTALLED else "import fsspec; fsspec.register_implementation('dgen', 'dgen_py.fsspec.DgenFileSystem')\n"


def packages(code):
    imports = [node for node in ast.walk(ast.parse(code)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {name.name for node in imports if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module for node in imports if isinstance(node, ast.ImportFrom)}
    return sorted({name.split(".")[0] for name in names} - {"dgen_py"})


@pytest.mark.parametrize("block", snippets.blocks(PAGE), ids=lambda block: block.heading)
def test_block(block, tmp_path):
    code = block.text
    for name in packages(code):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"optional: {name} is not installed")
    for printed, smaller in SMALLER:
        code = code.replace(printed, smaller)
    if "dgen://" in code or "fsspec" in packages(code):
        code = REGISTERED + code
    script = tmp_path / "block.py"
    script.write_text(code)
    # Ray's sockets have short names only, so not in the test's own folder.
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as sessions:
        environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": sessions}
        done = subprocess.run(
            [sys.executable, script], timeout=3 * LIMIT_S, cwd=tmp_path, capture_output=True, text=True, env=environment
        )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_has_blocks():
    headings = {block.heading for block in snippets.blocks(PAGE)}
    assert {"fsspec", "Dask", "pyarrow", "PyTorch", "Ray Data"} < headings
