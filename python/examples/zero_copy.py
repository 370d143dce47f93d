"""Shows that views, memoryviews and NumPy arrays share memory with the generated data, and how to fill arrays."""

import argparse
import time

import dgen_py
import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=64, metavar="MIB", help="MiB to generate (default: 64)")
    size = parser.parse_args().size << 20

    start = time.perf_counter()
    view = dgen_py.generate_buffer(size)
    generated = time.perf_counter()
    array = np.frombuffer(memoryview(view), dtype=np.uint8)
    shared = time.perf_counter()
    copy = bytes(view)
    copied = time.perf_counter()

    print(f"generate_buffer   {(generated - start) * 1e6:>10.1f} us")
    print(f"memoryview, array {(shared - generated) * 1e6:>10.1f} us")
    print(f"bytes, a copy     {(copied - shared) * 1e6:>10.1f} us")

    # A slice of a view is a view of the same memory, at an address that lies as far on as the slice starts.
    part = np.frombuffer(memoryview(view[4096:]), dtype=np.uint8)
    assert part.ctypes.data == array.ctypes.data + 4096
    assert array.tobytes() == copy
    print(f"one memory at     {array.ctypes.data:#x}, read-only: {not array.flags.writeable}")

    # The other way round: the data is generated into memory that exists, of any item type.
    pixels = np.empty((size // 4096, 32, 32), dtype=np.float32)
    address = pixels.ctypes.data
    count = dgen_py.Generator(size=pixels.nbytes, seed=1).fill_chunk(pixels)
    assert (count, address) == (pixels.nbytes, pixels.ctypes.data)
    print(f"filled in place   {count} bytes of a {pixels.dtype} array of shape {pixels.shape}")


if __name__ == "__main__":
    main()
