"""The sweep as a function."""

import dataclasses
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import dgen_py
import pytest
from processes import LIMIT_S

TINY = {"size": "1MiB", "runtime": 0.05, "buffer_size": "64KiB", "depth": 1, "writers": 1, "direct": "off", "engine": "sync"}


def test_lists_and_single_values_make_points(tmp_path):
    report = dgen_py.bench_storage(tmp_path, **{**TINY, "buffer_size": ["64KiB", 4096], "writers": (1, 2)}, seed=7, compress_ratio=2)
    assert [(point.buffer_size, point.writers) for point in report.points] == [
        (65536, 1), (4096, 1), (65536, 2), (4096, 2),
    ]
    assert report.recipe == "dgen1,seed=0x7,compress=2" and report.points_asked == 4 and report.size == 1 << 20
    assert all(point.engine == "sync" and not point.direct and point.bytes_per_s > 0 for point in report.points)
    assert report.fastest is report.points[report.best] and report.fastest.best
    assert report.fastest.bytes_per_s == max(point.bytes_per_s for point in report.points)
    assert report.best_command.startswith("dgen write PATH") and report.error is None and not report.interrupted
    assert report.pregenerated.ratio > 0
    # The file that was made is gone.
    assert list(tmp_path.iterdir()) == []


def test_the_report_has_the_names_of_the_command(tmp_path):
    options = ["--size=1MiB", "--runtime=50ms", "--buffer-size=64KiB", "--depth=1", "--writers=1", "--direct=off", "--json"]
    command = [sys.executable, "-m", "dgen_py", "bench", "storage", *options, str(tmp_path)]
    printed = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=LIMIT_S).stdout)
    report = dgen_py.bench_storage(tmp_path, **TINY)
    mine = report.to_dict()
    assert mine.keys() == printed.keys() and mine["points"][0].keys() == printed["points"][0].keys()
    for one, other in [(report, printed), (report.points[0], printed["points"][0])]:
        assert {field.name for field in dataclasses.fields(one)} - {"_data"} == set(other)
    assert pickle.loads(pickle.dumps(report)) == report


def test_it_is_shown_as_a_line_and_as_a_table(tmp_path):
    report = dgen_py.bench_storage(tmp_path, **TINY)
    assert repr(report).startswith("<SweepReport 1 point, best ") and "write, buffered, buffer 64KiB, depth 1, 1 worker>" in repr(report)
    assert report._repr_html_().count("<tr>") > 4 and "iB/s" in report._repr_html_()


def test_what_there_is_can_be_read(tmp_path):
    path = tmp_path / "-f"
    dgen_py.write_file(path, "1MiB", seed=1)
    report = dgen_py.bench_storage(os.fsencode(path), mode="read", rounds=2, **TINY)
    assert report.best is None and report.best_read == 0 and report.fastest.mode == "read"
    assert len(report.points[0].rates_bytes_per_s) >= 2 and dgen_py.verify_file(path).ok


def test_a_file_is_kept_or_written_over_where_that_is_said(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"precious")
    with pytest.raises(OSError, match="already holds 8 bytes of data"):
        dgen_py.bench_storage(path, **TINY)
    assert path.read_bytes() == b"precious"
    dgen_py.bench_storage(path, **TINY, seed=3, force=True, keep=True)
    assert path.stat().st_size == 1 << 20


@pytest.mark.parametrize(("options", "message"), [
    ({"mode": "x"}, "mode: `x` is not accepted .accepted: write, read, both"),
    ({"rounds": 0}, "rounds: `0` is not accepted"),
    ({"size": 0}, "size: 0 is not accepted"),
    ({"size": "1XB"}, "size: `1XB` is not accepted"),
    ({"runtime": 0}, "runtime: 0 is not accepted"),
    ({"buffer_size": "0"}, "buffer_size: `0` is not accepted"),
    ({"buffer_size": "1GiB"}, "buffer_size: .* is not accepted"),
    ({"buffer_size": []}, "buffer_size: an empty sequence"),
    ({"depth": [1, 0]}, "depth: `0` is not accepted"),
    ({"writers": 5000}, "writers: `5000` is not accepted"),
    ({"direct": "maybe"}, "direct: `maybe` is not accepted"),
    ({"engine": "abacus"}, "engine: `abacus` is not accepted"),
    ({"recipe": "dgen1,seed=1", "seed": 1}, "recipe: not to be combined with seed"),
    ({"recipe": "nonsense"}, "dgen1"),
    ({"dedup_ratio": 0.5}, "dedup_ratio: 0.5 is not accepted"),
    ({"numa_node": 99}, "numa_node: 99 is not accepted"),
])
def test_bad_values_are_named_as_they_were_given(options, message, tmp_path):
    with pytest.raises(ValueError, match=f"^[a-z_]*:? ?.*{message}"):
        dgen_py.bench_storage(tmp_path, **{**TINY, **options})
    assert list(tmp_path.iterdir()) == []


def test_wrong_types_and_failures(tmp_path):
    for options in [{"size": 1.5}, {"depth": "1"}, {"buffer_size": [None]}, {"rounds": 1.5}]:
        with pytest.raises(TypeError):
            dgen_py.bench_storage(tmp_path, **{**TINY, **options})
    with pytest.raises(FileNotFoundError, match="No such file"):
        dgen_py.bench_storage(tmp_path / "no" / "folder", **TINY)


def test_an_interruption_ends_the_command_in_order(tmp_path):
    def interrupt():
        time.sleep(1.5)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt) as caught:
        dgen_py.bench_storage(tmp_path, **{**TINY, "size": "64MiB", "runtime": 0.1}, rounds=1000)
    thread.join()
    # What was measured by then, if a round of all points was.
    report = getattr(caught.value, "report", None)
    assert report is None or report.interrupted
    assert list(tmp_path.iterdir()) == []
