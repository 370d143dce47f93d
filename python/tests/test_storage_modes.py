"""Folders, appending, reading among writes, and the options of engines."""

import os
import subprocess
import sys
import textwrap

import dgen_py
import pytest
from processes import LIMIT_S

MIB = 1 << 20


def expected(size, offset=0, **stream):
    data = bytearray(size)
    dgen_py.Generator(offset + size, **stream).fill_at(offset, data)
    return bytes(data)


def test_a_folder_is_written_read_and_verified(tmp_path):
    folder = tmp_path / "d"
    report = dgen_py.write_file(folder, 3 * MIB + 5, files=7, seed=3, block_size=4096)
    paths = sorted(folder.iterdir())
    assert [path.name for path in paths] == [f"dgen-{number:06}" for number in range(7)]
    assert b"".join(path.read_bytes() for path in paths) == expected(3 * MIB + 5, seed=3, block_size=4096)
    assert [file.path for file in report.files] == [str(path) for path in paths]
    assert dgen_py.verify_file(folder, 3 * MIB + 5, recipe=report.recipe).ok
    assert dgen_py.read_file(folder).bytes_read == 3 * MIB + 5
    with pytest.raises(ValueError, match="files"):
        dgen_py.write_file([folder, tmp_path], MIB, files=2)
    with pytest.raises(NotADirectoryError):
        dgen_py.write_file(paths[0], MIB, files=2)
    with pytest.raises(ValueError, match="no files"):
        (tmp_path / "empty").mkdir()
        dgen_py.read_file(tmp_path / "empty")


def test_appending_continues_the_stream(tmp_path):
    path = tmp_path / "f"
    first = dgen_py.write_file(path, 100_001, seed=5, offset=77)
    assert first.appended is None
    report = dgen_py.write_file(path, 200_003, append=True, recipe=first.recipe)
    assert path.stat().st_size == 300_004 and report.appended.file_offset == 100_001
    if report.appended.continued:  # the file system has extended attributes
        assert path.read_bytes() == expected(300_004, 77, seed=5) and report.offset == 100_078
        assert dgen_py.write_file(path, 4096, append=True).recipe == first.recipe
        assert dgen_py.verify_file(path).ok
    (tmp_path / "g").write_bytes(b"old")
    report = dgen_py.write_file(tmp_path / "g", 5000, append=True, seed=1)
    assert (tmp_path / "g").read_bytes() == b"old" + expected(5000, seed=1)
    assert report.appended.to_dict() == {"file_offset": 3, "continued": False}
    for options in [{"resume": True}, {"order": "random"}, {"passes": 2}, {"file_offset": 1}, {"files": 2}]:
        with pytest.raises(ValueError, match="append"):
            dgen_py.write_file(path, 5000, append=True, seed=5, **options)


@pytest.mark.parametrize("options", [
    {"order": "random"}, {"order": "random:7", "passes": 2}, {"vectored": 3, "buffer_size": 4096}, {"rate": "1GiB"}, {"runtime": 600},
    {"registered": False, "huge_pages": False}, {"numa_mode": "uma"}, {"numa_mode": "force"},
    {"read_percent": 50, "buffer_size": "64KiB", "order": "random"},
])
def test_options_of_engines_change_no_byte(tmp_path, options):
    path = tmp_path / "f"
    try:
        report = dgen_py.write_file(path, 3 * MIB + 7, seed=5, **options)
    except OSError:
        if options.get("numa_mode") != "force":
            raise
        pytest.skip("optional: workers cannot be bound to memory nodes here")
    assert path.read_bytes() == expected(3 * MIB + 7, seed=5)
    assert report.order == options.get("order", "sequential").split(":")[0] and report.passes == options.get("passes", 1)
    assert report.vectored == options.get("vectored", 1) and report.rate_bytes_per_s == ((1 << 30) if "rate" in options else None)
    if "registered" in options:
        assert not report.registered
    if "read_percent" in options:
        reads = report.reads
        assert (reads.percent, reads.operations, reads.bytes_bad, reads.damage) == (50, report.operations, 0, None)
        assert reads.bytes_read > 0 and reads.latency_ns.p50 > 0
        options.pop("read_percent")
    read = dgen_py.read_file(path, **options)
    assert read.bytes_read == (3 * MIB + 7) * options.get("passes", 1) and read.vectored == report.vectored


def test_a_runtime_ends_a_write(tmp_path):
    report = dgen_py.write_file(tmp_path / "f", "1GiB", runtime=0.2, rate="4MiB", buffer_size="64KiB", preallocate=False)
    assert report.time_limited and report.error is None and report.bytes_written < 1 << 30


def test_polling_is_passed_on(tmp_path):
    with pytest.raises(ValueError, match="sqpoll and iopoll"):
        dgen_py.write_file(tmp_path / "f", MIB, use_io_uring=False, sqpoll=True)
    with pytest.raises(ValueError, match="polled I/O needs direct I/O|io_uring is not possible"):
        dgen_py.write_file(tmp_path / "f", MIB, use_direct_io=False, iopoll=True)
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize(("name", "values", "accepted"), [
    ("order", ["", "Random", "random:x"], "sequential, random"),
    ("passes", [0, 1_000_001], "1 to 1000000"),
    ("rate", [0, "0"], "1 byte per second or more"),
    ("runtime", [0, -1.5, float("nan"), float("inf")], "more than 0 seconds"),
    ("numa_mode", ["", "on"], "auto, force"),
    ("vectored", [0, 1025], "1 to 1024"),
])
def test_bad_values_are_named(tmp_path, name, values, accepted):
    for value in values:
        for call in [lambda **options: dgen_py.write_file(tmp_path / "f", MIB, **options),
                     lambda **options: dgen_py.read_file(tmp_path / "f", **options)]:
            with pytest.raises(ValueError, match=name) as caught:
                call(**{name: value})
            assert accepted in str(caught.value)
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize(("name", "values", "accepted"), [
    ("read_percent", [-1, 101], "0 to 100"), ("files", [0, 1_000_001], "1 to 1000000"),
])
def test_bad_values_of_writes_are_named(tmp_path, name, values, accepted):
    for value in values:
        with pytest.raises(ValueError, match=name) as caught:
            dgen_py.write_file(tmp_path / "f", MIB, **{name: value})
        assert accepted in str(caught.value)
    with pytest.raises(TypeError) as caught:
        dgen_py.write_file(tmp_path / "f", MIB, order=5)
    assert "order: a string is required, not 'int'" in str(caught.value)
    with pytest.raises(TypeError, match="vectored"):
        dgen_py.write_file(tmp_path / "f", MIB, vectored=1.5)


def test_a_whole_file_is_read_back(tmp_path):
    path = tmp_path / "f"
    report = dgen_py.write_file(path, 2 * MIB, seed=1)
    if not dgen_py.write_file(path, 2 * MIB, seed=1, force=True).warnings:
        again = dgen_py.write_file(path, 2 * MIB, read_percent=100, order="random", buffer_size=4096)
        assert again.recipe == report.recipe and again.bytes_written == 0
        assert again.reads.bytes_read == 2 * MIB == again.reads.operations * 4096


def test_refused_threads_are_done_without(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("optional: to limit threads needs root, which can become a user without any")
    os.chown(tmp_path, 65534, 65534)
    script = textwrap.dedent("""
        import os, resource
        import dgen_py
        # What is imported when it is used lies where the user may not read.
        dgen_py.write_file("g", 4096, seed=1)
        assert dgen_py.verify_file("g").ok and dgen_py.read_file("g").bytes_read == 4096
        os.setgid(65534)
        os.setuid(65534)
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        assert dgen_py.write_file("f", 3_000_001, seed=1).bytes_written == 3_000_001
        assert dgen_py.verify_file("f").ok
        assert dgen_py.read_file("f").bytes_read == 3_000_001
    """)
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path, timeout=LIMIT_S)
