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


def test_names_and_sizes_are_typed(tmp_path):
    right = tmp_path / "right.py"
    right.write_text(
        "import dgen_py\n"
        "from dgen_py.typing import Size\n"
        "size: Size = '1GiB'\n"
        "dgen_py.Generator(size, numa_mode='auto', texture='text', tune='zstd', reuse='zipf:1')\n"
        "dgen_py.read_file('f', progress=lambda done, total: None, order='random:7')\n"
        "dgen_py.measure('f', codecs=['lz4'], progress=dgen_py.Progress())\n"
        "dgen_py.bench_storage('f', depth=[1, 8], writers=4, direct=['on', 'off'])\n"
    )
    check("3.11", str(right), cwd=tmp_path)
    for wrong in ("Generator(1.5)", "Generator(1, numa_mode='some')", "read_file('f', progress=7)", "bench_storage('f', mode='x')"):
        path = tmp_path / "wrong.py"
        path.write_text(f"import dgen_py\ndgen_py.{wrong}\n")
        with pytest.raises(AssertionError, match="arg-type"):
            check("3.11", str(path), cwd=tmp_path)
