"""Files of an exact size in a folder."""

import dgen_py
import pytest


def test_files_of_an_exact_size(tmp_path):
    folder = tmp_path / "set"
    report = dgen_py.write_file(folder, "12MB", file_size="5MB", seed=3)
    assert (report.file_size, report.bytes_written, len(report.files)) == (5_000_000, 12_000_000, 3)
    assert [path.stat().st_size for path in sorted(folder.iterdir())] == [5_000_000, 5_000_000, 2_000_000]
    whole = dgen_py.Generator("32MiB", seed=3)
    for number, path in enumerate(sorted(folder.iterdir())):
        expected = bytearray(path.stat().st_size)
        whole.fill_at(number * (5 << 20), expected)
        assert path.read_bytes() == expected
    assert dgen_py.verify_file(folder).ok
    copies = tmp_path / "copies"
    copies.mkdir()
    for path in folder.iterdir():
        (copies / path.name).write_bytes(path.read_bytes())
    assert dgen_py.verify_file(copies, "12MB", recipe=report.recipe, file_size="5MB").ok
    assert not dgen_py.verify_file(copies, "12MB", recipe=report.recipe).ok
    dgen_py.write_file(tmp_path / "n", 15_000_000, files=3, file_size=5_000_000)
    for size, options in [("10MB", {"files": 3, "file_size": "5MB"}), ("1TB", {"file_size": 1})]:
        with pytest.raises(ValueError, match="file_size"):
            dgen_py.write_file(tmp_path / "bad", size, **options)
    assert not (tmp_path / "bad").exists()
