"""Defects of dgen-py 0.3.0 in what it accepts and in what it leaves behind; the continuation of test_defects.py."""

import os
import subprocess
import sys
import threading

import dgen_py
import pytest
from processes import LIMIT_S

MIB = 1 << 20


def run(code, timeout=LIMIT_S):
    """What statements print in a process of their own; hangs and crashes there are failures here."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], timeout=timeout, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("mode", ["uma", "disabled", "auto", "force"])
def test_10_documented_modes_are_accepted(mode):
    """0.3.0 refuses `uma`, which its document names: fails there for that one."""
    for make in [dgen_py.Generator, dgen_py.generate_buffer, dgen_py.generate_data]:
        make(1000, numa_mode=mode)
    assert dgen_py.fill_buffer(bytearray(1000), numa_mode=mode) == 1000


@pytest.mark.parametrize(("name", "value"), [("numa_node", 99), ("chunk_size", 0), ("block_size", 1),
                                             ("block_size", 4097), ("max_threads", 0), ("max_threads", 5000)])
def test_10_values_out_of_range_are_refused(name, value):
    """0.3.0 accepts each of them: fails there."""
    with pytest.raises(ValueError, match=f"{name.replace('_', '.')}: {value} "):
        dgen_py.Generator(1000, **{name: value})


@pytest.mark.parametrize("threads", [1, 2, None])
def test_10_an_empty_buffer_takes_nothing(threads):
    """On 0.3.0 the call never returns with one thread: fails there for that one."""
    make = f"import dgen_py; generator = dgen_py.Generator(10, max_threads={threads})"
    assert run(f"{make}; print(generator.fill_chunk(bytearray(0)))") == "0\n"


def test_10_no_bytes_are_a_valid_request():
    """On 0.3.0 generate_buffer(0) panics: fails there."""
    assert bytes(dgen_py.generate_buffer(0)) == bytes(dgen_py.generate_data(0)) == b""


@pytest.mark.parametrize("call", ["Generator(2**63 + 1)", "Generator(10).get_chunk(2**62)", "generate_buffer(2**62)"])
def test_10_sizes_that_cannot_be_do_not_end_the_process(call):
    """0.3.0 aborts the interpreter: fails there."""
    run(f"import dgen_py\ntry: dgen_py.{call}\nexcept (ValueError, MemoryError): pass")


def test_14_bytearrays_are_zero():
    """0.3.0 hands out what freed objects left in the heap, and can do nothing else: fails there."""
    for size in [500, 5000, 100_000]:
        del [bytearray(b"\xff" * size) for _ in range(1000)][:]
        arrays = dgen_py.create_bytearrays(count=1000, size=size, zeroed=True)
        assert all(array == bytes(size) for array in arrays)


@pytest.mark.parametrize("value", [99, 1 << 31])
def test_15_a_node_that_the_machine_lacks_is_refused(value):
    """0.3.0 accepts any number: fails there."""
    assert dgen_py.Generator(1000, numa_node=0).get_chunk(10) is not None
    for make in [dgen_py.Generator, dgen_py.generate_buffer]:
        with pytest.raises(ValueError, match="numa_node"):
            make(1000, numa_node=value)
    with pytest.raises(ValueError, match="numa_node"):
        dgen_py.generate_into_buffer(bytearray(10), numa_node=value)


@pytest.mark.parametrize("take", ["get_chunk", "fill_chunk"])
def test_16_threads_share_a_generator(take):
    """0.3.0 raises "Already borrowed" in all threads but one: fails there for fill_chunk.

    Its get_chunk keeps the interpreter, so that threads come one after the other: passes there.
    """
    size, count = 4 * MIB, 40
    generator = dgen_py.Generator(size * count, seed=1)
    seen, errors = [], []

    def work():
        try:
            while not generator.is_complete():
                buffer = bytearray(size)
                taken = generator.fill_chunk(buffer) if take == "fill_chunk" else 0
                data = bytes(buffer[:taken]) if take == "fill_chunk" else bytes(generator.get_chunk(size) or b"")
                seen.extend([data] if data else [])
        except RuntimeError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    whole = bytes(dgen_py.Generator(size * count, seed=1).get_chunk(size * count))
    assert sorted(seen) == sorted(whole[at : at + size] for at in range(0, len(whole), size))


def test_16_forked_workers_generate():
    """0.3.0 waits in the child for threads that the fork did not copy: hangs, and so fails there."""
    code = """
import dgen_py, multiprocessing, zlib
def work(seed):
    generator, buffer = dgen_py.Generator(64 << 20, seed=seed), bytearray(8 << 20)
    generator.fill_chunk(buffer)
    return zlib.crc32(buffer)
if __name__ == "__main__":
    own = [work(seed) for seed in range(4)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, range(4)) == own)
"""
    # A worker that hangs keeps its pipe, so the whole group must end with the attempt.
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.PIPE, text=True,
                               start_new_session=True)
    try:
        assert process.communicate(timeout=LIMIT_S)[0] == "True\n"
    finally:
        try:
            os.killpg(process.pid, 9)
        except ProcessLookupError:
            pass
        process.wait()
        process.stdout.close()


def test_17_no_files_are_left_or_made():
    """0.3.0 makes a file with the process's number in a folder of /tmp for its pool of threads: fails there."""
    code = """
import dgen_py, os
dgen_py.Generator(64 << 20).fill_chunk(bytearray(64 << 20))
dgen_py.generate_buffer(64 << 20)
found = [os.path.join(at, name) for at, _, names in os.walk("/tmp/dgen-" + str(os.getuid())) for name in names]
print([path for path in found if os.path.basename(path) == str(os.getpid())])
"""
    assert run(code) == "[]\n"


@pytest.mark.parametrize(("name", "refused", "taken"), [
    ("compress_ratio", [0, 0.99, 200.5, 1000, float("inf"), float("nan"), -1], [1, 200]),
    ("dedup_ratio", [0, 0.99, 1e7, float("inf"), float("nan"), -1], [1, 1e6]),
    ("block_size", [0, 1, 512, 5000, 65537, (1 << 30) + 4096], [4096, 12288, 1 << 30]),
    ("chunk_size", [0, -1], [1, 1 << 40]),
    ("max_threads", [0, 4097, -1], [1, 4096]),
    ("size", [(1 << 63) + 1, -1], [0, 1 << 63]),
])
def test_values_that_the_page_lists_as_refused(name, refused, taken):
    """0.3.0 takes them in silence, or ends the process: fails there for all but `size`, which ends the tests."""
    for value in taken:
        dgen_py.Generator(**{"size": 1 << 20, name: value})
    for value in refused:
        with pytest.raises(ValueError, match=name):
            dgen_py.Generator(**{"size": 1 << 20, name: value})
