"""The stubs say what the module has, and the examples use it as they say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
# `BytesView` has the method from Python 3.12 on, and its buffer in all versions, which type checkers must know.
MISSING_BEFORE_3_12 = r"dgen_py\._dgen\.BytesView\.__buffer__"

pytest.importorskip("mypy")


def run(module, *arguments, cwd):
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout


def check(version, *what, cwd):
    options = ["--strict", "--config-file", os.devnull, "--cache-dir", str(cwd), "--python-version", version]
    run("mypy", *options, *what, cwd=cwd)


def test_stubs_match_the_module(tmp_path):
    allowed = tmp_path / "allowed"
    allowed.write_text(MISSING_BEFORE_3_12 if sys.version_info < (3, 12) else "")
    run("mypy.stubtest", "dgen_py", "--allowlist", str(allowed), "--mypy-config-file", os.devnull, cwd=tmp_path)


@pytest.mark.parametrize("version", ["3.11", "3.14"])
def test_examples_are_typed(version, tmp_path):
    pytest.importorskip("numpy")
    check(version, str(EXAMPLES), cwd=tmp_path)


@pytest.mark.parametrize("version", ["3.10", "3.14"])
def test_the_package_is_typed(version, tmp_path):
    check(version, "-p", "dgen_py", cwd=tmp_path)
