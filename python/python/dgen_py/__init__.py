"""Data with exact dedup and compression ratios, at the speed of memory stores.

>>> import dgen_py
>>> generator = dgen_py.Generator(size=1 << 20, dedup_ratio=2.0, compress_ratio=2.0, seed=7)
>>> buffer = bytearray(generator.chunk_size)
>>> while not generator.is_complete():
...     count = generator.fill_chunk(buffer)
"""

from ._dgen import (
    BufferPool,
    BytesView,
    Generator,
    __version__,
    bench_rolling_pool,
    create_bytearrays,
    detect_numa_nodes,
    fill_buffer,
    generate_buffer,
    generate_data,
    generate_into_buffer,
    get_numa_info,
    get_system_info,
)
from ._file import StreamFile

StreamingGenerator = Generator

__all__ = [
    "BufferPool",
    "BytesView",
    "Generator",
    "StreamFile",
    "StreamingGenerator",
    "bench_rolling_pool",
    "create_bytearrays",
    "detect_numa_nodes",
    "fill_buffer",
    "generate_buffer",
    "generate_data",
    "generate_into_buffer",
    "get_numa_info",
    "get_system_info",
]
