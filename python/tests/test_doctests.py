"""The examples in the docstrings run."""

import doctest

import dgen_py
import dgen_py._ranks
import dgen_py._runs
import dgen_py._shares
import dgen_py._reports.shown
import dgen_py._source
import dgen_py._text
import dgen_py.fsspec
import dgen_py.numa
import dgen_py.torch
import dgen_py.typing
import pytest
from dgen_py import _dgen


NATIVE = [name for name in sorted(vars(_dgen)) if ">>> " in (getattr(_dgen, name).__doc__ or "")]


@pytest.mark.parametrize("name", [*NATIVE, "Progress", "StreamFile"])
def test_examples_of_native_names(name):
    examples = doctest.DocTestFinder().find(getattr(dgen_py, name), name, module=False)
    assert any(example.examples for example in examples)
    for example in examples:
        assert doctest.DocTestRunner().run(example).failed == 0


def test_classes_and_functions_have_examples():
    assert {"BufferPool", "Generator", "generate_uniform", "write_file", "measure"} <= set(NATIVE)


MODULES = [dgen_py, dgen_py._ranks, dgen_py._runs, dgen_py._shares, dgen_py._source, dgen_py._text, dgen_py.fsspec, dgen_py.numa, dgen_py.torch]
MODULES += [dgen_py.typing, dgen_py._reports.shown]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_of_modules(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


def test_everything_public_has_a_docstring():
    for name in dgen_py.__all__:
        assert getattr(dgen_py, name).__doc__, name
