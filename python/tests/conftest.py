"""What the tests share: the signals that they expect, a path that keeps attributes, and the reference, as bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

REFERENCE = Path(__file__).resolve().parents[2] / "vectors" / "reference.py"


@pytest.fixture(scope="session", autouse=True)
def usual_signals():
    """Signals as a shell's foreground has them: background jobs begin with SIGINT ignored, and so would all that they start."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGALRM: signal.SIG_DFL, signal.SIGCHLD: signal.SIG_DFL}
    ignored = [number for number in usual if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, usual[number])
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, usual)
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@lru_cache(maxsize=None)
def reference_bytes(recipe: str, offset: int, length: int) -> bytes:
    command = [sys.executable, str(REFERENCE), recipe, str(offset), str(length)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


@pytest.fixture
def reference():
    return reference_bytes


def pytest_sessionfinish(session, exitstatus):
    """In CI a skip whose reason does not begin with `optional` fails: what it leaves out must run there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or exitstatus != 0 or reporter is None:
        return
    reasons = {report.longrepr[2].removeprefix("Skipped: ") for report in reporter.stats.get("skipped", [])}
    wrong = sorted(reason for reason in reasons if not reason.startswith("optional"))
    if wrong:
        reporter.write_line(f"skipped, but must run in CI: {wrong}", red=True)
        session.exitstatus = 1


@pytest.fixture
def marked(tmp_path):
    """A path whose file keeps extended attributes."""
    path = tmp_path / "f"
    path.touch()
    try:
        os.setxattr(path, "user.dgen.test", b"1")
    except OSError:
        pytest.skip("optional: the file system has no extended attributes")
    path.unlink()
    return path
