"""Which rank a process is, what its threads come to, and that ranks read different data."""

import dataclasses
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import dgen_py
import pytest
from launched import without_launchers
from processes import LIMIT_S

TORCH = {"RANK": "1", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}
OPEN_MPI = {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_LOCAL_RANK": "1",
            "OMPI_COMM_WORLD_LOCAL_SIZE": "2", "PMIX_RANK": "1"}
MPICH = {"PMI_RANK": "1", "PMI_SIZE": "4", "MPI_LOCALRANKID": "1", "MPI_LOCALNRANKS": "2"}
CRAY = {"PMI_RANK": "1", "PMI_SIZE": "4", "PMI_LOCAL_RANK": "1", "PMI_LOCAL_SIZE": "2"}
PMIX = {"PMIX_RANK": "1", "PMIX_SIZE": "4", "PMIX_LOCAL_RANK": "1", "PMIX_LOCAL_SIZE": "2"}
MVAPICH = {"MV2_COMM_WORLD_RANK": "1", "MV2_COMM_WORLD_SIZE": "4", "MV2_COMM_WORLD_LOCAL_RANK": "1",
           "MV2_COMM_WORLD_LOCAL_SIZE": "2"}
SLURM = {"SLURM_PROCID": "1", "SLURM_NTASKS": "8", "SLURM_STEP_NUM_TASKS": "4", "SLURM_LOCALID": "1",
         "SLURM_NODEID": "0", "SLURM_STEP_TASKS_PER_NODE": "2(x2)"}
SRUN = {"SLURM_PROCID": "1", "SLURM_NTASKS": "4", "SLURM_LOCALID": "1", "SLURM_STEP_TASKS_PER_NODE": "2(x2)"}


@pytest.fixture
def said(monkeypatch):
    """`dgen_py.ranks()` with these variables and no others."""
    for name in os.environ.keys() - without_launchers().keys():
        monkeypatch.delenv(name)

    def ranks(variables):
        with monkeypatch.context() as context:
            for name, value in variables.items():
                context.setenv(name, value)
            return dgen_py.ranks()

    return ranks


@pytest.mark.parametrize("variables", [TORCH, OPEN_MPI, MPICH, CRAY, PMIX, MVAPICH, SLURM, SRUN])
def test_each_launcher(said, variables):
    ranks = said(variables)
    assert (ranks.rank, ranks.world_size, ranks.local_rank, ranks.local_size) == (1, 4, 1, 2)
    assert set(ranks.source) <= variables.keys() and len(ranks.source) == 4


def test_without_a_launcher(said):
    assert said({}) == dgen_py.Ranks(0, 1, 0, 1, ())
    assert said({"SLURM_NTASKS": "8", "SLURM_PROCID": "0", "ENVIRONMENT": "BATCH"}) == dgen_py.Ranks(0, 1, 0, 1, ())
    assert said({"RANK": "1"}).world_size == said({"WORLD_SIZE": "4"}).world_size == 1
    assert said({"PMI_RANK": "1", "PMI_SIZE": "4"}) == dgen_py.Ranks(1, 4, None, None, ("PMI_RANK", "PMI_SIZE"))


def test_it_is_a_frozen_value(said):
    ranks = said(MPICH)
    assert pickle.loads(pickle.dumps(ranks)) == ranks and len({ranks, said(MPICH)}) == 1
    assert repr(ranks).startswith("Ranks(rank=1, world_size=4, local_rank=1, local_size=2, source=('PMI_RANK', ")
    with pytest.raises(dataclasses.FrozenInstanceError):
        ranks.rank = 0


def test_launchers_inside_each_other(said):
    assert said({**MPICH, **SLURM, "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2"}).source[0] == "PMI_RANK"
    assert said({**TORCH, "GROUP_WORLD_SIZE": "2", "PMI_RANK": "0", "PMI_SIZE": "2"}).source[0] == "RANK"
    assert said({**MPICH, "RANK": "0", "WORLD_SIZE": "1"}).source[0] == "PMI_RANK"
    assert said({**TORCH, **OPEN_MPI, **MPICH, **SLURM}).source == tuple(TORCH)


@pytest.mark.parametrize(("variables", "message"), [
    ({**TORCH, "PMI_RANK": "2", "PMI_SIZE": "4"}, "RANK=1, WORLD_SIZE=4 contradicts PMI_RANK=2, PMI_SIZE=4 .*accepted: "),
    ({**MPICH, "OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"}, "OMPI_COMM_WORLD_SIZE=2 contradicts PMI_RANK=1"),
    ({**TORCH, "RANK": "4"}, "RANK: 4 is not accepted .accepted: 0 to 3."),
    ({**TORCH, "WORLD_SIZE": "four"}, "WORLD_SIZE: four is not accepted .accepted: 1 to 4294967295."),
    ({"PMIX_RANK": "1"}, "PMIX_RANK: 1 without a number of ranks .*accepted: with PMIX_SIZE"),
])  # fmt: skip
def test_contradictions_and_bad_values(said, variables, message):
    with pytest.raises(ValueError, match=message):
        said(variables)


def run(code, *launch, env=None, arguments=()):
    done = subprocess.run(
        [*launch, sys.executable, "-c", code, *arguments], env={**without_launchers(), **(env or {})}, timeout=LIMIT_S,
        stdout=subprocess.PIPE, text=True, check=True, cwd=Path(__file__).parent,
    )  # fmt: skip
    return done.stdout


THREADS = """
import json, dgen_py
print(json.dumps([
    dgen_py.Generator(1).threads, dgen_py.BufferPool().threads, dgen_py.get_placement()["threads"],
    dgen_py.info()["threads"], dgen_py.Generator(1, max_threads=3).threads,
]))
"""


def test_ranks_on_a_host_share_its_processors():
    alone = json.loads(run(THREADS))
    many = {"OMPI_COMM_WORLD_RANK": "5", "OMPI_COMM_WORLD_SIZE": "100000", "OMPI_COMM_WORLD_LOCAL_SIZE": "100000"}
    assert alone[0] >= 1 and alone[:4] == [alone[0]] * 4
    assert json.loads(run(THREADS, env=many)) == [1, 1, 1, 1, 3]
    assert json.loads(run(THREADS, env={**many, "DGEN_THREADS": "7"}))[:2] == [7, 7]
    for ranks in [2, 3]:
        variables = {"PMI_RANK": "0", "PMI_SIZE": "9", "MPI_LOCALNRANKS": str(ranks)}
        assert json.loads(run(THREADS, env=variables))[0] == max(1, alone[0] // ranks)
    # Nothing is known of others on this host; contradictions divide nothing.
    assert json.loads(run(THREADS, env={"PMI_RANK": "0", "PMI_SIZE": "9"}))[0] == alone[0]
    assert json.loads(run(THREADS, env={**many, "PMI_RANK": "0", "PMI_SIZE": "9"}))[0] == alone[0]


STORAGE = """
import json, sys, dgen_py
path = sys.argv[1]
written = dgen_py.write_file(path, "16MiB", seed=1, fsync=False, force=True)
read, verified = dgen_py.read_file(path), dgen_py.verify_file(path, "16MiB", recipe=written.recipe)
threads = [report.placement.threads for report in [written, read, verified]]
print(json.dumps([written.writers, verified.readers, *threads, dgen_py.measure(path).to_dict()["threads"]]))
"""


def test_storage_calls_share_them_too(tmp_path):
    many = {"PMI_RANK": "5", "PMI_SIZE": "100000", "MPI_LOCALNRANKS": "100000"}
    assert json.loads(run(STORAGE, env=many, arguments=[tmp_path / "file"])) == [1] * 6


def test_ranks_that_are_bound_keep_their_processors():
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        pytest.skip("optional: one processor")
    bound = f"import os; os.sched_setaffinity(0, {available[: len(available) // 2]})"
    variables = {"PMI_RANK": "0", "PMI_SIZE": "2", "MPI_LOCALNRANKS": "2"}
    alone, one_of_two = (json.loads(run(bound + THREADS, env=env))[0] for env in [{}, variables])
    assert one_of_two == alone


def test_the_command_shares_them_too():
    many = {"PMI_RANK": "5", "PMI_SIZE": "100000", "MPI_LOCALNRANKS": "100000"}
    command = [sys.executable, "-m", "dgen_py", "info", "--json"]
    shown = subprocess.run(command, env={**without_launchers(), **many}, timeout=LIMIT_S, stdout=subprocess.PIPE, check=True)
    assert json.loads(shown.stdout)["threads"] == 1


RANK = """
import json, os, sys
sys.modules.update((module.__name__, module) for module in __import__("stand_in_torch").modules())
import dgen_py
from dgen_py.torch import StreamDataset
dataset = StreamDataset(dgen_py.Generator(1 << 20, seed=7), 4096)
ranks = dgen_py.ranks()
with open(os.path.join(os.environ["RESULTS"], str(os.getpid())), "w") as file:
    json.dump({
        "rank": dataset.rank, "world_size": dataset.world_size, "local": [ranks.local_rank, ranks.local_size],
        "samples": [bytes(sample).hex() for sample in dataset], "threads": dgen_py.Generator(1).threads,
    }, file)
"""


def launcher(sign):
    """The `mpiexec` whose version shows this sign, if it is installed."""
    for name in ["mpiexec.mpich", "mpiexec.hydra", "mpiexec.openmpi", "mpiexec"]:
        path = shutil.which(name)
        if path and sign in subprocess.run([path, "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout:
            return path
    return None


@pytest.mark.parametrize(("name", "sign", "options"), [
    ("MPICH", "HYDRA", []), ("Open MPI", "(Open", ["--oversubscribe", "--bind-to", "none"]),
    ("Open MPI", "(Open", ["--oversubscribe"]),
])  # fmt: skip
def test_ranks_under_mpiexec_read_different_data(name, sign, options, tmp_path):
    mpiexec = launcher(sign)
    if mpiexec is None:
        pytest.skip(f"optional: mpiexec of {name} is not installed")
    alone = int(run("import dgen_py; print(dgen_py.Generator(1).threads)"))
    as_root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "RESULTS": str(tmp_path)}
    run(RANK, mpiexec, *options, "-n", "2", env=as_root)
    first, second = sorted((json.loads(path.read_text()) for path in tmp_path.iterdir()), key=lambda one: one["rank"])
    assert [first["rank"], second["rank"]] == [0, 1] and first["world_size"] == second["world_size"] == 2
    assert (first["local"], second["local"]) == ([0, 2], [1, 2])
    whole = bytes(dgen_py.Generator(1 << 20, seed=7).get_chunk(1 << 20))
    assert b"".join(bytes.fromhex(sample) for sample in first["samples"] + second["samples"]) == whole
    assert 1 <= first["threads"] and first["threads"] + second["threads"] <= max(2, alone)
