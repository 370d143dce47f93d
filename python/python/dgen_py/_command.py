"""The `dgen` command, as installed with the package."""

from __future__ import annotations

import os
import signal
import sys

from ._dgen import _main


def main() -> int:
    """Run the command with this process's arguments and return its exit code.

    For the script and for `python -m dgen_py` alone: it takes over SIGINT and SIGTERM for the rest of the process.
    """
    _open_standard_files()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # The command has a handler of its own; with Python's, an interruption would end in a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _main(["dgen", *sys.argv[1:]])


def _open_standard_files() -> None:
    """Open what is closed of descriptors 0 to 2, so that no file that is written gets one of these numbers."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
