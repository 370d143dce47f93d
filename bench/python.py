#!/usr/bin/env python3
"""Times the Python package beside the peer of the same name and the native command, and writes bench/records/python.json.

Usage: python.py DGEN PYTHON, where PYTHON is an interpreter that has the package. Ours, the peer and the command take
turns in one run; each keeps its best. Arrays are timed beside those of NumPy's generator instead of the peer.
"""

import json
import sys
from pathlib import Path

from run import KIB, MIB, ROOT, Json, install_peer, machine, run_json

RECORD = ROOT / "bench/records/python.json"
CALLS = str(ROOT / "bench/peers/python_calls.py")
TURNS = 3
# Case, its arguments, and the ratio to the peer that the package aims for.
CASES: list[tuple[str, list[int], float]] = [
    ("fill_chunk", [64, 1], 300),
    ("fill_chunk", [4 * KIB, 1], 150),
    ("fill_chunk", [64 * KIB, 1], 50),
    ("fill_chunk", [MIB, 1], 5),
    ("fill_chunk", [32 * MIB, 1], 2.5),
    ("fill_chunk", [32 * MIB, 0], 1.4),
    ("streaming", [4096 * MIB], 3),
    ("next_slice", [64], 1.2),
    ("next_slice", [4 * KIB], 3),
    ("next_slice", [64 * KIB], 4),
    ("generate_buffer", [1024 * MIB], 3),
    ("vectors", [100_000, 512], 5),
    ("fill_many", [2500, 4096], 1),
    ("fill_many", [64 * KIB, 256], 1),
    ("fill_many", [MIB, 64], 1),
    ("fill_many_seeded", [2500, 4096], 1),
    ("generate_buffer_seeded", [64], 0),
    ("generate_buffer_seeded", [4 * KIB], 0),
    ("array_float32", [1 << 24], 1),
    ("array_float64", [1 << 23], 1),
    ("array_float16", [1 << 24], 1),
    ("array_uint8", [1 << 24], 1),
    ("array_int32", [1 << 24], 1),
    ("array_int64", [1 << 23], 1),
    ("construct", [MIB], 0),
    ("interpreter", [], 0),
    ("interpreter_with_import", [], 1.5),
]


def main() -> None:
    dgen, python = str(Path(sys.argv[1]).resolve()), str(Path(sys.argv[2]).absolute())
    peer = install_peer()
    record: Json = {"machine": machine(dgen), "peer": "dgen-py==0.3.0" if peer else "not installed", "cases": []}
    for name, numbers, aim in CASES:
        record["cases"].append(side_by_side(dgen, python, peer, name, numbers, aim))
        print(json.dumps(record["cases"][-1]), file=sys.stderr)
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    import table  # beside this file

    table.main()


def side_by_side(dgen: str, python: str, peer: str | None, name: str, numbers: list[int], aim: float) -> Json:
    case: Json = {"case": name, "arguments": numbers, "aim": aim}
    for _ in range(TURNS):
        command = [CALLS, name, *map(str, numbers)]
        keep_least(case, "ns_per_call", run_json([python, *command])["ns_per_call"])
        if name.startswith("array_"):
            beside = run_json([python, CALLS, name.replace("array", "numpy"), *map(str, numbers)])
            keep_least(case, "peer_ns_per_call", beside["ns_per_call"])
        elif peer:
            keep_least(case, "peer_ns_per_call", run_json([peer, *command])["ns_per_call"])
        if name == "fill_chunk" and numbers[0] >= 4 * KIB:
            size, threads = numbers
            options = [f"--threads={threads}"] if threads else []
            native = run_json([dgen, "bench", "fill", "--json", f"--buffer-size={size}", *options])["cases"][-1]
            keep_least(case, "native_ns_per_call", size / native["bytes_per_s"] * 1e9)
            keep_least(case, "limit_ns_per_call", size / native["limit_bytes_per_s"] * 1e9)
    return case


def keep_least(case: Json, key: str, value: float) -> None:
    case[key] = min(case.get(key, value), value)


if __name__ == "__main__":
    main()
