"""Versions of a stream: other bytes in the same places, to tell overwritten data from stale data."""

import copy
import os
import pickle
import subprocess
import sys

import dgen_py
import pytest
from processes import LIMIT_S

PAGE, MIB = 4096, 1 << 20
LAST = (1 << 32) - 1
STREAM = {"seed": 7, "dedup_ratio": 1.5, "compress_ratio": 2.0}
RECIPE = "dgen1,seed=0x7,dedup=3/2,compress=2"


def command(size, version, *arguments):
    options = ["stream", "--size", str(size), "--recipe", RECIPE, "--stream-version", str(version), *arguments]
    run = subprocess.run([sys.executable, "-m", "dgen_py", *options], check=True, capture_output=True, timeout=LIMIT_S)
    return run.stdout


def expected(size, version, offset=0, **stream):
    data = bytearray(size)
    dgen_py.Generator(0, **(stream or STREAM), stream_version=version).fill_at(offset, data)
    return bytes(data)


@pytest.mark.parametrize("version", [0, 1, 3, LAST])
def test_bytes_are_those_of_the_command(version):
    size = MIB + 5
    printed = command(size, version)
    generator = dgen_py.Generator(size, **STREAM, stream_version=version)
    assert (generator.stream_version, generator.recipe) == (version, RECIPE)
    assert generator.get_chunk(size) == printed
    other = dgen_py.Generator.from_recipe(RECIPE, 70_000, offset=4097, stream_version=version)
    assert other.stream_version == version
    assert other.get_chunk(70_000) == printed[4097:74_097]


def test_versions_differ_in_every_page_that_is_not_a_duplicate():
    data = [expected(MIB, version, seed=7) for version in (0, 1, 2, LAST)]
    assert data[0] == bytes(dgen_py.generate_buffer(MIB, seed=7))
    pages = {data[at:at + PAGE] for data in data for at in range(0, MIB, PAGE)}
    assert len(pages) == len(data) * MIB // PAGE


def test_the_version_stays():
    generator = dgen_py.Generator(MIB, **STREAM, stream_version=3)
    first = bytes(generator.get_chunk(PAGE))
    assert first == expected(PAGE, 3)
    generator.reset()
    assert generator.get_chunk(PAGE) == first
    generator.seek(0)
    assert generator.get_chunk(PAGE) == first
    assert generator.shard(1, 2).stream_version == 3
    assert generator.shard(1, 2).get_chunk(PAGE) == expected(PAGE, 3, offset=MIB // 2)
    generator.set_seed(8)
    assert (generator.seed, generator.stream_version) == (8, 3)
    assert generator.get_chunk(PAGE) == expected(PAGE, 3, **{**STREAM, "seed": 8})
    generator.set_seed(None)
    assert generator.stream_version == 3


def test_a_file_object_has_the_version():
    file = dgen_py.Generator(MIB, **STREAM, stream_version=3).open()
    assert (file.stream_version, file.recipe) == (3, RECIPE)
    assert file.read() == expected(MIB, 3)
    assert f"recipe='{RECIPE}' stream_version=3 size=1048576 " in repr(file)
    file = dgen_py.Generator(MIB, **STREAM).open()
    assert file.stream_version == 0 and "version" not in repr(file)


@pytest.mark.parametrize("clone", [copy.copy, lambda generator: pickle.loads(pickle.dumps(generator))])
def test_pickling_keeps_the_version(clone):
    generator = dgen_py.Generator(MIB, **STREAM, stream_version=LAST)
    generator.get_chunk(777)
    other = clone(generator)
    assert other.stream_version == LAST
    assert repr(other) == repr(generator) == (
        f"<dgen_py.Generator recipe='{RECIPE}' stream_version={LAST} size=1048576 position=777>"
    )
    assert other.get_chunk(PAGE) == generator.get_chunk(PAGE)
    assert clone(dgen_py.Generator(MIB)).stream_version == 0


def test_a_written_version_verifies_by_itself(marked):
    report = dgen_py.write_file(marked, MIB, offset=PAGE, **STREAM, stream_version=3)
    assert (report.recipe, report.stream_version, report.to_dict()["stream_version"]) == (RECIPE, 3, 3)
    assert marked.read_bytes() == expected(MIB, 3, offset=PAGE)
    assert os.getxattr(marked, "user.dgen.range") == b"offset=4096,size=1048576,version=3"
    verified = dgen_py.verify_file(marked)
    assert verified.ok
    assert verified.files[0].stream_version == verified.to_dict()["files"][0]["stream_version"] == 3
    assert dgen_py.verify_file(marked, stream_version=3).ok
    wrong = dgen_py.verify_file(marked, stream_version=2)
    assert (wrong.bytes_bad, wrong.files[0].stream_version) == (MIB, 2)


def test_what_is_told_goes_before_what_is_carried(tmp_path):
    path = tmp_path / "f"
    dgen_py.write_file(path, MIB, **STREAM, stream_version=3)
    assert dgen_py.verify_file(path, MIB, **STREAM, stream_version=3).ok
    told = dgen_py.verify_file(path, MIB, **STREAM)
    assert (told.bytes_bad, told.files[0].stream_version) == (MIB, 0)


def test_stale_pages_name_both_versions(tmp_path):
    path = tmp_path / "f"
    new, old, newer = (expected(MIB, version) for version in (3, 2, LAST))
    kept, ahead = slice(20 * PAGE, 22 * PAGE), slice(40 * PAGE, 41 * PAGE)
    data = bytearray(new)
    data[kept], data[ahead] = old[kept], newer[ahead]
    path.write_bytes(data)
    report = dgen_py.verify_file(path, MIB, **STREAM, stream_version=3)
    found = [(bad.kind, bad.offset, bad.length, bad.source_offset, bad.source_version, bad.version) for bad in report.ranges]
    assert found == [
        ("stale", kept.start, 2 * PAGE, kept.start, 2, 3), ("stale", ahead.start, PAGE, ahead.start, LAST, 3),
    ]
    assert report.bytes_by_kind == {"stale": 3 * PAGE}
    assert all(bad.source_seed is None for bad in report.ranges)


def test_one_version_is_written_over_another(marked):
    assert dgen_py.write_file(marked, MIB, **STREAM).stream_version == 0
    with pytest.raises(FileExistsError, match="version=1"):
        dgen_py.write_file(marked, MIB, **STREAM, stream_version=1)
    assert dgen_py.write_file(marked, MIB, **STREAM, stream_version=1, force=True).stream_version == 1
    assert marked.read_bytes() == expected(MIB, 1)
    assert dgen_py.verify_file(marked).ok


def test_appending_continues_the_version(marked):
    dgen_py.write_file(marked, MIB, **STREAM, stream_version=3)
    report = dgen_py.write_file(marked, MIB, append=True)
    assert (report.recipe, report.stream_version, report.appended.continued) == (RECIPE, 3, True)
    assert marked.read_bytes() == expected(2 * MIB, 3)
    assert dgen_py.verify_file(marked).files[0].stream_version == 3
    report = dgen_py.write_file(marked, MIB, append=True, stream_version=3)
    assert (report.recipe, report.stream_version, report.appended.continued) == (RECIPE, 3, True)


def test_reading_among_writes_goes_by_the_files_version(marked):
    dgen_py.write_file(marked, MIB, **STREAM, stream_version=3)
    report = dgen_py.write_file(marked, MIB, read_percent=100, buffer_size=PAGE)
    assert (report.recipe, report.stream_version, report.bytes_written) == (RECIPE, 3, 0)
    assert (report.reads.bytes_read, report.reads.bytes_bad) == (MIB, 0)


def test_an_interrupted_write_is_resumed_in_its_version(marked):
    dgen_py.write_file(marked, MIB, **STREAM, stream_version=3)
    with open(marked, "r+b") as file:
        file.truncate(MIB // 2)
    report = dgen_py.write_file(marked, MIB, **STREAM, stream_version=3, resume=True, verify=True)
    assert report.stream_version == 3 and report.verify.ok and report.verify.files[0].stream_version == 3
    assert marked.read_bytes() == expected(MIB, 3)


CALLS = [
    lambda path, version: dgen_py.write_file(path, MIB, stream_version=version),
    lambda path, version: dgen_py.verify_file(path, MIB, seed=7, stream_version=version),
    lambda path, version: dgen_py.Generator(MIB, stream_version=version),
    lambda path, version: dgen_py.Generator.from_recipe(RECIPE, MIB, stream_version=version),
]


@pytest.mark.parametrize("call", CALLS)
def test_bad_versions_are_named(tmp_path, call):
    for value in [-1, 1 << 32, 1 << 70]:
        with pytest.raises(ValueError) as caught:
            call(tmp_path / "f", value)
        assert str(caught.value) == f"stream_version: {value} is not accepted (accepted: 0 to 4294967295)"
    for value in ["1", 1.0, [1], b"1"]:
        with pytest.raises(TypeError, match="stream_version: an integer is required, not "):
            call(tmp_path / "f", value)
    assert not (tmp_path / "f").exists()


def test_none_is_for_files_alone(tmp_path):
    assert dgen_py.write_file(tmp_path / "f", PAGE, seed=7, stream_version=None).stream_version == 0
    assert dgen_py.verify_file(tmp_path / "f", PAGE, seed=7, stream_version=None).ok
    for call in CALLS[2:]:
        with pytest.raises(TypeError, match="stream_version"):
            call(None, None)


def test_the_version_is_given_by_name():
    with pytest.raises(TypeError, match="positional"):
        dgen_py.Generator(MIB, 1, 1, "auto", None, None, None, None, None, "parallel", 3)
