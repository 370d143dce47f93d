"""Numbers as people read them."""

from __future__ import annotations

BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


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
    return _scaled(bytes)


def rate(per_second: float) -> str:
    """A rate, of bytes per second.

    >>> rate(2 << 30)
    '2.00 GiB/s'
    """
    return f"{size(per_second)}/s"


def exact_size(bytes: int) -> str:
    """A size as canonical recipes write it.

    >>> [exact_size(size) for size in (0, 4096, 4097, 10 << 30)]
    ['0', '4KiB', '4097', '10GiB']
    """
    for power in range(len(BINARY) - 1, 0, -1):
        if bytes and bytes % (1 << 10 * power) == 0:
            return f"{bytes >> 10 * power}{BINARY[power]}"
    return str(bytes)


def _scaled(value: float) -> str:
    power = 0
    while value >= 1024 and power + 1 < len(BINARY):
        value, power = value / 1024, power + 1
    return f"{value:.2f} {BINARY[power]}" if power else f"{value:.0f} B"
