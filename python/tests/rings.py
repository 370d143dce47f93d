"""Rings and their consumers for tests, which leave nothing behind."""

import contextlib
import multiprocessing
import os
import sys
import types
from pathlib import Path

import pytest
from processes import LIMIT_S

import dgen_py

METHODS = ["fork", "spawn", "forkserver"]
ENDLESS = 1 << 40
NAME = "memfd:dgen_py.SharedRing"


@pytest.fixture(autouse=True)
def nothing_stays():
    """No test leaves a process, a descriptor of a ring or its memory."""
    yield
    for process in multiprocessing.active_children():
        process.join(LIMIT_S)
    assert multiprocessing.active_children() == []
    assert NAME not in Path("/proc/self/maps").read_text()
    assert not [link for link in links("self") if NAME in link]


@pytest.fixture(autouse=True)
def small_main(monkeypatch):
    """Processes that are started need not import pytest first."""
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))


def links(process):
    found = []
    for fd in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(os.readlink(fd))
    return found


def stream(size, **arguments):
    return dgen_py.Generator(size, seed=5, **arguments)


def ring_of(size, buffers=3, buffer_size=1 << 16, timeout=LIMIT_S):
    return dgen_py.SharedRing(stream(size), buffers, buffer_size, timeout=timeout)


@contextlib.contextmanager
def running(method, target, *arguments):
    """A process and, unless it ends by itself, its end."""
    process = multiprocessing.get_context(method).Process(target=target, args=arguments)
    process.start()
    try:
        yield process
        process.join(LIMIT_S)
    finally:
        process.kill()
        process.join()


def pipe():
    return multiprocessing.Pipe()


def answer(ours):
    assert ours.poll(LIMIT_S), "the consumer hangs"
    return ours.recv()
