"""Child processes that end: what they send back, or a failure instead of a hang."""

import os
import pickle
import select
import signal
import subprocess
import sys
import time

LIMIT_S = 60


def fork(child):
    """Runs `child()` in a fork and returns what it returns; fails when that takes a minute or raises."""
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


def run_script(code, *arguments):
    """The output of a script in a new interpreter, which must succeed."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, timeout=2 * LIMIT_S, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
