"""Data made for a storage system."""

from pathlib import Path

import dgen_py
import pytest


def test_the_recipe_is_that_of_the_command() -> None:
    generator = dgen_py.Generator(1 << 20, 2.0, 1.5, seed=7, tuned_for="zfs:8K")
    assert generator.recipe.startswith("dgen1,seed=0x7,dedup=2,compress=")
    assert generator.recipe.endswith(",tune=lz4")
    plain = dgen_py.Generator(1 << 20, 2.0, 1.5, seed=7)
    assert plain.recipe == "dgen1,seed=0x7,dedup=2,compress=3/2"


def test_files_carry_the_recipe(tmp_path: Path) -> None:
    path = str(tmp_path / "f")
    report = dgen_py.write_file(path, "1MiB", compress_ratio=2, seed=7, tuned_for="vdo")
    assert report.recipe == dgen_py.Generator(1 << 20, compress_ratio=2, seed=7, tuned_for="vdo").recipe
    assert dgen_py.verify_file(path).ok


def test_what_cannot_be_had_is_refused() -> None:
    with pytest.raises(ValueError, match="tuned_for.*ext4.*zfs:128KiB"):
        dgen_py.Generator(1 << 20, tuned_for="ext4")
    with pytest.raises(ValueError, match="10 for subblock:2KiB"):
        dgen_py.Generator(1 << 20, compress_ratio=10, tuned_for="subblock:2KiB")
    with pytest.raises(ValueError, match="tuned_for"):
        dgen_py.write_file("f", 1, recipe="dgen1,seed=1", tuned_for="vdo")
