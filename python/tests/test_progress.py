"""Whom long calls tell how far they have come: functions, bars of tqdm, displays of rich."""

import io

import dgen_py
import pytest

SIZE = 32 << 20


@pytest.fixture
def calls(tmp_path):
    """Each call that takes `progress`, over as many bytes; that which writes the file first."""
    path = tmp_path / "f"
    return [
        lambda progress: dgen_py.write_file(path, SIZE, seed=1, progress=progress),
        lambda progress: dgen_py.read_file(path, progress=progress),
        lambda progress: dgen_py.verify_file(path, progress=progress),
        lambda progress: dgen_py.measure(path, codecs=[], entropy=False, progress=progress),
    ]


class StandInBar:
    """Has what is used of a bar of tqdm."""

    def __init__(self, total=None):
        self.total, self.n, self.refreshed = total, 0, []

    def update(self, n):
        assert n >= 0
        self.n += n

    def refresh(self):
        self.refreshed.append(self.n)


def test_a_bar_gets_the_total_and_ends_at_it(calls):
    for call in calls:
        bar = StandInBar()
        call(bar)
        assert (bar.n, bar.total, bar.refreshed[-1]) == (SIZE, SIZE, SIZE)


def test_a_bar_goes_on_over_several_calls(calls):
    bar = StandInBar(total=len(calls) * SIZE)
    for call in calls:
        call(bar)
    assert bar.n == bar.total == len(calls) * SIZE


def test_a_bar_of_tqdm(calls):
    tqdm = pytest.importorskip("tqdm", reason="optional: tqdm is not installed")
    for call in calls:
        shown = io.StringIO()
        with tqdm.tqdm(unit="B", unit_scale=True, file=shown) as bar:
            call(bar)
            assert (bar.n, bar.total) == (SIZE, SIZE)
        assert "100%" in shown.getvalue()
    with tqdm.tqdm(disable=True) as bar:
        calls[1](bar)


def test_a_display_of_rich(calls):
    progress = pytest.importorskip("rich.progress", reason="optional: rich is not installed")
    console = pytest.importorskip("rich.console").Console(file=io.StringIO())
    with progress.Progress(console=console) as display:
        for call in calls:
            call(display)
        calls[1](dgen_py.Progress(display, "reading"))
    assert [(task.completed, task.total, task.finished) for task in display.tasks] == [(SIZE, SIZE, True)] * 5
    assert [task.description for task in display.tasks] == ["dgen"] * 4 + ["reading"]


def test_an_object_of_its_own_keeps_the_numbers(calls):
    for call in calls:
        progress = dgen_py.Progress()
        assert (progress.done, progress.total, progress.fraction) == (0, None, None)
        call(progress)
        assert (progress.done, progress.total, progress.fraction) == (SIZE, SIZE, 1.0)
        assert repr(progress) == f"<dgen_py.Progress done={SIZE} total={SIZE}>"


def test_a_total_that_is_known_late():
    bar = StandInBar()
    bar.n = 5
    progress = dgen_py.Progress(bar)
    for done, total in [(3, None), (10, 40), (40, 40), (40, 40)]:
        progress(done, total)
    assert (bar.n, bar.total) == (45, 45)


@pytest.mark.parametrize("other", [1, "bar", {}, [], object()])
def test_other_objects_are_refused(other, calls):
    for call in calls:
        with pytest.raises(TypeError, match=r"^progress: a callable, a bar of tqdm or a rich.progress.Progress is required"):
            call(other)
    with pytest.raises(TypeError, match="progress"):
        dgen_py.Progress(other)


def test_what_a_bar_raises_stops_the_work():
    class Broken(StandInBar):
        def update(self, n):
            if n:
                raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken") as caught:
        dgen_py.write_file("/dev/null", "1PiB", progress=Broken())
    assert caught.value.report.interrupted
