"""Files that hold something already: what is free to write over, and what the file itself says."""

import os

import dgen_py
import pytest

MIB = 1 << 20


def test_only_the_same_write_is_free_to_begin_again(marked):
    stream = {"seed": 1, "compress_ratio": 2}
    first = dgen_py.write_file(marked, MIB, offset=MIB, **stream)
    again = dgen_py.write_file(marked, MIB, offset=MIB, **stream)
    told = "wrote over an earlier result of the same recipe"
    assert not any(told in warning for warning in first.warnings) and any(told in warning for warning in again.warnings)
    whole = marked.read_bytes()
    for other in [{}, {"seed": 2}, {"seed": 1, "offset": MIB}, stream, {**stream, "offset": MIB, "stream_version": 1}]:
        with pytest.raises(FileExistsError, match="already holds 1048576 bytes of data, of dgen1,seed=0x1,compress=2 .*force"):
            dgen_py.write_file(marked, MIB, **other)
    assert marked.read_bytes() == whole and dgen_py.verify_file(marked)
    dgen_py.write_file(marked, MIB, seed=2, force=True)
    assert dgen_py.verify_file(marked)


def test_a_resume_takes_the_recipe_from_the_file(marked):
    size = 3 * MIB + 5
    first = dgen_py.write_file(marked, size, seed=5, compress_ratio=2, offset=4096, stream_version=3)
    whole = marked.read_bytes()
    os.truncate(marked, 2 * MIB + 7)
    with pytest.raises((ValueError, OSError), match="its range is"):
        dgen_py.write_file(marked, size + 1, resume=True)
    report = dgen_py.write_file(marked, size, resume=True)
    assert (report.recipe, report.stream_version, report.offset) == (first.recipe, 3, 4096)
    assert marked.read_bytes() == whole and dgen_py.verify_file(marked)
    with pytest.raises(OSError, match="does not exist"):
        dgen_py.write_file(marked.with_name("g"), size, resume=True)


def test_attributes_that_are_not_understood_are_named(marked):
    dgen_py.write_file(marked, MIB, seed=1)
    os.setxattr(marked, "user.dgen.range", b"offset=0,size=1048576,epoch=7")
    for call in [
        lambda: dgen_py.verify_file(marked), lambda: dgen_py.write_file(marked, MIB, resume=True),
        lambda: dgen_py.write_file(marked, MIB, seed=1), lambda: dgen_py.write_file(marked, MIB, append=True),
    ]:
        with pytest.raises((ValueError, OSError), match="epoch=7"):
            call()
    assert marked.stat().st_size == MIB
