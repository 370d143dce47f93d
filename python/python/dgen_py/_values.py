"""What is said of a value that is not accepted, and the check of a time limit."""

from __future__ import annotations

import threading


def not_accepted(name: str, value: object, accepted: str) -> ValueError:
    """The error that names the argument, the value given and the accepted ones."""
    return ValueError(f"{name}: {value} is not accepted (accepted: {accepted})")


def seconds(timeout: float) -> float:
    """A time limit in seconds."""
    if not isinstance(timeout, (int, float)) or isinstance(timeout, bool):
        raise TypeError(f"timeout: a number is required, not {timeout!r}")
    if not 0 < timeout < threading.TIMEOUT_MAX:
        raise not_accepted("timeout", timeout, "more than 0 seconds, or None")
    return timeout
