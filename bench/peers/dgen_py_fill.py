"""The peer dgen-py, run by its own interpreter: rates of `fill_chunk`, as JSON on standard output.

Arguments: buffer bytes, threads (0 = its default), dedup ratio, compress ratio.
"""

import json
import sys
import time

import dgen_py

ROUNDS = 15
ROUND_BYTES = 1 << 29


def main() -> None:
    size, threads = int(sys.argv[1]), int(sys.argv[2])
    dedup, compress = float(sys.argv[3]), float(sys.argv[4])
    generator = dgen_py.Generator(
        size=1 << 50, dedup_ratio=dedup, compress_ratio=compress, max_threads=threads or None, seed=1
    )
    buffer = bytearray(size)
    calls = max(1, min(2000, ROUND_BYTES // size))
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(calls):
            generator.fill_chunk(buffer)
        best = min(best, (time.perf_counter() - start) / calls)
    print(json.dumps({"bytes_per_s": size / best, "ns_per_call": best * 1e9}))


if __name__ == "__main__":
    main()
