"""Data with exact dedup and compression ratios, at the speed of memory stores.

>>> import dgen_py
>>> generator = dgen_py.Generator(size=1 << 20, dedup_ratio=2.0, compress_ratio=2.0, seed=7)
>>> buffer = bytearray(generator.chunk_size)
>>> while not generator.is_complete():
...     count = generator.fill_chunk(buffer)
"""

from importlib.metadata import version as _version

from ._dgen import (
    BufferPool,
    BytesView,
    Generator,
    create_bytearrays,
    detect_numa_nodes,
    fill_buffer,
    generate_buffer,
    generate_data,
    generate_into_buffer,
    generate_uniform,
    generate_uniform_vectors,
    get_numa_info,
    get_system_info,
    info,
    measure,
    normalize_rows,
    read_file,
    verify_file,
    write_file,
)
from ._reports import (
    DamageRange,
    Dedup,
    FileReport,
    Latency,
    MeasureReport,
    ReadReport,
    VerifiedFile,
    VerifyReport,
    WriteReport,
    ZeroBlocks,
)

StreamingGenerator = Generator
__version__ = _version("dgen-py")

__all__ = [
    "BufferPool",
    "BytesView",
    "DamageRange",
    "Dedup",
    "FileReport",
    "Generator",
    "Latency",
    "MeasureReport",
    "ReadReport",
    "StreamingGenerator",
    "VerifiedFile",
    "VerifyReport",
    "WriteReport",
    "ZeroBlocks",
    "create_bytearrays",
    "detect_numa_nodes",
    "fill_buffer",
    "generate_buffer",
    "generate_data",
    "generate_into_buffer",
    "generate_uniform",
    "generate_uniform_vectors",
    "get_numa_info",
    "get_system_info",
    "info",
    "measure",
    "normalize_rows",
    "read_file",
    "verify_file",
    "write_file",
]
