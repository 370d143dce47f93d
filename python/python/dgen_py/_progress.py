"""How far a call has come, told to the bars of others."""

from __future__ import annotations

# Type checkers take it for true; importing typing for it would take longer than all the rest.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    from .typing import Bar, RichProgress

__all__ = ["Progress"]


class Progress:
    """Tells a bar how far one call has come: the argument `progress` of `write_file`, `read_file`, `verify_file`, `measure`.

    `bar` is a bar of tqdm, which moves on by the bytes done and gets their total unless it has one, or a
    `rich.progress.Progress`, which gets a task called `description`. Either may be given as `progress` itself; this
    object is for a description, for calls of one's own, and to look at: `done` and `total` are in bytes, and `total` is
    None while it is not known. Each call needs another object.

    >>> import dgen_py
    >>> progress = dgen_py.Progress()
    >>> report = dgen_py.measure(bytes(1 << 20), codecs=[], progress=progress)
    >>> progress.done, progress.total, progress.fraction
    (1048576, 1048576, 1.0)

    Raises `TypeError` for another object.
    """

    def __init__(self, bar: Bar | RichProgress | None = None, description: str = "dgen") -> None:
        self.done = 0
        self.total: int | None = None
        self._tell = _teller(bar, description)

    @property
    def fraction(self) -> float | None:
        """The part that is done, 0 to 1; None while the total is not known."""
        return None if self.total is None else self.done / self.total if self.total else 1.0

    def __call__(self, done: int, total: int | None) -> None:
        """Takes the bytes done by now, and those in all."""
        before, self.done, self.total = self.done, done, total
        self._tell(done - before, done, total)

    def __repr__(self) -> str:
        return f"<dgen_py.Progress done={self.done} total={self.total}>"


def _teller(bar: Bar | RichProgress | None, description: str) -> Callable[[int, int, int | None], object]:
    """What tells the bar of bytes newly done, done, and in all."""
    if bar is None:
        return lambda new, done, total: None
    update = getattr(bar, "update", None)
    if callable(update) and callable(getattr(bar, "add_task", None)):
        return _rich(bar, description)  # type: ignore[arg-type]
    if callable(update) and hasattr(bar, "total"):
        return _tqdm(bar)  # type: ignore[arg-type]
    raise TypeError(f"progress: a callable, a bar of tqdm or a rich.progress.Progress is required, not {bar!r}")


def _rich(display: RichProgress, description: str) -> Callable[[int, int, int | None], object]:
    tasks: list[object] = []

    def tell(new: int, done: int, total: int | None) -> None:
        if not tasks:
            tasks.append(display.add_task(description, total=total))
        display.update(tasks[0], total=total, completed=done)

    return tell


def _tqdm(bar: Bar) -> Callable[[int, int, int | None], object]:
    def tell(new: int, done: int, total: int | None) -> None:
        if bar.total is None and total is not None:
            # It may have moved before, in other calls.
            bar.total = total - (done - new) + getattr(bar, "n", 0)
        bar.update(new)
        if done == total and hasattr(bar, "refresh"):
            # Bars leave out what comes soon after what they have shown.
            bar.refresh()

    return tell


Progress.__module__ = "dgen_py"
