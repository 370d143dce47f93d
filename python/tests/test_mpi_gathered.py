"""What is gathered of all ranks, from reports that are made up here; no MPI is needed."""

import random

import dgen_py
import pytest
from dgen_py._mpi.arguments import Job, Phase, UsageError, parse
from dgen_py._mpi.crew import Rank, exit_code
from dgen_py._mpi.gathered import phase_report
from dgen_py._mpi.latency import bucket_end, merge, quantiles
from dgen_py._mpi.member import Ending
from dgen_py._mpi.text import messages, phase_text

PHASE = Phase("write", ("f",))
SECOND = 1_000_000_000


def histogram(latencies):
    """As the command counts: narrow buckets, of which the last ends at the longest latency."""
    return merge({"up_to_ns": [latency], "operations": [1]} for latency in latencies)


def test_buckets_are_those_of_the_command(tmp_path):
    written = dgen_py.write_file(tmp_path / "f", "4MiB", seed=1, buffer_size=4096)
    verified = dgen_py.verify_file(tmp_path / "f")
    for report in [written, dgen_py.read_file(tmp_path / "f"), verified]:
        counts = report.latency_counts
        assert [bucket_end(up_to) for up_to in counts.up_to_ns[:-1]] == list(counts.up_to_ns[:-1])
        assert merge([report.to_dict()["latency_counts"]]) == report.to_dict()["latency_counts"]
        assert quantiles(report.to_dict()["latency_counts"]) == report.to_dict()["latency_ns"]
    assert sum(written.latency_counts.operations) == written.operations


def test_merged_histograms_are_those_of_all_operations():
    randomly = random.Random(7)
    for _ in range(20):
        parts = [[int(10 ** randomly.uniform(0, 12)) for _ in range(randomly.randrange(1, 300))] for _ in range(5)]
        merged = merge(map(histogram, parts))
        assert merged == histogram(latency for part in parts for latency in part)
        latencies = sorted(latency for part in parts for latency in part)
        found = quantiles(merged)
        assert found["max"] == latencies[-1]
        exact = latencies[-(-len(latencies) * 99 // 100) - 1]
        assert exact <= found["p99"] <= exact * 65 / 64
    assert quantiles(merge([])) is None


def member(rank, done_s, host="a", code=0, said="", stopped=False, **more):
    report = {
        "bytes_written": 100 << 20, "elapsed_ns": int(done_s * SECOND), "latency_counts": histogram([1000 * (rank + 1)] * 10),
        "throughput": {"interval_ns": SECOND // 10, "bytes": [10 << 20] * 10}, **more,
    }  # fmt: skip
    return Rank(rank, host, Ending(code, int(done_s * SECOND), said, report, stopped))


def test_rates_are_by_wall_clock():
    ranks = [member(0, 1), member(1, 2, "b"), member(2, 1, "b")]
    report = phase_report(PHASE, ranks, 0)
    assert (report["bytes"], report["elapsed_ns"]) == (300 << 20, 2 * SECOND)
    assert report["bytes_per_s"] == 150 << 20
    # By then the slow one had moved what its series says.
    assert report["first_done"] == {"rank": 0, "host": "a", "done_ns": SECOND, "bytes": 300 << 20, "bytes_per_s": 300 << 20}
    assert report["last_done"] == {"rank": 1, "host": "b", "done_ns": 2 * SECOND}
    hosts = [(host["host"], host["ranks"], host["bytes"], host["bytes_per_s"]) for host in report["hosts"]]
    assert hosts == [("a", 1, 100 << 20, 100 << 20), ("b", 2, 200 << 20, 100 << 20)]
    assert [host["latency_ns"]["max"] for host in report["hosts"]] == [1000, 3000]
    assert report["operations"] == 30 and report["latency_ns"]["max"] == 3000
    text = phase_text(report)
    assert "300.00 MiB in 2.000 s, 3 ranks on 2 hosts" in text
    assert "rank 1 on b: done after 2.000 s, 2.00 times" in text


def test_what_was_moved_by_the_first_end_is_of_its_time():
    slow = member(1, 2, throughput={"interval_ns": SECOND // 2, "bytes": [10 << 20, 20 << 20, 30 << 20, 40 << 20]})
    report = phase_report(PHASE, [member(0, 0.75), slow], 0)
    assert report["first_done"]["bytes"] == (100 << 20) + (10 << 20) + (10 << 20)


def test_stragglers_are_named():
    def late(times):
        stragglers = phase_report(PHASE, [member(rank, time) for rank, time in enumerate(times)], 0)["stragglers"]
        return [one["rank"] for one in stragglers]

    assert late([10, 10, 10, 10]) == late([10, 10.9, 9, 10]) == []
    assert late([10, 12, 10, 14]) == [3, 1]
    assert late([10, 11.5]) == [1]
    # Late by less than can matter.
    assert late([0.01, 0.01, 0.05]) == []


def test_failures_are_told_once_with_their_ranks():
    full, stopped = "error: no room\n", {"code": 130, "said": "error: interrupted\n", "stopped": True}
    ranks = [member(0, 1, **stopped), member(1, 1, "b", 1, full), member(2, 1, "b", 1, full), member(3, 1, "b", **stopped)]
    report = phase_report(PHASE, ranks, exit_code(ranks))
    assert report["exit_code"] == 1 and report["stopped"] == [0, 3]
    assert messages(report) == "error: ranks 1, 2 on b: no room\nerror: 2 other ranks stopped, since the job had failed\n"
    everyone = [member(rank, 1, code=2, said="warning: w\nerror: bad\n") for rank in range(3)]
    assert messages(phase_report(PHASE, everyone, 2)) == "warning: w\nerror: bad\n"
    silent = [member(0, 1, **stopped), Rank(1, "b", None)]
    assert exit_code(silent) == 1 and "rank 1 on b: no answer" in messages(phase_report(PHASE, silent, 1))


def test_the_exit_code_is_that_of_the_command():
    def code(*codes):
        return exit_code([member(rank, 1, code=code) for rank, code in enumerate(codes)])

    assert (code(0, 0), code(0, 3), code(3, 1), code(0, 2), code(130, 130), code(1, 130)) == (0, 3, 3, 2, 130, 1)


def test_phases_and_options():
    both = Job((Phase("write", ("f", "--size", "1")), Phase("read", ("f",))), "r")
    assert parse("write f --size 1 --json=r --then read f".split()) == both
    assert parse(["verify", "f", "--json"]) == Job((Phase("verify", ("f",)),), "-")
    assert parse(["verify", "--", "--json"]).phases[0].arguments == ("--", "--json")


@pytest.mark.parametrize(("line", "words"), [
    ("info", "`info`"), ("write f --then", "without a command"), ("write f --ranks=2", "--ranks"), ("read -", "`-`"),
    ("read f --json --then read f --json", "more than once"), ("write f --json=", "--json="), ("write f --csv", "--csv=FILE"),
    ("write --help", "dgen COMMAND --help"),
])  # fmt: skip
def test_what_ranks_cannot_take_is_refused(line, words):
    with pytest.raises(UsageError, match="accepted|more than once") as caught:
        parse(line.split())
    assert words in str(caught.value)
