"""Numbers as people read them."""

from __future__ import annotations

BINARY = ("", "KiB", "MiB", "GiB", "TiB", "PiB")


def count(number: int, noun: str) -> str:
    """A number of things.

    >>> count(1, "byte"), count(0, "range")
    ('1 byte', '0 ranges')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def time(ns: float) -> str:
    """A time, of nanoseconds.

    >>> time(800), time(1_500_000), time(512_000_000)
    ('800.0 ns', '1.5 ms', '0.512 s')
    """
    for limit, unit, name in ((1_000, 1, "ns"), (1_000_000, 1_000, "us"), (100_000_000, 1_000_000, "ms")):
        if ns < limit:
            return f"{ns / unit:.1f} {name}"
    return f"{ns / 1e9:.3f} s"


def size(bytes: float) -> str:
    """A size, rounded.

    >>> size(100), size(3 << 19)
    ('100 B', '1.50 MiB')
    """
    return _scaled(bytes, 1024, "i")


def rate(per_second: float) -> str:
    """A rate, of bytes per second.

    >>> rate(2 << 30)
    '2.00 GiB/s'
    """
    return f"{size(per_second)}/s"


def both_sizes(bytes: float) -> str:
    """A size in units of 1024 and of 1000.

    >>> both_sizes(1 << 30)
    '1.00 GiB (1.07 GB)'
    """
    return f"{size(bytes)} ({_scaled(bytes, 1000, '')})"


def both_rates(per_second: float) -> str:
    """A rate in units of 1024 and of 1000.

    >>> both_rates(2e9)
    '1.86 GiB/s (2.00 GB/s)'
    """
    return f"{rate(per_second)} ({_scaled(per_second, 1000, '')}/s)"


def exact_size(bytes: int) -> str:
    """A size as canonical recipes write it.

    >>> [exact_size(size) for size in (0, 4096, 4097, 10 << 30)]
    ['0', '4KiB', '4097', '10GiB']
    """
    for power in range(len(BINARY) - 1, 0, -1):
        if bytes and bytes % (1 << 10 * power) == 0:
            return f"{bytes >> 10 * power}{BINARY[power]}"
    return str(bytes)


def _scaled(value: float, step: int, mark: str) -> str:
    for prefix in ["", "k" if step == 1000 else "K", "M", "G", "T", "P"]:
        if value < step or prefix == "P":
            break
        value /= step
    return f"{value:.2f} {prefix}{mark}B" if prefix else f"{value:.0f} B"
