"""Files of consecutive bytes of a stream, as a Ray task writes them."""

import os
from pathlib import Path

import dgen_py
import pytest
from dgen_py._runs import Runs, WrittenFile, take_folder, without_overlaps

RECIPE = "dgen1,seed=0x7,dedup=3/2"


@pytest.fixture
def folder(marked):
    """A folder that is not there yet, where files keep attributes."""
    return marked.parent / "folder"


def of_stream(offset, size, version=0):
    return memoryview(dgen_py.Generator.from_recipe(RECIPE, size, offset=offset, stream_version=version).open().read())


def attributes(path):
    return {name: os.getxattr(path, name).decode() for name in os.listxattr(path) if name.startswith("user.dgen")}


def test_each_run_is_a_file_that_says_what_it_holds(folder):
    with Runs(folder, RECIPE) as runs:
        for offset, size in [(100, 5000), (5100, 1), (5101, 0), (5101, 9000), (50_000, 10), (20_000, 4096), (24_096, 4)]:
            runs.write(offset, of_stream(offset, size))
    assert [(file.offset, file.size) for file in runs.written] == [(100, 14_001), (50_000, 10), (20_000, 4100)]
    for file in runs.written:
        assert os.path.basename(file.path) == f"at-{file.offset:019}"
        assert Path(file.path).read_bytes() == of_stream(file.offset, file.size)
        assert attributes(file.path) == {"user.dgen.recipe": RECIPE, "user.dgen.range": f"offset={file.offset},size={file.size}"}
    assert len(list(folder.iterdir())) == 3
    assert dgen_py.verify_file(folder).ok and dgen_py.verify_file(folder).bytes_checked == 18_111


def test_versions(folder):
    with Runs(folder, RECIPE, 5) as runs:
        runs.write(0, of_stream(0, 5000, 5))
    assert attributes(runs.written[0].path)["user.dgen.range"] == "offset=0,size=5000,version=5"
    assert dgen_py.verify_file(folder).ok


def test_damage_is_written_as_it_comes_and_found(folder):
    damaged = bytearray(of_stream(0, 20_000))
    damaged[9000] ^= 1
    with Runs(folder, RECIPE) as runs:
        runs.write(0, memoryview(damaged))
    assert [(bad.offset // 4096, bad.kind) for bad in dgen_py.verify_file(folder).ranges] == [(2, "flipped")]


def test_another_try_writes_the_same_file(folder):
    with pytest.raises(RuntimeError, match="killed"), Runs(folder, RECIPE) as runs:
        runs.write(4096, of_stream(4096, 20_000))
        raise RuntimeError("killed")
    assert runs.written == []
    for size in (30_000, 10_000):
        with Runs(folder, RECIPE) as runs:
            runs.write(4096, of_stream(4096, size))
        assert runs.written == [WrittenFile(str(folder / "at-0000000000000004096"), 4096, size)]
        # What is there already is never cut.
        assert dgen_py.verify_file(folder).bytes_checked == 30_000 and dgen_py.verify_file(folder).ok


@pytest.mark.parametrize("there", ["foreign", "other seed", "other version", "other offset"])
def test_other_data_is_not_written_over(folder, there):
    folder.mkdir()
    path = folder / "at-0000000000000004096"
    path.write_bytes(b"other data")
    if there != "foreign":
        os.setxattr(path, "user.dgen.recipe", (RECIPE.replace("7", "8") if there == "other seed" else RECIPE).encode())
        text = {"other version": "offset=4096,size=10,version=1", "other offset": "offset=409,size=10"}
        os.setxattr(path, "user.dgen.range", text.get(there, "offset=4096,size=10").encode())
    before = attributes(path)
    with pytest.raises(FileExistsError, match="holds other data .*force=True.*stream offset 4096") as caught, Runs(folder, RECIPE) as runs:
        runs.write(4096, of_stream(4096, 5))
    assert (caught.value.filename, path.read_bytes(), attributes(path)) == (str(path), b"other data", before)
    with Runs(folder, RECIPE, force=True) as runs:
        runs.write(4096, of_stream(4096, 5))
    assert path.read_bytes() == of_stream(4096, 5) and dgen_py.verify_file(folder).ok


def test_one_writer_at_a_time(folder):
    with Runs(folder, RECIPE) as runs:
        runs.write(0, of_stream(0, 5))
        with pytest.raises(BlockingIOError, match="someone else is writing"), Runs(folder, RECIPE) as others:
            others.write(0, of_stream(0, 5))
        with pytest.raises(OSError, match="at-0000000000000000000"):
            dgen_py.write_file(folder / "at-0000000000000000000", 5, recipe=RECIPE)
    assert dgen_py.verify_file(folder).ok


def test_only_files_are_written(folder):
    folder.mkdir()
    os.mkfifo(folder / "at-0000000000000000000")
    with pytest.raises(OSError, match="not a file"), Runs(folder, RECIPE, force=True) as runs:
        runs.write(0, of_stream(0, 5))


def test_links_are_not_followed(folder):
    folder.mkdir()
    (folder / "at-0000000000000000000").symlink_to(folder / "elsewhere")
    with pytest.raises(OSError, match="at-0000000000000000000"), Runs(folder, RECIPE) as runs:
        runs.write(0, of_stream(0, 5))
    assert not (folder / "elsewhere").exists()


def test_offsets_are_of_the_stream(folder):
    for offset in (-1, (1 << 63) - 4):
        with pytest.raises(ValueError, match=f"offset: {offset} .*2\\^63"), Runs(folder, RECIPE) as runs:
            runs.write(offset, memoryview(bytes(5)))
    assert list(folder.iterdir()) == []


def test_errors_name_the_file(folder, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", refuse)
    with pytest.raises(OSError, match="Operation not supported: .*extended attributes, at stream offset 9: .*at-0000000000000000009"):
        with Runs(folder, RECIPE) as runs:
            runs.write(9, of_stream(9, 5))
    assert (folder / "at-0000000000000000009").read_bytes() == b""


def test_folders(folder):
    take_folder(folder / "more", False)
    take_folder(folder / "more", False)
    with pytest.raises(FileExistsError, match="not empty"):
        take_folder(folder, False)
    take_folder(folder, True)
    assert [path.name for path in folder.iterdir()] == ["more"]


def test_bytes_that_were_written_twice():
    files = [WrittenFile("b", 10, 5), WrittenFile("a", 0, 10), WrittenFile("c", 99, 1)]
    assert without_overlaps(files) == [files[1], files[0], files[2]]
    for more in [WrittenFile("d", 0, 10), WrittenFile("d", 14, 100)]:
        with pytest.raises(ValueError, match="offset: .* is written by . and d .*once"):
            without_overlaps([*files, more])
