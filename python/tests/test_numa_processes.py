"""One process per memory node: where it runs, what comes back, and what ends it."""

import functools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import dgen_py
import pytest
from dgen_py.numa import NodeResult, NodeResults, cpus_of_nodes, run_per_node
from processes import LIMIT_S, wait_until

CPUS = cpus_of_nodes(dgen_py.get_system_info())
FIRST = min(CPUS)


def where(node):
    return node, {tuple(sorted(os.sched_getaffinity(int(task)))) for task in os.listdir("/proc/self/task")}


def generate(node, size, *, seed):
    generator = dgen_py.Generator(size=size, seed=seed, numa_node=node)
    buffer = bytearray(generator.chunk_size)
    yield
    while not generator.is_complete():
        generator.fill_chunk(buffer)
    return size


def slow_to_prepare(node):
    time.sleep(0.3)
    prepared = time.monotonic_ns()
    yield
    return os.getpid(), prepared


def fails(node, kind, *arguments):
    raise kind(*arguments)


class Unportable(Exception):
    def __init__(self, node, reason):
        super().__init__(f"{reason} on {node}")


def kills_itself(node, number):
    os.kill(os.getpid(), number)


def leaves(node, code):
    os._exit(code)


def sleeps(node, path=None):
    if path is not None:
        Path(f"{path}.{node}").write_text(str(os.getpid()))
    time.sleep(600)


def cannot_be_sent(node):
    return lambda: node


def yields_twice(node):
    yield
    yield


def assert_none_left():
    """Only the helpers of multiprocessing stay."""
    ids = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children")).split()
    lines = [Path(f"/proc/{pid}/cmdline").read_text() for pid in ids]
    assert [line for line in lines if "resource_tracker" not in line and "forkserver" not in line] == []


def test_each_process_and_all_its_threads_are_bound_to_its_node():
    results = run_per_node(where)
    assert [result.node for result in results] == list(CPUS)
    for result in results:
        assert result.cpus == CPUS[result.node]
        assert result.value == (result.node, {result.cpus})
    assert_none_left()


def test_physical_only_takes_one_processor_of_each_core():
    info = dgen_py.get_system_info()
    results = run_per_node(where, physical_only=True)
    assert sum(len(result.cpus) for result in results) <= info["physical_cores"]
    assert all(result.value[1] == {result.cpus} for result in results)


@pytest.mark.parametrize("start_method", ["spawn", "forkserver"])
def test_rates_are_those_of_all_together(start_method):
    results = run_per_node(generate, args=(8 << 20,), kwargs={"seed": 7}, start_method=start_method)
    assert results.elapsed_ns >= results.slowest.elapsed_ns > 0
    assert results.bytes_per_s == pytest.approx(len(results) * (8 << 20) * 1e9 / results.elapsed_ns)
    lines = results.table().splitlines()
    assert len(lines) == len(results) + 1 and lines[-1].startswith("together: ")


def test_preparation_is_not_timed():
    for fn in [slow_to_prepare, functools.partial(slow_to_prepare)]:
        (result,) = run_per_node(fn, nodes=[FIRST])
        process, prepared = result.value
        assert prepared <= result.begin_ns <= result.end_ns and process != os.getpid()


def test_rates_need_numbers_of_bytes():
    results = NodeResults([NodeResult(3, (0,), 0, 1, "text")])
    with pytest.raises(TypeError, match="value of node 3: a number of bytes is required, not str"):
        print(results.bytes_per_s)


def test_exceptions_carry_the_traceback_of_their_process():
    with pytest.raises(ZeroDivisionError, match="of mine") as caught:
        run_per_node(fails, args=(ZeroDivisionError, "of mine"))
    assert f"in the process of node {FIRST}" in str(caught.value.__cause__)
    assert "in fails" in str(caught.value.__cause__) and "raise kind" in str(caught.value.__cause__)
    with pytest.raises(RuntimeError, match="Unportable: too odd on 1"):
        run_per_node(fails, args=(Unportable, 1, "too odd"))
    with pytest.raises(RuntimeError, match="SystemExit: 3"):
        run_per_node(fails, args=(SystemExit, 3))
    assert_none_left()


def test_what_cannot_be_sent_is_an_error():
    with pytest.raises(Exception, match="(?i)pickle|local object"):
        run_per_node(cannot_be_sent)
    with pytest.raises(Exception, match="(?i)pickle|local object"):
        run_per_node(lambda node: node)
    with pytest.raises(RuntimeError, match="yields more than once"):
        run_per_node(yields_twice)
    assert_none_left()


def test_a_process_that_ends_by_itself_is_named():
    with pytest.raises(ChildProcessError, match=rf"node {FIRST}: process \d+ was killed by signal 9 \(SIGKILL\)"):
        run_per_node(kills_itself, args=(signal.SIGKILL,))
    with pytest.raises(ChildProcessError, match=rf"node {FIRST}: process \d+ ended too soon, with exit code 7"):
        run_per_node(leaves, args=(7,))
    assert_none_left()


def test_a_timeout_ends_all():
    with pytest.raises(TimeoutError, match=f"did not end in time: {FIRST}"):
        run_per_node(sleeps, timeout=1.0)
    assert_none_left()


@pytest.mark.parametrize("nodes", [[4095], [-1], [FIRST, 4095]])
def test_unknown_nodes_are_refused(nodes):
    with pytest.raises(ValueError, match=rf"nodes: {nodes[-1]} is not accepted \(accepted: {FIRST}"):
        run_per_node(where, nodes=nodes)
    with pytest.raises(TypeError, match="nodes: integers are required"):
        run_per_node(where, nodes=["0"])
    with pytest.raises(ValueError, match="nodes: at least one"):
        run_per_node(where, nodes=[])


SCRIPT = """
import sys
sys.path[:0] = [{tests!r}]
from test_numa_processes import run_per_node, sleeps
if __name__ == "__main__":
    run_per_node(sleeps, args=({path!r},))
"""


def start(tmp_path):
    """A script that waits for its processes, and the id of one of these."""
    path = tmp_path / "id"
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent), path=str(path)))
    parent = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, text=True)
    mark = Path(f"{path}.{FIRST}")
    try:
        wait_until(lambda: mark.exists() and mark.read_text(), "no process was started")
    except BaseException:
        parent.kill()
        raise
    return parent, int(mark.read_text())


def runs(pid):
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def assert_gone(pid):
    wait_until(lambda: not runs(pid), "the process goes on")


def test_an_interruption_ends_the_processes(tmp_path):
    parent, child = start(tmp_path)
    parent.send_signal(signal.SIGINT)
    _, errors = parent.communicate(timeout=LIMIT_S)
    assert parent.returncode == -signal.SIGINT and errors.rstrip().endswith("KeyboardInterrupt")
    assert_gone(child)


def test_processes_do_not_outlive_their_parent(tmp_path):
    parent, child = start(tmp_path)
    parent.kill()
    parent.communicate(timeout=LIMIT_S)
    assert_gone(child)


def test_it_may_be_called_by_a_thread():
    got = []
    thread = threading.Thread(target=lambda: got.append(run_per_node(where)))
    thread.start()
    thread.join(LIMIT_S)
    assert [result.node for result in got[0]] == list(CPUS)


def test_what_would_end_the_parent_is_an_error():
    for fn, name in [(sys.exit, "SystemExit"), (interrupt, "KeyboardInterrupt"), (stop, "StopIteration")]:
        with pytest.raises(RuntimeError, match=name) as caught:
            run_per_node(fn, nodes=[0])
        assert "node 0" in str(caught.value.__cause__)


def interrupt(node):
    raise KeyboardInterrupt


def stop(node):
    raise StopIteration(node)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_timeouts_are_checked(timeout):
    with pytest.raises(ValueError, match="timeout"):
        run_per_node(hex, timeout=timeout)


def test_arguments_of_other_types_are_named():
    with pytest.raises(TypeError, match="timeout"):
        run_per_node(hex, timeout="1")
    with pytest.raises(TypeError, match="fn"):
        run_per_node(5)
