"""Measuring files, folders and buffers."""

import array
import mmap
import os

import dgen_py
import pytest

MIB = 1 << 20


def test_buffers_and_files_measure_the_same(tmp_path):
    data = dgen_py.generate_buffer(8 * MIB, dedup_ratio=2, compress_ratio=2, seed=3)
    (tmp_path / "f").write_bytes(data)
    reports = [dgen_py.measure(source) for source in [
        data, bytes(data), bytearray(data), memoryview(data), array.array("Q", bytes(data)), tmp_path / "f",
        str(tmp_path / "f"), [tmp_path / "f"], (data,),
    ]]
    for report in reports:
        assert report.bytes == 8 * MIB and report.inputs == 1
        assert report.dedup == reports[0].dedup and report.compress == reports[0].compress
    assert reports[0].dedup[MIB].ratio == 2.0 and reports[0].dedup[MIB].distinct == 4
    assert all(report.records == reports[0].records and report.models == {} for report in reports)
    assert set(reports[0].dedup) == {512, 4096, 65536, MIB}
    assert set(reports[0].compress) == set(reports[0].engines) == {"lz4", "zstd", "zlib", "snappy"}
    assert 1.9 < reports[0].compress["zstd"][65536] < 2.1


def test_systems_are_modelled():
    noise = dgen_py.generate_buffer(MIB, seed=5)
    data = bytes(noise) * 2 + bytes(2 * MIB)
    names = ["zfs", "zfs-dedup:1MiB", "btrfs:zlib", "vdo", "zram"]
    report = dgen_py.measure(data, codecs=[], models=names)
    assert list(report.models) == sorted(names) and report.compress == {}
    assert {name: found.allocated_bytes for name, found in report.models.items()} == {
        "zfs": 2 * MIB, "zfs-dedup:1MiB": MIB, "btrfs:zlib": 2 * MIB + 16 * 4096, "vdo": MIB, "zram": 2 * MIB,
    }
    vdo = report.models["vdo"]
    assert isinstance(vdo, dgen_py.Modelled) and (vdo.ratio, vdo.dedup, vdo.codec, vdo.error) == (4, True, "lz4", 0)
    alone = dgen_py.measure(data, codecs=[], models=["vdo"], dedup=False)
    assert alone.models["vdo"].allocated_bytes == 2 * MIB and not alone.dedup_first
    assert dgen_py.measure(bytes(MIB), codecs=[], models=["zfs"]).models["zfs"].ratio is None


def test_chunks_are_found_where_blocks_are_not():
    once = bytes(dgen_py.generate_buffer(4 * MIB, seed=8))
    report = dgen_py.measure(once + b"shift" + once, codecs=[], chunkers=["bup", "2KiB:8KiB:64KiB"])
    assert list(report.chunks) == ["2KiB:8KiB:64KiB", "bup"] and report.dedup[512].ratio < 1.01
    chunks = report.chunks["bup"]
    assert isinstance(chunks, dgen_py.Chunks) and isinstance(chunks.repeats, dgen_py.Repeats)
    assert 1.98 < chunks.ratio < 2 and chunks.exact and (chunks.min, chunks.avg, chunks.max) == (64, 8192, 32768)
    assert chunks.repeats.contents[2] > 300 and set(chunks.repeats.distances) == {8 * MIB}
    assert report.repeats[4096].contents == {1: 2 * 1024 + 1} and report.repeats[4096].sampling_rate == 1
    assert report.to_dict()["chunks"]["bup"]["repeats"]["contents"]["2"] == chunks.repeats.contents[2]
    assert dgen_py.measure(once, codecs=[]).chunks == {}


def test_everything_is_compressed_without_dedup():
    data = bytes(dgen_py.generate_buffer(MIB, seed=5)) * 2 + bytes(2 * MIB)
    report = dgen_py.measure(data, codecs=["lz4"], compress_blocks=["128KiB"], dedup=False)
    records = report.records["lz4"][128 << 10]
    assert isinstance(records, dgen_py.Records) and (records.records, records.raw, records.zero) == (32, 16, 16)
    assert records.stored_bytes == 2 * MIB + records.zero_stored_bytes and sum(records.sizes) == 32
    assert report.compress["lz4"][128 << 10] == report.reduction["lz4"][128 << 10] == 4 * MIB / records.stored_bytes
    unique = dgen_py.measure(data, codecs=["lz4"], compress_blocks=["128KiB"])
    assert unique.compress["lz4"][128 << 10] < 1.01 and 3.9 < unique.reduction["lz4"][128 << 10] < 4


def test_a_map_is_measured_in_place(tmp_path):
    (tmp_path / "f").write_bytes(bytes(MIB))
    with open(tmp_path / "f", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        report = dgen_py.measure(view)
    assert report.zero_blocks[4096].blocks == 256 and report.zero_blocks[4096].bytes == MIB and report.entropy == 0


def test_the_buffer_is_released():
    data = bytearray(MIB)
    dgen_py.measure(data, codecs=[])
    with pytest.raises(ValueError, match="no_such"):
        dgen_py.measure(data, codecs=["no_such"])
    data.clear()  # raises BufferError while somebody holds the memory


def test_several_parts_are_one_body_of_data(tmp_path):
    page = dgen_py.generate_buffer(4096, seed=1)
    (tmp_path / "f").write_bytes(page)
    report = dgen_py.measure([tmp_path / "f", page, bytes(4096)], codecs=())
    assert (report.bytes, report.inputs, report.dedup[4096].distinct, report.dedup[4096].total) == (12288, 3, 2, 3)


def test_a_folder_means_the_files_below(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "a").write_bytes(bytes(4096))
    (tmp_path / "b" / "c").write_bytes(bytes(4096))
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert dgen_py.measure(tmp_path, codecs=[]).inputs == 2


def test_options():
    data = dgen_py.generate_buffer(4 * MIB, compress_ratio=3, seed=1)
    report = dgen_py.measure(
        data, dedup_blocks=["4KiB", 8192], codecs=["zstd", "zlib"], compress_blocks=[65536], compress_dedup_block="8KiB",
        compress_sample=2, zstd_level=1, zlib_level=9, entropy=False, memory="64MiB", max_threads=1,
    )
    assert set(report.dedup) == {4096, 8192} and set(report.compress) == {"zstd", "zlib"}
    assert set(report.compress["zlib"]) == {65536} and report.compress_dedup_block == 8192
    assert report.compress_sample == 2 and report.compressed_bytes < report.unique_bytes == 4 * MIB
    assert "level 1" in report.engines["zstd"] and "level 9" in report.engines["zlib"]
    assert report.entropy is None and report.threads == 1
    lzma = dgen_py.measure(data, codecs=["lzma"], compress_blocks=["128KiB"], compress_sample=8, lzma_level=1)
    assert lzma.engines["lzma"].endswith("preset 1") and 2.9 < lzma.compress["lzma"][128 << 10] < 3.5
    alone = dgen_py.measure(data, codecs=[])
    assert alone.compress == {} and alone.compress_dedup_block is None


@pytest.mark.parametrize("name, values", {
    "dedup_blocks": [[1000], [], ["1XB"], [-1]], "compress_blocks": [[1000], []], "codecs": [["gzip"]],
    "models": [["ext4"], ["zfs:1KiB"]], "chunkers": [["tar"], ["4KiB:9KiB:16KiB"]], "compress_dedup_block": [8192, -1], "compress_sample": [0], "zstd_level": [0, 23], "zlib_level": [0, 10], "lzma_level": [-1, 10], "memory": [1000],
    "max_threads": [0, 4097],
}.items())
def test_bad_values_name_the_argument(name, values):
    for value in values:
        with pytest.raises(ValueError) as caught:
            dgen_py.measure(b"data", **{name: value})
        assert name.rstrip("s") in str(caught.value)


def test_data_of_a_wrong_type():
    for wrong in [1, None, 1.5, [1], object(), [None]]:
        with pytest.raises(TypeError, match="data"):
            dgen_py.measure(wrong)
    with pytest.raises(ValueError, match="data"):
        dgen_py.measure([])
    with pytest.raises(ValueError, match="contiguous"):
        dgen_py.measure(memoryview(bytes(100))[::2])
    with pytest.raises(TypeError):
        dgen_py.measure(b"data", codecs="lz4")


def test_empty_data(tmp_path):
    assert dgen_py.measure(b"").bytes == 0
    (tmp_path / "f").touch()
    assert dgen_py.measure(tmp_path / "f").dedup[4096].ratio == 1


def test_an_exception_in_progress_stops_it(tmp_path):
    (tmp_path / "f").touch()
    os.truncate(tmp_path / "f", 1 << 40)
    calls = []

    def progress(done, total):
        calls.append((done, total))
        if done:
            raise KeyError("enough")

    with pytest.raises(KeyError):
        dgen_py.measure(tmp_path / "f", codecs=[], progress=progress)
    assert calls[-1][0] < calls[-1][1] == 1 << 40
