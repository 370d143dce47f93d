"""The timed native loop over a pool."""

import dgen_py
import pytest


# Bytes and units as in 0.3.0: (4096, 1 << 20) and (5000, 1 << 20) give 1048576 and 1045000 there, too.
@pytest.mark.parametrize("size, total, generated", [
    (4096, 1 << 20, 1 << 20), (5000, 1 << 20, 1_045_000), (1 << 20, 10, 1 << 20), (1000, 0, 1000), (3 << 20, 7 << 20, 6 << 20),
])
def test_bytes_and_seconds(size, total, generated):
    result = dgen_py.bench_rolling_pool(size, total)
    assert type(result) is tuple and result[0] == generated
    assert type(result[1]) is float and 0 < result[1] < 600


def test_bad_values():
    for size, total, message in [(0, 1, "obj_size: 0 .*1 to"), (-1, 1, "obj_size: -1"), (1, -1, "total_bytes: -1 .*0 to"), (1, 1 << 70, "total_bytes")]:
        with pytest.raises(ValueError, match=message):
            dgen_py.bench_rolling_pool(size, total)
