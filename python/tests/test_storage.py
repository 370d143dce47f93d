"""Files written, read and verified: their bytes, their errors, and their interruption."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading

import dgen_py
import pytest
from processes import LIMIT_S, next_line

MIB = 1 << 20


def expected(size, offset=0, **stream):
    data = bytearray(size)
    dgen_py.Generator(offset + size, **stream).fill_at(offset, data)
    return bytes(data)


def run_python(script, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)], check=True, capture_output=True, text=True,
        timeout=LIMIT_S, **options,
    ).stdout


@pytest.mark.parametrize("options", [
    {}, {"num_writers": 1}, {"num_writers": 4, "buffer_size": "64KiB"}, {"num_writers": 1, "generators": 2},
    {"use_direct_io": False}, {"buffer_size": 5000},
    {"fsync": False, "preallocate": False}, {"sync_every": MIB}, {"max_threads": 1}, {"numa_node": 0},
    {"use_io_uring": False, "depth": 1, "buffer_count": 2},
])
def test_the_file_is_the_stream(tmp_path, options):
    size, path = 3 * MIB + 777, tmp_path / "data"
    stream = {"seed": 5, "dedup_ratio": 2.0, "compress_ratio": 1.5, "block_size": 65536}
    report = dgen_py.write_file(path, size, offset=12345, **stream, **options)
    assert path.read_bytes() == expected(size, 12345, **stream)
    assert (report.bytes_written, report.valid_prefix, report.size, report.offset) == (size, size, size, 12345)
    assert report.seed == 5 and report.recipe == "dgen1,seed=0x5,block=64KiB,dedup=2,compress=3/2"
    assert report.error is None and not report.interrupted and report.synced == options.get("fsync", True)
    assert report.engine in ("sync", "io_uring") and report.engine_reason and report.direct_reason and report.operations > 0
    assert 0 <= report.generation_bound <= 1 and 0 <= report.storage_bound <= 1
    assert 0 < report.latency_ns.p50 <= report.latency_ns.p99 <= report.latency_ns.p99_9 <= report.latency_ns.max
    if "num_writers" in options:
        assert report.writers == options["num_writers"]
    if options.get("use_direct_io") is False:
        assert not report.direct
    if options.get("buffer_size") == 5000:
        assert report.buffer_size == 8192 and "rounded up" in report.warnings[0]
    assert dgen_py.verify_file(path, size, recipe=report.recipe, offset=12345).ok
    read = dgen_py.read_file(path, num_readers=2)
    assert read.bytes_read == size and read.writers == 2 and read.files[0].path == str(path)


def test_positions_and_names_of_the_signature(tmp_path):
    report = dgen_py.write_file(tmp_path / "f", "2MiB", "128KiB", 2, False, 2.0, 2.0, False, seed=1)
    assert (report.buffer_size, report.buffer_count, report.direct) == (131072, 2, False)
    assert report.recipe == "dgen1,seed=0x1,dedup=2,compress=2"


def test_sizes_may_be_text(tmp_path):
    path = tmp_path / "f"
    report = dgen_py.write_file(path, "1.5MiB", buffer_size="64K", block_size="8KiB", offset="4kB", seed=1)
    assert (report.size, report.buffer_size, report.offset) == (3 * MIB // 2, 65536, 4000)
    assert path.stat().st_size == 3 * MIB // 2


def test_paths_of_every_kind(tmp_path):
    for path in [str(tmp_path / "a"), os.fsencode(tmp_path / "b"), tmp_path / "c", os.fsdecode(os.fsencode(tmp_path) + b"/\xff"),
                 os.fsencode(tmp_path) + b"/\xfe"]:
        report = dgen_py.write_file(path, 5000, seed=3)
        name = os.fsdecode(path)
        assert report.files[0].path == name == report.to_dict()["files"][0]["path"]
        with open(path, "rb") as file:
            assert file.read() == expected(5000, seed=3)
        assert dgen_py.read_file(path).files[0].path == name
        os.truncate(path, 4999)
        damaged = dgen_py.verify_file(path, 5000, seed=3)
        assert damaged.ranges[0].path == damaged.files[0].path == name
        with pytest.raises(FileExistsError) as caught:
            dgen_py.write_file(path, 5000, seed=4)
        assert caught.value.filename == name
    for wrong in [1, None, [1], object()]:
        with pytest.raises(TypeError, match="path"):
            dgen_py.write_file(wrong, 10)
    for wrong in ["a\0b", b"a\0b", []]:
        with pytest.raises(ValueError, match="path"):
            dgen_py.write_file(wrong, 10)


def test_a_file_called_minus_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dgen_py.write_file("-", 5000, seed=3)
    assert dgen_py.verify_file("-", 5000, seed=3).ok
    assert dgen_py.measure("-").bytes == dgen_py.read_file("-").bytes_read == 5000


def test_several_files_share_the_stream(tmp_path):
    paths = [tmp_path / name for name in "abc"]
    report = dgen_py.write_file(paths, 3 * MIB, seed=9, block_size=4096)
    whole = expected(3 * MIB, seed=9, block_size=4096)
    assert b"".join(path.read_bytes() for path in paths) == whole
    assert [file.path for file in report.files] == [str(path) for path in paths]
    assert [file.offset for file in report.files] == [0, MIB, 2 * MIB]
    assert dgen_py.verify_file(paths, 3 * MIB, seed=9, block_size=4096).ok
    assert dgen_py.read_file(tuple(paths)).bytes_read == 3 * MIB
    assert not dgen_py.verify_file(paths[::-1], 3 * MIB, seed=9, block_size=4096).ok


def has_attributes(folder):
    try:
        os.setxattr(folder, "user.dgen.test", b"1")
    except OSError:
        return False
    os.removexattr(folder, "user.dgen.test")
    return True


def test_attributes_make_options_needless(tmp_path):
    if not has_attributes(tmp_path):
        pytest.skip("the file system has no extended attributes")
    path = tmp_path / "f"
    report = dgen_py.write_file(path, MIB, offset=MIB, compress_ratio=2, seed=1)
    assert os.getxattr(path, "user.dgen.recipe").decode() == report.recipe
    verified = dgen_py.verify_file(path)
    assert verified.ok and verified.recipe == report.recipe and verified.files[0].offset == MIB
    dgen_py.write_file(path, MIB, seed=2, force=True)
    assert dgen_py.verify_file(path).ok
    assert dgen_py.verify_file(path, 4096, file_offset=8192).ok


def test_nothing_to_verify_by_is_an_error(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(bytes(5000))
    with pytest.raises(ValueError, match="carries no valid dgen recipe and range; recipe .or seed.* and size are needed"):
        dgen_py.verify_file(path)
    for options in [{"dedup_ratio": 2}, {"compress_ratio": 2.0}, {"block_size": 4096}]:
        with pytest.raises(ValueError, match="seed"):
            dgen_py.verify_file(path, 5000, **options)
    with pytest.raises(ValueError, match="recipe"):
        dgen_py.verify_file(path, 5000, recipe="dgen1,seed=0x1", seed=1)


def damage(path, size, **options):
    report = dgen_py.verify_file(path, size, seed=7, **options)
    assert not report.ok and report.ranges_total == 1
    found = report.ranges[0]
    assert report.bytes_bad == found.length and report.bytes_by_kind == {found.kind: found.length}
    return report, found


def test_kinds_of_damage(tmp_path):
    size, path = 2 * MIB, tmp_path / "f"
    good = expected(size, seed=7)
    page = 4096

    def holds(offset, data):
        path.write_bytes(good[:offset] + data + good[offset + len(data):])
        return damage(path, size)[1]

    found = holds(10 * page + 100, bytes([good[10 * page + 100] ^ 4]))
    assert (found.kind, found.bits) == ("flipped", 1)
    found = holds(20 * page, bytes(page))
    assert (found.kind, found.offset, found.length) == ("zeroed", 20 * page, page)
    found = holds(20 * page, good[30 * page:31 * page])
    assert (found.kind, found.source_offset) == ("misplaced", 30 * page)
    path.write_bytes(good[:5 * page + 9] + b"abc" + good[5 * page + 9:-3])
    found = damage(path, size)[1]
    assert (found.kind, found.shift, found.source_offset) == ("shifted", 3, found.offset - 3)
    path.write_bytes(good[:-5000])
    report, found = damage(path, size)
    assert (found.kind, found.length, report.valid_prefix) == ("missing", 5000, size - 5000)
    path.write_bytes(good + b"more")
    assert (damage(path, size)[1].kind, damage(path, size)[1].length) == ("extra", 4)
    stale = expected(size, seed=8)
    path.write_bytes(good[:page] + stale[page:2 * page] + good[2 * page:])
    found = damage(path, size, stale_seeds=[6, 8])[1]
    assert (found.kind, found.source_seed, found.source_offset) == ("stale", 8, page)
    path.write_bytes(bytes(size))
    report = dgen_py.verify_file(path, size, seed=7, limit=0)
    assert report.ranges == () and report.ranges_total == 1 and report.bytes_bad == size


def test_existing_data_is_kept_unless_forced(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsError) as caught:
        dgen_py.write_file(path, 4096, seed=1)
    error = caught.value
    assert (error.errno, error.filename) == (errno.EEXIST, str(path))
    assert "force" in str(error) and "--" not in str(error) and not hasattr(error, "report")
    assert path.read_bytes() == b"precious"
    dgen_py.write_file(path, 4096, seed=1, force=True)
    assert path.read_bytes() == expected(4096, seed=1)


def test_a_file_offset_keeps_what_lies_around(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"a" * 20000)
    report = dgen_py.write_file(path, 4096, seed=1, file_offset=8192, force=True)
    assert path.read_bytes() == b"a" * 8192 + expected(4096, seed=1) + b"a" * 7712
    assert report.files[0].file_offset == 8192
    assert dgen_py.verify_file(path, 4096, seed=1, file_offset=8192).ok


@pytest.mark.parametrize("call", [
    lambda path: dgen_py.write_file(path, 10), lambda path: dgen_py.read_file(path), lambda path: dgen_py.verify_file(path),
    lambda path: dgen_py.measure(path),
])
def test_files_that_cannot_be_opened(tmp_path, call):
    with pytest.raises(FileNotFoundError) as caught:
        call(tmp_path / "missing" / "f")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOENT, str(tmp_path / "missing" / "f"))


def test_what_is_no_file(tmp_path):
    for call in [dgen_py.read_file, dgen_py.verify_file, lambda path: dgen_py.write_file(path, 10)]:
        with pytest.raises((IsADirectoryError, ValueError)):
            call(tmp_path)
    with pytest.raises(IsADirectoryError) as caught:
        dgen_py.write_file(tmp_path, 10)
    assert caught.value.filename == str(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    for call in [dgen_py.read_file, lambda path: dgen_py.write_file(path, 10)]:
        with pytest.raises(OSError, match="neither a regular file nor a block device") as caught:
            call(tmp_path / "pipe")
        assert caught.value.errno == errno.EINVAL


def test_a_full_device_names_itself_and_carries_the_report():
    with pytest.raises(OSError) as caught:
        dgen_py.write_file("/dev/full", MIB, seed=1)
    error = caught.value
    assert (error.errno, error.filename) == (errno.ENOSPC, "/dev/full")
    assert isinstance(error.report, dgen_py.WriteReport)
    assert error.report.valid_prefix == 0 and "/dev/full" in error.report.error


def test_a_file_size_limit_leaves_a_verifiable_prefix(tmp_path):
    out = run_python("""
        import errno, resource, sys, dgen_py
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
        try:
            dgen_py.write_file(sys.argv[1], 3 << 20, seed=1, buffer_size=65536, preallocate=False, use_direct_io=False)
        except OSError as error:
            assert error.errno == errno.EFBIG and error.filename == sys.argv[1]
            print(error.report.valid_prefix)
    """, tmp_path / "f")
    prefix = int(out)
    assert 0 < prefix <= 1_000_000
    assert (tmp_path / "f").read_bytes() == expected(3 * MIB, seed=1)[:prefix]
    assert dgen_py.verify_file(tmp_path / "f", prefix, seed=1).ok


@pytest.mark.parametrize("name, values", {
    "size": [0, -1, (1 << 63) + 1, "", "1XB", "-1", "8EiB"], "buffer_size": [0, -1, 1 << 29, "0"], "buffer_count": [0, -1],
    "dedup_ratio": [0.5, float("nan")], "compress_ratio": [0.5, 201], "num_writers": [0, 1025], "generators": [-1, 1025],
    "depth": [0, 4097], "block_size": [0, 1000, "2GiB"], "seed": [-1, 1 << 64], "recipe": ["", "dgen1", "dgen2,seed=1"], "offset": [-1, 1 << 63],
    "numa_node": [-1, 99], "max_threads": [0, 4097], "file_offset": [-1, (1 << 63) - 1], "sync_every": [0],
}.items())
def test_bad_values_name_the_argument(tmp_path, name, values):
    for value in values:
        with pytest.raises(ValueError) as caught:
            dgen_py.write_file(tmp_path / "f", **{"size": 4096, name: value})
        message = str(caught.value)
        assert name in message or name == "recipe" and "dgen" in message, message
        assert not (tmp_path / "f").exists()


def test_arguments_that_contradict_each_other(tmp_path):
    for options, name in [
        ({"recipe": "dgen1,seed=0x1", "seed": 1}, "recipe"), ({"recipe": "dgen1,seed=0x1", "dedup_ratio": 2}, "recipe"),
        ({"fsync": False, "sync_every": 4096}, "sync_every"), ({"buffer_count": 2, "num_writers": 3, "buffer_size": 4096}, "buffer.count"),
    ]:
        with pytest.raises(ValueError, match=name):
            dgen_py.write_file(tmp_path / "f", MIB, **options)
    for options in [{"size": 1.5}, {"buffer_size": 1.5}, {"seed": "1"}, {"recipe": 1}, {"progress": 1}]:
        with pytest.raises(TypeError):
            dgen_py.write_file(tmp_path / "f", **{"size": 4096, **options})
    assert not (tmp_path / "f").exists()


def test_the_engine_asked_for_is_the_engine_used(tmp_path):
    """Where the system forbids io_uring, asking for it by name is an error and everything else falls back."""
    allowed, path = dgen_py.info()["io_uring"], tmp_path / "f"
    for options in [{"use_io_uring": False}, {"use_io_uring": False, "buffer_count": 8, "num_writers": 2}]:
        report = dgen_py.write_file(path, MIB, seed=1, force=True, **options)
        assert (report.engine, report.depth) == ("sync", 1)
    report = dgen_py.write_file(path, MIB, seed=1, depth=4, num_writers=2, buffer_size=4096, buffer_count=20)
    assert report.buffer_count <= 20 and (report.engine, report.depth) == (("io_uring", 4) if allowed else ("sync", 1))
    assert report.engine_reason
    if allowed:
        report = dgen_py.write_file(path, MIB, seed=1, use_io_uring=True)
        assert report.engine == "io_uring" and report.depth >= 1
        assert dgen_py.read_file(path, use_io_uring=True, depth=3, num_readers=1).depth == 3
    else:
        with pytest.raises(ValueError, match="io_uring"):
            dgen_py.write_file(path, MIB, seed=1, use_io_uring=True)
    assert dgen_py.verify_file(path).ok


def test_reading_a_part(tmp_path):
    dgen_py.write_file(tmp_path / "f", 3 * MIB, seed=1)
    assert dgen_py.read_file(tmp_path / "f", "1MiB", file_offset=4096).bytes_read == MIB
    for options in [{"size": 4 * MIB}, {"size": 0}, {"num_readers": 0}, {"depth": 4097}, {"numa_node": 99}]:
        with pytest.raises(ValueError, match=next(iter(options))):
            dgen_py.read_file(tmp_path / "f", **options)


def test_progress_comes_to_the_calling_thread_and_ends_at_the_total(tmp_path):
    def calls_of(call, *arguments, **options):
        calls = []
        call(*arguments, **options, progress=lambda done, total: calls.append((done, total, threading.get_ident())))
        assert all(thread == threading.get_ident() for _, _, thread in calls)
        assert [done for done, _, _ in calls] == sorted(done for done, _, _ in calls)
        return [call[:2] for call in calls]

    path, size = tmp_path / "f", 32 * MIB
    assert calls_of(dgen_py.write_file, path, size, seed=1)[-1] == (size, size)
    assert calls_of(dgen_py.read_file, path)[-1] == (size, size)
    assert calls_of(dgen_py.verify_file, path, size, seed=1)[-1] == (size, size)
    assert calls_of(dgen_py.measure, [path, bytes(MIB)], codecs=[])[-1] == (size + MIB, size + MIB)


@pytest.mark.parametrize("call", [
    lambda progress: dgen_py.write_file("/dev/null", "1PiB", progress=progress),
])
def test_an_exception_in_progress_stops_the_work(call):
    class Enough(Exception):
        pass

    seen = []

    def progress(done, total):
        seen.append((done, total))
        if done:
            raise Enough("stop")

    with pytest.raises(Enough) as caught:
        call(progress)
    assert not any(done for done, _ in seen[:-1]) and 0 < seen[-1][0] < seen[-1][1] == 1 << 50
    report = caught.value.report
    assert report.interrupted and 0 < report.bytes_written < 1 << 50


def interrupted(script, *arguments):
    """Run a script that prints when it is under way, interrupt it, and return what it printed then."""
    prelude = """
        import sys, time, dgen_py
        begun = []
        def progress(done, total):
            if done and not begun:
                begun.append(time.monotonic())
                print("under way", flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(prelude) + textwrap.dedent(script), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert next_line(child.stdout) == "under way\n"
            child.send_signal(signal.SIGINT)
            out, _ = child.communicate(timeout=LIMIT_S)
        finally:
            child.kill()
    assert child.returncode == 0
    return out


def test_ctrl_c_leaves_a_verifiable_prefix(tmp_path):
    path = tmp_path / "f"
    out = interrupted("""
        try:
            dgen_py.write_file(sys.argv[1], "16GiB", seed=1, preallocate=False, progress=progress)
        except KeyboardInterrupt as error:
            print(error.report.interrupted, error.report.valid_prefix)
    """, path)
    flag, prefix = out.split()
    assert flag == "True" and 0 < int(prefix) < 16 << 30
    assert path.stat().st_size == int(prefix)
    assert dgen_py.verify_file(path, int(prefix), seed=1).ok


def test_ctrl_c_in_reading_and_verifying(tmp_path):
    # A sparse file is long without taking space.
    path = tmp_path / "f"
    path.touch()
    os.truncate(path, 1 << 40)
    for call in ["read_file(sys.argv[1], progress=progress)", "verify_file(sys.argv[1], '1TiB', seed=1, progress=progress)"]:
        out = interrupted(f"""
            try:
                dgen_py.{call}
            except KeyboardInterrupt:
                print("stopped")
        """, path)
        assert out == "stopped\n"


def test_ctrl_c_while_a_pipe_has_no_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    out = interrupted("""
        try:
            # While it waits for a writer, the count stays at 0.
            dgen_py.measure(sys.argv[1], progress=lambda done, total: progress(1, total))
        except KeyboardInterrupt:
            print("stopped")
    """, tmp_path / "pipe")
    assert out == "stopped\n"


def test_threads_work_at_the_same_time(tmp_path):
    results = {}

    def work(index):
        path = tmp_path / str(index)
        report = dgen_py.write_file(path, 4 * MIB, seed=index)
        results[index] = dgen_py.verify_file(path, 4 * MIB, recipe=report.recipe).ok

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == dict.fromkeys(range(8), True)


def test_the_interpreter_is_free_meanwhile():
    stop, turns = threading.Event(), []

    def other():
        while not stop.is_set():
            turns.append(len(turns))
            stop.wait(0.01)

    thread = threading.Thread(target=other)
    thread.start()
    try:
        before = len(turns)
        dgen_py.write_file("/dev/null", "4GiB")
        assert len(turns) > before
    finally:
        stop.set()
        thread.join()


def test_after_a_fork(tmp_path):
    out = run_python("""
        import os, sys, dgen_py
        dgen_py.write_file(sys.argv[1] + "0", 1 << 20, seed=1)
        child = os.fork()
        if child == 0:
            dgen_py.write_file(sys.argv[1] + "1", 1 << 20, seed=1)
            os._exit(0 if dgen_py.verify_file(sys.argv[1] + "1", 1 << 20, seed=1).ok else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """, tmp_path / "f")
    assert out == "0\n"


def test_a_fork_in_the_progress_function_leaves_the_work_to_the_parent():
    out = run_python("""
        import os, dgen_py
        children = []
        class Enough(Exception): pass
        def progress(done, total):
            if children:
                raise Enough
            children.append(os.fork())
        try:
            dgen_py.write_file("/dev/null", "1PiB", progress=progress)
        except RuntimeError:
            os._exit(7)
        except Enough:
            print(os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]))
    """)
    assert out == "7\n"


def test_tuning_reading_back_and_resuming(tmp_path):
    path, size = tmp_path / "f", 8 * MIB + 99
    report = dgen_py.write_file(path, size, seed=5, compress_ratio=2, auto=True, verify=True)
    assert report.verify is not None and report.verify.ok and report.verify.bytes_checked == size
    assert report.tuning is not None and report.tuning.chosen.writers == report.writers and report.tuning.reason
    assert report.resumed is None and report.verdict.bound and sum(worker.bytes for worker in report.workers) == size
    whole = path.read_bytes()
    with open(path, "r+b") as file:
        file.truncate(3 * MIB + 5)
    resumed = dgen_py.write_file(path, size, seed=5, compress_ratio=2, resume=True)
    assert resumed.resumed is not None and resumed.resumed.bytes_valid == 3 * MIB and path.read_bytes() == whole
    assert resumed.valid_prefix == size and dgen_py.verify_file(path).ok
    with pytest.raises((ValueError, OSError)):
        dgen_py.write_file(path, size, seed=6, resume=True)
    assert path.read_bytes() == whole
    assert dgen_py.read_file(path, auto=True).tuning is not None
    keys = {"chosen", "reason", "kept", "cpus", "steps", "elapsed_ns"}
    assert set(report.to_dict()["tuning"]) == keys and report.tuning.to_dict() == report.to_dict()["tuning"]
