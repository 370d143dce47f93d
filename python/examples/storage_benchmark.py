"""Writes a file as fast as storage takes it, reads it, verifies it, and says what limited the write."""

import argparse
import os
import tempfile

import dgen_py


def rate(what: str, report: dgen_py.WriteReport | dgen_py.ReadReport) -> None:
    latency, verdict = report.latency_ns, report.verdict
    if latency is None or verdict is None:
        print(f"{what:8} nothing was moved")
        return
    print(f"{what:8} {report.bytes_per_s / 1e9:6.2f} GB/s, p50 {latency.p50 / 1e3:.0f} us, p99 {latency.p99 / 1e3:.0f} us")
    print(f"{'':8} {report.engine} ({report.engine_reason}), {report.writers} workers x depth {report.depth}, {report.direct_reason}")
    print(f"{'':8} {verdict.bound}: {verdict.meaning}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", metavar="PATH", help="the file to write (default: one that is removed again)")
    parser.add_argument("--size", default="256MiB", help="bytes, or text such as 10GiB (default: 256MiB)")
    parser.add_argument("--auto", action="store_true", help="try settings first and take the fastest")
    parser.add_argument("--dedup-ratio", type=float, default=1.0)
    parser.add_argument("--compress-ratio", type=float, default=1.0)
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        path = arguments.output or os.path.join(folder, "data.bin")
        ratios = {"dedup_ratio": arguments.dedup_ratio, "compress_ratio": arguments.compress_ratio}
        written = dgen_py.write_file(path, arguments.size, auto=arguments.auto, **ratios)
        if written.tuning is not None:
            print(f"tuned    {written.tuning.reason}")
        rate("write", written)
        rate("read", dgen_py.read_file(path))
        verified = dgen_py.verify_file(path)
        print(f"verify   {'every byte is right' if verified.ok else verified.bytes_by_kind}, recipe {written.recipe}")


if __name__ == "__main__":
    main()
