"""The sweep of `dgen bench storage` as a function: the same command, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex

from ._dgen import Generator
from ._source import size_of
from ._text import exact_size
from ._values import not_accepted

if TYPE_CHECKING:
    from typing import NoReturn

    from ._reports import SweepReport
    from .typing import Direct, Engine, NumaMode, Size, Sweep

__all__ = ["bench_storage"]

# How long a command that was asked to end may take, in seconds: what is in flight, and removing the file.
_LEAVE_S = 30.0
_INTERRUPTED = 130
_USAGE = 2


def bench_storage(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    *,
    mode: Sweep = "write",
    rounds: SupportsIndex = 1,
    size: Size = "1GiB",
    runtime: SupportsFloat = 1.0,
    buffer_size: Size | Sequence[Size] | None = None,
    depth: SupportsIndex | Sequence[SupportsIndex] | None = None,
    writers: SupportsIndex | Sequence[SupportsIndex] | None = None,
    direct: Direct | Sequence[Direct] | None = None,
    engine: Engine = "auto",
    recipe: str | None = None,
    seed: SupportsIndex | None = None,
    dedup_ratio: SupportsFloat | None = None,
    compress_ratio: SupportsFloat | None = None,
    block_size: Size | None = None,
    tuned_for: str | None = None,
    offset: Size = 0,
    numa_mode: NumaMode = "auto",
    numa_node: SupportsIndex | None = None,
    keep: bool = False,
    force: bool = False,
    show: bool = False,
) -> SweepReport:
    """Writes or reads with all combinations of settings, as `dgen bench storage` does, and says which was the fastest.

    `path` is a file or block device to write to, or a folder, in which a file is made; what was made is removed at the
    end, unless `keep` is true. `mode` is "write", "read" (a file that holds data is read as it is) or "both". Each point
    moves at most `size` bytes (a number, or text such as "1GiB") in at most `runtime` seconds, `rounds` times; what leads is
    measured more often.

    `buffer_size` (bytes of an I/O), `depth` (I/Os in flight of each worker), `writers` (workers) and `direct` ("auto", "on",
    "off") are one value or a list of them; `None` is the command's own list. `engine` is as in the command. The data is
    that of `recipe`, or of `seed`, the ratios, `block_size` and `tuned_for`, as in `write_file`, from stream offset `offset`
    on; `Generator(...).recipe` has all other choices as a text. `force` writes over existing data.

    The command runs in a process of its own; `show` lets it tell on standard error how far it has come. Ctrl-C stops it,
    and it removes its file; the exception has the report so far as its `report`, if there is one.

        report = dgen_py.bench_storage("/mnt/test", buffer_size=["64KiB", "4MiB"], depth=[1, 32], writers=4)
        print(report.fastest.buffer_size, report.best_command)

    Raises `ValueError` for a value out of range, and `OSError` for I/O and for data that would be overwritten; with the
    report as `report` where points were measured before.
    """
    options = {
        "mode": mode,
        "rounds": index(rounds),
        "size": size_of("size", size, 1, accepted="1 byte to 2^63 bytes"),
        "runtime": f"{_seconds(runtime):.9f}s",
        "buffer-size": _listed("buffer_size", buffer_size, _buffer),
        "depth": _listed("depth", depth, lambda value: str(index(value))),
        "writers": _listed("writers", writers, lambda value: str(index(value))),
        "direct": _listed("direct", direct, str),
        "engine": engine,
        "recipe": _recipe(
            recipe,
            seed=seed,
            dedup_ratio=dedup_ratio,
            compress_ratio=compress_ratio,
            block_size=block_size,
            tuned_for=tuned_for,
        ),
        "offset": size_of("offset", offset),
        "numa-mode": numa_mode.lower(),
        "numa-node": None if numa_node is None else index(numa_node),
    }
    arguments = [f"--{name}={value}" for name, value in options.items() if value is not None]
    arguments += [f"--{name}" for name, wanted in (("keep", keep), ("force", force)) if wanted]
    return _run([*arguments, "--json", "--", os.fsdecode(path)], show)


def _listed(name: str, given: Any, text: Any) -> str | None:
    """One value or several, as the command takes them."""
    if given is None:
        return None
    values = [given] if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__") else list(given)
    if not values:
        raise not_accepted(name, "an empty sequence", "one value or more, or None")
    return ",".join(text(value) for value in values)


def _buffer(size: Size) -> str:
    return exact_size(size_of("buffer_size", size, 1, accepted="1 byte to 256 MiB, or None"))


def _seconds(runtime: SupportsFloat) -> float:
    seconds = float(runtime)
    if not 0 < seconds < 1e9:
        raise not_accepted("runtime", runtime, "more than 0 seconds")
    return seconds


def _recipe(recipe: str | None, **parts: Any) -> str:
    """The recipe in its canonical form."""
    given = {name: value for name, value in parts.items() if value is not None}
    if recipe is None:
        return Generator(0, **given).recipe
    if given:
        raise ValueError(f"recipe: not to be combined with {', '.join(given)}")
    return Generator.from_recipe(recipe, 0).recipe


def _run(arguments: list[str], show: bool) -> SweepReport:
    """Runs the command and returns its report; ends it, whatever comes meanwhile."""
    command = [sys.executable, "-m", "dgen_py", "bench", "storage", *arguments]
    # In a session of its own, so that Ctrl-C comes to it once: a second one would end it before it removes its file.
    errors = None if show else subprocess.PIPE
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
    ) as child:
        try:
            printed, said = child.communicate()
        except BaseException as stopped:
            if (report := _stopped(child)) is not None:
                stopped.report = report  # type: ignore[attr-defined]
            raise
    answer = _answer(printed)
    if child.returncode == 0 and answer is not None and "points" in answer:
        return _report(answer)
    _fail(child.returncode, answer, (said or b"").decode(errors="replace"))


def _stopped(child: subprocess.Popen[bytes]) -> SweepReport | None:
    """Has the command end in order; the report of what it did."""
    child.send_signal(signal.SIGINT)
    try:
        printed, _ = child.communicate(timeout=_LEAVE_S)
    except BaseException:
        child.kill()
        raise
    answer = _answer(printed)
    return _report(answer) if answer is not None and "points" in answer else None


def _answer(printed: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(printed)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _report(answer: dict[str, Any]) -> SweepReport:
    from ._reports import SweepReport

    return SweepReport._from_dict(answer)


def _fail(code: int, answer: dict[str, Any] | None, said: str) -> NoReturn:
    """Raises what the command says of its end."""
    if answer is not None and answer.get("error"):
        message = str(answer["error"])
    else:
        lines = [line.removeprefix("error: ") for line in said.splitlines() if line]
        message = lines[-1] if lines else f"the command ended with {code}"
    message = re.sub("--([a-z]+(?:-[a-z]+)*)", lambda option: option[1].replace("-", "_"), message)
    error = _error(code, message)
    if answer is not None and "points" in answer:
        error.report = _report(answer)  # type: ignore[attr-defined]
    raise error


def _error(code: int, message: str) -> BaseException:
    """The exception for an exit code; one with the system's number where the message tells it."""
    if code == _USAGE:
        return ValueError(message)
    if code == _INTERRUPTED:
        return KeyboardInterrupt(message)
    numbered = re.fullmatch(r"(.*) \(os error ([0-9]+)\)", message)
    return OSError(int(numbered[2]), numbered[1]) if numbered else OSError(message)
