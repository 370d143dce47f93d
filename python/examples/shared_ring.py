"""Writes a checkpoint from other processes: the generator fills shared buffers, the writers take them, nothing is copied."""

import argparse
import multiprocessing
import os
import tempfile
import time

import dgen_py


def write(consumer: dgen_py.RingConsumer, path: str) -> None:
    """Writes each chunk to its place; several processes share the file."""
    file = os.open(path, os.O_WRONLY)
    with consumer:
        for chunk in consumer:
            os.pwrite(file, chunk.view, chunk.position)
    os.close(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1024, metavar="MIB", help="MiB to write (default: 1024)")
    parser.add_argument("--writers", type=int, default=2, help="writing processes (default: 2)")
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where to write (default: %(default)s)")
    options = parser.parse_args()
    generator = dgen_py.Generator(options.size << 20, dedup_ratio=2.0, compress_ratio=1.5)
    context = multiprocessing.get_context("spawn")
    with tempfile.NamedTemporaryFile(dir=options.folder) as file:
        start = time.perf_counter()
        with dgen_py.SharedRing(generator, buffers=8, buffer_size=4 << 20) as ring:
            writers = [context.Process(target=write, args=(ring.consumer(), file.name)) for _ in range(options.writers)]
            for writer in writers:
                writer.start()
            total = ring.run()
        for writer in writers:
            writer.join()
        seconds = time.perf_counter() - start
        print(f"written: {total} bytes by {options.writers} processes in {seconds:.2f} s, their start included")
        report = dgen_py.verify_file(file.name, total, recipe=generator.recipe)
        print(f"verified: {report.bytes_checked} bytes, {report.bytes_bad} bad")


if __name__ == "__main__":
    main()
