"""Pages of words: `text` in sections 5 and 6 of docs/FORMAT.md."""

from __future__ import annotations

from collections.abc import Callable

from recipe import PAGE, TextRow

SEPARATORS = [" "] * 44 + [", "] * 5 + [". "] * 3 + [".\n"] * 2 + ["\n"] * 7 + [": ", "; ", "-"]


def letters(alphabet: str, other: Callable[[int], int]) -> str:
    """The letters in the order of a key; `other` gives the number that changes places with a number."""
    order = list(alphabet)
    for i in range(len(order) - 1, 0, -1):
        j = other(i)
        order[i], order[j] = order[j], order[i]
    return "".join(order)


def slots(weights: tuple[int, ...], order: str, first: int) -> str:
    return "".join(order[(k + first) % len(order)] * weight for k, weight in enumerate(weights))


def words_of(row: TextRow, consonants: str, vowels: str, n: int, lines: bytes) -> list[str]:
    """The words of page n."""
    consonants = slots(row.consonants, consonants, n % 4 * row.shift)
    vowels = slots(row.vowels, vowels, n % 4)
    words = []
    x = 0
    for k in range(2 ** len(row.bands) - 1):
        length = row.common[k] if k < 16 else row.lengths[k % 16]
        places = range(x, x + length)
        if k % 16 == 15:
            words.append("".join(str(lines[16 + i] % 16 * 5 // 8) for i in places))
        else:
            words.append("".join((vowels if i % 2 else consonants)[lines[16 + i] % 64] for i in places))
        x += length + 1
    return words


def page_of_words(row: TextRow, consonants: str, vowels: str, n: int, lines: bytes) -> bytes:
    words = words_of(row, consonants, vowels, n, lines)
    draws = [2**b - 1 + t * 2**b // share for b, share in enumerate(row.bands) for t in range(share)]
    text = "\n"
    at = PAGE
    capital = True
    while 16 + len(text) < PAGE:
        at -= 2
        w = lines[at] + 256 * lines[at + 1]
        k = draws[w % 1024]
        phrase = " ".join(words[k : k + row.spans[k % 16]])
        if capital:
            phrase = phrase[0].upper() + phrase[1:]
        separator = SEPARATORS[w // 1024]
        text += phrase + separator
        capital = separator.startswith(".")
    return (lines[:16] + text.encode())[: PAGE - 1] + b"\n"
