"""Child processes that end: what they send back, or a failure instead of a hang."""

import os
import pickle
import select
import signal
import subprocess
import sys
import time

# What takes longer hangs, however busy the machine is.
LIMIT_S = 180


def fork(child):
    """Runs `child()` in a fork and returns what it returns; fails when that takes too long or raises."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(read)
            with open(write, "wb") as pipe:
                pickle.dump(child(), pipe)
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    data, deadline = b"", time.monotonic() + LIMIT_S
    try:
        while True:
            ready, _, _ = select.select([read], [], [], max(0, deadline - time.monotonic()))
            assert ready, "the child hangs"
            piece = os.read(read, 1 << 16)
            if not piece:
                break
            data += piece
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(read)
        status = os.waitpid(pid, 0)[1]
    assert status == 0
    return pickle.loads(data)


def next_line(stream):
    """The next line that a child writes, where none was read before."""
    ready, _, _ = select.select([stream], [], [], LIMIT_S)
    assert ready, "the child hangs"
    return stream.readline()


def wait_until(condition, otherwise):
    """Waits until a condition holds; fails with `otherwise` when that takes too long."""
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


def run_script(code, *arguments):
    """The output of a script in a new interpreter, which must succeed."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, timeout=LIMIT_S, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
