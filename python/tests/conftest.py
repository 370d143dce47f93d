"""What the tests share: the reference, as bytes."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

REFERENCE = Path(__file__).resolve().parents[2] / "vectors" / "reference.py"


@lru_cache(maxsize=None)
def reference_bytes(recipe: str, offset: int, length: int) -> bytes:
    command = [sys.executable, str(REFERENCE), recipe, str(offset), str(length)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


@pytest.fixture
def reference():
    return reference_bytes
