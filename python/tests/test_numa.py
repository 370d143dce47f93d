"""Memory nodes: what is placed, what is refused and what is reported."""

import errno
import json
import os
import subprocess
import sys

import dgen_py
import pytest

MIB = 1 << 20
NODES = [node["id"] for node in dgen_py.get_system_info()["nodes"] if node["cpus"]]
MODES = ["auto", "force", "uma", "disabled"]


def forced(call):
    """Return what a forced call returns; None where the system refuses it, as an error that says so."""
    try:
        return call()
    except OSError as error:
        assert error.errno in (errno.EPERM, errno.ENOSYS, errno.EINVAL), error
        return None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("node", [None, NODES[0]])
def test_the_bytes_are_the_same_everywhere(mode, node):
    options = {"numa_mode": mode, "numa_node": node}
    expected = bytes(dgen_py.Generator(5 * MIB, seed=3, compress_ratio=2.0, max_threads=1, numa_mode="uma").get_chunk(5 * MIB))
    generator = forced(lambda: dgen_py.Generator(5 * MIB, seed=3, compress_ratio=2.0, max_threads=3, **options))
    if generator is None:
        return
    assert bytes(generator.get_chunk(5 * MIB)) == expected
    for length in [100, 40_000, 5 * MIB]:
        buffer = bytearray(length)
        assert generator.fill_at(0, buffer) == length and buffer == expected[:length]
    assert bytes(dgen_py.generate_buffer(5 * MIB, 1.0, 2.0, seed=3, **options)) == expected
    assert bytes(dgen_py.generate_data(5 * MIB, 1.0, 2.0, seed=3, **options)) == expected
    pool = dgen_py.BufferPool(1.0, 2.0, seed=3, **options)
    assert bytes(pool.next_slice(MIB)) + bytes(pool.next_slice(64 << 10)) == expected[:MIB + (64 << 10)]
    values = [bytes(dgen_py.generate_uniform(300_000, seed=5, **more)) for more in ({}, options)]
    assert values[0] == values[1]
    arrays = dgen_py.create_bytearrays(3, MIB, zeroed=True, **options)
    assert all(array == bytes(MIB) for array in arrays)


@pytest.mark.parametrize("node", [-1, 99, 1 << 40, 4294967295])
def test_a_node_that_is_not_there_is_refused_with_those_that_are(node, tmp_path):
    path = tmp_path / "file"
    dgen_py.write_file(path, MIB, seed=1)
    for call in [
        lambda: dgen_py.Generator(1, numa_node=node), lambda: dgen_py.Generator.from_recipe("dgen1,seed=1", 1, numa_node=node),
        lambda: dgen_py.generate_buffer(1, numa_node=node), lambda: dgen_py.fill_buffer(bytearray(1), numa_node=node),
        lambda: dgen_py.generate_uniform(1, numa_node=node), lambda: dgen_py.BufferPool(numa_node=node),
        lambda: dgen_py.generate_uniform_vectors(1, 1, numa_node=node), lambda: dgen_py.create_bytearrays(1, 1, numa_node=node),
        lambda: dgen_py.write_file(path, MIB, numa_node=node), lambda: dgen_py.read_file(path, numa_node=node),
        lambda: dgen_py.verify_file(path, numa_node=node), lambda: dgen_py.get_placement(numa_node=node),
        lambda: dgen_py.Generator(1, numa_mode="disabled", numa_node=node),
    ]:
        with pytest.raises(ValueError, match=f"^numa_node: {node} is not accepted .accepted: {NODES[0]}"):
            call()


def test_threads_in_effect_are_told():
    assert dgen_py.Generator(1, max_threads=7).threads == dgen_py.BufferPool(max_threads=7).threads == 7
    # A node has at most as many as it has processors.
    assert dgen_py.Generator(1, max_threads=4096, numa_node=NODES[0]).threads == 4096
    for count in [0, 4097, -1]:
        with pytest.raises(ValueError, match="max_threads"):
            dgen_py.BufferPool(max_threads=count)
    code = "import dgen_py, os; print(dgen_py.Generator(1).threads, dgen_py.get_placement()['allowed_cpus'])"
    one = str(min(os.sched_getaffinity(0)))
    environment = {name: value for name, value in os.environ.items() if name != "DGEN_THREADS"}
    out = subprocess.run(
        [sys.executable, "-c", f"import os; os.sched_setaffinity(0, {{{one}}})\n{code}"],
        env=environment, capture_output=True, text=True, check=True,
    )
    assert out.stdout.split() == ["1", one]


def test_what_placement_comes_to_is_told(tmp_path):
    info = dgen_py.get_system_info()
    placement = dgen_py.Generator(1, max_threads=2).placement
    assert placement == dgen_py.get_placement(max_threads=2) == dgen_py.BufferPool(max_threads=2).placement
    assert placement["mode"] == "auto" and placement["node"] is None and placement["threads"] == 2
    if info["is_uma"]:
        assert not placement["placed"] and placement["memory"] == "system" and placement["refused"] == []
    off = dgen_py.get_placement("disabled", NODES[0])
    assert not off["placed"] and off["node"] == NODES[0] and off["reason"] == "the mode is disabled"
    json.dumps(placement)
    node = forced(lambda: dgen_py.get_placement("force", NODES[0]))
    if node is not None:
        assert node["placed"] and node["workers"] == "pinned" and node["memory"] == "bound"
        assert [entry["node"] for entry in node["nodes"]] == [NODES[0]]
    report = dgen_py.write_file(tmp_path / "file", MIB, seed=1, num_writers=1)
    assert report.placement.threads == 1 and report.placement.mode == "auto"
    assert report.to_dict()["placement"]["placed"] is report.placement.placed
    assert dgen_py.read_file(tmp_path / "file", numa_mode="uma").placement.mode == "disabled"
    assert dgen_py.verify_file(tmp_path / "file").placement.allowed_cpus


def test_the_caller_keeps_its_processors():
    before = os.sched_getaffinity(0)
    generator = forced(lambda: dgen_py.Generator(64 * MIB, numa_mode="force", numa_node=NODES[0]))
    if generator is not None:
        buffer = bytearray(8 * MIB)
        while generator.fill_chunk(buffer):
            assert os.sched_getaffinity(0) == before


def test_placement_survives_copies():
    import pickle

    generator = dgen_py.Generator(MIB, seed=1, numa_mode="uma", numa_node=NODES[0], max_threads=2)
    for other in [pickle.loads(pickle.dumps(generator)), generator.shard(0, 2)]:
        assert (other.placement["mode"], other.placement["node"], other.threads) == ("disabled", NODES[0], 2)


def test_the_chunk_suits_the_threads():
    sizes = [dgen_py.Generator(1, max_threads=threads, chunk_size="auto").chunk_size for threads in (1, 2, 4096)]
    assert sizes[0] <= sizes[1] <= sizes[2] == 32 * MIB
    assert all(size % (64 << 10) == 0 for size in sizes)
