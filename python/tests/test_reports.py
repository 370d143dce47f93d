"""Reports: typed, frozen, and the same as the command's JSON."""

import copy
import dataclasses
import json
import pickle
import re
import subprocess
import sys

import dgen_py
import pytest
from processes import LIMIT_S

SIZE = 1 << 20


def command(*arguments, code=0):
    run = subprocess.run([sys.executable, "-m", "dgen_py", *map(str, arguments)], capture_output=True, timeout=LIMIT_S)
    assert run.returncode == code, run.stderr
    return json.loads(run.stdout)


def names(value):
    """The shape of a JSON value: its keys, at every depth, without those that are data."""
    if isinstance(value, dict):
        return {key: names(item) for key, item in value.items()}
    if isinstance(value, list):
        return [names(value[0])] if value else []
    return None


@pytest.fixture
def pairs(tmp_path):
    """Each report of Python, beside the JSON that the command prints for the same work."""
    f, g = tmp_path / "f", tmp_path / "g"
    write = dgen_py.write_file(f, SIZE, seed=1, compress_ratio=2)
    write_json = command("write", g, "--size", SIZE, "--seed", 1, "--compress-ratio", 2, "--json")
    read, read_json = dgen_py.read_file(f), command("read", g, "--json")
    for path in [f, g]:
        data = bytearray(path.read_bytes())
        data[5000] ^= 1
        path.write_bytes(data)
    verify = dgen_py.verify_file(f, SIZE, recipe=write.recipe)
    verify_json = command("verify", g, "--size", SIZE, "--recipe", write.recipe, "--json", code=3)
    options = ["--codec", "lz4", "--compress-block", "64KiB", "--dedup-block", 4096]
    measure = dgen_py.measure(f, codecs=["lz4"], compress_blocks=["64KiB"], dedup_blocks=[4096])
    return [(write, write_json), (read, read_json), (verify, verify_json), (measure, command("measure", g, *options, "--json"))]


def test_reports_have_the_names_of_the_command(pairs):
    for report, printed in pairs:
        assert names(report.to_dict()) == names(printed), type(report)
        fields = {field.name for field in dataclasses.fields(report)} - {"_data"}
        assert fields == set(printed), type(report)
        for name in ["files", "ranges"]:
            for item, entry in zip(getattr(report, name, ()), printed.get(name, ())):
                assert {field.name for field in dataclasses.fields(item)} - {"_data"} == set(entry)
                assert item.to_dict().keys() == entry.keys()


def test_what_depends_on_the_data_alone_is_equal(pairs):
    for report, printed in pairs:
        mine = report.to_dict()
        for name in ["recipe", "seed", "offset", "size", "bytes_written", "bytes_read", "bytes_bad", "bytes_by_kind", "dedup",
                     "compress", "entropy", "engines", "valid_prefix", "ranges_total", "warnings"]:
            assert mine.get(name) == printed.get(name), name


def test_attributes_are_typed(pairs):
    (write, _), (read, _), (verify, _), (measure, _) = pairs
    assert isinstance(write.latency_ns, dgen_py.Latency) and isinstance(write.latency_ns.p99_9, int)
    assert isinstance(write.files, tuple) and isinstance(read.files[0], dgen_py.FileReport)
    assert isinstance(verify.ranges[0], dgen_py.DamageRange) and verify.ranges[0].bits == 1
    assert verify.ranges[0].source_offset is None and isinstance(verify.files[0], dgen_py.VerifiedFile)
    assert isinstance(measure.dedup[4096], dgen_py.Dedup) and measure.dedup[4096].total == SIZE // 4096
    assert isinstance(measure.zero_blocks[4096], dgen_py.ZeroBlocks)
    assert 1.9 < measure.compress["lz4"][65536] < 2.1
    for report, _ in pairs:
        assert all(isinstance(warning, str) for warning in report.warnings)


def test_reports_are_frozen_values(pairs):
    for report, _ in pairs:
        for name in [dataclasses.fields(report)[-1].name, "other"]:
            with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
                setattr(report, name, 1)
        report.to_dict().clear()
        assert report.to_dict()
        assert pickle.loads(pickle.dumps(report)) == report == copy.copy(report)
        assert json.loads(json.dumps(report.to_dict())) == report.to_dict()
        text = repr(report)
        assert text.startswith(f"<{type(report).__name__} ") and len(text) < 120 and "\n" not in text


def test_reports_are_short_lines_and_tables(tmp_path, pairs):
    (write, _), (read, _), (verify, _), (measure, _) = pairs
    moved = r"1\.00 MiB in [0-9.]+ [mun]?s, [0-9.]+ [KMG]iB/s, [a-z]+(-bound)?"
    assert re.fullmatch(f"<WriteReport {moved}>", repr(write)), write
    assert re.fullmatch(f"<ReadReport {moved}>", repr(read)), read
    assert repr(verify) == "<VerifyReport damaged: 1 byte in 1 range>"
    assert re.fullmatch(r"<MeasureReport 1\.00 MiB: dedup 1\.00 at 4KiB; compress lz4 [0-9.]+>", repr(measure)), measure
    for report, _ in pairs:
        page = report._repr_html_()
        assert page.startswith(f"<table><caption>{type(report).__name__}: ") and page.count("<tr>") > 2
    assert "flipped" in verify._repr_html_() and "<td" in measure._repr_html_()
    path = tmp_path / "<b>&"
    report = dgen_py.write_file(path, "8KiB", seed=1, verify=True)
    assert repr(report).endswith(", verified>") and "&lt;b&gt;&amp;" in report._repr_html_() and "<b>" not in report._repr_html_()
    assert re.fullmatch(r"<VerifyReport ok: 8\.00 KiB in .*/s>", repr(dgen_py.verify_file(path)))


def test_info_is_what_the_command_prints(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mine, printed = dgen_py.info(), command("info", "--json")
    assert mine.keys() == printed.keys() and mine["topology"].keys() == printed["topology"].keys()
    for name in ["version", "recipe_format", "kernels", "kernel", "threads", "folder"]:
        assert mine[name] == printed[name]


def test_info_refuses_a_kernel_that_does_not_exist():
    script = "import dgen_py\ntry: dgen_py.info()\nexcept ValueError as e: print(e)"
    run = subprocess.run([sys.executable, "-c", script], env={"DGEN_KERNEL": "abacus"}, capture_output=True, text=True)
    assert "abacus" in run.stdout, run


def test_a_report_of_a_comparison_is_true_where_all_was_right(tmp_path):
    path = tmp_path / "a"
    written = dgen_py.write_file(str(path), 1 << 20, seed=1, verify=True)
    assert written and written.verify and written.verify.files[0]
    assert dgen_py.read_file(str(path)) and dgen_py.verify_file(str(path))
    assert dgen_py.write_file(str(tmp_path / "b"), 1 << 20)
    with path.open("r+b") as file:
        file.seek(5000)
        file.write(b"x")
    report = dgen_py.verify_file(str(path))
    assert not report and not report.ok and not report.files[0]
    # The data of a read is compared with nothing.
    assert dgen_py.read_file(str(path))
    # What a write read back counts.
    assert not dataclasses.replace(written, verify=report)


def test_a_folder_with_a_lost_file_is_damaged(tmp_path):
    folder = tmp_path / "d"
    dgen_py.write_file(str(folder), 4 << 20, seed=1, files=4)
    (folder / "link").symlink_to("dgen-000000")
    (folder / "dgen-000002").unlink()
    report = dgen_py.verify_file(str(folder))
    assert not report and report.bytes_by_kind == {"missing": 1 << 20}
    lost = [file for file in report.files if file.absent]
    assert [(file.path, file.size) for file in lost] == [(str(folder / "dgen-000002"), 1 << 20)]
    assert [(file.path, file.reason) for file in report.skipped] == [(str(folder / "link"), "link")]
    assert any("link" in warning for warning in report.warnings)
