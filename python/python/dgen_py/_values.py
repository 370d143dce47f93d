"""What is said of a value that is not accepted."""

from __future__ import annotations


def not_accepted(name: str, value: object, accepted: str) -> ValueError:
    """The error that names the argument, the value given and the accepted ones."""
    return ValueError(f"{name}: {value} is not accepted (accepted: {accepted})")
