"""What importing the package loads, and that names which load later are there all the same."""

import importlib
import pickle
import pkgutil

import dgen_py
import pytest
from processes import run_script

LATER = ["DamageRange", "MeasureReport", "Ranks", "StreamFile", "VerifyReport", "WriteReport", "generate_array", "ranks"]
# What any of them brings with it takes longer to import than the package.
HEAVY = {
    "ast", "asyncio", "ctypes", "dataclasses", "email", "enum", "functools", "importlib.metadata", "inspect", "json", "logging",
    "multiprocessing", "numpy", "pathlib", "pickle", "re", "socket", "subprocess", "tempfile", "threading", "typing",
}  # fmt: skip


def test_importing_loads_the_native_module_alone():
    script = """
import sys
before = set(sys.modules)
import dgen_py
print(*set(sys.modules) - before)
"""
    loaded = set(run_script(script).split())
    assert "dgen_py._dgen" in loaded and not loaded & HEAVY
    assert {name for name in loaded if name.startswith("dgen_py")} == {"dgen_py", "dgen_py._dgen"}


def test_using_the_generator_loads_nothing_more():
    script = """
import sys, dgen_py
before = set(sys.modules)
generator = dgen_py.Generator(1 << 20, compress_ratio=2.0, seed=1)
generator.fill_chunk(bytearray(1 << 20))
dgen_py.BufferPool().next_slice(100)
dgen_py.generate_buffer(100)
print(*set(sys.modules) - before)
"""
    assert run_script(script).split() == []


@pytest.mark.parametrize("name", LATER)
def test_each_can_be_had_first(name):
    run_script(f"from dgen_py import {name}; import dgen_py; assert dgen_py.{name} is {name} and {name}.__doc__")


def test_all_names_at_once():
    script = """
import dgen_py
listed = dir(dgen_py)
names = {}
exec("from dgen_py import *", names)
missing = set(dgen_py.__all__) - names.keys() | set(dgen_py.__all__) - set(listed)
assert not missing, missing
assert listed == sorted(set(listed)) and "__version__" in listed
"""
    run_script(script)


def test_names_that_are_not_there():
    with pytest.raises(AttributeError, match="module 'dgen_py' has no attribute 'Nothing'"):
        dgen_py.Nothing  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Nothing' from 'dgen_py'"):
        exec("from dgen_py import Nothing")


@pytest.mark.parametrize("name", LATER)
def test_they_are_pickled_by_name(name):
    value = getattr(dgen_py, name)
    assert pickle.loads(pickle.dumps(value)) is value
    script = f"import pickle; print(pickle.loads({pickle.dumps(value)!r}).__name__)"
    assert run_script(script).strip() == name


def test_submodules_can_be_imported():
    found = {module.name for module in pkgutil.iter_modules(dgen_py.__path__)}
    assert {"fsspec", "numa", "ray", "torch", "_dgen", "_file", "_ranks", "_reports"} <= found
    for name in ["fsspec", "numa", "ray", "torch", "_reports"]:
        assert importlib.import_module(f"dgen_py.{name}").__name__ == f"dgen_py.{name}"
