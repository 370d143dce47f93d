"""Sub-interpreters: one interpreter of a process has the module; the others get an ImportError, and nothing crashes."""

import sys

from processes import run_script

CODE = """
try:
    import dgen_py
except ImportError as error:
    assert "interpreter" in str(error), error
    outcome = "refused"
else:
    assert len(dgen_py.generate_buffer(1 << 20)) == 1 << 20
    outcome = "works"
with open({path!r}, "a") as file:
    file.write(outcome + "\\\\n")
"""
MAIN = """
import dgen_py
assert dgen_py.generate_buffer(1 << 20, seed=1) == dgen_py.Generator(1 << 20, seed=1).get_chunk(1 << 20)
"""
RUN = {
    (3, 10): "import _xxsubinterpreters as module; module.run_string(module.create(), code)",
    (3, 11): "import _xxsubinterpreters as module; module.run_string(module.create(), code)",
    (3, 12): "import _xxsubinterpreters as module; module.run_string(module.create(), code)",
    (3, 13): "import _interpreters as module; assert module.exec(module.create(), code) is None",
}.get(sys.version_info[:2], "from concurrent import interpreters; interpreters.create().exec(code)")


def outcomes(path, script):
    run_script(f'code = """{CODE.format(path=str(path))}"""\n' + script)
    return path.read_text().split()


def test_after_the_main_interpreter(tmp_path):
    assert outcomes(tmp_path / "outcome", MAIN + "\n".join([RUN] * 3) + MAIN) == ["refused"] * 3


# From 3.12 on, the interpreter itself refuses it to interpreters that are made to share nothing.
def test_before_the_main_interpreter(tmp_path):
    expected = ["works" if sys.version_info < (3, 12) else "refused", "refused", "refused"]
    refused = MAIN.replace("import dgen_py", "try:\n    import dgen_py\nexcept ImportError as error:\n    assert 'interpreter' in str(error)\n    raise SystemExit", 1)
    assert outcomes(tmp_path / "outcome", "\n".join([RUN] * 3) + refused) == expected
