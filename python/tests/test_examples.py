"""The examples run, and print what they are there to show."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from processes import LIMIT_S

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
RUNS = {
    "streaming": (["--size", "16", "--passes", "1"], r"(?m)^ +\d+ KiB +[\d.]+  \(auto\)$"),
    "system_information": ([], r"(?m)^NUMA nodes: +[1-9]"),
    "compare_generators": (["--size", "1", "--rounds", "1"], r"(?m)^dgen_py +[\d.]+ +1\.0 x$"),
    "zero_copy": (["--size", "2"], r"filled in place +2097152 bytes of a float32 array"),
    "reproducibility": (["--size", "1", "--seed", "7"], r"the same from recipe: +dgen1,seed=0x"),
    "small_objects": (["--count", "20"], r"64 KiB, compress_ratio 2\.0: zlib measures (1\.9|2\.0)"),
    "numeric_vectors": (["--rows", "100", "--dim", "16"], r"dgen_py .*  norms (0\.99999\d|1\.00000\d) to 1\.00000"),
    "fastest_settings": (["--size", "2MiB", "--runtime", "0.05"], r"(?m)^<WriteReport 2\.00 MiB in "),
    "storage_benchmark": (["--size", "8MiB", "--auto"], r"(?m)^verify +every byte is right"),
    "shared_ring": (["--size", "16"], r"(?m)^verified: 16777216 bytes, 0 bad$"),
    "numa_processes": (["--size", "16"], r"(?m)^together: [\d.]+ GB/s, slowest: node \d+$"),
}


def run(name, *arguments):
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *arguments]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_every_example_is_run():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(RUNS)


@pytest.mark.parametrize("name", RUNS)
def test_example(name):
    arguments, shown = RUNS[name]
    assert re.search(shown, run(name, *arguments))


def test_numba_is_compared_where_it_is_found():
    pytest.importorskip("numba", reason="optional: Numba is not installed")
    assert "Numba splitmix64" in run("compare_generators", "--size", "1", "--rounds", "1")


def test_compiled_and_plain_splitmix_agree():
    numpy = pytest.importorskip("numpy")
    numba = pytest.importorskip("numba", reason="optional: Numba is not installed")
    sys.path.insert(0, str(EXAMPLES))
    try:
        from compare_generators import splitmix
    finally:
        sys.path.remove(str(EXAMPLES))
    compiled = numpy.zeros(4, numpy.uint64)
    numba.njit(splitmix)(compiled, 1234567)
    assert compiled.tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]


def test_everything_known_is_json():
    assert json.loads(run("system_information", "--json"))["logical_cpus"] >= 1
