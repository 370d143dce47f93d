"""The calls that the documents of dgen-py show run unchanged.

The forms, names and order of these calls come from the original's documents, of which nothing else is repeated here; a
test is named after the document and heading where its calls stand. With DGEN_REFERENCE_DOCS naming a folder of such
documents, every python block in them is run as well.
"""

import multiprocessing
import os
import threading
import time
from pathlib import Path

import dgen_py
import numpy as np
import pytest
import snippets
from processes import LIMIT_S

GIB = 1024**3
MIB = 1024**2


class Sink:
    """Stands for a file or a client of an object store."""

    def __init__(self):
        self.total = 0

    def write(self, data):
        self.total += memoryview(data).nbytes

    put = write


@pytest.fixture
def output():
    return Sink()


def test_readme_0_1_6_basic_usage():
    gen = dgen_py.Generator(size=100 * 1024**2, dedup_ratio=1.0, compress_ratio=1.0, numa_mode="auto", max_threads=None)
    buffer = bytearray(gen.chunk_size)
    total, start = 0, time.perf_counter()
    while not gen.is_complete():
        nbytes = gen.fill_chunk(buffer)
        if nbytes == 0:
            break
        total += len(buffer[:nbytes])
    assert f"Throughput: {(100 / (time.perf_counter() - start)):.2f} GB/s"
    assert total == 100 * 1024**2


def test_readme_0_1_6_reproducible_data_generation():
    gen1 = dgen_py.Generator(size=10 * 1024**3, seed=12345)
    gen2 = dgen_py.Generator(size=10 * 1024**3, seed=12345)
    gen3 = dgen_py.Generator(size=10 * 1024**3)
    first = bytes(gen1.get_chunk(MIB))
    assert bytes(gen2.get_chunk(MIB)) == first != bytes(gen3.get_chunk(MIB))


def test_readme_0_1_6_and_0_3_0_system_information(capsys):
    info = dgen_py.get_system_info()
    if info:
        print(f"NUMA nodes: {info['num_nodes']}")
        print(f"Physical cores: {info['physical_cores']}")
        print(f"Deployment: {info['deployment_type']}")
    assert capsys.readouterr().out.count("\n") == 3


def test_readme_0_1_6_chunk_size_optimization():
    gen = dgen_py.Generator(size=100 * 1024**3, chunk_size=64 * 1024**2)
    assert gen.chunk_size == 64 * MIB


def test_readme_0_1_6_deduplication_and_compression_ratios():
    for compress_ratio in [1.0, 2.0]:
        gen = dgen_py.Generator(size=100 * 1024**3, dedup_ratio=1.0, compress_ratio=compress_ratio)
        assert gen.fill_chunk(bytearray(MIB)) == MIB


def test_readme_0_1_6_numa_modes():
    for options in [{"numa_mode": "auto"}, {"numa_mode": "uma"}, {"numa_node": 0}]:
        assert dgen_py.Generator(100 * GIB, **options).fill_chunk(bytearray(MIB)) == MIB


def test_benchmark_results_0_1_5_test_parameters():
    gen = dgen_py.Generator(
        size=1024 * 1024**3,
        dedup_ratio=1.0,
        compress_ratio=1.0,
        numa_mode="auto",
        max_threads=None,
        chunk_size=64 * 1024**2,
    )
    assert gen.total_size() == 1024 * GIB


def worker_process(numa_node, size, dedup, compress, barrier, result_queue):
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    gen = dgen_py.Generator(
        size=size,
        dedup_ratio=dedup,
        compress_ratio=compress,
        numa_node=numa_node,
        max_threads=None,
        chunk_size=64 * 1024**2,
    )
    buffer = bytearray(gen.chunk_size)
    barrier.wait()
    done = 0
    while not gen.is_complete():
        nbytes = gen.fill_chunk(buffer)
        if nbytes == 0:
            break
        done += nbytes
    result_queue.put({"numa_node": numa_node, "done": done})


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_benchmark_results_0_1_5_benchmark_code(method):
    mp = multiprocessing.get_context(method)
    nodes = [node["id"] for node in dgen_py.get_system_info()["nodes"]] or [0]
    num_nodes = dgen_py.detect_numa_nodes()
    assert num_nodes == len(nodes)
    barrier, result_queue = mp.Barrier(num_nodes), mp.Queue()
    rest = (200 * MIB, 2.0, 2.0, barrier, result_queue)
    processes = [mp.Process(target=worker_process, args=(i, *rest), daemon=True) for i in nodes]
    for p in processes:
        p.start()
    results = [result_queue.get(timeout=LIMIT_S) for _ in processes]
    for p in processes:
        p.join()
    assert sorted(result["numa_node"] for result in results) == nodes
    assert all(result["done"] == 200 * MIB for result in results)


def test_changelog_0_1_migration_guide():
    gen = dgen_py.Generator(size=100 * 1024**3, chunk_size=64 * 1024**2)
    # As printed, from a bytearray, the slice is a copy that is filled and lost; from a memoryview it is the buffer.
    for buffer in [bytearray(64 * MIB), memoryview(bytearray(64 * MIB))]:
        assert gen.fill_chunk(buffer[: 4 * 1024 * 1024]) == 4 * MIB
        assert gen.fill_chunk(buffer[: 64 * 1024 * 1024]) == 64 * MIB
    assert bytes(buffer[-8:]) != bytes(8)


def test_storage_benchmark_guide_why_you_do_not_need_python_3_14():
    gen, buf, written = dgen_py.Generator(size=GIB), bytearray(MIB), []
    fd = os.open(os.devnull, os.O_WRONLY)
    consumer = threading.Thread(target=lambda: written.append(os.write(fd, buf)))
    assert gen.fill_chunk(buf) == MIB
    consumer.start()
    consumer.join()
    os.close(fd)
    assert written == [MIB]


def test_readme_0_3_0_quick_start_streaming_and_pattern_1(output):
    for options in [{}, {"dedup_ratio": 1.0, "compress_ratio": 1.0, "numa_mode": "auto", "max_threads": None}]:
        gen = dgen_py.Generator(size=100 * 1024**2, **options)
        buf = bytearray(gen.chunk_size)
        while not gen.is_complete():
            n = gen.fill_chunk(buf)
            if n == 0:
                break
            output.write(memoryview(buf)[:n])
    assert output.total == 2 * 100 * MIB


def test_readme_0_3_0_pattern_2_concurrent(output):
    gen = dgen_py.Generator(size=256 * 1024**3, max_threads=1)
    buf = bytearray(8 * MIB)
    for _ in range(3):
        gen.fill_chunk(buf)
        output.write(buf)
    assert output.total == gen.position() == 24 * MIB


def test_readme_0_3_0_quick_start_small_slices_and_pattern_3(output):
    pool = dgen_py.BufferPool(dedup_ratio=1.0, compress_ratio=1.0)
    for _ in range(10_000):
        output.put(pool.next_slice(64 * 1024))
    assert output.total == 10_000 * 65536
    assert [len(dgen_py.generate_buffer(size * 1024)) for size in (64, 256)] == [65536, 262144]
    pool.reconfigure(compress_ratio=4.0)
    assert 0 <= pool.remaining <= 1_048_576
    assert pool.compress_ratio == 4
    dgen_py.generate_buffer(64 * 1024, numa_node=0)


def test_readme_0_3_0_pattern_4_numeric_distributions():
    view = dgen_py.generate_uniform(1_000_000, low=0.0, high=1.0)
    arr = np.frombuffer(view, dtype=np.float32)
    assert arr.shape == (1_000_000,) and arr.min() >= 0 and arr.max() < 1

    buf = bytearray(dgen_py.generate_uniform(1_000 * 128))
    assert dgen_py.normalize_rows(buf, dim=128) is None
    mat = np.frombuffer(buf, dtype=np.float32).reshape(1_000, 128)
    assert np.allclose(np.linalg.norm(mat, axis=1), 1, atol=1e-5)

    view = dgen_py.generate_uniform_vectors(rows=1_000, dim=1536)
    vectors = np.frombuffer(view, dtype=np.float32).reshape(1_000, 1536)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert len(dgen_py.generate_uniform_vectors(10, 7, normalize=False)) == 280


def test_readme_0_3_0_bulk_pre_allocation(output):
    total, chunk = 64 * MIB, MIB
    buffers = dgen_py.create_bytearrays(count=total // chunk, size=chunk)
    gen = dgen_py.Generator(size=total, max_threads=None)
    for buf in buffers:
        gen.fill_chunk(buf)
    for buf in buffers:
        output.write(buf)
    assert gen.is_complete() and output.total == total
    assert len({bytes(buf) for buf in buffers}) == 64


def test_readme_0_3_0_quick_start_seed_and_reset():
    gen = dgen_py.Generator(size=100 * 1024**3, seed=42)
    buf, seen = bytearray(gen.chunk_size), []
    gen.fill_chunk(buf)
    seen.append(bytes(buf))
    gen.set_seed(99)
    gen.fill_chunk(buf)
    seen.append(bytes(buf))
    gen.set_seed(42)
    gen.fill_chunk(buf)
    assert seen[0] == buf != seen[1]


def test_readme_0_3_0_reproducible_data():
    gen = dgen_py.Generator(size=100 * 1024**3, seed=1111)
    buf, seen = bytearray(10 * 1024**2), []
    for seed in [1111, 2222, 1111]:
        gen.set_seed(seed)
        gen.fill_chunk(buf)
        seen.append(bytes(buf))
    assert seen[0] == seen[2] != seen[1]


def test_readme_0_3_0_multi_process_numa():
    assert dgen_py.Generator(size=GIB, numa_mode="auto", numa_node=0).fill_chunk(bytearray(MIB)) == MIB


def reference_blocks():
    folder = os.environ.get("DGEN_REFERENCE_DOCS")
    files = sorted(Path(folder).rglob("*")) if folder else []
    documents = [path for path in files if path.suffix == ".md" or path.name == "METADATA"]
    return [block for document in documents for block in snippets.blocks(document)]


@pytest.mark.skipif("DGEN_REFERENCE_DOCS" not in os.environ, reason="optional: DGEN_REFERENCE_DOCS names no folder of documents")
def test_reference_documents_hold_blocks():
    assert any(block.uses_the_package() for block in reference_blocks())


@pytest.mark.parametrize("block", [block for block in reference_blocks() if block.uses_the_package()] or [None], ids=str)
def test_block_of_a_reference_document(block):
    if block is None:
        pytest.skip("optional: DGEN_REFERENCE_DOCS names no folder of documents")
    text = snippets.scaled(block.text)
    if snippets.leaves_arguments_out(text):
        text = snippets.completed(text)
    done = snippets.run(text)
    assert done.returncode == 0, done.stdout
