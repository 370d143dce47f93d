"""Calls that several processes share: `rank` and `ranks`."""

import concurrent.futures

import dgen_py
import pytest

SIZE = (5 << 20) + 777
RECIPE = "dgen1,seed=0x7,block=64KiB,dedup=2,window=4MiB,skip=1MiB,compress=2"


def all_ranks(ranks, call):
    with concurrent.futures.ThreadPoolExecutor(ranks) as pool:
        return list(pool.map(call, range(ranks)))


def stream():
    return bytes(dgen_py.Generator.from_recipe(RECIPE, SIZE).get_chunk(SIZE))


@pytest.mark.parametrize("ranks", [1, 2, 5])
def test_one_file_is_one_stream(tmp_path, ranks):
    path = tmp_path / "f"
    reports = all_ranks(ranks, lambda rank: dgen_py.write_file(path, SIZE, recipe=RECIPE, rank=rank, ranks=ranks))
    assert sum(report.bytes_written for report in reports) == SIZE
    assert path.read_bytes() == stream()
    if ranks > 1:
        assert (reports[1].ranks.rank, reports[1].ranks.ranks, reports[1].ranks.shared, reports[1].ranks.size) == (1, ranks, True, SIZE)
    else:
        assert reports[0].ranks is None
    assert dgen_py.verify_file(path)
    verified = all_ranks(3, lambda rank: dgen_py.verify_file(path, rank=rank, ranks=3))
    assert all(verified) and sum(report.bytes_checked for report in verified) == SIZE
    read = all_ranks(4, lambda rank: dgen_py.read_file(path, rank=rank, ranks=4))
    assert sum(report.bytes_read for report in read) == SIZE


def test_each_has_its_own_file(tmp_path):
    path = str(tmp_path / "part-{rank}")
    all_ranks(3, lambda rank: dgen_py.write_file(path, SIZE, recipe=RECIPE, rank=rank, ranks=3))
    assert b"".join((tmp_path / f"part-{rank}").read_bytes() for rank in range(3)) == stream()
    assert all(all_ranks(3, lambda rank: dgen_py.verify_file(path, rank=rank, ranks=3)))
    assert dgen_py.verify_file(tmp_path).bytes_checked == SIZE


def test_environments_change_no_call(tmp_path, monkeypatch):
    monkeypatch.setenv("PMI_RANK", "1")
    monkeypatch.setenv("PMI_SIZE", "2")
    report = dgen_py.write_file(tmp_path / "f", 1 << 20, seed=1)
    assert (report.bytes_written, report.ranks) == (1 << 20, None)


@pytest.mark.parametrize("arguments, words", [
    ({"rank": 0}, ["ranks", "rank is given"]), ({"ranks": 2}, ["rank", "below ranks"]), ({"rank": 2, "ranks": 2}, ["rank", "0 to 1"]),
    ({"rank": 0, "ranks": 0}, ["ranks", "1 to 1000000"]), ({"rank": 0, "ranks": 2, "seed": None}, ["seed", "same one"]),
    ({"rank": 0, "ranks": 2, "append": True}, ["append"]), ({"rank": 0, "ranks": 2, "rank_wait": -1}, ["rank_wait", "0 or more"]),
])
def test_what_does_not_fit_is_refused(tmp_path, arguments, words):
    with pytest.raises(ValueError) as caught:
        dgen_py.write_file(tmp_path / "f", SIZE, **{"seed": 1} | arguments)
    assert all(word in str(caught.value) for word in words)
    assert not (tmp_path / "f").exists()


def test_a_rank_without_rank_0_says_so(tmp_path):
    with pytest.raises(OSError, match="rank 0") as caught:
        dgen_py.write_file(tmp_path / "f", SIZE, seed=1, rank=1, ranks=2, rank_wait=0.05)
    assert caught.value.filename == str(tmp_path / "f")
