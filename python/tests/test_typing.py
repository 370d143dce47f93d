"""The stubs say what the module has, and the examples use it as they say."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[1]
EXAMPLES, CONFIG, ALLOWLIST = HERE / "examples", HERE / "pyproject.toml", HERE / "stubtest-allowlist.txt"

pytest.importorskip("mypy", reason="optional: mypy is not installed; `make check` checks the types")


def run(module, *arguments, cwd):
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout


def check(version, *what, cwd):
    options = ["--strict", "--config-file", str(CONFIG), "--cache-dir", str(cwd), "--python-version", version]
    run("mypy", *options, *what, cwd=cwd)


def test_stubs_match_the_module(tmp_path):
    options = ["--allowlist", str(ALLOWLIST), "--ignore-unused-allowlist", "--mypy-config-file", str(CONFIG)]
    run("mypy.stubtest", *options, "dgen_py", cwd=tmp_path)


@pytest.mark.parametrize("version", ["3.11", "3.14"])
def test_examples_are_typed(version, tmp_path):
    pytest.importorskip("numpy")
    check(version, str(EXAMPLES), cwd=tmp_path)


@pytest.mark.parametrize("version", ["3.10", "3.14"])
def test_the_package_is_typed(version, tmp_path):
    check(version, "-p", "dgen_py", cwd=tmp_path)
