"""Tries settings on a target, writes a file with the fastest of them, and shows how far it is."""

import argparse
import os
import sys
import tempfile

import dgen_py


def show(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\rwriting  {done / total:4.0%}", end=end, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", metavar="PATH", help="where to write (default: a folder that is removed again)")
    parser.add_argument("--size", default="256MiB", help="bytes of each try and of the file, or text such as 10GiB")
    parser.add_argument("--runtime", type=float, default=0.5, help="longest time of a try in seconds")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        report = dgen_py.bench_storage(
            folder, size=arguments.size, runtime=arguments.runtime, buffer_size=["64KiB", "4MiB"], depth=[1, 8]
        )
        for point in report.points:
            print(point)
        best = report.fastest
        assert best is not None
        written = dgen_py.write_file(
            os.path.join(folder, "data.bin"),
            arguments.size,
            buffer_size=best.buffer_size,
            depth=best.depth,
            num_writers=best.writers,
            use_direct_io=best.direct,
            progress=show,
        )
    print(written)


if __name__ == "__main__":
    main()
