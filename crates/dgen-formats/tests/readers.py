"""Reads files with the readers that people use, and compares what they give with the bytes of the stream.

Arguments: a format, then for each file its path, that of its payload, the element type, the record size and the stream offset.
"""

import sys
from pathlib import Path

CHUNK = 256 << 10
NUMPY = {"f16": "<f2", "f32": "<f4", "f64": "<f8"}


def numpy_name(dtype):
    return NUMPY.get(dtype) or f"{'|' if dtype[1:] == '8' else '<'}{dtype[0]}{int(dtype[1:]) // 8}"


def same_array(array, payload, dtype, record):
    itemsize = array.dtype.itemsize
    rows = len(payload) // record
    assert array.dtype.str == numpy_name(dtype), array.dtype
    assert array.shape == ((rows,) if record == itemsize else (rows, record // itemsize)), array.shape
    assert array.tobytes() == payload


def npy(path, payload, dtype, record, _):
    import numpy

    # An empty file cannot be mapped, and neither can an empty array.
    array = numpy.load(path, mmap_mode="r" if payload else None)
    same_array(array, payload, dtype, record)
    assert not payload or array.offset == 4096


def npz(path, payload, dtype, record, _):
    import zipfile

    import numpy

    with numpy.load(path) as arrays:
        assert arrays.files == ["x"], arrays.files
        same_array(arrays["x"], payload, dtype, record)
    assert zipfile.ZipFile(path).testzip() is None
    assert path.read_bytes()[8192 : 8192 + len(payload)] == payload


def safetensors(path, payload, dtype, record, _):
    from safetensors import safe_open
    from safetensors.numpy import load_file

    with safe_open(path, "numpy") as tensors:
        assert list(tensors.keys()) == ["data"]
    # numpy lacks some types that the format has.
    if dtype not in ("bf16", "f8"):
        same_array(load_file(path)["data"], payload, dtype, record)


def parquet(path, payload, dtype, record, offset):
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    assert table.column_names == ["data", "offset"]
    rows = len(payload) // record
    assert table["offset"].to_pylist() == [offset + row * record for row in range(rows)]
    types = {"f16": "halffloat", "f32": "float", "f64": "double", "u32": "uint32", "i32": "int32"}
    types |= {"u64": "uint64", "i64": "int64"}
    number = types.get(dtype) if record < 4096 and record == int(dtype.strip("bfiu")) // 8 else None
    assert str(table["data"].type) == (number or f"fixed_size_binary[{record}]"), table["data"].type
    chunks = table["data"].combine_chunks()
    chunks = chunks.chunks if isinstance(chunks, pyarrow.ChunkedArray) else [chunks]
    got = b"".join(memoryview(chunk.buffers()[1])[: len(chunk) * record] for chunk in chunks if len(chunk))
    assert got == payload


def tfrecord(path, payload, _, record, __):
    file, got, at = path.read_bytes(), [], 0
    while file:
        length = int.from_bytes(file[:8], "little")
        assert file[8:12] == masked(file[:8])
        got.append(file[12 : 12 + length])
        # Without a library this is slow: the first records, and those that reach into another chunk of the writer.
        if len(got) < 8 or at // CHUNK != (at + length) // CHUNK:
            assert file[12 + length : 16 + length] == masked(got[-1])
        at += length
        file = file[16 + length :]
    assert b"".join(got) == payload
    assert all(len(one) == record for one in got[:-1])


def table():
    entries = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        entries.append(byte)
    return entries


TABLE = table()


def masked(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return (((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")


def main():
    name, *rest = sys.argv[1:]
    read = {"npy": npy, "npz": npz, "safetensors": safetensors, "parquet": parquet, "tfrecord": tfrecord}[name]
    for at in range(0, len(rest), 5):
        file, payload, dtype, record, offset = rest[at : at + 5]
        try:
            read(Path(file), Path(payload).read_bytes(), dtype, int(record), int(offset))
        except Exception as error:
            raise SystemExit(f"{name} of {dtype}, records of {record}: {error!r}") from error
    print(f"{len(rest) // 5} files")


if __name__ == "__main__":
    main()
