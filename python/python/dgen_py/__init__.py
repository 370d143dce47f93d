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
    bench_rolling_pool,
    create_bytearrays,
    detect_numa_nodes,
    fill_buffer,
    generate_buffer,
    generate_data,
    generate_into_buffer,
    generate_uniform,
    generate_uniform_vectors,
    get_numa_info,
    get_placement,
    get_system_info,
    info,
    measure,
    normalize_rows,
    read_file,
    verify_file,
    write_file,
)
from ._dgen import __version__ as __version__
from ._file import StreamFile
from ._reports import (
    DamageRange,
    Dedup,
    FileReport,
    Latency,
    MeasureReport,
    Modelled,
    ReadReport,
    Records,
    SkippedFile,
    VerifiedFile,
    VerifyReport,
    WriteReport,
    ZeroBlocks,
)

StreamingGenerator = Generator


def version(distribution_name: str = "dgen-py") -> str:
    """The version of an installed distribution, of this one by default; `__version__` says the same without looking it up.

    Raises `importlib.metadata.PackageNotFoundError` for one that is not installed.
    """
    from importlib import metadata

    return metadata.version(distribution_name)


__all__ = [
    "BufferPool",
    "BytesView",
    "DamageRange",
    "Dedup",
    "FileReport",
    "Generator",
    "Latency",
    "MeasureReport",
    "Modelled",
    "ReadReport",
    "Records",
    "SkippedFile",
    "StreamFile",
    "StreamingGenerator",
    "VerifiedFile",
    "VerifyReport",
    "WriteReport",
    "ZeroBlocks",
    "bench_rolling_pool",
    "create_bytearrays",
    "detect_numa_nodes",
    "fill_buffer",
    "generate_buffer",
    "generate_data",
    "generate_into_buffer",
    "generate_uniform",
    "generate_uniform_vectors",
    "get_numa_info",
    "get_placement",
    "get_system_info",
    "info",
    "measure",
    "normalize_rows",
    "read_file",
    "verify_file",
    "version",
    "write_file",
]
