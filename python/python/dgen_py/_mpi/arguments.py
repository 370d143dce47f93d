"""What the command line asks of all ranks: phases, and where their gathered report goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

COMMANDS = ("write", "read", "verify")
NEXT = "--then"
STDOUT = "-"

USAGE = f"""\
Runs dgen write, read or verify on all ranks of an MPI job and reports on them as one.

Usage: mpiexec -n N python -m dgen_py.mpi COMMAND [OPTIONS] PATH... [{NEXT} COMMAND ...]

Commands: {", ".join(COMMANDS)}, with the options that `dgen COMMAND --help` shows, but for --rank and --ranks, which
MPI says.

Options:
  {NEXT}         Begins another phase: all ranks have ended the one before, and begin together
  --json[=FILE]  Report as JSON, of all phases and ranks: to standard output instead of text, or to FILE beside it
  -h, --help     Print this
"""


class UsageError(ValueError):
    """Arguments that cannot be taken; the text says which, and what is accepted."""


@dataclass(frozen=True)
class Phase:
    """One command that all ranks run at the same time."""

    command: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """Phases in their order; `json` is a path, "-" for standard output, or None."""

    phases: tuple[Phase, ...]
    json: str | None


def parse(arguments: Sequence[str]) -> Job:
    """The phases, and the option that is for all of them.

    Raises `UsageError`.
    """
    phases, places = [], []
    for part in _parts(arguments):
        command = part[0] if part else ""
        if command not in COMMANDS:
            what = f"`{command}`" if part else "a phase without a command"
            raise UsageError(f"{what} is not accepted (accepted: {', '.join(COMMANDS)})")
        own = []
        for argument, is_option in _options(part[1:]):
            place = _json(argument) if is_option else None
            if place is None:
                _refuse(argument, is_option)
                own.append(argument)
            else:
                places.append(place)
        phases.append(Phase(command, tuple(own)))
    if len(places) > 1:
        raise UsageError("--json is given more than once: one report is for all phases")
    return Job(tuple(phases), places[0] if places else None)


def with_options(argv: Sequence[str], *more: str) -> list[str]:
    """These arguments with more options, which stand before a `--` that ends them."""
    end = argv.index("--") if "--" in argv else len(argv)
    return [*argv[:end], *more, *argv[end:]]


def _parts(arguments: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for argument in arguments:
        if argument == NEXT:
            yield part
            part = []
        else:
            part.append(argument)
    yield part


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each argument, and whether it may be an option: behind `--` all are paths."""
    ended = False
    for argument in arguments:
        yield argument, not ended
        ended = ended or argument == "--"


def _json(argument: str) -> str | None:
    name, sign, value = argument.partition("=")
    if name != "--json":
        return None
    if sign and not value:
        raise UsageError("--json= has no path (accepted: --json, or --json=FILE)")
    return value or STDOUT


def _refuse(argument: str, is_option: bool) -> None:
    if argument == STDOUT:
        raise UsageError("`-` is not accepted: ranks have no standard input or output of their own (accepted: paths)")
    name = argument.partition("=")[0] if is_option else ""
    if name in ("-h", "--help"):
        raise UsageError(f"{name} is not accepted in a phase: `dgen COMMAND --help` shows its options")
    if name in ("--rank", "--ranks"):
        raise UsageError(f"{name} is not accepted: MPI says it")
    if argument == "--csv" and is_option:
        raise UsageError("--csv is not accepted without a path (accepted: --csv=FILE with {rank} in it, one for each rank)")
