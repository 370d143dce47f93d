"""Generated data as the files of a file system, as fsspec and what reads through it use them."""

import importlib
import io
import multiprocessing
import pickle
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import dgen_py
import dgen_py.fsspec
import dgen_urls
import pytest
from processes import LIMIT_S, fork

fsspec = pytest.importorskip("fsspec", reason="optional: fsspec is not installed")
dgen_urls.register()

RECIPE = "dgen1,seed=0x7,dedup=3/2,compress=2"
SIZE, PARTS = 5_000_001, 4
FOLDER = f"dgen1,seed=7,compress=2,dedup=3%2F2,size={SIZE},parts={PARTS}"
URL = f"dgen://{FOLDER}"
NAMES = [f"{FOLDER}/part-{index:05}" for index in range(PARTS)]
FILE = f"dgen://{RECIPE},size={SIZE}"


@pytest.fixture(scope="module")
def whole():
    return dgen_py.Generator.from_recipe(RECIPE, SIZE).open().read()


@pytest.fixture
def fs():
    return fsspec.filesystem("dgen")


def test_the_entry_point_names_the_class():
    points = [point for point in metadata.entry_points(group="fsspec.specs") if point.name == "dgen"]
    if not points or Path(points[0].dist.locate_file("dgen_py")) != Path(dgen_py.__file__).parent:
        pytest.skip("optional: dgen_py is not installed but runs from a tree")
    script = "import fsspec, sys; print('dgen_py' in sys.modules, fsspec.get_filesystem_class('dgen').__name__)"
    done = subprocess.run([sys.executable, "-c", script], timeout=LIMIT_S, capture_output=True, text=True)
    assert done.stdout == "False DgenFileSystem\n", done.stderr


def test_a_file_is_the_stream(fs, whole, reference):
    assert fs.cat_file(FILE) == whole == reference(RECIPE, 0, SIZE)
    with fsspec.open(FILE) as file:
        assert (file.read(), file.size, file.recipe) == (whole, SIZE, RECIPE)
    with fsspec.open(f"dgen://{RECIPE},offset=1MiB,size=9999") as file:
        assert file.read() == whole[1 << 20 :][:9999]
    versions = dgen_py.Generator.from_recipe(RECIPE, 9999, offset=4096, stream_version=3)
    assert fs.cat_file(f"{RECIPE},version=3,offset=4KiB,size=9999") == versions.open().read()


def test_parts_in_order_are_the_whole(fs, whole):
    assert fs.ls(URL, detail=False) == fs.find(URL) == fs.glob(f"{URL}/part-*") == NAMES
    assert fs.glob(f"{URL}/*[13]") == NAMES[1::2]
    assert b"".join(fs.cat(f"{URL}/*").values()) == whole
    assert b"".join(file.open().read() for file in fsspec.open_files(f"{URL}/part-*", "rb")) == whole
    assert [fs.info(name) for name in NAMES] == fs.ls(URL) and fs.du(URL) == SIZE
    assert list(fs.walk(URL)) == [(FOLDER, [], [name.split("/")[1] for name in NAMES])]
    shard = dgen_py.Generator.from_recipe(RECIPE, SIZE).shard(1, PARTS)
    info = {"size": shard.total_size(), "type": "file", "recipe": RECIPE, "offset": shard.offset, "version": 0}
    assert fs.info(NAMES[1]) == {"name": NAMES[1], **info}
    assert fs.ls(NAMES[1]) == [fs.info(NAMES[1])]


def test_many_parts(fs):
    names = fs.ls("dgen://dgen1,seed=1,size=1GiB,parts=100001", detail=False)
    assert names == sorted(names) and len(names) == 100_001
    assert fs.size(names[100_000]) + fs.info(names[100_000])["offset"] == 1 << 30
    assert [info["size"] for info in fs.ls("dgen1,seed=1,size=2,parts=3")] == [0, 1, 1]


@pytest.mark.parametrize("start, end", [(None, None), (0, 0), (7, 4100), (-9, None), (None, -9), (10, 5), (SIZE - 3, SIZE + 9), (SIZE + 1, None)])
def test_ranges(fs, whole, start, end):
    assert fs.cat_file(FILE, start, end) == whole[start:end]


def test_ranges_of_several_files(fs, whole):
    starts, ends = [5, 1000, SIZE - 10], [500, 1001, SIZE]
    assert fs.cat_ranges([FILE] * 3, starts, ends) == [whole[start:end] for start, end in zip(starts, ends)]
    assert (fs.head(FILE, 100), fs.tail(FILE, 100)) == (whole[:100], whole[-100:])
    assert fs.read_block(FILE, 4097, 1000) == whole[4097:5097]


def test_reading_anywhere_into_the_callers_memory(fs, whole):
    buffer = bytearray(70_000)
    with fs.open(FILE) as file:
        for position in (SIZE - 100, 3, 1_048_575):
            file.seek(position)
            count = file.readinto(buffer)
            assert buffer[:count] == whole[position : position + 70_000]
        assert isinstance(file, dgen_py.StreamFile)
    text = fs.open("dgen://dgen1,seed=1,texture=text,compress=3,tune=zstd,size=64KiB", "r", encoding="latin-1")
    assert text.read(10) == fs.cat_file("dgen1,seed=1,texture=text,compress=3,tune=zstd,size=64KiB", 0, 10).decode("latin-1")


def test_copies_to_files(fs, whole, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fs.get(FILE, str(tmp_path / "file"))
    fs.get(FILE, str(tmp_path / "1" / "2" / "file"))
    fs.get(f"{URL}/*", str(tmp_path / "parts") + "/")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "file", "parts"]
    assert (tmp_path / "file").read_bytes() == (tmp_path / "1" / "2" / "file").read_bytes() == whole
    assert b"".join(path.read_bytes() for path in sorted((tmp_path / "parts").iterdir())) == whole
    with fs.open(FILE) as source:
        target = io.BytesIO()
        shutil.copyfileobj(source, target)
    assert target.getvalue() == whole


def test_names(fs):
    assert fs._strip_protocol(f"{FILE}/") == fs._strip_protocol(FILE) == FILE[7:].replace("3/2", "3%2F2")
    assert fs._strip_protocol([URL, FOLDER]) == [FOLDER, FOLDER]
    assert fs.unstrip_protocol(FOLDER) == URL
    assert fs._parent(NAMES[0]) == FOLDER
    assert (fs.isdir(URL), fs.isfile(URL), fs.isdir(NAMES[0]), fs.isfile(NAMES[0])) == (True, False, False, True)
    assert (fs.isdir(""), fs.ls(""), fs.size(FILE), fs.sizes(NAMES)[0]) == (True, [], SIZE, fs.info(NAMES[0])["size"])
    assert fs.fsid == "dgen"


def test_keys_tell_content(fs):
    same = [FILE, f"dgen1,compress=2,seed=7,dedup=1.5,size={SIZE}", f"dgen1,seed=7,compress=2,dedup=3/2,offset=0,size={SIZE}"]
    other = [f"{FILE},version=1", f"{FILE},offset=1", *NAMES, URL, FILE.replace("seed=0x7", "seed=8"), f"{RECIPE},size={SIZE + 1}"]
    assert len({fs.ukey(name) for name in same}) == 1
    assert len({fs.ukey(name) for name in [FILE, *other]}) == 1 + len(other)
    assert fs.checksum(FILE) == fs.checksum(same[1]) != fs.checksum(URL)


@pytest.mark.parametrize(
    "name, reason",
    [
        ("nothing", "size: None .*the size of the data"),
        ("dgen1,seed=7", "size: None .*the size of the data"),
        ("nothing,size=1", "starts with `dgen1,`"),
        ("dgen1,size=1", "a seed"),
        ("dgen1,seed=7,size=1X", "size: `1X` .*KiB"),
        ("dgen1,seed=7,size=1,size=2", "size: `2` .*once"),
        ("dgen1,seed=7,size=1,parts=0", "parts: 0 .*1 to 1000000"),
        ("dgen1,seed=7,size=1,parts=1000001", "parts: 1000001 "),
        ("dgen1,seed=7,size=1,parts=-1", "parts: `-1` .*a number"),
        ("dgen1,seed=7,size=1,version=x", "version: `x` "),
        ("dgen1,seed=7,size=1,other=2", "`other` in"),
        ("dgen1,seed=7,size=16EiB", "size: `16EiB` "),
        ("dgen1,seed=7,size=9PiB,offset=9223372036854775807", "2\\^63"),
        ("dgen1,seed=7,size=1/part-00000", "part: `part-00000` .*no `parts`"),
        (f"{FOLDER}/part-00004", "part: `part-00004` .*4 in all"),
        (f"{FOLDER}/part-1", "part: `part-1` "),
        (f"{FOLDER}/part-000001", "part: `part-000001` "),
        (f"{FOLDER}/part-00001/more", "part: `part-00001/more` "),
    ],
)  # fmt: skip
def test_names_that_mean_nothing(fs, name, reason):
    for call in (fs.info, fs.ls, fs.open, fs.cat_file):
        with pytest.raises(FileNotFoundError, match=reason) as caught:
            call(name)
        assert caught.value.filename == fs._strip_protocol(name)
    assert not fs.exists(name)


def test_folders_are_not_opened(fs):
    for name in (URL, ""):
        with pytest.raises(IsADirectoryError):
            fs.open(name)


def test_nothing_is_written(fs, tmp_path):
    local = tmp_path / "local"
    local.write_bytes(b"x")
    for change in [
        lambda: fs.open(FILE, "wb"), lambda: fs.open(FILE, "ab"), lambda: fs.open(FILE, "r+b"), lambda: fs.rm(FILE), lambda: fs.rm_file(FILE),
        lambda: fs.mkdir("x"), lambda: fs.makedirs("x"), lambda: fs.rmdir(URL), lambda: fs.touch(FILE), lambda: fs.mv(FILE, "x"),
        lambda: fs.copy(FILE, "x"), lambda: fs.pipe("x", b"x"), lambda: fs.pipe_file(FILE, b"x"), lambda: fs.put(str(local), FILE),
    ]:  # fmt: skip
        with pytest.raises(OSError, match="generated data cannot be changed") as caught:
            change()
        assert caught.value.errno == 30


def test_a_file_system_of_some_data(whole):
    mine = fsspec.filesystem("dgen", recipe="dgen1,seed=7,dedup=1.5,compress=2", size=str(SIZE), parts=PARTS, max_threads=1)
    assert b"".join(mine.cat(mine.glob("*/part-*")).values()) == whole
    assert mine.find("") == [f"{dgen_py.fsspec.url(RECIPE, SIZE)[7:]},parts=4/part-{index:05}" for index in range(PARTS)]
    assert fsspec.filesystem("dgen", recipe=RECIPE, size=SIZE).find("") == [fsspec.filesystem("dgen")._strip_protocol(FILE)]
    with pytest.raises(ValueError, match="given without a recipe"):
        fsspec.filesystem("dgen", size=1)
    with pytest.raises(ValueError, match="size: None"):
        fsspec.filesystem("dgen", recipe=RECIPE)
    with pytest.raises(ValueError, match="max_threads"):
        fsspec.filesystem("dgen", max_threads=0)


def test_urls():
    url = dgen_py.fsspec.url
    assert url(RECIPE, "4MiB", parts=3, offset=4096, stream_version=2) == (
        "dgen://dgen1,seed=0x7,dedup=3%2F2,compress=2,size=4MiB,offset=4KiB,version=2,parts=3"
    )
    shard = dgen_py.Generator(10 << 20, seed=7).shard(1, 3)
    assert fsspec.open(url(shard)).open().read() == shard.open().read()
    for arguments, error in [((shard, 5), ValueError), ((5, 5), TypeError), ((RECIPE,), ValueError), ((RECIPE, 1.5), TypeError)]:
        with pytest.raises(error):
            url(*arguments)
    with pytest.raises(ValueError, match="parts: 0"):
        url(RECIPE, 1, parts=0)


def part_of(fs, name):
    return fs.cat_file(name)


def test_in_other_processes(fs, whole):
    first = whole[: fs.size(NAMES[0])]
    assert fork(lambda: fs.cat_file(NAMES[0])) == first
    opener = pickle.loads(pickle.dumps(fsspec.open(f"{URL}/part-00000")))
    with opener as file:
        assert file.read() == first
    mine = fsspec.filesystem("dgen", recipe=RECIPE, size=SIZE, max_threads=1)
    assert pickle.loads(pickle.dumps(mine)) == mine
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(part_of, (mine, NAMES[0])) == first


def test_without_fsspec(monkeypatch):
    for name in [name for name in sys.modules if name.startswith(("dgen_py.fsspec", "dgen_py._fsspec"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    module = importlib.import_module("dgen_py.fsspec")
    assert module.url("dgen1,seed=7", 1) == "dgen://dgen1,seed=0x7,size=1"
    with pytest.raises(ImportError, match="dgen_py.fsspec.DgenFileSystem needs fsspec: .*dgen-py\\[fsspec\\]") as caught:
        module.DgenFileSystem  # noqa: B018
    assert caught.value.name == "fsspec"
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        module.Nothing  # noqa: B018
