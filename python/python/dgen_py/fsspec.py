"""Generated data as files with `dgen://` URLs, for what reads through fsspec; fsspec is needed for `DgenFileSystem` alone.

>>> import dgen_py.fsspec
>>> address = dgen_py.fsspec.url("dgen1,seed=7,compress=2", "1GiB", parts=8)
>>> address
'dgen://dgen1,seed=0x7,compress=2,size=1GiB,parts=8'
>>> import fsspec                                           # doctest: +SKIP
>>> with fsspec.open(address + "/part-00003") as file:      # doctest: +SKIP
...     file.seek(1 << 20), len(file.read(100))
(1048576, 100)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._names import url

if TYPE_CHECKING:
    from ._fsspec import DgenFileSystem
else:

    def __getattr__(name: str) -> object:
        if name != "DgenFileSystem":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            import fsspec as _  # noqa: F401
        except ImportError as error:
            hint = "install it, for example with `pip install 'dgen-py[fsspec]'`"
            raise ImportError(f"{__name__}.{name} needs fsspec: {hint}", name="fsspec") from error
        from ._fsspec import DgenFileSystem

        globals()[name] = DgenFileSystem
        return DgenFileSystem


__all__ = ["DgenFileSystem", "url"]
