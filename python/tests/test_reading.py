"""How files are read, by `read_file` and `verify_file`: engine, queue and advice."""

import dgen_py
import pytest

MIB = 1 << 20


def test_verification_finds_the_same_however_it_reads(tmp_path):
    path, size = tmp_path / "f", 3 * MIB + 77
    dgen_py.write_file(path, size, seed=5)
    with open(path, "r+b") as file:
        file.seek(MIB)
        file.write(bytes(8192))
    plain = dgen_py.verify_file(path, size, seed=5, cached=True)
    assert (plain.engine, plain.advice, plain.direct, plain.depth) == ("sync", "sequential", False, 1)
    assert plain.latency_ns is not None and plain.latency_ns.max > 0 and 0 <= plain.generation_bound <= 1
    for options in [
        dict(use_io_uring=False, advise="none"), dict(depth=4, buffer_size=8192, num_readers=2),
        dict(use_direct_io=False, buffer_count=8, num_readers=4), dict(advise="dontneed"), dict(),
        dict(cached=True, advise="willneed"),
    ]:
        report = dgen_py.verify_file(path, size, seed=5, **options)
        assert report.ranges == plain.ranges and report.valid_prefix == plain.valid_prefix == MIB, options
        assert report.bytes_checked == size and report.bytes_bad == 8192
    assert report.buffer_count == report.readers * report.depth


@pytest.mark.parametrize("call", [dgen_py.read_file, lambda path, **options: dgen_py.verify_file(path, 5000, seed=5, **options)])
def test_advice(tmp_path, call):
    path = tmp_path / "f"
    dgen_py.write_file(path, 5000, seed=5)
    for advise, name in [(None, "sequential"), ("auto", "sequential"), ("random", "random"), ("none", "none")]:
        report = call(path, use_direct_io=False, advise=advise)
        assert report.advice == name and report.advice_reason
    with pytest.raises(ValueError, match="advise.*`often`.*dontneed"):
        call(path, advise="often")
    with pytest.raises(TypeError, match="advise"):
        call(path, advise=1)
    with pytest.raises(ValueError, match="depth"):
        call(path, use_io_uring=False, depth=2)


def test_where_data_was_read_from_is_told(tmp_path):
    path = tmp_path / "f"
    written = dgen_py.write_file(path, 5000, seed=5, verify=True)
    assert written.files[0].data_read_from is None and written.verify.data_read_from
    known = {"read_from_the_device", "direct_the_file_system_may_cache", "compared_in_memory"}
    for call in [dgen_py.read_file, lambda path, **options: dgen_py.verify_file(path, 5000, seed=5, **options)]:
        for options in [{}, {"use_direct_io": False}, {"cached": True}]:
            report = call(path, **options)
            file = report.files[0]
            assert report.data_read_from == file.data_read_from and file.data_read_from in known and file.data_read_from_reason
            if options.get("cached"):
                assert file.data_read_from == "compared_in_memory" and not report.direct and not report.warnings
        with pytest.raises(ValueError, match="cached.*direct"):
            call(path, cached=True, use_direct_io=True)
        with pytest.raises(ValueError, match="cached.*advise"):
            call(path, cached=True, advise="dontneed")
