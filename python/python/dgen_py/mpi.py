"""`mpiexec -n N python -m dgen_py.mpi write|read|verify ...`: the command on all ranks of an MPI job, reported as one.

Ranks begin together, in each phase; the report of rank 0 has sums, rates by wall clock, latency histograms merged
without loss, a table of the hosts and the ranks that were late. A rank that fails ends the job, with its error. It needs
mpi4py (`pip install 'dgen-py[mpi]'`) and the `mpiexec` of the MPI library that mpi4py loads.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from ._command import _open_standard_files
from ._mpi.arguments import USAGE, Job, UsageError, parse
from ._mpi.crew import Crew, Rank
from ._mpi.gathered import phase_report
from ._mpi.guard import guarded
from ._mpi.member import Signals, understood
from ._mpi.output import Output
from ._mpi.text import messages, phase_text
from ._ranks import ranks

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the phases that the arguments ask for on all ranks, and return the exit code, the same on each.

    Codes are those of `dgen`: 0 done, 1 failed, 2 usage, 3 data differs from its recipe, 130 interrupted.

    Raises `ImportError` without mpi4py.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    _open_standard_files()
    if not arguments or arguments[0] in ("-h", "--help"):
        return _help(asked=bool(arguments))
    world = _world()
    crew = Crew(world, Signals())
    # The command that may still run has the standard one.
    with os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace") as errors:
        try:
            _check_launcher(crew)
            return _run(crew, arguments)
        except UsageError as error:
            # On all ranks alike; the others wait until rank 0 has said it, since launchers end all with the first.
            _complain(crew, str(error))
            return crew.agree(2)
        except BaseException:
            traceback.print_exc(file=errors)
            errors.flush()
            crew.abort(1)
            raise


def _help(asked: bool) -> int:
    try:
        first = ranks().rank == 0
    except ValueError:
        first = True
    if first:
        print(USAGE, end="", file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def _world() -> Any:
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise ImportError(f"mpi4py with an MPI library is needed ({error}): pip install 'dgen-py[mpi]'") from None
    return MPI.COMM_WORLD


def _check_launcher(crew: Crew) -> None:
    """Refuses ranks that do not know of each other: each would do all of the work."""
    said = ranks()
    if crew.size == 1 and said.world_size > 1:
        where = ", ".join(said.source)
        raise UsageError(
            f"{where} of the launcher say rank {said.rank} of {said.world_size}, but to the MPI library of mpi4py "
            f"({_library()['library']}) it is alone: use the mpiexec of that library"
        )


def _complain(crew: Crew, message: str) -> None:
    if crew.rank == 0:
        print(f"error: {message}", file=sys.stderr, flush=True)


def _run(crew: Crew, arguments: Sequence[str]) -> int:
    job = parse(arguments)
    code, output = _prepare(job, crew.size) if crew.rank == 0 else (0, None)
    return crew.agree(code) or _phases(crew, job, output)


def _prepare(job: Job, size: int) -> tuple[int, Output | None]:
    """Reads all options and opens the report, before anything is done."""
    for phase in job.phases:
        code, said = understood(phase, size)
        if code != 0:
            print(said, end="", file=sys.stderr, flush=True)
            return code, None
    try:
        return 0, Output(job.json)
    except OSError as error:
        print(f"error: --json: {error}", file=sys.stderr, flush=True)
        return 1, None


def _phases(crew: Crew, job: Job, output: Output | None) -> int:
    reports: list[dict[str, Any]] = []
    code = 0
    for phase in job.phases:
        is_last = phase is job.phases[-1]

        def present(members: Sequence[Rank], code: int) -> int:
            assert output is not None
            report = phase_report(phase, members, code)
            reports.append(report)
            output.phase(phase_text(report), messages(report))
            return _end(output, reports, code) if is_last or code else code

        code = crew.run(phase, present)
        if code != 0:
            break
    return code


def _end(output: Output, reports: list[dict[str, Any]], code: int) -> int:
    """Writes the report of the job; the exit code, which is another where that fails."""
    first = reports[0]
    hosts = [{"host": host["host"], "ranks": host["ranks"]} for host in first["hosts"]]
    try:
        output.end({"ranks": first["ranks"], "hosts": hosts, "exit_code": code, "mpi": _library(), "phases": reports})
    except OSError as error:
        output.complain(f"--json: {error}")
        return code or 1
    return code


def _library() -> dict[str, str]:
    from mpi4py import MPI

    major, minor = MPI.Get_version()
    library = MPI.Get_library_version().strip("\0 \n").splitlines()[0]
    return {"version": f"{major}.{minor}", "library": library}


def _script() -> int:
    try:
        return main()
    except ImportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(guarded(_script))
