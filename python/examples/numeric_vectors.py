"""Makes float32 vectors of unit length, as vector databases store them, and compares with NumPy."""

import argparse
import time

import dgen_py
import numpy as np
from numpy.typing import NDArray


def of_numpy(rows: int, dim: int) -> NDArray[np.float32]:
    """What the fused function replaces."""
    vectors = np.random.default_rng().random((rows, dim), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def of_dgen(rows: int, dim: int) -> NDArray[np.float32]:
    view = dgen_py.generate_uniform_vectors(rows=rows, dim=dim)
    return np.frombuffer(memoryview(view), dtype=np.float32).reshape(rows, dim)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="vectors (default: 20000)")
    parser.add_argument("--dim", type=int, default=512, help="numbers per vector (default: 512)")
    arguments = parser.parse_args()
    rows, dim = arguments.rows, arguments.dim

    times = {}
    for name, make in [("NumPy", of_numpy), ("dgen_py", of_dgen)]:
        start = time.perf_counter()
        vectors = make(rows, dim)
        times[name] = time.perf_counter() - start
        norms = np.linalg.norm(vectors, axis=1)
        print(f"{name:<8}{times[name] * 1e3:>9.1f} ms  norms {norms.min():.6f} to {norms.max():.6f}")
    print(f"ratio   {times['NumPy'] / times['dgen_py']:>9.1f} x")

    # Plain numbers of a range, and rows of one's own made unit length in place.
    view = dgen_py.generate_uniform(rows, low=-1.0, high=1.0, seed=7)
    numbers = np.frombuffer(memoryview(view), dtype=np.float32)
    print(f"uniform {numbers.size} numbers from {np.min(numbers):.3f} to {np.max(numbers):.3f}")
    own = np.full((4, dim), 3.0, dtype=np.float32)
    dgen_py.normalize_rows(own, dim)
    print(f"normalized in place: norms {np.linalg.norm(own, axis=1).round(6).tolist()}")


if __name__ == "__main__":
    main()
