"""The docstrings in the stub of the native module are the module's own, without their examples.

`UPDATE_STUBS=1` writes them.
"""

import ast
import inspect
import os
from pathlib import Path

from dgen_py import _dgen

STUB = Path(__file__).parents[1] / "python/dgen_py/_dgen.pyi"


def described(found):
    """What an object's docstring says, but for examples."""
    paragraphs = (inspect.getdoc(found) or "").split("\n\n")
    return "\n\n".join(text for text in paragraphs if not text.startswith(">>> "))


def public(body, owner):
    """The definitions in a stub that are for users, and what they stand for."""
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_"):
            found = getattr(owner, node.name)
            yield node, found
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, found)


def with_docs(stub):
    """The stub with the docstrings of the module."""
    lines = stub.splitlines()
    nodes = list(public(ast.parse(stub).body, _dgen))

    def place(pair):
        first = pair[0].body[0]
        return first.lineno, first.col_offset

    # From the end on, so that places stay what they are.
    for node, found in sorted(nodes, key=place, reverse=True):
        first, indent = node.body[0], " " * (node.col_offset + 4)
        text = described(found).replace("\\", "\\\\")
        doc = [indent + line if line else "" for line in f'"""{text}'.splitlines()]
        doc = [*doc[:-1], doc[-1] + '"""'] if len(doc) == 1 else [*doc, f'{indent}"""']
        is_doc = ast.get_docstring(node) is not None
        before = lines[first.lineno - 1][: first.col_offset].rstrip()
        replaced = is_doc or isinstance(node, ast.FunctionDef)
        after = lines[first.end_lineno if replaced else first.lineno - 1 :]
        lines = [*lines[: first.lineno - 1], *([before] if before else []), *doc, *after]
    return "\n".join(lines) + "\n"


def test_the_stub_has_the_docstrings_of_the_module():
    stub = STUB.read_text(encoding="utf-8")
    wanted = with_docs(stub)
    if os.environ.get("UPDATE_STUBS") == "1":
        STUB.write_text(wanted, encoding="utf-8")
        stub = wanted
    assert stub == wanted, "UPDATE_STUBS=1 writes the docstrings"
