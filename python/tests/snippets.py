"""Python blocks of documents, each run as printed in a process of its own."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from processes import LIMIT_S

# What blocks use without making it: consumers of data, and what earlier blocks of the same document left behind.
PRELUDE = '''
import io, multiprocessing, os, tempfile, threading, time
import dgen_py
import numpy as np

multiprocessing.set_start_method("fork")

class Sink:
    """Takes data as files and clients do, and keeps none."""
    def write(self, data):
        assert memoryview(data).nbytes > 0
    put = write

def calls(number):
    """True that many times, then False: the condition of an endless loop."""
    class Countdown:
        left = number
        def __bool__(self):
            self.left -= 1
            return self.left >= 0
    return Countdown()

output = storage_client = f = Sink()
generating, object_size = calls(5), 8 << 20
gen = dgen_py.Generator(size=1 << 40)
buf, buffer = bytearray(1 << 20), memoryview(bytearray(64 << 20))
buf1, buf2, buf3 = (bytearray(4096) for _ in range(3))
fd = os.open("/dev/null", os.O_WRONLY)
size_per_node, dedup, compress = 1 << 30, 1.0, 1.0

def get_numa_node_cpus(node):
    return os.sched_getaffinity(0)
'''


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands, and its text."""

    document: str
    line: int
    heading: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line} {self.heading}"

    def uses_the_package(self) -> bool:
        return re.search(r"\b(dgen_py|gen|pool)\.", self.text) is not None


def blocks(document: Path) -> list[Block]:
    """The python blocks of a document, in order."""
    found, heading, fence, lines, start = [], "", None, [], 0
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            if fence == "python":
                found.append(Block(document.name, start, heading, "\n".join(lines) + "\n"))
            fence = line[3:].strip().lower() if fence is None else None
            lines, start = [], number
        elif fence is not None:
            lines.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    return found


class Elided(ast.NodeTransformer):
    """Gives the size where a document leaves arguments out: `Generator(..., x=1)`, `size=...`, `Generator()`."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.copy_location(ast.Constant(1 << 20), node) if node.value is ... else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if ast.unparse(node) == "dgen_py.Generator()":
            node.args.append(ast.copy_location(ast.Constant(1 << 20), node))
        return node


def scaled(text: str) -> str:
    """The block with sizes divided by 1024 and a million rows by 1000, so that it runs anywhere within seconds."""
    text = re.sub(r"\b1024\*\*([23])", lambda power: f"1024**{int(power[1]) - 1}", text)
    return text.replace("1_000_000", "1_000")


def leaves_arguments_out(text: str) -> bool:
    """Whether a block cannot run as printed, on any version, since it shows a call without its size."""
    return completed(text) != ast.unparse(ast.parse(text))


def completed(text: str) -> str:
    """The block with left-out arguments given."""
    return ast.unparse(Elided().visit(ast.parse(text)))


def run(text: str, timeout: float = LIMIT_S, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Runs a block after the prelude; its exit status and output."""
    return subprocess.run([python, "-c", PRELUDE + text], timeout=timeout, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
