"""The files in examples/cluster, without a cluster: `srun` and the pods of a job are simulated by their variables alone."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import dgen_py
import pytest
from launched import without_launchers
from processes import LIMIT_S

CLUSTER = Path(__file__).resolve().parents[2] / "examples" / "cluster"
SIZE = (4 << 20) + 777

# Starts as many tasks as the script's own lines ask for, each with what Slurm would say to it; one that fails ends all.
SRUN = """#!{python}
import os, subprocess, sys
command = sys.argv[1:]
assert "--kill-on-bad-exit=1" in command
while command[0].startswith("-"):
    command.pop(0)
nodes, each = int(os.environ["NODES"]), int(os.environ["EACH"])
def variables(rank):
    return {{"SLURM_PROCID": str(rank), "SLURM_LOCALID": str(rank % each), "SLURM_NODEID": str(rank // each),
            "SLURM_STEP_NUM_TASKS": str(nodes * each), "SLURM_NTASKS": str(nodes * each),
            "SLURM_STEP_TASKS_PER_NODE": f"{{each}}(x{{nodes}})"}}
tasks = {{}}
for rank in range(nodes * each):
    task = subprocess.Popen(command, env={{**os.environ, **variables(rank)}})
    tasks[task.pid] = task
worst = 0
while tasks:
    pid, status = os.wait()
    del tasks[pid]
    code = os.waitstatus_to_exitcode(status)
    if code and not worst:
        worst = code
        for task in tasks.values():
            task.kill()
sys.exit(worst)
"""
DGEN = """#!{python}
import sys
from dgen_py._command import main
sys.exit(main())
"""


@pytest.fixture
def commands(tmp_path):
    """An environment with `dgen` and a simulated `srun`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in [("srun", SRUN), ("dgen", DGEN)]:
        path = folder / name
        path.write_text(text.format(python=sys.executable))
        path.chmod(0o755)
    env = {**without_launchers(), "PYTHONPATH": str(Path(dgen_py.__file__).parents[1])}
    return {**env, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def run(command, env, folder, code=0):
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def options(script):
    return dict(re.findall(r"^#SBATCH --([a-z-]+)=(\S+)$", script.read_text(), re.MULTILINE))


def check(path, distinct_of):
    """One stream, with the dedup ratio that was asked for over all of it."""
    assert dgen_py.verify_file(path).bytes_checked == SIZE
    found = dgen_py.measure(path, dedup_blocks=[distinct_of]).dedup[distinct_of]
    assert found.distinct == -(-found.total // 2)


def test_the_slurm_script_under_a_simulated_srun(commands, tmp_path):
    script = CLUSTER / "slurm.sh"
    asked = options(script)
    env = {**commands, "SLURM_JOB_ID": "77", "NODES": asked["nodes"], "EACH": asked["ntasks-per-node"]}
    run(["bash", script, "shared", str(SIZE)], env, tmp_path)
    ranks = int(asked["nodes"]) * int(asked["ntasks-per-node"])
    reports = [json.loads((tmp_path / "reports-77" / f"write-{rank}.json").read_text()) for rank in range(ranks)]
    assert sum(report["bytes_written"] for report in reports) == SIZE and reports[5]["ranks"]["source"][0] == "SLURM_PROCID"
    checked = [json.loads((tmp_path / "reports-77" / f"verify-{rank}.json").read_text()) for rank in range(ranks)]
    assert sum(report["bytes_checked"] for report in checked) == SIZE and all(report["ok"] for report in checked)
    check(tmp_path / "shared", 1 << 16)
    # A job that fails says so.
    (tmp_path / "other").write_bytes(b"precious")
    run(["bash", script, "other", str(SIZE)], {**env, "SLURM_JOB_ID": "78"}, tmp_path, code=1)
    assert (tmp_path / "other").read_bytes() == b"precious"


def manifest():
    """The command of the Kubernetes job and how many pods it has, read line by line: nothing here needs a YAML library."""
    text = (CLUSTER / "kubernetes.yaml").read_text()
    command = re.search(r"^ *command:\n((?: *- .*\n)+)", text, re.MULTILINE).group(1)
    pods = {name: int(re.search(rf"^  {name}: (\d+)$", text, re.MULTILINE).group(1)) for name in ["completions", "parallelism"]}
    assert "completionMode: Indexed" in text and len(set(pods.values())) == 1
    return [line.strip().removeprefix("- ") for line in command.splitlines()], pods["completions"]


def test_the_kubernetes_job_with_simulated_pods(commands, tmp_path):
    command, pods = manifest()
    assert f"--ranks={pods}" in command
    command = [argument.replace("/data/", f"{tmp_path}/") for argument in command]
    command = [f"--size={SIZE}" if argument.startswith("--size=") else argument for argument in command]
    tasks = [
        subprocess.Popen(command, env={**commands, "JOB_COMPLETION_INDEX": str(pod)}, cwd=tmp_path, stdout=subprocess.DEVNULL)
        for pod in range(pods)
    ]
    assert [task.wait(LIMIT_S) for task in tasks] == [0] * pods
    reports = [json.loads((tmp_path / f"write-{pod}.json").read_text()) for pod in range(pods)]
    assert sum(report["bytes_written"] for report in reports) == SIZE
    assert {report["ranks"]["source"][0] for report in reports} == {"JOB_COMPLETION_INDEX"}
    check(tmp_path / "shared", 1 << 16)


def test_the_other_files_say_what_there_is():
    lines = (CLUSTER / "Containerfile").read_text().splitlines()
    assert len(lines) <= 10 and any("dgen-py" in line for line in lines) and 'ENTRYPOINT ["dgen"]' in lines
    text = (CLUSTER / "slurm_mpi.sh").read_text()
    assert "python -m dgen_py.mpi" in text and "--then verify" in text
    for script in ["slurm.sh", "slurm_mpi.sh"]:
        subprocess.run(["bash", "-n", CLUSTER / script], check=True)
