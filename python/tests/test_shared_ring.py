"""The ring of shared buffers: what consumers get, and that nothing in use is refilled."""

import contextlib
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import ring_consumers
from processes import LIMIT_S, wait_until
from rings import ENDLESS, METHODS, answer, links, nothing_stays, pipe, ring_of, running, small_main, stream

import dgen_py

# Children of a process with threads are forked on purpose: what they run takes no lock of those threads.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size, buffers, buffer_size", [(3_000_001, 3, 100_000), (5000, 1, 4096), (1 << 20, 64, 4096), (0, 2, 4096)])
def test_consumers_get_the_stream(method, size, buffers, buffer_size, tmp_path):
    path = tmp_path / "data"
    path.touch()
    with ring_of(size, buffers, buffer_size) as ring, running(method, ring_consumers.write, ring.consumer(), path) as process:
        assert ring.run() == size
    assert process.exitcode == 0
    assert path.read_bytes() == bytes(stream(size).get_at(0, size))


@pytest.mark.parametrize("method", METHODS)
def test_slow_consumers_compete_and_lose_nothing(method, tmp_path):
    size, path = 4_000_003, tmp_path / "data"
    path.touch()
    with contextlib.ExitStack() as stack:
        ring = stack.enter_context(ring_of(size, 3, 50_000))
        for pause in (0.0, 0.002, 0.01):
            stack.enter_context(running(method, ring_consumers.write, ring.consumer(), path, pause))
        assert ring.run() == size
    assert path.read_bytes() == bytes(stream(size).get_at(0, size))


@pytest.mark.parametrize("method", METHODS)
def test_each_chunk_goes_to_one_thread_of_one_process(method):
    size, answers = 100 * 4096 + 17, []
    with contextlib.ExitStack() as stack:
        ring = stack.enter_context(ring_of(size, 4, 4096))
        ends = [pipe() for _ in range(2)]
        for _, theirs in ends:
            stack.enter_context(running(method, ring_consumers.positions, ring.consumer(), theirs, 3))
        ring.run()
        for ours, _ in ends:
            for _ in range(3):
                answers += answer(ours)
    assert sorted(answers) == [(at, min(4096, size - at)) for at in range(0, size, 4096)]


def test_no_page_comes_twice():
    ours, theirs = pipe()
    size = 128 << 20
    with ring_of(size, 4, 1 << 18) as ring, running("fork", ring_consumers.count_pages, ring.consumer(), theirs):
        ring.run()
        assert answer(ours) == (size // 4096, size // 4096)


def test_positions_are_those_of_the_generator():
    ours, theirs = pipe()
    shard = stream(1 << 20).shard(1, 4)
    shard.seek(4096)
    size = shard.total_size()
    with dgen_py.SharedRing(shard, 2, 1 << 16) as ring, running("fork", ring_consumers.positions, ring.consumer(), theirs):
        assert ring.run() == size - 4096
        assert answer(ours)[:2] == [(4096, 1 << 16), (4096 + (1 << 16), 1 << 16)]
    assert shard.is_complete()


def test_the_end_of_a_stream_may_come_early():
    ours, theirs = pipe()
    with ring_of(ENDLESS, 2, 4096) as ring, running("fork", ring_consumers.end_of_wait, ring.consumer(), theirs):
        assert [ring.fill_next(), ring.fill_next()] == [4096, 4096]
        ring.finish()
        assert [answer(ours) for _ in range(3)] == [0, 4096, "end"]
        assert ring.fill_next() == 0


@pytest.mark.parametrize("method", METHODS)
def test_what_is_held_is_not_refilled(method):
    ours, theirs = pipe()
    with ring_of(200 << 12, 3, 4096) as ring, running(method, ring_consumers.hold_two, ring.consumer(), theirs):
        ring.run()
        assert answer(ours) == (200, True)


@pytest.mark.parametrize("kind", ["array", "part"])
def test_what_is_in_use_cannot_be_given_back(kind):
    if kind == "array":
        pytest.importorskip("numpy")
    ours, theirs = pipe()
    with ring_of(3 << 12, 1, 4096, timeout=0.2) as ring:
        with running("fork", ring_consumers.keep_views, ring.consumer(), theirs, kind):
            assert ring.fill_next() == 4096
            assert answer(ours).startswith("the chunk at position 0 is still in use: views or arrays of it exist")
            with pytest.raises(TimeoutError, match=r"timeout: 1 of 1 buffers were not given back in 0\.2 s"):
                ring.fill_next()
            ours.send("go on")
            assert answer(ours) is True
            for _ in range(2):
                wait_until(lambda: filled(ring), "the buffer is not given back")
            ring.finish()
            assert answer(ours) == [4096, 8192]


def filled(ring):
    with contextlib.suppress(TimeoutError):
        return ring.fill_next()


def test_a_loop_cannot_go_on_with_views_in_use():
    ours, theirs = pipe()
    with ring_of(ENDLESS) as ring, running("fork", ring_consumers.keep_in_loop, ring.consumer(), theirs):
        with pytest.raises(BrokenPipeError, match="ended before it was done"):
            ring.run()
        assert "position 0 is still in use" in answer(ours)


def test_a_chunk_that_is_dropped_is_given_back():
    ours, theirs = pipe()
    with ring_of(100 << 12, 2, 4096) as ring, running("fork", ring_consumers.drop, ring.consumer(), theirs):
        ring.run()
        assert answer(ours) == 100 << 12


def test_a_view_ends_with_its_chunk():
    ours, theirs = pipe()
    with ring_of(4096, 1, 4096) as ring, running("fork", ring_consumers.use_after_release, ring.consumer(), theirs):
        ring.run()
        assert "released memoryview" in answer(ours)


def test_views_are_read_only_and_a_closed_consumer_takes_nothing():
    ours, theirs = pipe()
    with ring_of(4096, 1, 4096) as ring, running("fork", ring_consumers.write_to_view, ring.consumer(), theirs):
        ring.run()
        assert answer(ours) == "cannot modify read-only memory"
        assert "the consumer is closed" in answer(ours)


def test_a_waiting_producer_can_be_interrupted_and_go_on():
    ours, theirs = pipe()
    with ring_of(ENDLESS, 2, 4096, timeout=None) as ring:
        with running("fork", ring_consumers.take_and_stay, ring.consumer(), theirs, 2) as process:
            ring.fill_next(), ring.fill_next()
            assert answer(ours) == 2
            threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()
            with pytest.raises(KeyboardInterrupt):
                ring.fill_next()
            assert repr(ring) == "<dgen_py.SharedRing buffers=2 buffer_size=4096 free=0>"
            process.kill()


def test_a_waiting_consumer_can_be_interrupted_and_go_on():
    ours, theirs = pipe()
    with ring_of(2 << 12, 2, 4096) as ring, running("fork", ring_consumers.interrupted, ring.consumer(), theirs):
        assert answer(ours) == "interrupted"
        ring.run()
        assert answer(ours) == [0, 4096]


def test_a_consumer_waits_no_longer_than_the_timeout():
    ours, theirs = pipe()
    with ring_of(ENDLESS, 2, 4096, timeout=0.1) as ring:
        with running("spawn", ring_consumers.end_of_wait, ring.consumer(), theirs):
            assert answer(ours) == "TimeoutError: timeout: no chunk came in 0.1 s (0 of 2 buffers are held here)"


def test_consumers_are_for_processes_that_are_started_before():
    with ring_of(1 << 20) as ring:
        consumer = ring.consumer()
        with pytest.raises(TypeError, match="cannot pickle 'RingConsumer' object, except as an argument of a process"):
            pickle.dumps(consumer)
        with pytest.raises(TypeError, match=r"cannot pickle 'SharedRing' object; give its consumer\(\)"):
            pickle.dumps(ring)
        with pytest.raises(RuntimeError, match="the consumer is for other processes than the ring's"):
            consumer.take()
        with pytest.raises(BrokenPipeError, match="consumer: no process took part"):
            ring.run()
    assert repr(ring) == "<dgen_py.SharedRing buffers=3 buffer_size=65536 closed>"
    with pytest.raises(ValueError, match="the consumer is closed, or its process was started after"):
        multiprocessing.get_context("spawn").Process(target=ring_consumers.loop, args=(consumer,)).start()
    for closed in (ring.consumer, ring.run, ring.finish, ring.__enter__):
        with pytest.raises(ValueError, match="the ring is closed"):
            closed()
    ring.close()


def test_a_forked_child_has_no_ring():
    read, write = os.pipe()
    with ring_of(1 << 20) as ring:
        child = os.fork()
        if child == 0:
            try:
                ring.fill_next()
            except RuntimeError as error:
                ring.close()
                os.write(write, str(error).encode())
            os._exit(0)
        os.close(write)
        assert os.waitpid(child, 0)[1] == 0
        assert os.read(read, 200).startswith(b"the ring belongs to the process that made it")
        os.close(read)
        ours, theirs = pipe()
        with running("fork", ring_consumers.positions, ring.consumer(), theirs):
            assert ring.run() == 1 << 20


@pytest.mark.parametrize("arguments, error, text", [
    (dict(generator=7), TypeError, "generator: a Generator is required, not int"),
    (dict(buffers=0), ValueError, r"buffers: 0 is not accepted \(accepted: 1 to 256\)"),
    (dict(buffers=257), ValueError, "buffers: 257"),
    (dict(buffers=1.5), TypeError, "float"),
    (dict(buffer_size=0), ValueError, r"buffer_size: 0 is not accepted \(accepted: 1 to 2\^40 bytes\)"),
    (dict(buffer_size="auto"), ValueError, "buffer_size: `auto` is not accepted"),
    (dict(buffers=256, buffer_size=1 << 40), OSError, "Cannot allocate memory"),
    (dict(timeout=0), ValueError, "timeout: 0 is not accepted"),
    (dict(timeout="1"), TypeError, "timeout: a number is required"),
])
def test_arguments(arguments, error, text):
    with pytest.raises(error, match=text):
        dgen_py.SharedRing(**{"generator": stream(1 << 20), **arguments})


def test_shape_by_default():
    with dgen_py.SharedRing(stream(1 << 20, chunk_size=12345)) as ring:
        assert (ring.buffers, ring.buffer_size) == (4, 12345)


def test_rings_leave_no_descriptors_and_no_files():
    def once():
        with ring_of(1 << 18, 2, 1 << 16) as ring, running("fork", ring_consumers.loop, ring.consumer()):
            ring.run()

    once()
    before, files = len(links("self")), {name for name in os.listdir("/dev/shm") if "dgen" in name}
    for _ in range(10):
        once()
    assert len(links("self")) == before
    assert {name for name in os.listdir("/dev/shm") if "dgen" in name} == files


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_warned_of(method, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(f"""
import multiprocessing, dgen_py, ring_consumers
if __name__ == "__main__":
    context = multiprocessing.get_context("{method}")
    with dgen_py.SharedRing(dgen_py.Generator(1 << 20), 2, 1 << 16) as ring:
        processes = [context.Process(target=ring_consumers.loop, args=(ring.consumer(),)) for _ in range(2)]
        for process in processes:
            process.start()
        ring.run()
        for process in processes:
            process.join()
            assert process.exitcode == 0
""")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-X", "dev", "-W", "error", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("method", METHODS)
def test_the_page_s_script_runs(method, tmp_path):
    page = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in page.split("```python\n")[1:]]
    code = next(block for block in blocks if "SharedRing" in block)
    code = code.replace("/mnt/test", str(tmp_path)).replace("10 << 30", "20_000_000").replace("compress_ratio=2.0", "seed=5")
    script = tmp_path / "script.py"
    script.write_text("import dgen_py\n" + code.replace("multiprocessing.Process", f"multiprocessing.get_context('{method}').Process"))
    subprocess.run([sys.executable, "-W", "error", str(script)], check=True, timeout=LIMIT_S)
    assert (tmp_path / "checkpoint").read_bytes() == bytes(stream(20_000_000).get_at(0, 20_000_000))
