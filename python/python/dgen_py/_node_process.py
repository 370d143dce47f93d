"""A process bound to a memory node, seen from the parent and from itself."""

from __future__ import annotations

import inspect
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import Any


class _ChildTraceback(Exception):
    """Shows the traceback of another process as the cause of an exception."""


class Child:
    """A process that prepares its work, waits for a word, does it and says what came of it."""

    def __init__(
        self,
        context: BaseContext,
        node: int,
        cpus: tuple[int, ...],
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.node = node
        self.pipe, theirs = context.Pipe()
        # Typed loosely: each start method has a class of its own, and the base class has none.
        self.process: Any = context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(theirs, node, cpus, fn, args, kwargs), name=f"dgen-node-{node}"
        )
        try:
            self.process.start()
        except BaseException:
            self.pipe.close()
            raise
        finally:
            theirs.close()

    @staticmethod
    def answers(children: Sequence[Child], kind: str, deadline: float | None) -> list[Any]:
        """What each process has to say, in their order, or the error of the first that cannot go on."""
        waiting = {child.pipe: child for child in children}
        got: dict[int, Any] = {}
        while waiting:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            ready = wait(list(waiting), left)
            if not ready:
                nodes = ", ".join(str(child.node) for child in waiting.values())
                raise TimeoutError(f"timeout: the processes of these nodes did not end in time: {nodes}")
            for pipe in ready:
                assert isinstance(pipe, Connection)
                child = waiting.pop(pipe)
                got[child.node] = child._answer(kind)
        return [got[child.node] for child in children]

    def _answer(self, kind: str) -> Any:
        try:
            said, what = self.pipe.recv()
        except (EOFError, OSError):
            raise ChildProcessError(self._ended()) from None
        if said == "failed":
            error, text = what
            raise error from _ChildTraceback(f"in the process of node {self.node}:\n\n{text}")
        assert said == kind, said
        return what

    def _ended(self) -> str:
        self.process.join()
        code = self.process.exitcode
        who = f"node {self.node}: process {self.process.pid}"
        if code >= 0:
            return f"{who} ended too soon, with exit code {code}"
        try:
            name = f" ({signal.Signals(-code).name})"
        except ValueError:
            name = ""
        return f"{who} was killed by signal {-code}{name}"

    def go(self) -> None:
        """Let it begin; that it is gone shows when its answer is waited for."""
        try:
            self.pipe.send("go")
        except OSError:
            pass

    def leave(self, seconds: float) -> None:
        """Give a process that is done time to end by itself."""
        self.process.join(seconds)

    def end(self) -> None:
        """Kill the process if it is still there, and wait for it."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(
    pipe: Connection,
    node: int,
    cpus: tuple[int, ...],
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """The life of the process."""
    # An interruption from the terminal reaches all processes; the parent ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    try:
        bind(cpus)
        steps = fn(node, *args, **kwargs) if inspect.isgeneratorfunction(fn) else None
        if steps is not None:
            next(steps)
        pipe.send(("ready", None))
        try:
            pipe.recv()
        except EOFError:
            return
        begin = time.monotonic_ns()
        value = fn(node, *args, **kwargs) if steps is None else _rest(steps)
        pipe.send(("done", (begin, time.monotonic_ns(), value)))
    except BaseException as error:  # the parent raises it
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        pipe.send(("failed", (_portable(error), text)))


def bind(cpus: Sequence[int]) -> None:
    """Bind every thread of this process to these processors: also those that imported modules have started."""
    for thread in map(int, os.listdir("/proc/self/task")):
        try:
            os.sched_setaffinity(thread, cpus)
        except ProcessLookupError:
            pass  # it has ended


def _rest(steps: Any) -> Any:
    try:
        next(steps)
    except StopIteration as end:
        return end.value
    raise RuntimeError("the function yields more than once: only what comes before the common start ends with a yield")


def _portable(error: BaseException) -> BaseException:
    """The exception if it survives the way to another process and ends nothing there, else one that says the same."""
    if isinstance(error, StopIteration) or not isinstance(error, Exception):
        return RuntimeError(f"{type(error).__qualname__}: {error}")
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__qualname__}: {error}")
    return error


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
