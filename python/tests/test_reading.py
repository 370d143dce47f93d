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
    plain = dgen_py.verify_file(path, size, seed=5)
    assert (plain.engine, plain.advice, plain.direct, plain.depth) == ("sync", "sequential", False, 1)
    assert plain.latency_ns is not None and plain.latency_ns.max > 0 and 0 <= plain.generation_bound <= 1
    for options in [
        dict(use_io_uring=False, advise="none"), dict(depth=4, buffer_size=8192, num_readers=2),
        dict(use_direct_io=False, buffer_count=8, num_readers=4), dict(advise="dontneed"), dict(advise="willneed"),
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
