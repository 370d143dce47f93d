"""The command on all ranks of an MPI job: `python -m dgen_py.mpi`, under the launchers of MPICH and Open MPI."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import dgen_py
import pytest
from mpi_launchers import environment, launcher
from processes import LIMIT_S, wait_until

SIZE = (5 << 20) + 777
RECIPE = "dgen1,seed=0x7,block=64KiB,dedup=2,window=4MiB,skip=1MiB,compress=2"
WRITE = ["--size", SIZE, "--recipe", RECIPE, "--buffer-size", "64KiB"]
TWO_HOSTS = Path(__file__).resolve().parents[2] / "scripts" / "two_hosts.sh"
CONTENT = bytes(dgen_py.Generator.from_recipe(RECIPE, SIZE).get_chunk(SIZE))


@pytest.fixture(params=["MPICH", "Open MPI"])
def mpi(request):
    pytest.importorskip("mpi4py", reason="optional: mpi4py is not installed")
    found = launcher(request.param)
    if found is None:
        pytest.skip(f"optional: no {request.param} here that mpi4py can load")
    found.name = request.param
    return found


@pytest.fixture
def job(mpi, tmp_path):
    """Runs phases on four ranks; what was said, and the gathered report."""

    def run(*arguments, code=0, ranks=4):
        at = tmp_path / "report.json"
        at.unlink(missing_ok=True)
        ended, out, errors = mpi.run(ranks, "-m", "dgen_py.mpi", *arguments, f"--json={at}", cwd=tmp_path)
        assert ended == code, out + errors
        assert "Traceback" not in errors
        return out, errors, json.loads(at.read_text()) if at.exists() else None

    return run


def test_four_ranks_write_one_stream_and_verify_it(job, tmp_path):
    out, errors, report = job("write", "f", *WRITE, "--then", "read", "f", "--then", "verify", "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert dgen_py.verify_file(tmp_path / "f")
    blocks = -(-SIZE // 65536)
    found = dgen_py.measure(tmp_path / "f", dedup_blocks=[65536]).dedup[65536]
    assert (found.total, found.distinct) == (blocks, -(-blocks // 2))
    assert [phase["command"] for phase in report["phases"]] == ["write", "read", "verify"]
    assert report["ranks"] == 4 and report["exit_code"] == 0
    assert report["hosts"] == [{"host": os.uname().nodename, "ranks": 4}]
    for phase in report["phases"]:
        check_sums(phase)
    assert report["phases"][2]["ok"] and "ok: every byte is as its recipe says" in out
    assert "wrote " in out and out.count("4 ranks on 1 host") == 3 and "error" not in errors


def check_sums(phase):
    """What is gathered is what the ranks report, each of which is inside."""
    reports = [member["report"] for member in phase["members"]]
    assert [member["rank"] for member in phase["members"]] == [0, 1, 2, 3]
    assert phase["bytes"] == SIZE and phase["hosts"][0]["bytes"] == SIZE
    operations = sum(sum(report["latency_counts"]["operations"]) for report in reports)
    assert sum(phase["latency_counts"]["operations"]) == phase["operations"] == operations >= 4
    assert phase["latency_ns"]["max"] == max(report["latency_ns"]["max"] for report in reports)
    assert phase["latency_ns"] == phase["hosts"][0]["latency_ns"]
    done = [member["done_ns"] for member in phase["members"]]
    assert phase["elapsed_ns"] == max(done) == phase["last_done"]["done_ns"]
    assert phase["bytes_per_s"] == pytest.approx(SIZE / (max(done) / 1e9))
    assert phase["first_done"]["done_ns"] == min(done) and done[phase["first_done"]["rank"]] == min(done)
    assert all(member["done_ns"] >= report["elapsed_ns"] for member, report in zip(phase["members"], reports))


def test_files_of_their_own(job, tmp_path):
    _, _, report = job("write", "part-{rank}", *WRITE, "--then", "verify", "part-{rank}")
    parts = [(tmp_path / f"part-{rank}").read_bytes() for rank in range(4)]
    assert b"".join(parts) == CONTENT
    assert [member["report"]["bytes_written"] for member in report["phases"][0]["members"]] == list(map(len, parts))
    assert all(dgen_py.verify_file(tmp_path / f"part-{rank}") for rank in range(4))


def test_objects_are_dealt_out(job, tmp_path):
    url = f"file://{tmp_path}/set"
    out, _, report = job("write", url, "--objects", 10, "--object-size", "300KiB", "--seed", 1, "--then", "verify", url)
    written, verified = report["phases"]
    assert [member["report"]["objects_written"] for member in written["members"]] == [2, 3, 2, 3]
    assert written["bytes"] == verified["bytes"] == 3_072_000 and verified["ok"] and written["operations"] == 10
    (tmp_path / "set" / "dgen-000005").write_bytes(bytes(300 << 10))
    _, errors, report = job("verify", url, code=3)
    assert report["phases"][0]["ranges"][0]["path"] == f"{url}/dgen-000005" and report["phases"][0]["ranges_total"] == 1


def test_damage_is_found_by_the_rank_that_has_it(job, tmp_path):
    job("write", "f", *WRITE)
    with open(tmp_path / "f", "r+b") as file:
        file.seek(3 << 20)
        file.write(bytes(5000))
    out, errors, report = job("verify", "f", "--then", "read", "f", code=3)
    assert len(report["phases"]) == 1
    phase = report["phases"][0]
    codes = [member["exit_code"] for member in phase["members"]]
    finder = codes.index(3)
    assert sorted(codes) == [0, 0, 0, 3] and phase["stopped"] == []
    assert not phase["ok"] and phase["bytes"] == SIZE and phase["bytes_bad"] > 4000
    assert (phase["ranges"][0]["offset"], phase["ranges"][0]["rank"]) == (3 << 20, finder)
    assert "damaged: " in out and f"rank {finder} on {os.uname().nodename}: data differs from its recipe" in errors


@pytest.mark.parametrize(("arguments", "words"), [
    (["write", "f", "--size", "1XB"], ["--size: `1XB`"]), (["write", "f", *WRITE, "--then", "read", "--bogus"], ["--bogus"]),
    (["write", "f", "--size", "1MiB"], ["--seed or --recipe is missing"]), (["stream"], ["`stream`", "write, read, verify"]),
    (["write", "f", *WRITE, "--rank", "1"], ["--rank ", "MPI"]),
])  # fmt: skip
def test_a_wrong_option_fails_once(job, tmp_path, arguments, words):
    _, errors, _ = job(*arguments, code=2)
    assert errors.count("error: ") == 1 and all(word in errors for word in words), errors
    assert not (tmp_path / "f").exists()


def test_a_refusal_of_all_is_told_once(job, tmp_path):
    (tmp_path / "f").write_bytes(b"precious")
    # Those that wait for the file of rank 0, for an hour, are told.
    _, errors, report = job("write", "f", *WRITE, "--rank-wait", "3600", code=1)
    assert errors.count("--force") == 1 and report["exit_code"] == 1
    assert (tmp_path / "f").read_bytes() == b"precious"


@pytest.fixture
def small_disk(tmp_path):
    """A folder that rank 2 alone uses, on a file system of its own that holds little."""
    for rank in range(4):
        (tmp_path / str(rank)).mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", tmp_path / "2"], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("optional: mounting a small file system is not allowed")
    yield
    subprocess.run(["umount", tmp_path / "2"], check=True)


def test_a_full_disk_of_one_rank_ends_the_job(job, small_disk, tmp_path):
    # The others would take an hour, and have their report all the same.
    slow = ["--rate", "1MiB", "--no-preallocate", "--buffer-size", "64KiB"]
    _, errors, report = job("write", "{rank}/f", "--size", "16GiB", "--seed", 1, *slow, "--then", "read", "{rank}/f", code=1)
    host = os.uname().nodename
    assert f"error: rank 2 on {host}: " in errors and "No space left on device" in errors
    phase, = report["phases"]
    assert phase["stopped"] == [0, 1, 3] and phase["failures"][0]["ranks"] == [2]
    assert [member["exit_code"] for member in phase["members"]] == [130, 130, 1, 130]
    for rank in [0, 1, 3]:
        written = phase["members"][rank]["report"]["valid_prefix"]
        assert written == (tmp_path / str(rank) / "f").stat().st_size


def writing(mpi, tmp_path, ranks=2, module=("-m", "dgen_py.mpi")):
    """A job in which all ranks write, for longer than anyone waits."""
    options = ["--size", "16GiB", "--seed", "1", "--rate", "1MiB", "--no-preallocate", "--json=report.json"]
    command = [*module, "write", "slow-{rank}", *options]
    job = mpi.start(ranks, *command, cwd=tmp_path)
    paths = [tmp_path / f"slow-{rank}" for rank in range(ranks)]

    def all_write():
        assert job.poll() is None, job.communicate()
        return all(path.exists() and path.stat().st_size for path in paths)

    wait_until(all_write, "the ranks do not write")
    return job


def ranks_in(folder):
    """The ranks that work in a folder: its processes that have the library of MPI, without the launcher."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and is_rank(entry, folder)]


def is_rank(process, folder):
    try:
        is_python = "python" in os.readlink(process / "exe") and b"dgen_py.mpi" in (process / "cmdline").read_bytes().split(b"\0")
        return is_python and os.readlink(process / "cwd") == str(folder) and "libmpi" in (process / "maps").read_text()
    except OSError:
        return False


def test_a_killed_rank_ends_the_job(mpi, tmp_path):
    job = writing(mpi, tmp_path)
    victims = ranks_in(tmp_path)
    assert len(victims) == 2
    os.kill(victims[0], signal.SIGKILL)
    _, errors = job.communicate(timeout=LIMIT_S)
    assert job.returncode != 0
    assert f"on {os.uname().nodename} was killed by SIGKILL" in errors.decode()
    wait_until(lambda: not ranks_in(tmp_path), "a rank still runs")


IMPATIENT = """
import sys
from dgen_py import mpi
from dgen_py._mpi import crew
crew.GRACE_S = 2
sys.exit(mpi.main(sys.argv[2:]))
"""


def rank_of(process):
    """Which rank a process is, by what its launcher said to it."""
    variables = dict(pair.split(b"=", 1) for pair in Path(f"/proc/{process}/environ").read_bytes().split(b"\0") if b"=" in pair)
    return int(variables.get(b"PMI_RANK") or variables[b"OMPI_COMM_WORLD_RANK"])


def test_a_rank_that_does_not_answer_holds_nobody(mpi, tmp_path):
    job = writing(mpi, tmp_path, ranks=3, module=["-c", IMPATIENT, "dgen_py.mpi"])
    processes = {rank_of(process): process for process in ranks_in(tmp_path)}
    assert sorted(processes) == [0, 1, 2]
    os.kill(processes[1], signal.SIGSTOP)
    os.kill(processes[2], signal.SIGTERM)
    _, errors = job.communicate(timeout=LIMIT_S)
    assert job.returncode != 0
    assert f"rank 1 on {os.uname().nodename}: no answer since the job was told to stop" in errors.decode()
    assert f"rank 2 on {os.uname().nodename}: interrupted after " in errors.decode()
    report = json.loads((tmp_path / "report.json").read_text())
    assert [member["exit_code"] for member in report["phases"][0]["members"]] == [130, None, 143]
    wait_until(lambda: not ranks_in(tmp_path), "a rank still runs")


def test_an_interruption_ends_all_ranks(mpi, tmp_path):
    job = writing(mpi, tmp_path)
    job.send_signal(signal.SIGINT)
    job.communicate(timeout=LIMIT_S)
    # Open MPI kills its ranks, so that nobody is left who could report.
    if mpi.name == "MPICH":
        assert job.returncode == 130
        report = json.loads((tmp_path / "report.json").read_text())
        assert report["exit_code"] == 130 and all(member["report"]["interrupted"] for member in report["phases"][0]["members"])
    assert job.returncode != 0
    wait_until(lambda: not ranks_in(tmp_path), "a rank still runs")


def test_other_data_is_not_lost_to_a_report(job, mpi, tmp_path):
    (tmp_path / "precious").write_text("{}")
    code, _, errors = mpi.run(2, "-m", "dgen_py.mpi", "write", "f", *WRITE, "--json=precious", cwd=tmp_path)
    assert code == 1 and "--json: " in errors and "precious" in errors
    assert (tmp_path / "precious").read_text() == "{}" and not (tmp_path / "f").exists()
    # An earlier report gives way.
    for _ in range(2):
        assert mpi.run(2, "-m", "dgen_py.mpi", "write", "f", *WRITE, "--json=new", cwd=tmp_path)[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "new", "precious"]


def test_json_to_standard_output(mpi, tmp_path):
    code, out, _ = mpi.run(1, "-m", "dgen_py.mpi", "write", "f", *WRITE, "--json", cwd=tmp_path)
    report = json.loads(out)
    assert code == 0 and report["ranks"] == 1 and report["phases"][0]["bytes"] == SIZE


def test_ranks_of_another_library_are_refused(mpi, tmp_path):
    """Started by what their library does not know, each rank would take itself for all of them."""
    env = {**environment(None), "RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}
    if "MPI4PY_LIBMPI" in mpi.env:
        env["MPI4PY_LIBMPI"] = mpi.env["MPI4PY_LIBMPI"]
    command = [sys.executable, "-m", "dgen_py.mpi", "write", "f", *map(str, WRITE)]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 2 and not (tmp_path / "f").exists()


def test_two_hosts(mpi, tmp_path):
    """Namespaces in the place of hosts: see the script."""
    if os.geteuid() != 0:
        pytest.skip("optional: network namespaces need root")
    command = [TWO_HOSTS, mpi.path, sys.executable]
    done = subprocess.run(command, env=mpi.env, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode == 77:
        pytest.skip(f"optional: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "one stream, 129 distinct blocks of 257" in done.stdout and "end both" in done.stdout


def test_without_mpi4py_the_extra_is_named(tmp_path):
    (tmp_path / "mpi4py.py").write_text("raise ImportError('not here')")
    env = {**environment(None)}
    env["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{env['PYTHONPATH']}"
    for arguments, code, words in [(["write", "f"], 2, "dgen-py[mpi]"), (["--help"], 0, ""), ([], 2, "Usage: mpiexec")]:
        command = [sys.executable, "-m", "dgen_py.mpi", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        assert done.returncode == code and words in done.stderr and "Traceback" not in done.stderr
