"""Ray reads generated data in tasks by byte range and writes it as files that say what they hold."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import dgen_py
import dgen_py.ray
import pytest
from processes import LIMIT_S

RAY = importlib.util.find_spec("ray") is not None and importlib.util.find_spec("pyarrow") is not None
RECIPE = "dgen1,seed=0x7,dedup=3/2"
OFFSET, SIZE, TASKS, SAMPLE = 4097, (64 << 20) + 12_345, 20, 300_000
needs_ray = pytest.mark.skipif(not RAY, reason="optional: Ray is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ray")


@pytest.fixture(scope="module")
def done(folder):
    """What came of the jobs, on a cluster of this machine alone."""
    try:
        os.setxattr(folder, "user.dgen.test", b"1")
    except OSError:
        pytest.skip("optional: the file system has no extended attributes")
    jobs = Path(__file__).with_name("ray_jobs.py")
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}
    process = subprocess.run(
        [sys.executable, jobs, folder], timeout=3 * LIMIT_S, capture_output=True, text=True, env=environment
    )
    assert process.returncode == 0, process.stderr[-5000:]
    return json.loads(process.stdout.splitlines()[-1])


@needs_ray
def test_twenty_tasks_read_the_stream(done):
    read = done["read"]
    assert read["columns"] == {"offset": "int64", "bytes": "binary"}
    starts = range(0, SIZE, SAMPLE)
    assert read["rows"] == [[OFFSET + start, min(SAMPLE, SIZE - start)] for start in starts]
    assert (read["count"], read["tasks"]) == (len(starts), TASKS)


@needs_ray
def test_generators_and_small_data(done):
    assert done["generators"] == {"equal": True, "limited": [0, 4096, 8192, 12288, 16384], "empty": 0, "few": True}


def holds(files, name, folder):
    """The bytes of written files, which stand in a folder, by their stream offsets; all of them verified."""
    report = dgen_py.verify_file(folder / name)
    assert report.ok and report.bytes_checked == sum(size for _, _, size in files)
    assert sorted(path for path, _, _ in files) == sorted(map(str, (folder / name).iterdir()))
    return {offset: Path(path).read_bytes() for path, offset, _ in files}


@needs_ray
def test_what_was_written_is_the_stream(done, folder):
    written = done["write"]
    files = written["files"]
    whole = dgen_py.Generator.from_recipe(RECIPE, SIZE, offset=OFFSET).open().read()
    assert len(files) == TASKS and [offset for _, offset, _ in files] == sorted(offset for _, offset, _ in files)
    assert b"".join(holds(files, "in-order", folder).values()) == whole
    assert written["forced"]
    assert written["again"].startswith("FileExistsError: ") and "not empty" in written["again"]


@needs_ray
def test_rows_in_another_order_make_more_files(done, folder):
    whole = dgen_py.Generator.from_recipe(RECIPE, 2 << 20).open().read()
    shuffled = holds(done["write"]["shuffled"], "shuffled", folder)
    assert len(shuffled) > 2 and b"".join(shuffled.values()) == whole
    kept = holds(done["write"]["kept"], "kept", folder)
    assert {0: whole[: 1 << 16], 2 << 16: whole[2 << 16 : 1 << 20]}.items() <= kept.items()
    assert b"".join(kept.values()) == whole[: 1 << 16] + whole[2 << 16 :]


@needs_ray
def test_versions_are_written_as_such(done, folder):
    [data] = holds(done["write"]["version"], "version", folder).values()
    assert data == dgen_py.Generator.from_recipe(RECIPE, 1 << 20, stream_version=2).open().read()


@needs_ray
def test_what_is_not_written(done):
    written = done["write"]
    assert "accepted: each byte once" in written["twice"] or "someone else is writing" in written["twice"]
    assert "id: int64 is not accepted (accepted: offset: int64, bytes: binary" in written["columns"]
    assert "offset: int64, bytes: int64 is not accepted" in written["types"]
    assert "a row without offset or bytes" in written["nulls"]


@needs_ray
def test_bad_values(tmp_path):
    for options, message in [
        ({"sample_size": 0}, "sample_size: 0 .*1 to 2147483647"), ({"sample_size": 1 << 31}, "sample_size: 2147483648 "),
        ({"size": None}, "size: None "), ({"data": "dgen1"}, "a seed"), ({"data": dgen_py.Generator(5)}, "given beside a generator"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            dgen_py.ray.read_dgen(**{"data": RECIPE, "size": 10, **options})
    for path, options, message in [
        ("s3://bucket/x", {}, "path: `s3://bucket/x` .*all nodes share"), (tmp_path, {"data": "dgen1"}, "a seed"),
        (tmp_path, {"data": dgen_py.Generator(5), "stream_version": 1}, "beside a generator"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            dgen_py.ray.write_dgen(None, path, **{"data": RECIPE, **options})
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError, match="not empty"):
        dgen_py.ray.write_dgen(None, tmp_path, RECIPE)


def test_without_ray(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ray", None)
    for call in [lambda: dgen_py.ray.read_dgen(RECIPE, 5), lambda: dgen_py.ray.write_dgen(None, tmp_path, RECIPE)]:
        with pytest.raises(ImportError, match="dgen_py.ray.*_dgen needs Ray: .*dgen-py\\[ray\\]") as caught:
            call()
        assert caught.value.name == "ray"


def test_importing_imports_no_ray():
    code = "import sys, dgen_py, dgen_py.ray; sys.exit('ray' in sys.modules or 'pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=LIMIT_S).returncode == 0
