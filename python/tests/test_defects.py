"""One test or more for each defect of dgen-py 0.3.0 that Python code meets.

Only arguments that 0.3.0 knows are used, so that the tests run there too; each docstring says what it does there.
Contents and cost are measured here; refusals and lifetimes are in test_defects_of_use.py.
"""

import subprocess
import sys
import threading
import time
import zlib

import dgen_py
import pytest
from processes import LIMIT_S

MIB = 1 << 20


def parts(data, size):
    data = bytes(data)
    return [data[at : at + size] for at in range(0, len(data), size)]


def chunks(generator, sizes):
    """The bytes of all chunks, filled into buffers of the sizes given, in turn, that held something else before."""
    out = bytearray()
    while not generator.is_complete():
        for size in sizes:
            buffer = bytearray(b"\xa5") * size
            out += buffer[: generator.fill_chunk(buffer)]
    return bytes(out)


def zlib_ratio(data):
    return len(data) / len(zlib.compress(bytes(data), 6))


@pytest.mark.parametrize("size", [MIB + 4096, 3 * MIB // 2, 5 * MIB // 2 + 1])
def test_1_a_chunk_that_is_no_multiple_of_a_mebibyte_is_filled_to_its_end(size):
    """0.3.0 leaves the last part of such a buffer as it was and shifts what follows: fails there."""
    whole = chunks(dgen_py.Generator(8 * MIB, seed=3), [MIB])
    assert chunks(dgen_py.Generator(8 * MIB, seed=3), [size]) == whole


@pytest.mark.parametrize("ratio", [2.0, 3.0, 5.0])
@pytest.mark.parametrize(("threads", "size"), [(2, 2 * MIB), (2, 4 * MIB), (None, 3_645_728)])
def test_2_compressible_output_depends_on_neither_threads_nor_chunks(threads, size, ratio):
    """0.3.0 gives other bytes on several threads with chunks of more than 1 MiB: fails there."""
    total = 3_645_728
    whole = chunks(dgen_py.Generator(total, compress_ratio=ratio, max_threads=1, seed=3), [MIB])
    assert chunks(dgen_py.Generator(total, compress_ratio=ratio, max_threads=threads, seed=3), [size]) == whole


def test_3_neighbouring_seeds_share_nothing():
    """On 0.3.0 block k+1 of a seed is block k of the next, so that eight files hold 15 blocks of 64: fails there."""
    files = [bytes(dgen_py.Generator(8 * MIB, seed=seed).get_chunk(8 * MIB)) for seed in range(1000, 1008)]
    assert len({block for file in files for block in parts(file, MIB)}) == 64
    assert len({page for file in files for page in parts(file, 4096)}) == 64 * 256


def test_4_compressible_data_does_not_deduplicate():
    """0.3.0 ends each mebibyte with zeros, so half of all pages are equal: fails there."""
    data = dgen_py.Generator(8 * MIB, compress_ratio=2.0, seed=3).get_chunk(8 * MIB)
    assert len(set(parts(data, 4096))) == 2048
    assert len(set(parts(data, 512))) == 16384


def test_4_each_page_compresses_as_asked():
    """On 0.3.0 pages compress 1:1 or vanish, none compresses 2:1: fails there."""
    data = dgen_py.Generator(4 * MIB, compress_ratio=2.0, seed=3).get_chunk(4 * MIB)
    ratios = [zlib_ratio(page) for page in parts(data, 4096)]
    assert 1.9 < sum(ratios) / len(ratios) < 2.1
    assert 1.8 < min(ratios) and max(ratios) < 2.2


@pytest.mark.parametrize("name", ["lz4.frame", "zstandard"])
def test_4_each_page_compresses_as_asked_by_other_compressors(name):
    """As above: fails on 0.3.0."""
    compress = pytest.importorskip(name, reason=f"optional: {name} is not installed").compress
    data = dgen_py.Generator(4 * MIB, compress_ratio=2.0, seed=3).get_chunk(4 * MIB)
    packed = sum(len(compress(page)) for page in parts(data, 4096))
    # Their frames add a few bytes to each page.
    assert 1.9 < 4 * MIB / packed < 2.1
    assert all(1.8 < len(page) / len(compress(page)) < 2.2 for page in parts(data, 4096))


def test_4_dedup_and_compression_are_independent():
    """Asked 2 and 2, 0.3.0 deduplicates 4:1 by pages and what is left does not compress: fails there."""
    data = dgen_py.Generator(16 * MIB, dedup_ratio=2.0, compress_ratio=2.0, seed=3).get_chunk(16 * MIB)
    distinct = set(parts(data, 4096))
    assert len(distinct) == 2048
    assert 1.9 < zlib_ratio(b"".join(distinct)) < 2.1


@pytest.mark.parametrize(("ratio", "blocks", "distinct"), [(1.99, 199, 100), (1.5, 99, 66)])
def test_5_fractional_dedup_ratios(ratio, blocks, distinct):
    """0.3.0 truncates both to 1, which means none: fails there."""
    data = dgen_py.Generator(blocks * MIB, dedup_ratio=ratio, seed=3).get_chunk(blocks * MIB)
    assert len(set(parts(data, MIB))) == distinct


def test_5_fractional_compress_ratios():
    """0.3.0 truncates it to 1, which means none: fails there."""
    assert 1.43 < zlib_ratio(dgen_py.Generator(4 * MIB, compress_ratio=1.5, seed=3).get_chunk(4 * MIB)) < 1.57


@pytest.mark.parametrize("value", [-2, 0, 0.5, float("nan"), float("inf"), 1e12])
@pytest.mark.parametrize("name", ["dedup_ratio", "compress_ratio"])
def test_5_ratios_out_of_range_are_refused(name, value):
    """0.3.0 accepts each of them: fails there."""
    for make in [dgen_py.Generator, dgen_py.generate_buffer, dgen_py.generate_data]:
        with pytest.raises(ValueError, match=name):
            make(1000, **{name: value})
    with pytest.raises(ValueError, match=name):
        dgen_py.BufferPool(**{name: value})


@pytest.mark.parametrize(("ratio", "size", "distinct"), [(3, 8, 43), (2, 5, 40), (16, 25, 25)])
def test_6_the_dedup_ratio_does_not_drift(ratio, size, distinct):
    """0.3.0 has 2.67 for 3, 1.67 for 2 and 12.5 for 16, since it ignores the block size: fails there."""
    data = dgen_py.Generator(size * MIB, dedup_ratio=ratio, block_size=64 << 10, seed=3).get_chunk(size * MIB)
    assert len(set(parts(data, 64 << 10))) == distinct


@pytest.mark.parametrize(("ratio", "total"), [(2, 40), (3, 64), (16, 100)])
def test_6_each_prefix_holds_its_duplicates(ratio, total):
    """On 0.3.0 the unique part comes first and its duplicates after it, so a prefix has none: fails there."""
    seen, data = set(), dgen_py.Generator(total * MIB, dedup_ratio=ratio, seed=3).get_chunk(total * MIB)
    for count, block in enumerate(parts(data, MIB), 1):
        seen.add(block)
        assert len(seen) == -(-count // ratio)


@pytest.mark.parametrize("before", [1, 4096, 1_000_000, MIB - 1, MIB, 3 * MIB // 2])
def test_7_set_seed_starts_the_stream_from_anywhere(before):
    """0.3.0 starts in the middle of a block unless the position is a multiple of 1 MiB: fails there, but for one."""
    generator = dgen_py.Generator(8 * MIB, max_threads=1, seed=1)
    generator.fill_chunk(bytearray(before))
    generator.set_seed(2)
    assert bytes(generator.get_chunk(MIB)) == bytes(dgen_py.Generator(8 * MIB, seed=2).get_chunk(MIB))
    assert generator.position() == before + MIB


def test_7_reset_after_set_seed_is_a_whole_stream():
    """0.3.0 then repeats one block eight times: fails there."""
    generator = dgen_py.Generator(8 * MIB, seed=1)
    generator.get_chunk(MIB)
    generator.set_seed(9)
    generator.reset()
    data = bytes(generator.get_chunk(8 * MIB))
    assert len(set(parts(data, MIB))) == 8
    assert data == bytes(dgen_py.Generator(8 * MIB, seed=9).get_chunk(8 * MIB))


def test_8_reset_of_an_unseeded_generator_gives_fresh_samples():
    """0.3.0 writes the same sample into every file: fails there."""
    generator = dgen_py.Generator(MIB)
    pages = set()
    for _ in range(10):
        generator.reset()
        pages.update(parts(bytes(generator.get_chunk(MIB)), 4096))
    assert len(pages) == 10 * MIB // 4096


def test_9_small_objects_compress_as_asked():
    """On 0.3.0 objects of 64 KiB are incompressible or all zeros: fails there."""
    pool = dgen_py.BufferPool(compress_ratio=2.0)
    for _ in range(50):
        assert 1.9 < zlib_ratio(pool.next_slice(65536)) < 2.1
        assert 1.9 < zlib_ratio(dgen_py.generate_buffer(65536, compress_ratio=2.0)) < 2.1


def test_9_small_objects_deduplicate_as_asked():
    """On 0.3.0 dedup has no effect on what a pool hands out: fails there."""
    pool = dgen_py.BufferPool(dedup_ratio=2.0)
    objects = [bytes(pool.next_slice(65536)) for _ in range(64 * 16)]
    assert len(set(objects)) == 32 * 16


def cpu_time(generator, buffer):
    """Processor time of this thread for 300 fills, the least of five."""

    def once():
        start = time.thread_time()
        for _ in range(300):
            generator.fill_chunk(buffer)
        return time.thread_time() - start

    return min(once() for _ in range(5))


def test_11_small_fills_do_not_pay_for_a_block():
    """On 0.3.0 each fill makes a whole mebibyte, so that 64 bytes cost more than half of it: fails there."""
    generator = dgen_py.Generator(1 << 40, max_threads=1)
    assert cpu_time(generator, bytearray(64)) * 10 < cpu_time(generator, bytearray(MIB))


def resident(statements, field):
    """MiB of VmHWM (the peak) or VmRSS that statements add in a process of their own."""
    code = f"""
import dgen_py, re
def now():
    return int(re.search(r"{field}:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
dgen_py.Generator(1 << 25).fill_chunk(bytearray(1 << 25))
size = 256 << 20
{statements[0]}
before = now()
{statements[1]}
print(now() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, timeout=LIMIT_S)
    return int(done.stdout) >> 10


def test_12_memory_does_not_grow_with_the_size():
    """On 0.3.0 this generator takes 364 MiB, twice that without duplicates: fails there."""
    use = "g = dgen_py.Generator(100 * 10**12, 2.0, 2.0)\nfor _ in range(100): g.fill_chunk(b)"
    assert resident(["b = bytearray(1 << 20)", use], "VmRSS") < 20


@pytest.mark.parametrize("function", ["fill_buffer", "generate_into_buffer"])
def test_13_buffers_are_filled_without_a_second_one(function):
    """On 0.3.0 the peak grows by the size of the buffer, 256 MiB: fails there."""
    assert resident(["b = bytearray(b'1') * size", f"dgen_py.{function}(b)"], "VmHWM") < 50


@pytest.mark.parametrize("name", ["fill_chunk", "get_chunk", "fill_buffer", "generate_into_buffer", "generate_buffer"])
def test_13_other_threads_run_meanwhile(name):
    """0.3.0 releases the interpreter in fill_chunk and generate_buffer only: the other three fail there."""
    generator, buffer, size = dgen_py.Generator(1 << 50), bytearray(128 * MIB), 128 * MIB
    call = {
        "fill_chunk": lambda: generator.fill_chunk(buffer),
        "get_chunk": lambda: generator.get_chunk(size),
        "fill_buffer": lambda: dgen_py.fill_buffer(buffer),
        "generate_into_buffer": lambda: dgen_py.generate_into_buffer(buffer),
        "generate_buffer": lambda: dgen_py.generate_buffer(size),
    }[name]
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.wait(0.0005):
            ticks.append(1)

    # Longer than the calls together: so the other thread runs only where a call releases the interpreter.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(100)
    thread = threading.Thread(target=tick)
    thread.start()
    try:
        before = len(ticks)
        for _ in range(200):
            call()
            if len(ticks) - before >= 3:
                break
        else:
            pytest.fail("no other thread ran during 200 calls")
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        thread.join()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "complex128"])
def test_13_arrays_of_any_type_are_filled(dtype):
    """0.3.0 refuses all but bytes: fails there."""
    numpy = pytest.importorskip("numpy")
    array = numpy.zeros((16, 16), dtype)
    assert dgen_py.Generator(array.nbytes, seed=3).fill_chunk(array) == array.nbytes
    assert array.tobytes() == bytes(dgen_py.Generator(array.nbytes, seed=3).get_chunk(array.nbytes))
    assert dgen_py.fill_buffer(array) == dgen_py.generate_into_buffer(array) == array.nbytes
