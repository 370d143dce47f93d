"""Pages of literals and copies: `lz` in sections 5 and 6 of docs/FORMAT.md."""

from __future__ import annotations

from collections.abc import Callable

from recipe import PAGE, PieceRow


def symbols(below: Callable[[int, int], int]) -> list[int]:
    """The bytes 32 to 127 in the order of a key; `below` hashes a number to one below another."""
    order = list(range(32, 128))
    for i in range(95, 0, -1):
        other = below(i, i + 1)
        order[i], order[other] = order[other], order[i]
    return order


def page_of_pieces(row: PieceRow, order: list[int], n: int, lines: bytes) -> bytes:
    alphabet = [order[(k + n % 4 * row.shift) % 96] for k, weight in enumerate(row.weights) for _ in range(weight)]
    literals = bytes(alphabet[byte % 64] for byte in lines)
    page = lines[:16] + literals[16:80]
    i, phrases, at = 80, 1, PAGE
    while len(page) < PAGE:
        at -= 2
        w = lines[at] + 256 * lines[at + 1]
        if len(page) >= 32 * phrases + 64:
            phrases *= 2
        length = row.literals[w % 16]
        # Literals past the last line would lie past the page.
        page += literals[i : i + length].ljust(length)
        i += length
        j = w // 16 % phrases
        start = 16 * (j + 1)
        page += page[start : start + row.copies[j % 16]]
    return page[:PAGE]
