"""The literals of `dgen_py.typing` are the names that are accepted, and those that reports have."""

import re
from typing import get_args

import dgen_py
import pytest
from dgen_py import typing


def names(alias):
    """All literals of an alias."""
    return {name for part in get_args(alias) for name in (names(part) if get_args(part) else [part]) if isinstance(name, str)}


def recipe(**options):
    return dgen_py.Generator(1, **options)


def measured(name):
    return dgen_py.measure(bytes(4096), codecs=[name], compress_blocks=[4096])


def read(**options):
    return dgen_py.read_file(__file__, **options)


ACCEPTED = {
    "numa_mode": (typing.NumaMode, lambda name: recipe(numa_mode=name)),
    "texture": (typing.Texture, lambda name: recipe(
        texture=name, compress_ratio=2.0 if name in ("lz", "text") else 1.0, tune="zstd" if name in ("lz", "text") else "any")),
    "dtype": (typing.Dtype, lambda name: recipe(texture="tensor", dtype=name, like="uniform")),
    "like": (typing.Like, lambda name: recipe(texture="tensor", like=name)),
    "tune": (typing.Tune, lambda name: recipe(tune=name)),
    "early": (typing.Early, lambda name: recipe(early=name)),
    "reuse": (typing.Reuse, lambda name: recipe(reuse=name)),
    "order": (typing.Order, lambda name: read(order=name)),
    "advise": (typing.Advise, lambda name: read(advise=name)),
    "codec": (typing.Codec, measured),
}


@pytest.mark.parametrize("option", ACCEPTED)
def test_names_of_arguments(option):
    alias, call = ACCEPTED[option]
    for name in sorted(names(alias)):
        if not (option == "numa_mode" and name == "force"):  # Which a system may refuse.
            call(name)
    with pytest.raises(ValueError) as caught:
        call("abacus")
    listed = str(caught.value).partition("accepted: ")[2].rstrip(")")
    # What is not a plain word has a value of its own, such as `random:SEED`.
    words = {word for word in re.split(r", | or ", listed) if re.fullmatch("[a-z_0-9]+", word)}
    assert words <= names(alias) and len(words) >= 2, (listed, names(alias))


@pytest.mark.parametrize(("option", "alias"), [("mode", typing.Sweep), ("direct", typing.Direct), ("engine", typing.Engine)])
def test_names_of_a_sweep(option, alias, tmp_path):
    with pytest.raises(ValueError, match=f"{option}: `abacus`") as caught:
        dgen_py.bench_storage(tmp_path, **{option: "abacus"})
    listed = str(caught.value).partition("accepted: ")[2].rstrip(")")
    assert set(listed.split(", ")) == names(alias)


def test_names_in_reports(tmp_path):
    path = tmp_path / "f"
    written = dgen_py.write_file(path, "1MiB", seed=1)
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    data[65536 : 2 * 65536] = bytes(65536)
    path.write_bytes(data[:-5000])
    (tmp_path / "link").symlink_to("f")
    read = dgen_py.read_file(tmp_path)
    found = dgen_py.verify_file(path, "1MiB", seed=1)
    for report in (written, read, found):
        assert report.engine in names(typing.UsedEngine)
    for report in (written, read):
        assert report.verdict.bound in names(typing.VerdictName)
    assert {item.kind for item in found.ranges} == {"flipped", "zeroed", "missing"} < names(typing.DamageKind)
    assert set(found.bytes_by_kind) <= names(typing.DamageKind)
    assert found.data_read_from in names(typing.DataOrigin)
    assert {item.reason for item in read.skipped} == {"link"} < names(typing.SkipReason)


def test_all_aliases_are_said():
    own = {name for name in vars(typing) if name[0].isupper() and name not in ("Any", "Literal", "Protocol", "SupportsIndex", "Union", "Callable", "TYPE_CHECKING")}
    assert own == set(typing.__all__)
