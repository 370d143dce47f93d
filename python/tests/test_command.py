"""The `dgen` command of the package: the same as the native one."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import dgen_py
import pytest
from processes import LIMIT_S

SCRIPT = Path(sysconfig.get_path("scripts")) / "dgen"
COMMANDS = {"module": [sys.executable, "-m", "dgen_py"], "script": [str(SCRIPT)]}


@pytest.fixture(params=COMMANDS)
def dgen(request, tmp_path):
    """Runs the command in an empty folder, and checks its exit code."""
    if request.param == "script" and not SCRIPT.exists():
        pytest.skip("the package was not installed with its script")

    def run(line, code=0, **options):
        command = [*COMMANDS[request.param], *line.split()]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=LIMIT_S, **options)
        assert done.returncode == code, done.stderr.decode()
        assert b"Traceback" not in done.stderr
        return done

    run.command = COMMANDS[request.param]
    return run


def test_help_names_the_program(dgen):
    out = dgen("--help").stdout.decode()
    assert "Usage: dgen [OPTIONS] <COMMAND>" in out and "verify" in out
    assert "Usage: dgen write" in dgen("write --help").stdout.decode()
    assert dgen("--version").stdout.decode() == f"dgen {dgen_py.info()['version']}\n"
    assert b"_dgen" in dgen("completions bash").stdout


def test_main_job(dgen, tmp_path):
    report = json.loads(dgen("write f --size 4MiB --seed 7 --dedup-ratio 2 --block-size 64KiB --json").stdout)
    assert report["bytes_written"] == 4 << 20
    data = bytearray(4 << 20)
    dgen_py.Generator(4 << 20, dedup_ratio=2, block_size=65536, seed=7).fill_at(0, data)
    assert (tmp_path / "f").read_bytes() == data
    assert dgen("stream --size 4MiB --seed 7 --dedup-ratio 2 --block-size 64KiB").stdout == data
    dgen(f"verify f --size 4MiB --recipe {report['recipe']}")
    assert json.loads(dgen("read f --json").stdout)["bytes_read"] == 4 << 20
    measured = json.loads(dgen("measure f --no-compress --json").stdout)
    assert measured["dedup"]["65536"]["distinct"] == 32
    assert json.loads(dgen("info --json").stdout)["kernel"]


def test_data_by_pipe(dgen):
    data = dgen("stream --size 1MiB --seed 3").stdout
    dgen("verify - --size 1MiB --seed 3", input=data)
    assert json.loads(dgen("measure - --no-compress --json", input=data).stdout)["bytes"] == 1 << 20


def test_exit_codes(dgen, tmp_path):
    dgen("", code=2)
    assert b"--size" in dgen("write f", code=2).stderr
    assert dgen("write f --size 1XB", code=2).stderr.startswith(b"error: --size: `1XB`")
    dgen("verify missing", code=1)
    (tmp_path / "f").write_bytes(b"precious")
    assert b"--force" in dgen("write f --size 4096 --seed 1", code=1).stderr
    dgen("verify f", code=2)
    dgen("verify f --size 8 --seed 1", code=3)
    dgen("write /dev/full --size 4096", code=1)


def test_a_reader_that_goes_is_told_with_what_it_took(dgen):
    with subprocess.Popen([*dgen.command, "stream", "--size", "1TiB", "--seed", "1"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as child:
        head = child.stdout.read(10)
        child.stdout.close()
        errors = child.stderr.read()
        assert child.wait(LIMIT_S) == 141, errors
    assert b"Traceback" not in errors and b"Broken" not in errors and b"the reader went after it took" in errors
    data = bytearray(10)
    dgen_py.Generator(10, seed=1).fill_chunk(data)
    assert head == data


def interrupt(command, wait, **options):
    with subprocess.Popen(command, stderr=subprocess.PIPE, **options) as child:
        try:
            wait(child)
            child.send_signal(signal.SIGINT)
            _, errors = child.communicate(timeout=LIMIT_S)
        finally:
            child.kill()
    assert b"Traceback" not in errors and b"KeyboardInterrupt" not in errors
    return child.returncode, errors


def test_an_interruption_drains_and_exits_with_130(dgen, tmp_path):
    path = tmp_path / "f"

    def until_written(child):
        while not (path.exists() and path.stat().st_size):
            assert child.poll() is None

    command = [*dgen.command, "write", str(path), "--size", "16GiB", "--seed", "1", "--no-preallocate", "--json=report"]
    code, errors = interrupt(command, until_written, cwd=tmp_path, stdout=subprocess.DEVNULL)
    assert code == 130 and b"interrupted" in errors
    report = json.loads((tmp_path / "report").read_text())
    assert report["interrupted"] and 0 < report["valid_prefix"] < 16 << 30
    assert path.stat().st_size == report["valid_prefix"]
    assert dgen_py.verify_file(path, report["valid_prefix"], seed=1).ok


def test_an_interruption_of_a_stream_whose_reader_sleeps(dgen):
    code, errors = interrupt([*dgen.command, "stream", "--size", "1TiB"], lambda child: child.stdout.read(10),
                             stdout=subprocess.PIPE)
    assert code == 130 and b"interrupted" in errors


def test_closed_standard_files_do_not_end_up_in_the_data(dgen, tmp_path):
    line = " ".join(dgen.command) + " write f --size 1MiB --seed 1 --force <&- 2>&-"
    subprocess.run(["sh", "-c", line], cwd=tmp_path, check=True, timeout=LIMIT_S, stdout=subprocess.DEVNULL)
    assert dgen_py.verify_file(tmp_path / "f", "1MiB", seed=1).ok
    # Without a place for the report nothing is done.
    line = line.replace(" f ", " g ") + " >&-"
    assert subprocess.run(["sh", "-c", line], cwd=tmp_path, check=False, timeout=LIMIT_S).returncode == 1
    assert not (tmp_path / "g").exists()


def test_paths_that_are_not_text(dgen, tmp_path):
    name = os.fsdecode(b"\xff")
    for arguments in [["write", name, "--size", "4096", "--seed", "1", "--json"], ["read", name, "--json"],
                      ["verify", name, "--size", "4096", "--seed", "1", "--json"]]:
        done = subprocess.run([*dgen.command, *arguments], cwd=tmp_path, capture_output=True, timeout=LIMIT_S, check=True)
        assert json.loads(done.stdout)["files"][0]["path"] == "\ufffd"
