"""Each side of a ring of shared buffers learns of the other's end, however it comes, and nothing is left of either."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import ring_consumers
from processes import next_line, wait_until
from rings import ENDLESS, METHODS, NAME, answer, nothing_stays, pipe, ring_of, running, small_main

# Children of a process with threads are forked on purpose: what they run takes no lock of those threads.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("chunks", [0, 1, 3])
def test_a_killed_consumer_is_an_error(method, chunks):
    ours, theirs = pipe()
    with ring_of(ENDLESS, timeout=None) as ring:
        with running(method, ring_consumers.take_and_stay, ring.consumer(), theirs, chunks) as process:
            if chunks:
                for _ in range(3):
                    ring.fill_next()
                assert answer(ours) == chunks
            process.kill()
            who = f"process {process.pid} ended before it was done"
            with pytest.raises(BrokenPipeError, match=who if chunks else f"{who}|no process took part"):
                ring.run()
            with pytest.raises(ValueError, match="the ring is closed"):
                ring.fill_next()


@pytest.mark.parametrize("method", METHODS)
def test_a_waiting_producer_learns_of_the_death(method):
    ours, theirs = pipe()
    with ring_of(ENDLESS, timeout=None) as ring:
        with running(method, ring_consumers.take_and_stay, ring.consumer(), theirs, 3) as process:
            killer = threading.Thread(target=lambda: (answer(ours), process.kill()))
            killer.start()
            with pytest.raises(BrokenPipeError, match=f"process {process.pid} ended"):
                ring.run()
            killer.join()


@pytest.mark.parametrize("method", METHODS)
def test_deaths_at_random_moments(method):
    chance = random.Random(12)
    for _ in range(4):
        with ring_of(ENDLESS, timeout=None) as ring, running(method, ring_consumers.loop, ring.consumer()) as process:
            killer = threading.Timer(chance.uniform(0, 0.3), process.kill)
            killer.start()
            with pytest.raises(BrokenPipeError):
                ring.run()
            killer.join()


def test_the_others_learn_of_a_death():
    ours, theirs = pipe()
    with ring_of(ENDLESS, timeout=None) as ring, running("fork", ring_consumers.loop, ring.consumer()) as first:
        with running("fork", ring_consumers.report_through, ring.consumer(), theirs):
            assert answer(ours_after(ring, ours)) == "took part"
            first.kill()
            with pytest.raises(BrokenPipeError):
                while True:
                    ring.fill_next()
            assert answer(ours) == "ConnectionResetError"


def ours_after(ring, ours):
    """Fills until there is an answer."""
    while not ours.poll(0):
        ring.fill_next()
    return ours


@pytest.fixture
def bystander():
    """A fork of this process that has nothing to do with the ring and outlives its consumers; what is called makes it."""
    made = []

    def make():
        child = os.fork()
        if child == 0:
            signal.pause()
        made.append(child)

    yield make
    for child in made:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_processes_that_outlive_a_consumer_do_not_hide_its_death(bystander):
    ours, theirs = pipe()
    with ring_of(ENDLESS, timeout=None) as ring:
        bystander()
        with running("spawn", ring_consumers.fork_and_stay, ring.consumer(), theirs) as process:
            ring.fill_next()
            grandchild, message, position = answer(ours)
            assert (message, position) == ("the consumer belongs to the process that took part before this one was forked", 0)
            process.kill()
            with pytest.raises(BrokenPipeError, match=f"process {process.pid} ended"):
                ring.run()
            os.kill(grandchild, signal.SIGKILL)


@pytest.mark.parametrize("method", METHODS)
def test_a_consumer_that_fails_before_its_first_chunk_is_missed(method, bystander):
    with ring_of(ENDLESS, timeout=None) as ring:
        with running(method, ring_consumers.end_at_once, ring.consumer()) as process:
            bystander()
            with pytest.raises(BrokenPipeError, match=f"process {process.pid} ended before it was done"):
                ring.run()


SCRIPT = "import sys, ring_consumers\nif __name__ == '__main__': ring_consumers.produce(sys.argv[1], sys.argv[2], sys.argv[3] == 'paused')\n"


@contextlib.contextmanager
def producer(tmp_path, method, state):
    """A process with a ring, its consumer's id, and the inode of its memory."""
    script = tmp_path / "producer.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), method, str(tmp_path / "report"), state]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    other = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            consumer, other = map(int, next_line(process.stdout).split())
            yield process, consumer, inode_of(process.pid)
        finally:
            process.kill()
            if other:
                os.kill(other, signal.SIGKILL)


def users(inode):
    """The processes that still have a ring's memory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(inode in line and NAME in line for line in (process / "maps").read_text().splitlines()):
                found.append(process.name)
            for fd in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if NAME in os.readlink(fd) and str(os.stat(fd).st_ino) == inode:
                        found.append(process.name)
    return found


def inode_of(process):
    line = next(line for line in Path(f"/proc/{process}/maps").read_text().splitlines() if NAME in line)
    return line.split()[4]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("state", ["paused", "filling"])
def test_a_killed_producer_is_an_error(method, state, tmp_path):
    """Also while a process that it forked lives on."""
    with producer(tmp_path, method, state) as (process, _, inode):
        process.kill()
        wait_until((tmp_path / "report").exists, "the consumer waits for ever")
        assert (tmp_path / "report").read_text() == "ConnectionResetError"
    wait_until(lambda: not users(inode), "the memory is still in use")


@pytest.mark.parametrize("method", METHODS)
def test_when_both_are_killed_nothing_is_left(method, tmp_path):
    with producer(tmp_path, method, "filling") as (process, consumer, inode):
        process.kill()
        os.kill(consumer, signal.SIGKILL)
    wait_until(lambda: not users(inode), "the memory is still in use")


@pytest.mark.parametrize("method", METHODS)
def test_an_exception_in_the_producer_is_an_error_of_consumers(method):
    ours, theirs = pipe()
    with contextlib.suppress(ZeroDivisionError), ring_of(ENDLESS, 2, 4096) as ring:
        with running(method, ring_consumers.end_of_wait, ring.consumer(), theirs):
            ring.fill_next()
            assert answer(ours) == 0
            ring.__exit__(ZeroDivisionError, None, None)
            assert answer(ours) == "ConnectionResetError: [Errno 104] producer: it ended before the end of the stream"


def test_an_exception_in_a_consumer_is_an_error_of_the_producer():
    with ring_of(ENDLESS, timeout=None) as ring, running("fork", ring_consumers.fail, ring.consumer()) as process:
        with pytest.raises(BrokenPipeError, match=f"consumer: process {process.pid} ended before it was done"):
            ring.run()


def test_a_consumer_that_returns_without_leaving_is_an_error():
    with ring_of(ENDLESS, timeout=None) as ring, running("fork", ring_consumers.leave_in_silence, ring.consumer(), 2):
        with pytest.raises(BrokenPipeError, match="ended before it was done"):
            ring.run()


def test_consumers_may_leave_and_the_last_is_missed(tmp_path):
    ours, theirs = pipe()
    size, answers = 100 << 12, []
    with ring_of(size, 3, 4096) as ring:
        with running("fork", ring_consumers.leave, ring.consumer(), theirs, 1):
            with running("fork", ring_consumers.leave, ring.consumer(), theirs, 0):
                assert ring.run() == size
                answers = [answer(ours), answer(ours)]
    assert sorted(answers) in ([0, 100], [1, 99])
    with ring_of(ENDLESS, timeout=None) as ring, running("fork", ring_consumers.leave, ring.consumer(), theirs, 5):
        with pytest.raises(BrokenPipeError, match="consumer: none is left"):
            ring.run()
        assert answer(ours) == 5
