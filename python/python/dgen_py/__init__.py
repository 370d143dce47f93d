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
    fill_many,
    generate_buffer,
    generate_data,
    generate_into_buffer,
    generate_normal,
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

# Type checkers take it for true; importing typing for it would take longer than all the rest.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from ._array import as_array, generate_array
    from ._bench import bench_storage
    from ._file import StreamFile
    from ._progress import Progress
    from ._ranks import Ranks, ranks
    from ._reports import (
        Chunks,
        DamageRange,
        Dedup,
        FileReport,
        Latency,
        MeasureReport,
        Modelled,
        Pregenerated,
        ReadReport,
        Records,
        Repeats,
        SkippedFile,
        SweepPoint,
        SweepReport,
        VerifiedFile,
        VerifyReport,
        WriteReport,
        ZeroBlocks,
    )
    from ._ring_consumer import RingChunk, RingConsumer
    from ._shared_ring import SharedRing
else:
    # Loaded when they are first asked for: what they need takes longer to import than all the rest.
    _LATER = {
        "_array": ["as_array", "generate_array"],
        "_bench": ["bench_storage"],
        "_file": ["StreamFile"],
        "_progress": ["Progress"],
        "_ranks": ["Ranks", "ranks"],
        "_reports": [
            "Chunks",
            "DamageRange",
            "Dedup",
            "FileReport",
            "Latency",
            "MeasureReport",
            "Modelled",
            "Pregenerated",
            "ReadReport",
            "Records",
            "Repeats",
            "SkippedFile",
            "SweepPoint",
            "SweepReport",
            "VerifiedFile",
            "VerifyReport",
            "WriteReport",
            "ZeroBlocks",
        ],
        "_ring_consumer": ["RingChunk", "RingConsumer"],
        "_shared_ring": ["SharedRing"],
    }

    def __getattr__(name):
        for module, names in _LATER.items():
            if name in names:
                from importlib import import_module

                value = globals()[name] = getattr(import_module(f".{module}", __name__), name)
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)

    def __dir__():
        return sorted({*globals(), *__all__})


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
    "Chunks",
    "DamageRange",
    "Dedup",
    "FileReport",
    "Generator",
    "Latency",
    "MeasureReport",
    "Modelled",
    "Pregenerated",
    "Progress",
    "Ranks",
    "ReadReport",
    "Records",
    "Repeats",
    "RingChunk",
    "RingConsumer",
    "SharedRing",
    "SkippedFile",
    "StreamFile",
    "StreamingGenerator",
    "SweepPoint",
    "SweepReport",
    "VerifiedFile",
    "VerifyReport",
    "WriteReport",
    "ZeroBlocks",
    "as_array",
    "bench_rolling_pool",
    "bench_storage",
    "create_bytearrays",
    "detect_numa_nodes",
    "fill_buffer",
    "fill_many",
    "generate_array",
    "generate_buffer",
    "generate_data",
    "generate_into_buffer",
    "generate_normal",
    "generate_uniform",
    "generate_uniform_vectors",
    "get_numa_info",
    "get_placement",
    "get_system_info",
    "info",
    "measure",
    "normalize_rows",
    "ranks",
    "read_file",
    "verify_file",
    "version",
    "write_file",
]
