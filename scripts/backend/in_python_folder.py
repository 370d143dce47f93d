"""A build backend that hands every hook to maturin inside python/, so that the repository's root installs too."""

import os
from pathlib import Path
from typing import Any

import maturin

PACKAGE = Path(__file__).resolve().parent.parent.parent / "python"


def _inside(hook: str) -> Any:
    def run(*args: Any, **kwargs: Any) -> Any:
        before = os.getcwd()
        os.chdir(PACKAGE)
        try:
            return getattr(maturin, hook)(*args, **kwargs)
        finally:
            os.chdir(before)

    return run


build_wheel = _inside("build_wheel")
build_sdist = _inside("build_sdist")
build_editable = _inside("build_editable")
prepare_metadata_for_build_wheel = _inside("prepare_metadata_for_build_wheel")
prepare_metadata_for_build_editable = _inside("prepare_metadata_for_build_editable")
get_requires_for_build_wheel = _inside("get_requires_for_build_wheel")
get_requires_for_build_sdist = _inside("get_requires_for_build_sdist")
get_requires_for_build_editable = _inside("get_requires_for_build_editable")
